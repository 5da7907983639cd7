"""Rungs, pools and the states of a firm in a pool."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import TextChoices

from keqiao.firm.enums import TitleKind


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of the ladder: its rule book and the title that it gives."""

    book: str
    title: str
    side: bool = False  # of the ladder of 专精特新

    @property
    def label(self) -> str:
        return str(TitleKind(self.title).label)


RUNGS = (
    Rung("tech_sme", TitleKind.TECH_SME),
    Rung("hnte_nursery", TitleKind.HNTE_NURSERY),
    Rung("hnte", TitleKind.HNTE),
    Rung("eagle", TitleKind.EAGLE),
    Rung("gazelle", TitleKind.GAZELLE),
    Rung("unicorn", TitleKind.UNICORN),
    Rung("innovative_sme", TitleKind.INNOVATIVE_SME, side=True),
    Rung("srdi", TitleKind.SRDI, side=True),
    Rung("giant", TitleKind.GIANT, side=True),
)
RUNG: Mapping[str, Rung] = {one.book: one for one in RUNGS}


class PoolKind(TextChoices):
    NURSERY = "nursery", "培育库"
    SEEDLING = "seedling", "苗企业库"
    LEADING = "leading", "领军企业库"


class PoolState(TextChoices):
    PROPOSED = "proposed", "拟入库"
    IN = "in", "在库"
    GRADUATED = "graduated", "达标出库"
    LEFT = "left", "移出"
    REFUSED = "refused", "未入库"


ACTIVE = (PoolState.PROPOSED, PoolState.IN)


class Level(TextChoices):
    """Where a firm stands at the end of a year: the highest title in force, or none; born and gone at the edges."""

    ABSENT = "absent", "尚未成立"
    NONE = "none", "没有称号"
    SME = "sme", "科小、创新型"
    HNTE = "hnte", "高企"
    GROWING = "growing", "雏鹰、瞪羚、专精特新"
    TOP = "top", "小巨人、独角兽、领军"
    GONE = "gone", "已注销"


LEVEL_OF: Mapping[str, Level] = {
    TitleKind.TECH_SME: Level.SME,
    TitleKind.INNOVATIVE_SME: Level.SME,
    TitleKind.HNTE: Level.HNTE,
    TitleKind.EAGLE: Level.GROWING,
    TitleKind.GAZELLE: Level.GROWING,
    TitleKind.SRDI: Level.GROWING,
    TitleKind.GIANT: Level.TOP,
    TitleKind.UNICORN: Level.TOP,
    TitleKind.LEADING: Level.TOP,
    TitleKind.LISTED: Level.TOP,
}
HEIGHT: Mapping[str, int] = {level: at for at, level in enumerate(Level)}
