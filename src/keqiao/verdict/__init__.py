"""答复: what people say to a recommended match, and what becomes of it: advice, statistics, a better ranking, its quality."""
