"""Every write of the seller's side: draft, save, attach the text, judge, submit, withdraw.

`apply_move` is the one way a contract changes its state; the registrar's actions use it too.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from keqiao.contract.access import may_edit, require_drafter, require_edit
from keqiao.contract.book import book, pick_book
from keqiao.contract.days import established_on, is_workday, place_here
from keqiao.contract.duties import fingerprint_of
from keqiao.contract.enums import Side
from keqiao.contract.factsof import facts_of
from keqiao.contract.flow import CONTRACT_FLOW
from keqiao.contract.fromcase import fill_side, units_of, values_of
from keqiao.contract.models import (
    Contract,
    ContractIp,
    ContractPaper,
    ContractParty,
    ContractRegistration,
    CostItem,
    Judgement,
    PlannedPayment,
    RegistrationStep,
)
from keqiao.contract.paper import read_contract
from keqiao.contract.reader import disagreements, read_lines, with_text
from keqiao.contract.rules import Comparison, check, compare
from keqiao.contract.verdict import Verdict
from keqiao.core.audit import record
from keqiao.core.crypto import lookup_hash
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.models import AuditLevel
from keqiao.core.numbers import next_number
from keqiao.deal.models import Case
from keqiao.people.models import Organisation, User
from keqiao.registry.intake.guards import display_name

SERIES = "合同"
MAX_PAPERS = 20


def lock(contract: Contract) -> Contract:
    """The row, locked until the transaction ends."""
    return Contract.objects.select_for_update(of=("self",)).get(pk=contract.pk)


def _print_of(contract: Contract) -> str:
    text = fingerprint_of(facts_of(contract))
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


@transaction.atomic
def draft_contract(
    *,
    by: User,
    project_name: str,
    seller: Organisation | None = None,
    case: Case | None = None,
    **values: Any,
) -> Contract:
    """A new draft in the name of the drafter's unit, which stands as seller unless another does.

    case: the deal desk's case it comes of; its sides are filled in once both agreed to be named.
    """
    require_drafter(by)
    if case is not None:
        values = values_of(case) | values
        units = units_of(case)
        seller = seller or units["seller"]
    if not (project_name := " ".join(project_name.split())):
        raise BadInput("请填写项目名称，合同按它登记和查找。", code="contract.project", field="project_name")
    owner = (
        by.organisation or seller
    )  # a broker of no unit drafts for the seller, whose people then see and edit it
    if owner is None:
        raise NotAllowed(
            "您的账号没有所属单位，不能自己填报合同。技术经理人请从双方都已同意的对接事项里填写。",
            code="contract.unit",
        )
    now = timezone.now()
    contract = Contract.objects.create(
        number=next_number(SERIES, timezone.localtime(now).year),
        owner=owner,
        project_name=project_name,
        division_code=(seller or owner).division_code,
        created_by=by,
        created_at=now,
        updated_at=now,
        **values,
    )
    unit = seller or owner
    ContractParty.objects.create(
        contract=contract, side=Side.SELLER, organisation=unit, name=unit.name, uscc=unit.uscc,
        division_code=unit.division_code,
    )  # fmt: skip
    ContractParty.objects.create(contract=contract, side=Side.BUYER)
    if case is not None:
        fill_side(contract, Side.BUYER, units["buyer"])
    record("contract.drafted", by=by, target=contract)
    return contract


@transaction.atomic
def save_contract(
    *,
    contract: Contract,
    by: User,
    values: Mapping[str, Any],
    parties: Mapping[str, Mapping[str, Any]],
    cost_items: Sequence[Mapping[str, Any]] | None = None,
    payments: Sequence[Mapping[str, Any]] | None = None,
    ip: Sequence[Mapping[str, Any]] | None = None,
    seen_version: int | None = None,
) -> Contract:
    """Save the form. Raises NotAllowed when somebody saved it since `seen_version`, or it may not be edited."""
    locked = lock(contract)
    require_edit(by, locked)
    if seen_version is not None and seen_version != locked.version:
        raise NotAllowed(
            f"{locked.number} 在您填写期间被保存过（第 {locked.version} 版）。请刷新页面，核对后再改，以免覆盖别人的内容。",
            code="contract.stale",
            conflict=True,
        )
    changed = {name: value for name, value in values.items() if getattr(locked, name) != value}
    for name, value in changed.items():
        setattr(locked, name, value)
    for side, row in parties.items():
        ContractParty.objects.update_or_create(contract=locked, side=side, defaults=_linked(row))
    lists: Sequence[tuple[Any, Sequence[Mapping[str, Any]] | None]] = (
        (CostItem, cost_items), (PlannedPayment, payments), (ContractIp, ip),
    )  # fmt: skip
    for model, rows in lists:
        if rows is not None:
            model.objects.filter(contract=locked).delete()
            model.objects.bulk_create(model(contract=locked, **row) for row in rows)
    seller = locked.parties.filter(side=Side.BUYER if locked.is_import else Side.SELLER).first()
    locked.division_code = (
        seller.division_code if seller and seller.division_code else locked.owner.division_code
    )
    locked.fingerprint = _print_of(locked)
    locked.version += 1
    locked.updated_at = timezone.now()
    locked.save()
    record("contract.saved", by=by, target=locked, changes={"字段": ["", sorted(changed)]})
    return locked


def _linked(row: Mapping[str, Any]) -> dict[str, Any]:
    """A party's row with its organisation found by its code, so that its people see the contract."""
    found = dict(row)
    if "account_number" in found:  # equal accounts are seen by their keyed hash, the number stays encrypted
        number = "".join(str(found["account_number"]).split())
        found["account_number"], found["account_hash"] = number, lookup_hash(number) if number else ""
    code = found.get("uscc", "")
    if code:
        unit = Organisation.objects.filter(uscc=code, merged_into=None).first()
        found["organisation"] = unit
        if unit is not None and not found.get("division_code"):
            found["division_code"] = unit.division_code  # statistics go by it
    return found


