"""Applications: prefilled, each paper handed in once, nothing paid twice, then the same way as a list without application."""

import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path as FilePath
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from keqiao.core.audit import record
from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.core.models import AuditLevel
from keqiao.core.numbers import next_number
from keqiao.deal.sniffing import sniffed
from keqiao.firm.facts import facts_of
from keqiao.payment.access import is_officer_of, require_officer, unit_of
from keqiao.payment.enums import ENDED, AwardState, EvidenceKind, Path
from keqiao.payment.models import Award, AwardList, AwardMaterial, Envelope, Evidence, Material, PayeeAccount
from keqiao.payment.rolls import (
    SERIES,
    add_award,
    figures_of,
    rivals_of,
    same_purpose,
    settled,
    terms_of,
    typed_of,
)
from keqiao.payment.steps import lock_award, move_award, note_step, tell_firms
from keqiao.people.models import Organisation, User
from keqiao.policy.amounts import Asked
from keqiao.policy.claims import Claim, already_higher, claim, day_of
from keqiao.policy.enums import PolicyState, Service
from keqiao.policy.models import PolicyItem
from keqiao.registry.enterprise.models import Enterprise
from keqiao.registry.intake.guards import MIB
from keqiao.rules.judging import Outcome

_EDITABLE = (AwardState.DRAFT, AwardState.RETURNED)
_INVOICE_CODE = re.compile(r"(\d{10}|\d{12})?\Z")
_INVOICE_NUMBER = re.compile(r"\d{8}\Z|\d{20}\Z")
_YES = {"是": True, "true": True, "on": True, "1": True, "否": False, "false": False, "0": False, "": None}


@transaction.atomic
def open_applications(
    *, item: PolicyItem, envelope: Envelope, period: str, by: User, on: dt.date | None = None
) -> AwardList:
    """Take applications for an item and period, paid from an envelope. The same again gives the list that is there."""
    require_officer(by, envelope.division_code, "申报受理")
    if item.current is None:
        raise NotAllowed(f"“{item.title}”还没有规则，不能受理申报。", code="roll.rule")
    there = AwardList.objects.filter(item=item, period=period, path=Path.APPLY).first()
    if there is not None:
        return there
    day = on or timezone.localdate()
    roll = AwardList.objects.create(
        number=next_number(SERIES, day.year), item=item, rule=item.current, envelope=envelope, period=period,
        on=day_of(item.title_day, period, day), path=Path.APPLY, division_code=envelope.division_code, created_by=by,
    )  # fmt: skip
    record("applications.opened", by=by, target=roll)
    return roll


def open_rolls(day: dt.date) -> "list[AwardList]":
    """Items that take applications on that day."""
    rows = AwardList.objects.filter(path=Path.APPLY, item__policy__state=PolicyState.PUBLISHED)
    found = rows.select_related("item__policy", "item__current", "envelope", "rule").order_by("-pk")
    return [one for one in found if one.item.is_open(day) and one.item.policy.is_in_force(day)]


@transaction.atomic
def start_application(*, roll: AwardList, by: User, today: dt.date | None = None) -> Award:
    """A draft of the user's unit; the one that is there when it was begun before."""
    unit = unit_of(by)
    if unit is None:
        raise NotAllowed("申报由企业自己办理。请用企业账号登录。", code="award.owner")
    there = Award.objects.live().filter(organisation=unit, item=roll.item, period=roll.period).first()
    if there is not None:
        return there
    day = today or timezone.localdate()
    if (
        not roll.item.is_open(day)
        or not roll.item.policy.is_in_force(day)
        or roll.item.service == Service.AUTO
    ):
        raise NotAllowed(
            f"“{roll.item.title}”现在不受理申报。请看政策页上的申报时间。", code="application.closed"
        )
    award = add_award(roll=roll, organisation=unit, state=AwardState.DRAFT, found=None, path=Path.APPLY)
    note_step(award, "start", "开始填写", by=by)
    record("award_application.started", by=by, target=award)
    return award


def claim_of(award: Award) -> Claim:
    """The application as it stands, judged on the firm's own data."""
    firm = Enterprise.objects.filter(organisation_id=award.organisation_id).order_by("-pk").first()
    facts = facts_of(firm, award.roll.on) if firm is not None else {}
    budget = Decimal(award.roll.envelope.balance().left) / 1_000_000
    return claim(terms_of(award.roll.rule), facts, on=award.roll.on, typed=typed_of(award), budget=budget)


