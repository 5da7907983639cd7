"""The page behind the question 还在做吗, for whoever has the link."""
