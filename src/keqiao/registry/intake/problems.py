"""What is wrong with a row or a cell, as a value: the officer reads the message, the machine the code."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """error: the row cannot be written as it is. warning: it can, and somebody should look."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Problem:
    """One finding. column: heading index, None for the whole row. value: what stands in the cell, shortened."""

    column: int | None
    level: Level
    code: str
    message: str
    value: str = ""
    field: str = ""

    @property
    def is_error(self) -> bool:
        return self.level is Level.ERROR


def error(
    code: str, message: str, *, column: int | None = None, value: object = "", field: str = ""
) -> Problem:
    """A finding that keeps the row out."""
    return Problem(column, Level.ERROR, code, message, shown(value), field)


def warning(
    code: str, message: str, *, column: int | None = None, value: object = "", field: str = ""
) -> Problem:
    """A finding that lets the row in and asks for a look."""
    return Problem(column, Level.WARNING, code, message, shown(value), field)


def shown(value: object, width: int = 40) -> str:
    """A value fit for a message: printable, on one line, at most `width` characters."""
    text = "".join(char if char.isprintable() else " " for char in str(value))
    text = " ".join(text.encode("utf-8", "replace").decode("utf-8").split())
    return text if len(text) <= width else text[: width - 1] + "…"
