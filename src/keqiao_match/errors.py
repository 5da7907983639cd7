"""What can go wrong, in words an officer can act on: what happened, why, and what to do next."""


class MatchError(Exception):
    """Base of every error this package raises on purpose."""


class BadDoc(MatchError):
    """A document cannot be indexed; the message names it and the mend."""


class BadQuery(MatchError):
    """A filter, order or page that this index cannot answer. User text never causes it."""


class IndexMissing(MatchError):
    """There is no index at the path, or it was written by other text rules."""


class IndexExists(MatchError):
    """An index is already there and was not to be replaced."""


class IndexBusy(MatchError):
    """Another writer holds the index. There is one writer at a time."""


class EncoderDown(MatchError):
    """The encoder that was given cannot be used or does not answer. Nothing was ranked."""
