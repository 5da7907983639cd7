"""Rule books as pages: a table of the law for everybody, drafts and their trial for officers."""
