"""Texts as office files can hold them."""

import re

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

SURROGATES = re.compile("[\ud800-\udfff]")
MOST_TEXT = 32_767  # Excel's limit of a cell; a letter has none, but shares the rule


def plain_text(value: str) -> str:
    """A text that an office file can hold: no control characters or surrogates, at most 32,767 characters."""
    text = SURROGATES.sub("\ufffd", ILLEGAL_CHARACTERS_RE.sub("", value))
    return text if len(text) <= MOST_TEXT else text[: MOST_TEXT - 1] + "…"