def asked_of(award: Award) -> Mapping[str, Asked]:
    """What the firm types in."""
    return terms_of(award.roll.rule).formula.asked


def read_typed(asked: Mapping[str, Asked], raw: Mapping[str, str]) -> dict[str, Any]:
    """Typed values, for keeping as JSON: numbers as text. Blank ones are left out. Raises BadInput naming the field."""
    found: dict[str, Any] = {}
    for name, one in asked.items():
        text = str(raw.get(name, "")).strip().replace(",", "").replace("，", "")
        if one.kind == "flag":
            value = _YES.get(text.lower())
            if value is not None:
                found[name] = value
            continue
        if not text:
            continue
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise BadInput(f"“{one.title}”写的是“{text[:30]}”，不是数字。请只写数字，单位{one.unit or '见说明'}。", field=name) from None  # fmt: skip
        if (
            not number.is_finite()
            or number < 0
            or number.adjusted() > 9
            or len(number.as_tuple().digits) > 15
        ):
            raise BadInput(f"“{one.title}”写的是“{text[:30]}”，不能为负，也不能超过 15 位。请核对单位（{one.unit}）。", field=name)  # fmt: skip
        found[name] = format(number, "f")
    return found


def _own_draft(award: Award, by: User) -> Award:
    award = lock_award(award)
    unit = unit_of(by)
    if unit is None or unit.pk != award.organisation_id:
        raise NotAllowed(f"{award.number} 由{award.firm_name}自己填写。", code="award.owner")
    if award.state not in _EDITABLE:
        raise NotAllowed(f"{award.number} 是“{award.get_state_display()}”，不能再改。要改请联系科技局退回。", code="application.state", conflict=True)  # fmt: skip
    return award


@transaction.atomic
def fill_application(
    *, award: Award, typed: Mapping[str, str], by: User, account: PayeeAccount | None = None
) -> Award:
    """Keep what was typed and the account; gives the award with its amount reckoned anew."""
    award = _own_draft(award, by)
    award.inputs = read_typed(asked_of(award), typed)
    if account is not None:
        if account.organisation_id != award.organisation_id:
            raise BadInput("请选择本单位在用的收款账户。", field="account")
        award.account = account
    for name, value in figures_of(claim_of(award)).items():
        setattr(award, name, value)
    award.save(update_fields=["inputs", "account", "asked_fen", "amount_fen", "verdict", "working"])
    record("award_application.filled", by=by, target=award)
    return award


# -- papers ------------------------------------------------------------------------------------------------------------


def folder() -> FilePath:
    """Where papers lie, by the digest of their content."""
    return FilePath(settings.MEDIA_ROOT) / "materials"


def _path(organisation_id: int, sha256: str) -> FilePath:
    return folder() / str(organisation_id) / sha256[:2] / sha256


@transaction.atomic
def keep_material(*, organisation: Organisation, name: str, content: bytes, by: User) -> Material:
    """Keep a paper of the unit; the same content again is the same paper, whatever it is called now."""
    kept = sniffed(name, content, most_bytes=settings.KEQIAO_UPLOAD_MB * MIB)
    digest = hashlib.sha256(kept.content).hexdigest()
    there = Material.objects.filter(organisation=organisation, sha256=digest).first()
    if there is not None:
        return there
    path = _path(organisation.pk, digest)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(kept.content)
    material = Material.objects.create(
        organisation=organisation,
        name=kept.name,
        mime=kept.mime,
        size_bytes=len(kept.content),
        sha256=digest,
        by=by,
    )
    record("material.kept", by=by, target=material, file_name=kept.name, file_sha256=digest)
    return material


@transaction.atomic
def attach_material(*, award: Award, key: str, material: Material, by: User) -> AwardMaterial:
    """Put a paper in its place in the application, in the stead of the one that was there."""
    award = _own_draft(award, by)
    if key not in {one["key"] for one in award.item.materials}:
        raise BadInput("请选择这份材料对应的申报材料项。", field="key")
    if material.organisation_id != award.organisation_id:
        raise NotFound("申报材料")
    made, _ = AwardMaterial.objects.update_or_create(award=award, key=key, defaults={"material": material})
    record("material.attached", by=by, target=award, changes={"material": [key, material.name]})
    return made


