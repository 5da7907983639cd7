"""Policies and money for the demo, all 示例: a library, an envelope, a paid batch, a list in publicity with a contest.

Made by the rooms' own actions, so that every sum and every verdict holds.
"""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from django.utils import timezone

from keqiao.payment.accounts import add_account
from keqiao.payment.applying import open_applications
from keqiao.payment.batches import check_batch, make_batch, payment_file
from keqiao.payment.contesting import accept_award, contest
from keqiao.payment.enums import AwardState
from keqiao.payment.envelopes import open_envelope
from keqiao.payment.models import Award, AwardList, Batch, Envelope
from keqiao.payment.publishing import end_publicity, publish_roll
from keqiao.payment.receipts import take_receipt
from keqiao.payment.rolls import confirm_awards, make_roll, second_award
from keqiao.people.enums import Role
from keqiao.people.models import RoleGrant, User
from keqiao.policy.actions import keep_trial, set_rule
from keqiao.policy.enums import PolicyState, Service
from keqiao.policy.freezes import latest_freeze
from keqiao.policy.models import FactFreeze, Policy, PolicyItem

CITY = "340300000000"
_NOTE = "示例政策：条件和数字为演示而写，使用前请换成本地文件"
_FILE = Path(__file__).with_name("policies.yaml")
_PAID = 12  # firms whose award has been paid in the scene


@transaction.atomic
def set_policies() -> int:
    """Make them once. Returns how many policies were made."""
    if Policy.objects.exists():
        return 0
    officer = User.objects.get(username="shiju")
    items = _library(officer)
    second = _second_officer()
    today = timezone.localdate()
    envelope = open_envelope(
        name="示例·支持创新型城市建设专项资金", year=today.year, source="示例：市级财政预算", document_no=f"示财教〔{today.year}〕12 号",
        division_code=CITY, fen=2_400_000_000, by=officer, on=dt.date(today.year, 1, 20),
    )  # fmt: skip
    Envelope.objects.filter(pk=envelope.pk).update(is_sample=True)
    _paid(items["高新技术企业奖励"], envelope, officer, second, today)
    _contested(items["研发费用后补助"], envelope, officer, second, today)
    _waiting(items["瞪羚企业奖励"], envelope, officer, today)
    for title in ("科技创新券补助", "技术合同吸纳方奖补", "科技贷款贴息"):
        open_applications(item=items[title], envelope=envelope, period=str(today.year), by=officer)
    _trials(items["研发费用后补助"], officer)
    AwardList.objects.update(is_sample=True)
    Batch.objects.update(is_sample=True)
    return Policy.objects.count()


