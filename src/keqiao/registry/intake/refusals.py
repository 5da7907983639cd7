"""A file that cannot be read is refused with a code, a sentence, and the place in the file."""

from dataclasses import dataclass

from keqiao.core.errors import BadInput


@dataclass(frozen=True)
class Place:
    """Where in a file. row: as the officer sees it, from 1. column: the heading, or a column letter."""

    sheet: str = ""
    row: int | None = None
    column: str = ""

    def __str__(self) -> str:
        sheet = f"工作表“{self.sheet}”" if self.sheet else ""
        row = f"第 {self.row} 行" if self.row else ""
        column = f"“{self.column}”列" if self.column else ""
        return sheet + row + column


NOWHERE = Place()


class BadFile(BadInput):
    """A file, or a part of one, that cannot be read. `spot` is the place as data, `place` as words."""

    default_code = "file.bad"

    def __init__(self, code: str, message: str, spot: Place = NOWHERE) -> None:
        super().__init__(message, code=code, place=str(spot))
        self.spot = spot