def open_material(*, public_id: Any, by: User) -> tuple[Material, FilePath]:
    """The paper, for its unit and for officers of the place of an award that uses it; audited. NotFound otherwise."""
    found = Material.objects.select_related("organisation").filter(public_id=public_id).first()
    unit = unit_of(by)
    allowed = found is not None and (
        (unit is not None and unit.pk == found.organisation_id)
        or any(
            is_officer_of(by, one.award.roll.division_code)
            for one in found.uses.select_related("award__roll")
        )
    )
    if found is None or not allowed or not (path := _path(found.organisation_id, found.sha256)).is_file():
        raise NotFound("申报材料")
    record("material.opened", by=by, target=found, file_name=found.name, file_sha256=found.sha256)
    return found, path


# -- evidence: nothing is paid twice -----------------------------------------------------------------------------------


def reference_of(kind: str, number: str, code: str = "") -> str:
    """The number as it is compared: invoices as code-number, others in capitals without blanks. Raises BadInput."""
    number = re.sub(r"\s", "", number).upper()
    code = re.sub(r"\s", "", code)
    if kind == EvidenceKind.INVOICE:
        if not _INVOICE_NUMBER.match(number):
            raise BadInput(f"发票号码是 8 位或 20 位数字，收到“{number[:30]}”。数电发票写 20 位号码，代码不填。", field="number")  # fmt: skip
        if not _INVOICE_CODE.match(code) or (len(number) == 8 and not code):
            raise BadInput(f"8 位号码的发票还要写 10 位或 12 位的发票代码，收到“{code[:20]}”。", field="code")
        return f"{code}-{number}" if len(number) == 8 else number
    if not 2 <= len(number) <= 80:
        raise BadInput("请写合同、保险单或专利的号码。", field="number")
    return number


def used_by(kind: str, reference: str) -> Evidence | None:
    """Where a thing was paid for, or is asked for, already."""
    rows = Evidence.objects.filter(kind=kind, reference=reference, is_in_use=True)
    return rows.select_related("award__item").first()


def used_words(there: Evidence, organisation_id: int) -> str:
    """Where the same thing was used, without naming another unit to this one."""
    award = there.award
    whose = "贵单位" if award.organisation_id == organisation_id else "另一家单位"
    when = f"，{timezone.localtime(award.submitted_at):%Y-%m-%d} 提交" if award.submitted_at else ""
    return (
        f"{there.get_kind_display()} {there.reference} 已用于{whose}的“{award.item.title}”（{award.number}，{award.period} 年{when}），"
        "同一凭证不能重复支持。请换成没有用过的凭证，或联系科技局核实。"
    )


@transaction.atomic
def add_evidence(
    *, award: Award, kind: str, number: str, by: User, code: str = "", title: str = "", fen: int | None = None,
    dated: dt.date | None = None,
) -> Evidence:  # fmt: skip
    """Name a thing the money is for. Raises NotAllowed, saying where, when it was used anywhere already."""
    award = _own_draft(award, by)
    if kind not in EvidenceKind.values:
        raise BadInput("请选择凭证的类型。", field="kind")
    reference = reference_of(kind, number, code)
    if fen is not None and fen < 1:
        raise BadInput("凭证金额须大于 0。", field="amount")
    there = used_by(kind, reference)
    if there is not None:
        raise NotAllowed(
            used_words(there, award.organisation_id), code="evidence.used", field="number", conflict=True
        )
    try:
        with transaction.atomic():
            made = Evidence.objects.create(
                award=award, kind=kind, reference=reference, title=title.strip()[:200], fen=fen, dated=dated
            )
    except IntegrityError:  # somebody was faster by a moment
        there = used_by(kind, reference)
        raise NotAllowed(used_words(there, award.organisation_id) if there else "这份凭证刚刚被使用。", code="evidence.used", field="number", conflict=True) from None  # fmt: skip
    record("evidence.added", by=by, target=award, changes={"evidence": ["", f"{kind} {reference}"]})
    return made


@transaction.atomic
def remove_evidence(*, award: Award, evidence_id: int, by: User) -> None:
    """Take one out of a draft."""
    award = _own_draft(award, by)
    award.evidence.filter(pk=evidence_id).delete()
    record("evidence.removed", by=by, target=award)


