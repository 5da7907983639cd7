"""What may be read of the two records behind a case, tier by tier: summary, after consent, after the NDA."""

from keqiao.deal.access import Seat, Trust
from keqiao.deal.enums import Side
from keqiao.deal.models import Case
from keqiao.people.access import VISITOR
from keqiao.registry.records import disclosure
from keqiao.registry.records.enums import Disclosure
from keqiao.registry.records.models import Record
from keqiao.registry.records.nouns import model_of


def record_of(case: Case, side: str) -> Record | None:
    """The record behind a side; None when there is none. One query for the supply side."""
    if side == Side.DEMAND:
        return case.demand
    if not case.other_kind:
        return None
    found = model_of(case.other_kind).objects.select_related("organisation").filter(pk=case.other_id).first()
    return found


def readable_texts(case: Case, side: Side, seat: Seat, trust: Trust) -> list[tuple[str, str]]:
    """(Chinese field name, text) of a side's record for this seat.

    公开, 名称脱敏公开: to everybody, masked until both agreed. 仅平台定向: after both agreed. 不公开: after the NDA besides.
    The desk and the record's own side read everything.
    """
    record = record_of(case, side)
    if record is None:
        return []
    if seat.is_desk or side in seat.sides or not seat.is_participant:
        return record.texts()
    tier = Disclosure(record.disclosure)
    if tier == Disclosure.CLOSED and not trust.secrets:
        return [("说明", "这条内容不公开。双方同意并签订保密协议后可以看到。")]
    if tier == Disclosure.DIRECTED and not trust.both:
        return [("说明", "这条内容只在平台内定向提供。双方同意后可以看到。")]
    return record.texts() if trust.both else list(disclosure.shown(record, VISITOR).texts)
