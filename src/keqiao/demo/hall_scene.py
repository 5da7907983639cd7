"""The exchange hall for the demo, all 示例: a publicity with an objection, a live round, a sealed one to open, a deal, none.

Made by the hall's own actions on a timeline of its own, so that every log holds when it is replayed.
"""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from keqiao.hall.bids import apply_to_bid, ask_unseal, decide_admission, place_bid
from keqiao.hall.concluding import conclude, fail_listing
from keqiao.hall.enums import BidForm, NoticeKind, Relation, Way
from keqiao.hall.listing import Terms, draft_listing, publish_listing, submit_listing
from keqiao.hall.models import Listing, Notice
from keqiao.hall.objecting import object_to
from keqiao.people.enums import Role
from keqiao.people.models import Organisation, RoleGrant, User
from keqiao.registry.achievement.models import Achievement
from keqiao.registry.records.enums import Disclosure

_DAY = dt.timedelta(days=1)
_WANTED = 6


@transaction.atomic
def set_hall() -> int:
    """Make them once. Returns how many listings were made; 0 where the demo's university has nothing public to sell."""
    if Listing.objects.exists():
        return 0
    owner, officer = User.objects.get(username="gaoxiao"), User.objects.get(username="shiju")
    firm = User.objects.get(username="qiye")
    offered = list(
        Achievement.objects.published()
        .filter(organisation=owner.organisation, disclosure=Disclosure.PUBLIC)
        .order_by("pk")[:_WANTED]
    )
    other = _second_firm()
    makers = (_objected, _live, _sealed, _deal, _nobody, _upcoming)
    made = 0
    for target, make in zip(offered, makers, strict=False):
        make(target, owner, officer, firm, other)
        made += 1
    Listing.objects.update(is_sample=True)
    return made


def _second_firm() -> User:
    """Another bidder. No password: nobody signs in with it."""
    unit, _ = Organisation.objects.get_or_create(
        name="示例·怀远某环保装备有限公司",
        defaults={"division_code": "340321000000", "is_sample": True, "is_verified": True},
    )
    user: User
    user, is_new = User.objects.get_or_create(
        username="shili-jingmai", defaults={"name": "竞买人（示例）", "organisation": unit}
    )
    if is_new:
        user.set_unusable_password()
        user.save()
        RoleGrant.objects.create(user=user, role=Role.ENTERPRISE, organisation=unit)
    return user


def _terms(**facts: Any) -> Terms:
    base: dict[str, Any] = {
        "way": Way.LISTED, "form": BidForm.OPEN, "floor_yuan": Decimal(500_000), "step_yuan": Decimal(10_000),
        "price_basis": "示例：资产评估报告（示例评报字〔2026〕第 18 号），校长办公会集体决策",
        "contact": "示例：成果转化中心 0552-3170000", "conditions": "示例：有中试或生产场地，三年内实现产业化",
        "deposit": "示例：5 万元，报价开始前交转让方账户，未成交的五个工作日内退还", "is_public_body": True,
    }  # fmt: skip
    return Terms(**base | facts)


def _announce(target: Achievement, owner: User, officer: User, when: dt.datetime, **facts: Any) -> Listing:
    terms = _terms(summary=target.summary[:400], **facts)
    listing = draft_listing(target=target, terms=terms, by=owner)
    submit_listing(listing=listing, by=owner, now=when)
    publish_listing(listing=listing, by=officer, now=when)
    listing.refresh_from_db()
    return listing


def _admit(
    listing: Listing, user: User, officer: User, when: dt.datetime, relation: str = Relation.NONE
) -> None:
    note = "示例：本单位技术负责人是成果完成人之一" if relation != Relation.NONE else ""
    admission = apply_to_bid(
        listing=listing,
        by=user,
        relation=relation,
        relation_note=note,
        statement="示例：有日处理 200 吨的中试线",
        now=when,
    )
    decide_admission(admission=admission, is_admitted=True, by=officer, now=when + dt.timedelta(hours=5))