def _library(officer: User) -> dict[str, PolicyItem]:
    """The policies of `policies.yaml`; title -> item of those in force."""
    made: dict[str, Policy] = {}
    found: dict[str, PolicyItem] = {}
    raw: list[dict[str, Any]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    for one in raw:
        policy = Policy.objects.create(
            title=one["title"], document_no=one["document_no"], issuer=one.get("issuer", "示例·市科学技术局"), valid_from=one["valid_from"],
            valid_to=one["valid_to"], division_code=one.get("division_code", CITY), reading=one.get("reading", ""), source=one.get("source", "示例"),
            needs_checking=True, check_note=one.get("check_note", _NOTE), state=PolicyState.PUBLISHED, published_at=timezone.now(), is_sample=True,
            created_by=officer,
        )  # fmt: skip
        made[one["key"]] = policy
        for order, item in enumerate(one["items"]):
            kept = _item(policy, order, item, officer)
            if kept.current is not None:
                found[kept.title] = kept
    for one in raw:
        if one.get("successor"):
            Policy.objects.filter(pk=made[one["key"]].pk).update(successor=made[one["successor"]])
    return found


def _item(policy: Policy, order: int, raw: dict[str, Any], officer: User) -> PolicyItem:
    facts = {key: value for key, value in raw.items() if key not in ("book", "formula", "second_over_yuan")}
    over = raw.get("second_over_yuan")
    item = PolicyItem.objects.create(
        policy=policy, order=order, second_over_fen=over * 100 if over else None, **facts
    )
    if "book" in raw:
        head = {"id": f"item-{order}", "source": policy.title, "valid_from": policy.valid_from.isoformat()}
        set_rule(item=item, book=head | raw["book"], formula=raw["formula"], by=officer)
    return item


def _second_officer() -> User:
    """Who checks. The demo's account where there is one; otherwise one that nobody signs in with."""
    user: User
    user, is_new = User.objects.get_or_create(username="fuhe", defaults={"name": "市科技局复核员（示例）"})
    if is_new:
        user.set_unusable_password()
        user.save()
        RoleGrant.objects.create(user=user, role=Role.BUREAU_OFFICER)
    return user


def _clerk(award: Award) -> User:
    """A user of the award's unit: the demo's own account, or one that nobody signs in with."""
    there: User | None = User.objects.filter(
        organisation_id=award.organisation_id, grants__role=Role.ENTERPRISE
    ).first()
    if there is not None:
        return there
    user = User(
        username=f"shili-qiye-{award.organisation_id}",
        name="企业经办（示例）",
        organisation=award.organisation,
    )
    user.set_unusable_password()
    user.save()
    RoleGrant.objects.create(user=user, role=Role.ENTERPRISE, organisation=award.organisation)
    return user


def newest_freeze() -> FactFreeze | None:
    """Today's data, taken once for all lists of the demo."""
    newest = latest_freeze(timezone.localdate())
    return FactFreeze.objects.get(pk=newest.pk) if newest is not None else None


def _confirm_all(roll: AwardList, officer: User, second: User) -> None:
    ids = list(roll.awards.filter(state=AwardState.MATCHED).values_list("pk", flat=True))
    confirm_awards(roll=roll, award_ids=ids, by=officer)
    for award in roll.awards.filter(state=AwardState.SECOND):
        second_award(award=award, by=second)


def _paid(item: PolicyItem, envelope: Envelope, officer: User, second: User, today: dt.date) -> None:
    """Public and over; some firms have confirmed and a first batch is paid, with one bounce; the others are asked."""
    roll = make_roll(item=item, envelope=envelope, period=str(today.year), by=officer, freeze=newest_freeze())
    _confirm_all(roll, officer, second)
    notice = publish_roll(roll=roll, by=officer, on=today - dt.timedelta(days=21))
    end_publicity(notice=notice, by=officer, on=today)
    asked = list(roll.awards.filter(state=AwardState.ASKED).select_related("organisation")[: _PAID + 8])
    for at, award in enumerate(asked[2:]):
        clerk = _clerk(award)
        account = add_account(
            organisation=award.organisation,
            holder="",
            bank="示例银行城中支行",
            number=f"6200{at:04d}{award.pk:08d}",
            by=clerk,
        )
        accept_award(award=award, account=account, by=clerk)
    ready = list(roll.awards.filter(state=AwardState.READY).values_list("pk", flat=True))
    batch = make_batch(
        envelope=envelope, award_ids=ready[:_PAID], title=f"示例·{today.year} 年第一批高企奖励", by=officer
    )
    check_batch(batch=batch, by=second)
    payment_file(batch=batch, form="csv", by=officer)
    take_receipt(batch=batch, name="示例回单.csv", content=_receipt(batch, today), by=officer)


def _receipt(batch: Batch, today: dt.date) -> bytes:
    """As a treasury would answer: all paid but the last."""
    lines = ["明细编号,金额（元）,结果,到账日期,银行流水号,退票原因"]
    for line in batch.lines.order_by("serial"):
        is_back = line.serial == batch.line_count
        result, note = ("退票", "账户已销户") if is_back else ("成功", "")
        lines.append(
            f"{line.number},{Decimal(line.fen) / 100:.2f},{result},{today},SL{line.serial:06d},{note}"
        )
    return "\n".join(lines).encode()


def _contested(item: PolicyItem, envelope: Envelope, officer: User, second: User, today: dt.date) -> None:
    """In publicity since yesterday; one firm says that its R&D of last year was taken down too low."""
    roll = make_roll(item=item, envelope=envelope, period=str(today.year), by=officer, freeze=newest_freeze())
    left = envelope.balance().left
    due, chosen = 0, []
    for award in roll.awards.filter(state=AwardState.MATCHED).order_by("-asked_fen"):
        due += award.asked_fen or 0
        if due > left * 7 // 10:
            break
        chosen.append(award.pk)
    confirm_awards(roll=roll, award_ids=chosen, by=officer)
    for award in roll.awards.filter(state=AwardState.SECOND):
        second_award(award=award, by=second)
    own = User.objects.get(username="qiye").organisation_id
    public = roll.awards.filter(state=AwardState.CONFIRMED)
    picked = (
        public.filter(organisation_id=own).first()
        or public.filter(asked_fen__lt=900_000 * 100).order_by("-amount_fen").first()
    )
    publish_roll(roll=roll, by=officer, on=today - dt.timedelta(days=1))
    if picked is not None:
        picked.refresh_from_db()
        contest(
            award=picked, condition="rd", by=_clerk(picked),
            text="示例：上年研发费用漏记了委外试验费 46 万元，已向税务更正申报，附更正回执。",
        )  # fmt: skip


def _waiting(item: PolicyItem, envelope: Envelope, officer: User, today: dt.date) -> None:
    """A list that nobody has confirmed yet."""
    make_roll(item=item, envelope=envelope, period=str(today.year), by=officer, freeze=newest_freeze())


def _trials(item: PolicyItem, officer: User) -> None:
    """Two drafts to compare."""
    freeze = newest_freeze()
    if freeze is None or item.service != Service.AUTO:
        return
    for name, changes in (
        ("示例：研发占比提高到 6%", {"book.share": "6"}),
        ("示例：增量比例提到 8%，上限 60 万", {"amount.b": "8", "amount.cap": "60"}),
    ):
        keep_trial(item=item, freeze=freeze, changes=changes, name=name, by=officer, budget_fen=1_500_000_000)
