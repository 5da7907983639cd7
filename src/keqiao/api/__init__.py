"""What other systems may read and send: the public records as JSON, and intake for machines with a token.

It shows a stranger's view and nothing more, whoever asks; the pages of `web` are its equals, not its callers.
"""
