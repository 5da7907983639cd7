"""Policies, firms that qualify, envelopes and awards in any state, made by the rooms' own actions."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from keqiao.firm.enums import FigureSource, TitleKind
from keqiao.firm.models import Title, YearFigure
from keqiao.payment.accounts import add_account
from keqiao.payment.batches import check_batch, make_batch, payment_file
from keqiao.payment.contesting import accept_award
from keqiao.payment.envelopes import open_envelope
from keqiao.payment.models import Award, AwardList, Batch, Envelope, PayeeAccount, Publicity
from keqiao.payment.publishing import end_publicity, publish_roll
from keqiao.payment.rolls import confirm_awards, make_roll
from keqiao.people.models import Organisation, User
from keqiao.policy.claims import digest_of
from keqiao.policy.enums import PolicyState, Service, TitleDay
from keqiao.policy.models import ItemRule, Policy, PolicyItem
from keqiao.registry.enterprise.models import Enterprise
from tests.factories.people import UserFactory
from tests.factories.registry import EnterpriseFactory

CITY = "340300000000"
ON = dt.date(2026, 6, 1)
WAN = 1_000_000
"""Fen in 万元."""

HNTE_BOOK: dict[str, Any] = {
    "id": "hnte-award", "source": "示例·支持科技创新若干措施", "valid_from": "2026-01-01",
    "conditions": [
        {"id": "title", "title": "有效的高新技术企业", "test": "contains(titles, 'hnte')", "article": "第三条"},
    ],
}  # fmt: skip
RD_BOOK: dict[str, Any] = {
    "id": "rd-award", "source": "示例·支持科技创新若干措施", "valid_from": "2026-01-01",
    "values": {"least": {"title": "研发费用下限", "value": 100, "unit": "万元", "verify": True}},
    "conditions": [
        {"id": "title", "title": "有效的高新技术企业", "test": "contains(titles, 'hnte')", "article": "第五条"},
        {"id": "rd", "title": "研发经费", "measure": "rd_stat", "op": ">=", "bound": "least", "unit": "万元", "article": "第五条"},
    ],
}  # fmt: skip
FLAT: dict[str, Any] = {
    "amount": "award",
    "numbers": {"award": {"title": "奖励标准", "value": 20}},
    "says": "{award}",
}
SHARE: dict[str, Any] = {
    "amount": "min([rate * rd_stat, cap])", "says": "{rd_stat} × {rate}，最高 {cap}",
    "numbers": {"rate": {"title": "补助比例", "value": 10, "unit": "%"}, "cap": {"title": "上限", "value": 30, "verify": True}},
}  # fmt: skip


def a_policy(**facts: Any) -> Policy:
    """Published, in force through 2026, of the city."""
    base: dict[str, Any] = {
        "title": "支持科技创新若干措施", "issuer": "市科学技术局", "document_no": "示科〔2026〕1 号", "division_code": CITY,
        "valid_from": dt.date(2026, 1, 1), "valid_to": dt.date(2026, 12, 31), "state": PolicyState.PUBLISHED,
        "reading": "给创新的企业发钱。",
    }  # fmt: skip
    return Policy.objects.create(**base | facts)


def an_item(
    policy: Policy | None = None, *, book: Any = None, formula: Any = None, **facts: Any
) -> PolicyItem:
    """A flat award of 20 万元 to every 高企 without application, unless told otherwise."""
    base: dict[str, Any] = {
        "article": "第三条", "title": "高新技术企业奖励", "service": Service.AUTO, "who": "有效的高新技术企业",
        "title_day": TitleDay.ASKED, "publicity_days": 5,
    }  # fmt: skip
    item = PolicyItem.objects.create(policy=policy or a_policy(), **base | facts)
    book, formula = book or HNTE_BOOK, formula or FLAT
    item.current = ItemRule.objects.create(
        item=item, number=1, book=book, formula=formula, digest=digest_of(book, formula)
    )
    item.save(update_fields=["current"])
    return item


def a_firm(*, hnte: bool = True, rd: int | str | None = None, **facts: Any) -> Enterprise:
    """A published firm of 固镇县; rd: R&D of 2025 in 万元."""
    firm: Enterprise = EnterpriseFactory(published=True, **facts)
    if hnte:
        Title.objects.create(
            enterprise=firm,
            kind=TitleKind.HNTE,
            issued_on=dt.date(2025, 1, 1),
            expires_on=dt.date(2027, 12, 31),
        )
    if rd is not None:
        figure(firm, "rd_stat", rd)
    return firm


def figure(firm: Enterprise, name: str, value: int | str, year: int = 2025) -> None:
    """A figure of a year, in the stead of the one that was there."""
    YearFigure.objects.filter(enterprise=firm, year=year, name=name, replaced_at=None).delete()
    YearFigure.objects.create(
        enterprise=firm, year=year, name=name, value=Decimal(value), unit="万元", source=FigureSource.OFFICER
    )


def clerk_of(firm: Enterprise | Organisation, **facts: Any) -> User:
    """A user of the firm."""
    unit = firm if isinstance(firm, Organisation) else firm.organisation
    user: User = UserFactory(enterprise=True, organisation=unit, **facts)
    return user


def an_envelope(by: User, wan: int = 1000, **facts: Any) -> Envelope:
    return open_envelope(
        **{"name": "支持创新型城市建设专项资金", "year": 2026, "source": "市级财政预算", "division_code": CITY, "fen": wan * WAN, "by": by}
        | facts
    )  # fmt: skip


def a_roll(
    by: User, *, item: PolicyItem | None = None, envelope: Envelope | None = None, on: dt.date = ON
) -> AwardList:
    return make_roll(
        item=item or an_item(), envelope=envelope or an_envelope(by), period="2026", by=by, on=on
    )


def confirmed(roll: AwardList, by: User, **facts: Any) -> list[Award]:
    """All hits of the list, confirmed."""
    ids = list(roll.awards.filter(state="matched").values_list("pk", flat=True))
    confirm_awards(roll=roll, award_ids=ids, by=by, **facts)
    return list(roll.awards.filter(pk__in=ids))


def published(roll: AwardList, by: User, on: dt.date = ON) -> Publicity:
    confirmed(roll, by)
    return publish_roll(roll=roll, by=by, on=on)


def account_of(clerk: User, number: str = "6222 0000 1234 5678") -> PayeeAccount:
    assert clerk.organisation is not None
    return add_account(
        organisation=clerk.organisation, holder="", bank="徽商银行固镇支行", number=number, by=clerk
    )


def ready(roll: AwardList, by: User, clerks: Sequence[User], on: dt.date = ON) -> list[Award]:
    """Through publicity to 待拨付, each clerk with an account."""
    notice = published(roll, by, on)
    end_publicity(notice=notice, by=by, on=on + dt.timedelta(days=20))
    done = []
    for at, clerk in enumerate(clerks):
        award = roll.awards.get(organisation=clerk.organisation)
        done.append(accept_award(award=award, account=account_of(clerk, f"62220000{at:08d}"), by=clerk))
    return done


def sent(envelope: Envelope, awards: Sequence[Award], by: User, second: User) -> Batch:
    """A batch that has gone to the treasury."""
    batch = make_batch(envelope=envelope, award_ids=[one.pk for one in awards], title="第一批", by=by)
    check_batch(batch=batch, by=second)
    payment_file(batch=batch, form="csv", by=by)
    batch.refresh_from_db()
    return batch


def receipt(batch: Batch, *, bounced: Sequence[str] = (), only: Sequence[str] | None = None) -> bytes:
    """The treasury's answer as .csv: every line paid but those named."""
    lines = ["明细编号,金额（元）,结果,到账日期,银行流水号,退票原因"]
    for line in batch.lines.exclude(state="cancelled").order_by("serial"):
        if only is not None and line.number not in only:
            continue
        is_back = line.number in bounced
        result, note = ("退票", "账号户名不符") if is_back else ("成功", "")
        lines.append(
            f"{line.number},{Decimal(line.fen) / 100:.2f},{result},2026-07-08,YH{line.serial:06d},{note}"
        )
    return "\n".join(lines).encode()
