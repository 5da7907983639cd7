"""What the pages of a case call things, and where they lead."""

from django.utils import timezone

from keqiao.deal.enums import Side, Stage
from keqiao.deal.models import Case
from keqiao.deal.telling import record_of
from keqiao.registry.records.enums import OPENLY_LISTED, Status
from keqiao.verdict.enums import Reason
from keqiao.web.market.halls import detail_url

REFUSALS: list[tuple[str, str]] = [(str(value), str(label)) for value, label in Reason.choices]
"""The types of a no, the same as on a match."""


def stage_tone(case: Case) -> str:
    """The colour of a case's stage chip."""
    if case.is_late_on(timezone.localdate()):
        return "red"
    return {Stage.ENDED: "plain", Stage.REDIAGNOSE: "amber", Stage.WATCH: "plain", Stage.SIGN: "green",
            Stage.PERFORM: "green", Stage.EVALUATE: "green"}.get(Stage(case.stage), "")  # fmt: skip


def record_link(case: Case, side: Side) -> str:
    """The public page of a side's record, "" when it has none that anybody may open."""
    record = record_of(case, side)
    if record is None or record.status != Status.PUBLISHED or record.disclosure not in OPENLY_LISTED:
        return ""
    return detail_url(record.KIND, record.public_id)
