"""How well a record is filled in: a score, and for each shortcoming what to write instead. Pure: no database."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """missing: must be there before it is submitted; weak: lowers the score; danger: must not be published as it is."""

    DANGER = "danger"
    MISSING = "missing"
    WEAK = "weak"


@dataclass(frozen=True, slots=True)
class Finding:
    """One shortcoming. key: the rule. field: the form field. message: what is wrong; advice: what to do; example: how."""

    key: str
    level: Level
    field: str
    message: str
    advice: str
    example: str = ""


@dataclass(frozen=True, slots=True)
class Quality:
    """score: 0-100, 100 minus the weights of what was found, never below 0. findings: gravest first."""

    score: int
    findings: tuple[Finding, ...] = ()

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """What must be put right before it is submitted."""
        return tuple(f for f in self.findings if f.level in (Level.DANGER, Level.MISSING))

    @property
    def word(self) -> str:
        """How people call this score."""
        return (
            "很好"
            if self.score >= 85
            else "可以"
            if self.score >= 70
            else "还不够"
            if self.score >= 50
            else "太简略"
        )

    @property
    def tone(self) -> str:
        return "green" if self.score >= 85 else "amber" if self.score >= 50 else "red"
