"""Who hears what of the night: owners of what is new to them, officers of what is new in their area."""

from typing import Any

from django.db.models import Count
from django.urls import reverse

from keqiao.matching.masking import owner_of, shown_title
from keqiao.matching.reading import visible_records
from keqiao.message.actions import send
from keqiao.nightly.models import Night, NightPair
from keqiao.people.access import Scope, scope_of
from keqiao.people.enums import OFFICERS, Role
from keqiao.people.models import User

_LINES = 5
_MEMBERS_A_UNIT = 3  # who was here last


def pairs_shown(rows: list[NightPair], scope: Scope) -> list[tuple[Any, Any, NightPair]]:
    """(demand, what answers it, pair) that this reader may see as they stand now. A query a kind."""
    needs = visible_records("demand", {row.need_id for row in rows}, scope, published_only=True)
    wanted: dict[str, set[int]] = {}
    for row in rows:
        wanted.setdefault(row.offer_kind, set()).add(row.offer_id)
    offers = {
        (kind, pk): record
        for kind, ids in wanted.items()
        for pk, record in visible_records(kind, ids, scope, published_only=True).items()
    }
    return [
        (needs[row.need_id], offers[(row.offer_kind, row.offer_id)], row)
        for row in rows
        if row.need_id in needs and (row.offer_kind, row.offer_id) in offers
    ]


OFFERED = {"achievement": "成果", "expert": "专家", "demand": "相近需求"}
"""What stands opposite a demand, in the order it is told."""


def counts_of(pairs: Any) -> dict[str, int]:
    """Pairs by what stands opposite the demand, in the order of OFFERED; kinds without any left out. One query."""
    found = dict(pairs.order_by().values_list("offer_kind").annotate(Count("pk")))
    return {kind: found[kind] for kind in OFFERED if kind in found}


def tell(night: Night) -> int:
    """One message to each who has new pairs; whoever has none hears nothing. Returns how many. Safe to repeat."""
    if not night.pairs.exists():
        return 0
    return sum(_tell_one(night, user) for user in (*_officers(), *_owners(night)))


def _officers() -> list[User]:
    roles = [str(role) for role in OFFICERS]
    users = User.objects.filter(is_active=True, grants__role__in=roles, grants__revoked_at=None)
    return list(users.distinct().order_by("pk"))


def _owners(night: Night) -> list[User]:
    """Up to three active members of each unit concerned, those who were here last."""
    units = set(night.pairs.values_list("need_unit", flat=True)) | set(
        night.pairs.values_list("offer_unit", flat=True)
    )
    found: dict[int, list[User]] = {}
    users = User.objects.filter(
        is_active=True,
        organisation_id__in=[unit for unit in units if unit is not None],
        grants__role__in=[Role.ENTERPRISE, Role.INSTITUTE],
        grants__revoked_at=None,
    )
    for user in sorted(users.distinct(), key=lambda one: (one.last_seen_at is None, one.pk)):
        if user.organisation_id is not None:
            found.setdefault(user.organisation_id, []).append(user)
    return [user for members in found.values() for user in members[:_MEMBERS_A_UNIT]]


def _tell_one(night: Night, user: User) -> int:
    scope = scope_of(user)
    rows = night.pairs.for_scope(scope)
    shown = pairs_shown(list(rows.order_by("-score", "pk")[: _LINES * 4]), scope)
    if not shown:
        return 0
    is_officer = bool(scope.roles & OFFICERS)
    counts = counts_of(rows)
    count = sum(counts.values())
    parts = "、".join(f"{OFFERED[kind]} {number} 对" for kind, number in counts.items())
    lines = "\n".join(
        f"· {shown_title(need, scope)} ↔ {OFFERED[row.offer_kind]}：{shown_title(offer, scope)}"
        f"（{owner_of(offer, scope).name or '单位未填'}，{row.grade}）"
        for need, offer, row in shown[:_LINES]
    )
    rest = f"\n其余 {count - _LINES} 对请打开查看。" if count > _LINES else ""
    where = (
        "您的辖区" if is_officer and not scope.sees_all else "全市" if is_officer else "与您单位有关的推荐"
    )
    send(
        to=user,
        kind="report" if is_officer else "match",
        subject=f"昨夜新增 {count} 对：{where}" if is_officer else f"昨夜新增 {count} 对匹配",
        text=f"{where}昨夜新增 {count} 对匹配（{parts}）：\n{lines}{rest}",
        link=reverse("nightly:tonight"),
        key=f"night {night.public_id}",
    )
    return 1