# -- submitting and review ---------------------------------------------------------------------------------------------


def lacks_of(award: Award) -> list[str]:
    """What keeps the application from being submitted, each a sentence."""
    found = [f"还没有上传“{one['title']}”" for one in award.item.materials if one.get("is_required") and one["key"] not in set(award.papers.values_list("key", flat=True))]  # fmt: skip
    if award.account is None:
        found.append("还没有选收款账户")
    current = claim_of(award)
    if current.outcome is Outcome.UNMET:
        found.append(f"不符合条件：{current.why}")
    elif current.amount is not None and current.amount.fen is None and not set(current.amount.missing) <= {"pool_total", "budget"}:  # fmt: skip
        found.append(current.amount.words)
    elif current.fen == 0 and current.amount is not None:
        found.append(f"按公式没有可兑现的金额：{current.amount.words}")
    return found


def double_of(award: Award) -> str:
    """Why the money would be given twice: a higher item of the same group, or another item for the same purpose."""
    unit = award.organisation_id
    rival = rivals_of(award.item, award.period, [unit]).get(unit)
    if rival is not None and (rival.amount_fen or 0) >= (award.asked_fen or 0):
        return already_higher(rival.item.title, rival.amount_fen or 0)
    other = same_purpose(award.item, award.period, [unit]).get(unit)
    if other is not None and rival is None:
        return f"“{other.item.title}”（{other.number}）已就同一用途“{other.item.purpose}”申请或给予支持"
    return ""


@transaction.atomic
def submit_application(*, award: Award, by: User) -> Award:
    """Hand it in. Raises BadInput listing everything that is still missing."""
    award = _own_draft(award, by)
    lacks = lacks_of(award)
    if lacks:
        raise BadInput("还不能提交：" + "；".join(lacks) + "。", code="application.lacks")
    for name, value in figures_of(claim_of(award)).items():
        setattr(award, name, value)
    if refusal := double_of(award):
        raise NotAllowed(f"{refusal}。不能重复申报。", code="application.double", conflict=True)
    move_award(
        award,
        "submit",
        "提交申报",
        by=by,
        submitted_at=timezone.now(),
        verdict=award.verdict,
        working=award.working,
        with_figures=True,
    )
    record("award_application.submitted", by=by, target=award, level=AuditLevel.IMPORTANT)
    return award


@transaction.atomic
def review_application(*, award: Award, decision: str, note: str, by: User, override: str = "") -> Award:
    """An officer's decision: pass, return or refuse. A double is passed only with a reason that is kept (override)."""
    award = lock_award(award)
    require_officer(by, award.roll.division_code, "申报审核")
    if decision not in ("pass", "return", "refuse"):
        raise BadInput("请选择审核结果。", field="decision")
    words = note.strip()
    if decision != "pass" and len(words) < 5:
        raise BadInput("请写明要补正什么，或不予支持的理由，企业会看到。", field="note")
    if decision == "pass":
        refusal = double_of(award)
        if refusal and len(override.strip()) < 5:
            raise NotAllowed(f"{refusal}。确需支持的，请写明理由后再通过。", code="application.double", field="override", conflict=True)  # fmt: skip
        rival = rivals_of(award.item, award.period, [award.organisation_id]).get(award.organisation_id)
        for name, value in settled({"asked_fen": award.asked_fen, "amount_fen": award.amount_fen, "working": award.working}, rival).items():  # fmt: skip
            setattr(award, name, value)
        words = "审核通过" + (f"（{override.strip()}）" if refusal else "")
    fields: dict[str, Any] = {"working": award.working}
    if decision != "pass":
        fields["reason"] = words[:500]
    label = {"pass": "", "return": "退回补正：", "refuse": "不予支持："}[decision]
    move_award(award, decision, label + words, by=by, with_figures=True, **fields)
    if award.state in ENDED:
        award.evidence.update(is_in_use=False)
    tell_firms([award], "申报审核结果：{item}", "{number} " + (label + words).replace("{", "（").replace("}", "）"), f"review:{award.version}")  # fmt: skip
    record(f"award_application.{decision}", by=by, target=award, reason=words, level=AuditLevel.IMPORTANT)
    return award
