"""Titles that end soon: the list, and messages at six, three and one month before."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from keqiao.firm.enums import TitleKind
from keqiao.firm.models import Title
from keqiao.message.actions import send
from keqiao.people.enums import Role
from keqiao.people.models import User
from keqiao.registry.records.enums import Status

STAGES = ((1, 31), (3, 92), (6, 183))  # months, days
_MEMBERS = 3  # of a firm, those who were here last
_ADVICE = {
    TitleKind.TECH_SME: "科技型中小企业当年有效，明年开放评价后要重新填报入库。",
    TitleKind.HNTE: "高新技术企业有效期三年，期满当年要重新申请认定，请提前准备三年财务和知识产权材料；Ⅱ类知识产权不能重复使用。",
}


def expiring(today: date, days: int = 183, firms: Any = None) -> Any:
    """Titles in force that end within so many days and have no newer one of their kind, the earliest first: a queryset.

    firms: keys of firms; None for every firm on the books.
    """
    last = today + timedelta(days=days)
    newer = Title.objects.filter(
        enterprise=OuterRef("enterprise"), kind=OuterRef("kind"), expires_on__gt=last
    )
    rows = (
        Title.objects.valid_on(today)
        .filter(expires_on__gte=today, expires_on__lte=last)
        .exclude(enterprise__status=Status.ARCHIVED)
        .filter(~Exists(newer))
        .select_related("enterprise__organisation")
    )
    if firms is not None:
        rows = rows.filter(enterprise__in=firms)
    return rows.order_by("expires_on", "pk")


def stage_ends(today: date) -> dict[int, date]:
    """1, 3 and 6 months → the last day that counts for it."""
    return {months: today + timedelta(days=days) for months, days in STAGES}


def stage_of(title: Title, today: date) -> int | None:
    """1, 3 or 6: how many months are left at most; None when more."""
    left = (title.expires_on - today).days if title.expires_on else 10_000
    return next((months for months, days in STAGES if left <= days), None)


def warn(today: date | None = None, *, progress: Callable[[int, int], None] | None = None) -> int:
    """Tell firms whose title ends: once at each stage. Returns how many messages. Safe to repeat every night."""
    today = today or timezone.localdate()
    titles, sent = list(expiring(today)), 0
    for done, title in enumerate(titles, start=1):
        stage = stage_of(title, today)
        if stage is not None and title.enterprise.organisation_id is not None:
            sent += _tell(title, stage)
        if progress is not None:
            progress(done, len(titles))
    return sent


@transaction.atomic
def _tell(title: Title, stage: int) -> int:
    firm, label = title.enterprise, TitleKind(title.kind).label
    advice = _ADVICE.get(TitleKind(title.kind), "需要继续享受相应政策的，请按原渠道申请复核或重新认定。")
    members = User.objects.filter(
        organisation=firm.organisation_id,
        is_active=True,
        grants__revoked_at=None,
        grants__role=Role.ENTERPRISE,
    )
    for member in members.distinct().order_by("-last_login")[:_MEMBERS]:
        send(
            to=member, kind="firm.expiry", subject=f"{label}还有不到 {stage} 个月到期",
            text=f"{firm.title}的{label}（{title.number or '编号未登记'}）有效至 {title.expires_on}。{advice}",
            link=_link(), key=f"title {title.pk} {title.expires_on} {stage}",
        )  # fmt: skip
    return len(members)


def _link() -> str:
    try:
        return reverse("firm:own")
    except NoReverseMatch:
        return ""
