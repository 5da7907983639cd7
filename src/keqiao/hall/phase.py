"""Where a published listing stands, told by its clock and its window. Pure."""

from datetime import datetime

from keqiao.hall.bidding import Standing
from keqiao.hall.clock import Reading, Term
from keqiao.hall.enums import Phase


def phase_at(reading: Reading, opens_at: datetime | None, standing: Standing | None, now: datetime) -> Phase:
    """The phase of a published listing. opens_at None: an agreed price, which has no bidding."""
    if reading.is_paused:
        return Phase.PAUSED
    if not reading.is_over:
        return Phase.PUBLICITY
    if opens_at is None or standing is None:
        return Phase.DECIDING
    if now < opens_at:
        return Phase.WAITING
    return Phase.BIDDING if now < standing.closes_at else Phase.DECIDING


def clock_words(reading: Reading, term: Term) -> str:
    """公示期第 6 天，共 15 日，11-30 止；待核实."""
    check = "；待核实" if term.verify or reading.needs_checking else ""
    if reading.is_over:
        return f"公示期 {term.words} 已满，{reading.ends_on:%m-%d} 止{check}"
    done = term.length - reading.left
    if reading.is_paused:
        return f"有异议待处理，公示期暂停：已计 {done}{term.unit.label}，共 {term.words}{check}"
    return f"公示期第 {done + 1} 天，共 {term.words}，{reading.ends_on:%m-%d} 止{check}"