@transaction.atomic
def attach_paper(
    *, contract: Contract, by: User, name: str, content: bytes, annex: str = "contract_text"
) -> ContractPaper:
    """Keep an uploaded paper; a contract's text is read at once. Raises BadFile, NotAllowed."""
    locked = lock(contract)
    require_edit(by, locked)
    if locked.papers.count() >= MAX_PAPERS:
        raise BadInput(
            f"{locked.number} 已有 {MAX_PAPERS} 份材料。请先删除旧的再上传。", code="contract.papers"
        )
    text = read_contract(content, name)
    paper = ContractPaper.objects.create(
        contract=locked, annex=annex, name=display_name(name), sha256=hashlib.sha256(content).hexdigest(),
        content=content, text=text.whole, by=by,
    )  # fmt: skip
    if annex not in locked.annexes:
        locked.annexes = [*locked.annexes, annex]
    locked.updated_at = timezone.now()
    locked.save(update_fields=["annexes", "updated_at"])
    record("contract.paper_attached", by=by, target=locked, file_name=paper.name, file_sha256=paper.sha256)
    return paper


def _known(contract: Contract) -> list[tuple[str, str]]:
    """Other contracts with the same fingerprint, handed in or registered, as the rules want them."""
    if not contract.fingerprint:
        return []
    others = (
        Contract.objects.filter(fingerprint=contract.fingerprint)
        .exclude(pk=contract.pk)
        .exclude(status="draft")
    )
    mine = fingerprint_of(facts_of(contract))
    return [(mine, number) for number in others.values_list("number", flat=True)[:5]]


def judge(contract: Contract, *, on: date | None = None, rules: str | None = None) -> Verdict:
    """The pre-check, the text and the duplicates included; writes nothing."""
    facts, extra = _with_paper(contract, on, rules)
    return check(
        facts, rules, on=on or timezone.localdate(), known=_known(contract), cn2026_effective_on=established_on(),
        is_workday=is_workday, extra=extra, place=place_here(),
    )  # fmt: skip


