"""Contracts of earlier years for the demo, all 示例, whose buyers were asked what became of the result; some never answered."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from keqiao.codes import divisions
from keqiao.contract import ledger
from keqiao.contract.certificate import freeze
from keqiao.contract.enums import InUse, State
from keqiao.contract.followup import answer, ask_due, due_day, token_of
from keqiao.contract.fromcase import fill_side
from keqiao.contract.models import Contract, ContractRegistration, FollowUp
from keqiao.core.numbers import next_number
from keqiao.matching.matches import matches_for
from keqiao.people.access import VISITOR
from keqiao.people.models import Organisation, User
from keqiao.registry.demand.models import Demand
from keqiao.registry.records.models import Record

# years since registration, days besides, project, class, yuan, and by anniversary: use, sales, tax, jobs (None = no answer)
_Said = tuple[InUse, int | None, int | None, int | None]
_PLAN: Sequence[tuple[int, int, str, str, int, dict[int, _Said | None]]] = (
    (1, 20, "乳酸菌种选育与发酵放大", "DEV", 450_000, {1: (InUse.PRODUCTION, 2_600_000, 91_000, 6)}),
    (1, 45, "聚乳酸薄膜高速封口改性", "DEV", 380_000, {1: (InUse.TRIAL, None, None, 0)}),
    (1, 90, "发酵废水脱色方案论证", "CON", 120_000, {1: None}),
    (1, 130, "丙交酯残液回收技术服务", "SRV", 260_000, {1: (InUse.PRODUCTION, 840_000, 30_500, 2)}),
    (3, 15, "秸秆预处理设备节能改造", "SRV", 310_000,
     {1: (InUse.TRIAL, None, None, 0), 3: (InUse.PRODUCTION, 5_200_000, 210_000, 9)}),
    (3, 60, "淀粉基发泡材料配方开发", "DEV", 520_000, {1: (InUse.TRIAL, None, None, 1), 3: (InUse.NEVER, 0, 0, 0)}),
    (3, 200, "可降解吸管耐热性改进", "DEV", 290_000, {1: None, 3: None}),
    (5, 30, "生物柴油催化剂研究开发", "DEV", 640_000,
     {1: (InUse.PRODUCTION, 1_900_000, 66_000, 5), 3: (InUse.PRODUCTION, 3_100_000, 118_000, 7), 5: (InUse.STOPPED, 0, 0, 0)}),
    (5, 110, "沼气脱硫工艺技术服务", "SRV", 180_000, {1: (InUse.PRODUCTION, 420_000, 12_000, 1), 3: None, 5: None}),
)  # fmt: skip
_NOTES = {
    InUse.NEVER: "示例：小样合格，放大后泡孔不均，没有再做。",
    InUse.STOPPED: "示例：原料涨价，产线去年停了。",
}
_SAMPLE_REGISTRAR = "99"  # of the numbers of made-up contracts: no registrar has it


@transaction.atomic
def set_outcomes() -> int:
    """Make them once; returns how many contracts were made. 0 when there are some, or the accounts have no unit."""
    seller = User.objects.get(username="gaoxiao").organisation
    firm = User.objects.get(username="qiye").organisation
    registrar = User.objects.get(username="dengji")
    if FollowUp.objects.exists() or seller is None or firm is None:
        return 0
    pairs = _pairs(firm)
    made = [
        (_old_contract(seller, firm, registrar, at, pairs[at] if at < len(pairs) else None), said)
        for at, (*_, said) in enumerate(_PLAN)
    ]
    ask_due(timezone.localdate())
    for contract, said in made:
        for years, words in said.items():
            _answered(contract, years, words)
    return len(made)


def _pairs(firm: Organisation) -> list[tuple[Record, Record]]:
    """示例 demands and the best 示例 achievement of each, the firm's own first; of real ones nobody here knows."""
    demands = sorted(
        Demand.objects.published().filter(is_sample=True),
        key=lambda one: (one.organisation_id != firm.pk, one.pk),
    )
    found: list[tuple[Record, Record]] = []
    for demand in demands[: 2 * len(_PLAN)]:
        views = matches_for(demand, "achievement", VISITOR, top=5)
        best = next((view.target for view in views if view.target.is_sample), None)
        if best is not None:
            found.append((demand, best))
    return found[: len(_PLAN)]


def _old_contract(
    seller: Organisation, firm: Organisation, registrar: User, at: int, pair: tuple[Record, Record] | None
) -> Contract:
    """A registered contract of an earlier year, with its number, certificate and line of the ledger."""
    years, days, project, kind, yuan, _ = _PLAN[at]
    decided = due_day(timezone.localdate(), -years) - dt.timedelta(days=days)
    if pair:
        project = str(pair[0].title)
    signed, then = decided - dt.timedelta(days=12), _moment(decided)
    contract = Contract.objects.create(
        number=next_number("合同", decided.year), status=State.REGISTERED, owner=seller, is_shared=True,
        division_code=seller.division_code, project_name=f"示例·{project}"[:200], declared_class=kind, content=f"示例：{project}。",
        sign_on=signed, begin_on=signed, end_on=signed + dt.timedelta(days=365), total_amount=yuan, tech_amount=yuan,
        pay_method="lump", field11="04", ip_types=["00"], plan_source="X", objective="10", industry="2832",
        demand_id=pair[0].public_id if pair else None, achievement_id=pair[1].public_id if pair else None,
        is_sample=True, created_by=registrar, created_at=then, updated_at=then,
    )  # fmt: skip
    fill_side(contract, "seller", seller)
    fill_side(contract, "buyer", firm)
    home = divisions.prefix_of(seller.division_code)[:4]
    registration = ContractRegistration.objects.create(
        contract=contract, rule_set="CN-2001", reg_no=f"{decided.year}{home}{_SAMPLE_REGISTRAR}{at + 1:06}",
        submitted_at=then, accepted_on=decided, due_on=decided + dt.timedelta(days=30), decided_on=decided,
        handled_by=registrar, decided_by=registrar, class_code=kind, statistic_class=kind, total_amount=Decimal(yuan),
        tech_amount=Decimal(yuan), seller_division=seller.division_code, buyer_division=firm.division_code, field11="04",
    )  # fmt: skip
    freeze(contract, registration, by=registrar, reason="示例数据")
    ledger.enter(contract, registration)
    earlier = [year for year in _PLAN[at][5] if year < years]
    FollowUp.objects.bulk_create(
        FollowUp(contract=contract, after_years=year, due_on=due_day(decided, year), asked_at=_moment(due_day(decided, year)))
        for year in earlier
    )  # fmt: skip
    return contract


def _moment(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(9, 30)))


def _answered(contract: Contract, years: int, said: _Said | None) -> None:
    """Asked on the day, answered some days later."""
    found = FollowUp.objects.get(contract=contract, after_years=years)
    asked = _moment(found.due_on)
    if said is not None:
        use, sales, tax, jobs = said
        sums = [None if one is None else Decimal(one) for one in (sales, tax)]
        answer(
            token=token_of(found), in_use=use, sales_yuan=sums[0], tax_yuan=sums[1], jobs=jobs,
            note=_NOTES.get(use, ""),
        )  # fmt: skip
    FollowUp.objects.filter(pk=found.pk).update(
        asked_at=asked, answered_at=asked + dt.timedelta(days=3 + contract.pk % 9) if said else None
    )
