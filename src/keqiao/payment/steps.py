"""One move of an award: by the flow, with one line in its history; and messages to the people of its unit."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from keqiao.core.errors import NotAllowed
from keqiao.message.actions import send
from keqiao.payment.flow import AWARD_FLOW
from keqiao.payment.models import Award, AwardStep
from keqiao.people.enums import Role
from keqiao.people.models import User

_ROWS = 200  # a bulk statement


def lock_award(award: Award) -> Award:
    """The award as it is now, locked to the end of the transaction."""
    return (
        Award.objects.select_for_update(of=("self",))
        .select_related("item", "roll", "account")
        .get(pk=award.pk)
    )


def lock_awards(ids: Iterable[int]) -> list[Award]:
    """Several, locked in order of id, so that two officers never wait for each other crosswise."""
    return list(
        Award.objects.select_for_update(of=("self",))
        .select_related("item", "roll", "account", "organisation")
        .filter(pk__in=list(ids))
        .order_by("pk")
    )


def require_version(award: Award, version: int | None) -> None:
    """Passes when nobody was faster than the page that was read."""
    if version is not None and version != award.version:
        raise NotAllowed(
            f"{award.number} 刚被别人办理过，现在是“{award.get_state_display()}”。请刷新页面再办。",
            code="award.stale",
            conflict=True,
        )


def move_awards(
    awards: Sequence[Award], name: str, words: str, *, by: User | None, is_for_firm: bool = True,
    with_figures: bool = False, **fields: Any,
) -> list[Award]:  # fmt: skip
    """Move all of them or none; `fields` are set on each. Raises NotAllowed naming the first that cannot move.

    with_figures: each one's own amounts were changed and are kept too. Few statements however many awards. The audit
    record is the caller's: one action, one record.
    """
    now = timezone.now()
    for award in awards:
        try:
            award.state = AWARD_FLOW.after(award.state, name)
        except NotAllowed as refusal:
            raise NotAllowed(f"{award.number} {award.firm_name}：{refusal.message}", code="award.state", conflict=True) from None  # fmt: skip
        award.since, award.version = now, award.version + 1
        for field, value in fields.items():
            setattr(award, field, value)
    if not awards:
        return []
    for at in range(0, len(awards), _ROWS):
        some = awards[at : at + _ROWS]
        Award.objects.filter(pk__in=[one.pk for one in some]).update(
            state=some[0].state, since=now, version=F("version") + 1, **fields
        )
    if with_figures:
        for one in awards:  # plain statements: one large CASE of them all costs ten times as much
            Award.objects.filter(pk=one.pk).update(asked_fen=one.asked_fen, amount_fen=one.amount_fen)
    AwardStep.objects.bulk_create(
        [AwardStep(award=one, move=name, words=words[:500], is_for_firm=is_for_firm, by=by, at=now) for one in awards],
        batch_size=_ROWS,
    )  # fmt: skip
    return list(awards)


def move_award(
    award: Award, name: str, words: str, *, by: User | None, is_for_firm: bool = True, with_figures: bool = False, **fields: Any
) -> Award:  # fmt: skip
    """One award's move."""
    return move_awards(
        [award], name, words, by=by, is_for_firm=is_for_firm, with_figures=with_figures, **fields
    )[0]


def note_step(award: Award, name: str, words: str, *, by: User | None, is_for_firm: bool = True) -> None:
    """A line in the history without a move."""
    AwardStep.objects.create(award=award, move=name, words=words[:500], is_for_firm=is_for_firm, by=by)


def tell_firms(awards: Sequence[Award], subject: str, text: str, key: str) -> int:
    """A message to every account of the units; gives how many were queued. {firm} and {number} are filled in."""
    users: dict[int, list[User]] = {}
    members = User.objects.filter(
        is_active=True,
        grants__role__in=(Role.ENTERPRISE, Role.INSTITUTE),
        grants__revoked_at=None,
        organisation_id__in={one.organisation_id for one in awards},
    ).distinct()
    for user in members:
        users.setdefault(user.organisation_id or 0, []).append(user)
    count = 0
    for award in awards:
        for user in users.get(award.organisation_id, ()):
            filled = text.format(firm=award.firm_name, number=award.number, item=award.item.title)
            link = reverse("payment:own-award", args=[award.public_id])
            send(to=user, kind="payment", subject=subject.format(item=award.item.title), text=filled, link=link, key=f"{key}:{award.pk}")  # fmt: skip
            count += 1
    return count