def _objected(target: Achievement, owner: User, officer: User, firm: User, other: User) -> None:
    """An agreed price with a taker who is bound to the inventor; an objection has stopped the clock."""
    now = timezone.now()
    unit = firm.organisation
    listing = _announce(
        target, owner, officer, now - 6 * _DAY, way=Way.AGREED, asking_yuan=Decimal(1_200_000), buyer=unit,
        buyer_name=unit.name if unit else "示例企业", buyer_relation=Relation.INTERESTED, relation_note="示例：第三完成人持股 8%",
    )  # fmt: skip
    notice = Notice.objects.get(listing=listing, kind=NoticeKind.LISTING)
    object_to(
        notice=notice, by_whom="unit", name="示例·淮河某研究院", contact_name="钱志远", phone="0552-3170001",
        text="示例：其中一件专利与本单位共有，转让须共有人同意。", now=now - _DAY,
    )  # fmt: skip


def _live(target: Achievement, owner: User, officer: User, firm: User, other: User) -> None:
    """An open round with bids, open for some days more."""
    now = timezone.now()
    listing = _announce(
        target, owner, officer, now - 20 * _DAY, opens_at=now - 2 * _DAY, closes_at=now + 5 * _DAY
    )
    _admit(listing, firm, officer, now - 10 * _DAY)
    _admit(listing, other, officer, now - 9 * _DAY, Relation.INVENTOR)
    for hours, user, amount in (
        (30, firm, 500_000),
        (28, other, 530_000),
        (5, firm, 560_000),
        (2, other, 575_000),
    ):
        place_bid(listing=listing, amount=Decimal(amount), by=user, now=now - dt.timedelta(hours=hours))


def _sealed(target: Achievement, owner: User, officer: User, firm: User, other: User) -> None:
    """A sealed auction whose end is over; one person has asked for the opening, a second is awaited."""
    now = timezone.now()
    listing = _announce(
        target, owner, officer, now - 25 * _DAY, way=Way.AUCTION, form=BidForm.SEALED, opens_at=now - 4 * _DAY,
        closes_at=now - _DAY,
    )  # fmt: skip
    _admit(listing, firm, officer, now - 12 * _DAY)
    _admit(listing, other, officer, now - 11 * _DAY)
    place_bid(listing=listing, amount=Decimal(680_000), by=firm, now=now - 3 * _DAY)
    place_bid(listing=listing, amount=Decimal(655_000), by=other, now=now - 2 * _DAY)
    ask_unseal(listing=listing, by=officer, now=now - dt.timedelta(hours=3))


def _deal(target: Achievement, owner: User, officer: User, firm: User, other: User) -> None:
    """A round that ended with a deal: notice, certificate, case."""
    now = timezone.now()
    listing = _announce(
        target, owner, officer, now - 40 * _DAY, opens_at=now - 20 * _DAY, closes_at=now - 18 * _DAY
    )
    _admit(listing, firm, officer, now - 30 * _DAY)
    _admit(listing, other, officer, now - 29 * _DAY)
    place_bid(listing=listing, amount=Decimal(510_000), by=other, now=now - 19 * _DAY)
    place_bid(listing=listing, amount=Decimal(600_000), by=firm, now=now - 19 * _DAY + dt.timedelta(hours=2))
    conclude(listing=listing, by=officer, now=now - 17 * _DAY)


def _nobody(target: Achievement, owner: User, officer: User, firm: User, other: User) -> None:
    """A round without a taker."""
    now = timezone.now()
    listing = _announce(
        target, owner, officer, now - 30 * _DAY, opens_at=now - 10 * _DAY, closes_at=now - 8 * _DAY
    )
    fail_listing(listing=listing, by=officer, now=now - 7 * _DAY)


def _upcoming(target: Achievement, owner: User, officer: User, firm: User, other: User) -> None:
    """Announced the day before yesterday; a firm has asked to take part."""
    now = timezone.now()
    listing = _announce(
        target, owner, officer, now - 2 * _DAY, opens_at=now + 18 * _DAY, closes_at=now + 20 * _DAY
    )
    apply_to_bid(listing=listing, by=firm, statement="示例：有中试场地", now=now - _DAY)
