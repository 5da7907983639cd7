"""What a firm received by its awards, for its file."""

from collections.abc import Iterator
from typing import Any

from django.urls import reverse

from keqiao.firm.received import Received
from keqiao.payment.access import awards_of, is_officer_of
from keqiao.payment.enums import LineState
from keqiao.payment.models import BatchLine, yuan
from keqiao.registry.enterprise.models import Enterprise


def received(firm: Enterprise, user: Any) -> Iterator[Received]:
    """Paid lines of the firm's unit that this reader may see, less what was taken back."""
    if firm.organisation_id is None:
        return
    seen = awards_of(user).filter(organisation_id=firm.organisation_id).values("pk")
    rows = BatchLine.objects.filter(award__in=seen, state=LineState.PAID).select_related(
        "award__item__policy", "award__roll"
    )
    for line in rows:
        award = line.award
        page = "award" if is_officer_of(user, award.roll.division_code) else "own-award"
        yield Received(
            on=line.paid_on or award.since.date(), what=f"{award.item.title}（{award.period}）",
            amount_yuan=yuan(line.fen - award.recovered_fen), source=f"{award.item.policy.title} {award.item.article}",
            href=reverse(f"payment:{page}", args=[award.public_id]),
        )  # fmt: skip