def judge_both(contract: Contract, *, on: date | None = None) -> Comparison:
    """Both books side by side; writes nothing."""
    facts, extra = _with_paper(contract, on, None)
    return compare(
        facts, on=on or timezone.localdate(), known=_known(contract), cn2026_effective_on=established_on(),
        is_workday=is_workday, extra=extra, place=place_here(),
    )  # fmt: skip


def _with_paper(contract: Contract, on: date | None, rules: str | None) -> tuple[Any, list[Any]]:
    facts = facts_of(contract, accepted_on=on)
    paper = contract.papers.filter(annex="contract_text").exclude(text="").only("text").first()
    if paper is None:
        return facts, []
    chosen = (
        book(rules) if rules else pick_book(on or timezone.localdate(), cn2026_effective_on=established_on())
    )
    text = read_lines(paper.text.split("\n"), chosen)
    return with_text(facts, text), disagreements(chosen, facts, text)


@transaction.atomic
def keep_judgement(*, contract: Contract, verdict: Verdict, by: User | None) -> Judgement:
    """The verdict with its book and inputs, for ever."""
    kept = Judgement.objects.create(
        contract=contract, rule_set=verdict.book, rule_version=verdict.rule_version, rule_digest=verdict.rule_digest,
        judged_on=verdict.on, inputs=dict(verdict.facts), result=verdict.as_dict(), verdict=verdict.verdict, by=by,
    )  # fmt: skip
    record(
        "contract.judged",
        by=by,
        target=contract,
        changes={"结论": ["", verdict.verdict_name]},
        reason=verdict.book,
    )
    return kept


def apply_move(
    *,
    contract: Contract,
    name: str,
    by: User | None,
    reason_code: str = "",
    reason: str = "",
    opinion: str = "",
) -> Contract:
    """Make one move of the flow on a locked row, with its step. Call inside a transaction, after the right is checked."""
    before = contract.status
    contract.status = CONTRACT_FLOW.after(before, name)
    contract.updated_at = timezone.now()
    contract.save(update_fields=["status", "updated_at"])
    RegistrationStep.objects.create(
        contract=contract, move=name, from_state=before, to_state=contract.status, reason_code=reason_code,
        reason=reason, opinion=opinion, by=by,
    )  # fmt: skip
    return contract


@transaction.atomic
def submit_contract(*, contract: Contract, by: User) -> Contract:
    """Hand the contract to the registrar. A refused pre-check does not go; what must be corrected is named."""
    locked = lock(contract)
    CONTRACT_FLOW.the_move(locked.status, "submit")
    if not may_edit(by, locked):
        require_edit(by, locked)
    verdict = judge(locked)
    kept = keep_judgement(contract=locked, verdict=verdict, by=by)
    hard = [one for one in verdict.findings if one.level in ("refuse", "error")]
    if hard:
        raise BadInput(
            f"预检还有 {len(hard)} 项没有通过，没有提交。第一项：{hard[0].message}全部见预检结果。",
            code="contract.precheck",
            field=hard[0].field or None,
        )
    apply_move(contract=locked, name="submit", by=by)
    locked.is_shared = True
    locked.save(update_fields=["is_shared"])
    ContractRegistration.objects.update_or_create(
        contract=locked,
        defaults={
            "submitted_at": timezone.now(),
            "submitted_by": by,
            "judgement": kept,
            "rule_set": verdict.book,
        },
    )
    record("contract.submitted", by=by, target=locked, level=AuditLevel.IMPORTANT)
    return locked


@transaction.atomic
def withdraw_contract(*, contract: Contract, by: User, reason: str = "") -> Contract:
    """Back to draft, before the registrar has accepted it."""
    locked = lock(contract)
    CONTRACT_FLOW.the_move(locked.status, "withdraw")
    if locked.owner_id != by.organisation_id and locked.created_by_id != by.pk:
        raise NotAllowed(
            f"{locked.number} 由“{locked.owner}”填报，只有填报单位可以撤回。", code="contract.owner"
        )
    apply_move(contract=locked, name="withdraw", by=by, reason=reason)
    record("contract.withdrawn", by=by, target=locked, reason=reason)
    return locked
