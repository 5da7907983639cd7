"""The two sides: choosing the supply side, asking, answering, agreeing and taking the agreement back, the NDA."""

import hashlib
from typing import Any

from django.db import transaction
from django.utils import timezone

from keqiao.core.audit import record as record_audit
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.models import AuditLevel
from keqiao.deal.access import require_desk, require_side, seat_of
from keqiao.deal.enums import Answer, How, Side, StepKind
from keqiao.deal.models import Case, CaseConsent, Party
from keqiao.deal.opening import SUPPLY_KINDS, make_party, refuse_double
from keqiao.deal.steps import (
    keep_step,
    locked,
    open_title,
    open_wish,
    saved,
    side_word,
    tell_desk,
    tell_side,
    told,
)
from keqiao.deal.teaching import teach
from keqiao.people.models import User
from keqiao.registry.records.disclosure import Contact
from keqiao.registry.records.models import Record
from keqiao.registry.records.nouns import noun_of

CONSENT_VERSION = "对接-2026-1"
CONSENT_TEXT = (
    "为了这一件对接事项，我方同意科技局把我方的单位名称、联系人姓名、电话和邮箱提供给对方和承办的技术经理人。"
    "对方同样同意后才会互相看到。信息只用于这次对接，不得转给他人。我方可以随时撤回，撤回后立即不再显示；"
    "撤回前对方已经看到的，科技局无法收回，但会告知对方停止使用。事项结束后信息保留两年供查证，之后删除。"
)
CONSENT_DATA = ("name", "contact")
CONSENT_WORDS = {"name": "单位名称", "contact": "联系人、电话、邮箱"}


def consent_sha256() -> str:
    """The digest of the text that is shown now; kept with every consent."""
    return hashlib.sha256(f"{CONSENT_VERSION}\n{CONSENT_TEXT}".encode()).hexdigest()


@transaction.atomic
def choose_supply(*, case: Case, other: Record, by: User | None, version: int | None = None) -> Case:
    """Take a record as the supply side, in place of one that was not asked yet or said no."""
    case = locked(case, version)
    require_desk(by, case)
    if other.KIND not in SUPPLY_KINDS:
        raise BadInput(
            f"{noun_of(other.KIND)}不能作为供给方。请选成果、专家、科研产出或资源。", field="other"
        )
    old = case.parties.filter(side=Side.SUPPLY).first()
    if old is not None and old.asked_at is not None and old.answer not in (Answer.NO, Answer.LATER):
        raise NotAllowed(
            f"已经联系了现在的供给方（{timezone.localdate(old.asked_at)}），还没有说不合作。请先等答复，或另建一件事项。",
            code="case.supply_asked",
            conflict=True,
        )
    refuse_double(case.demand, other)
    before = case.other_title
    if old is not None:
        old.delete()
    case.other_kind, case.other_id, case.other_title = other.KIND, other.pk, other.title
    saved(case, "other_kind", "other_id", "other_title")
    make_party(case, Side.SUPPLY, other, None)
    keep_step(
        case, StepKind.NOTED, f"选定供给方：{other.title}", by=by, changes={"supply": [before, other.title]}
    )
    return case


@transaction.atomic
def ask_side(*, case: Case, side: str, by: User | None, note: str = "") -> int:
    """Ask a side whether it wants to talk; from now the ladder counts. Returns how many were written to.

    The letter says what is wanted, never who wants it, and never whether others were asked.
    """
    case = locked(case)
    require_desk(by, case)
    party = party_of(case, side)
    if party.waits:
        raise NotAllowed(
            f"已经在 {timezone.localdate(party.asked_at)} 联系过，正在等答复，系统会按天数提醒。",
            code="case.asked",
            conflict=True,
        )
    party.asked_at, party.asked_by = timezone.now(), by
    party.answer, party.answer_note, party.refusal, party.answered_at = "", "", "", None
    party.save(update_fields=["asked_at", "asked_by", "answer", "answer_note", "refusal", "answered_at"])
    saved(case)
    count = tell_side(
        case, side, by=by, key=f"ask {party.asked_at:%Y%m%d%H%M%S}", subject=f"有一项对接请您看看：{open_title(case)}",
        text=f"{'有企业提出需求' if side == Side.SUPPLY else '找到了可能适合您的技术'}：“{open_title(case)}”。"
        f"{open_wish(case)}请登录后答复“愿意对接”“以后再谈”或“不合作”，一分钟即可。您同意之前，联系方式不会提供给对方。"
        f"{note}",
    )  # fmt: skip
    keep_step(
        case,
        StepKind.ASKED,
        f"联系{side_word(side)}，发出 {count} 条消息" + (f"；{note}" if note else ""),
        by=by,
        side=side,
    )
    return count


@transaction.atomic
def answer_for(
    *, case: Case, side: str, answer: str, by: User, note: str = "", refusal: str = "", how: str = How.ONLINE
) -> Party:
    """Keep what a side said. The desk may write down what it heard; the step says so."""
    case = locked(case)
    seat = require_side(by, case, side)
    if answer not in (Answer.YES, Answer.LATER, Answer.NO):
        raise BadInput("请选一种答复：愿意对接、以后再谈或不合作。", code="case.answer", field="answer")
    party = party_of(case, side)
    if party.asked_at is None:
        party.asked_at, party.asked_by = timezone.now(), by if seat.is_desk else None
    note = told(
        note,
        "note",
        required="请写一句原因，对方和承办人据此改进。" if answer == Answer.NO and not refusal else "",
    )
    party.answer, party.answer_note, party.answered_at = answer, note, timezone.now()
    party.refusal = refusal if answer == Answer.NO else ""
    party.save(update_fields=["asked_at", "asked_by", "answer", "answer_note", "answered_at", "refusal"])
    saved(case)
    heard = "" if side in seat.sides else f"（{How(how).label}）"
    text = f"{side_word(side)}：{Answer(answer).label}{heard}" + (f"，{note}" if note else "")
    keep_step(case, StepKind.ANSWERED, text, by=by, side=side)
    if answer == Answer.NO and refusal:
        teach(case, side, refusal, note, by)
    tell_desk(
        case,
        by=by,
        key=f"answer {case.version}",
        subject=f"{case.number}：{text[:60]}",
        text=f"“{open_title(case)}”：{text}",
    )
    return party


def party_of(case: Case, side: str) -> Party:
    """The side's row. Raises BadInput when the case has none yet."""
    found = case.parties.select_related("user").filter(side=side).first() if side in Side.values else None
    if found is None:
        raise BadInput(
            f"这件事项还没有{side_word(side) if side in Side.values else '这一方'}。请先选定。",
            code="case.side",
            field="side",
        )
    return found


@transaction.atomic
def give_consent(
    *, case: Case, side: str, by: User, sha256: str, how: str = How.ONLINE, note: str = ""
) -> CaseConsent:
    """A side agrees to the text it was shown. The desk may register a consent given on the phone, saying who and when.

    Raises BadInput when the text shown is not the one in force, NotAllowed when the side agreed before.
    """
    case = locked(case)
    seat = require_side(by, case, side)
    if sha256 != consent_sha256():
        raise BadInput(
            "同意书的文字已经更新。请刷新页面，看过新的文字再同意。", code="case.consent_text", field="agree"
        )
    party = party_of(case, side)
    mine = side in seat.sides
    if not mine:
        if how == How.ONLINE:
            raise BadInput("代为登记的同意须注明方式（电话、书面或当面）。", code="case.how", field="how")
        note = told(
            note,
            "note",
            300,
            required="请写明谁、在什么时间、怎样表示同意，例如“王主任 11 月 20 日电话同意”。",
        )
    if CaseConsent.objects.filter(party=party, withdrawn_at=None).exists():
        raise NotAllowed(f"{side_word(side)}已经同意过了。", code="case.consented", conflict=True)
    consent = CaseConsent.objects.create(
        party=party, data=list(CONSENT_DATA), text_version=CONSENT_VERSION, text_sha256=sha256,
        how=How.ONLINE if mine else how, note=note, given_by=by,
    )  # fmt: skip
    saved(case)
    words = "、".join(CONSENT_WORDS[key] for key in consent.data)
    keep_step(
        case, StepKind.CONSENT, f"{side_word(side)}同意提供{words}（{How(consent.how).label}，文本 {CONSENT_VERSION}）",
        by=by, side=side, changes={"consent": ["", f"{CONSENT_VERSION} {sha256[:12]}"]}, level=AuditLevel.IMPORTANT,
    )  # fmt: skip
    if CaseConsent.objects.filter(party__case=case, withdrawn_at=None).count() == len(Side):
        for one in Side:
            tell_side(case, one, by=by, key=f"both {case.version}", subject=f"{case.number} 双方都已同意，可以联系了",
                      text=f"“{open_title(case)}”：双方都同意提供名称和联系方式。请打开事项页面查看对方联系方式，三个工作日内联系一次。")  # fmt: skip
    return consent


@transaction.atomic
def withdraw_consent(*, case: Case, side: str, by: User, note: str = "") -> CaseConsent:
    """Take the agreement back: names and contacts are hidden again from this moment. Both facts stay on record."""
    case = locked(case)
    require_side(by, case, side)
    party = party_of(case, side)
    consent = CaseConsent.objects.select_for_update().filter(party=party, withdrawn_at=None).first()
    if consent is None:
        raise NotAllowed(
            f"{side_word(side)}现在没有有效的同意，不用撤回。", code="case.no_consent", conflict=True
        )
    consent.withdrawn_at, consent.withdrawn_by, consent.withdraw_note = (
        timezone.now(),
        by,
        told(note, "note", 300),
    )
    consent.save(update_fields=["withdrawn_at", "withdrawn_by", "withdraw_note"])
    saved(case)
    keep_step(case, StepKind.CONSENT, f"{side_word(side)}撤回同意，名称和联系方式已不再显示", by=by, side=side,
              changes={"consent": [consent.text_version, "已撤回"]}, level=AuditLevel.IMPORTANT)  # fmt: skip
    tell_side(case, Side(side).other, by=by, key=f"withdrawn {case.version}", subject=f"{case.number}：对方撤回了同意",
              text=f"“{open_title(case)}”：对方撤回了提供名称和联系方式的同意。请停止使用之前看到的联系方式，有事请在本站消息里联系承办人。")  # fmt: skip
    tell_desk(case, by=by, key=f"withdrawn {case.version}", subject=f"{case.number}：{side_word(side)}撤回同意",
              text=f"“{open_title(case)}”：{side_word(side)}撤回同意，名称和联系方式已隐去。")  # fmt: skip
    return consent


@transaction.atomic
def set_nda(*, case: Case, needs_nda: bool, by: User | None, version: int | None = None) -> Case:
    """Say whether this case needs an NDA before secret papers are opened and a contract is prepared."""
    case = locked(case, version)
    require_desk(by, case)
    if case.needs_nda == needs_nda:
        return case
    case.needs_nda = needs_nda
    saved(case, "needs_nda")
    keep_step(case, StepKind.NDA, "须签保密协议" if needs_nda else "不再要求签保密协议", by=by)
    return case


@transaction.atomic
def rate_case(*, case: Case, side: str, score: int, by: User | None, note: str = "") -> Party:
    """Keep a side's satisfaction, 1 (很不满意) to 5 (很满意)."""
    case = locked(case)
    if by is not None:
        require_side(by, case, side)
    if not 1 <= score <= 5:
        raise BadInput(f"“{score}”不在 1 到 5 之间，请重新选择。", code="case.score", field="score")
    party = party_of(case, side)
    party.score, party.score_note, party.scored_at = score, told(note, "note"), timezone.now()
    party.save(update_fields=["score", "score_note", "scored_at"])
    saved(case)
    keep_step(case, StepKind.RATED, f"{side_word(side)}评价 {score} 分" + (f"：{party.score_note}" if party.score_note else ""),
              by=by, side=side)  # fmt: skip
    return party


def reveal_party(*, case: Case, side: str, by: User, reason: str) -> Contact:
    """The full contact of a side for an officer, before consent, for a stated reason; each time one audit entry."""
    if not seat_of(by, case).is_officer:
        raise NotAllowed("双方同意之前，完整联系方式只有事项所在地的科技局人员可以查看。", code="case.reveal")
    reason = told(reason, "reason", 300, required="请写明用途，例如“电话征求对接意愿”。")
    party = party_of(case, side)
    record_audit(
        "case.contact_revealed",
        by=by,
        target=case,
        reason=f"{side_word(side)}：{reason}",
        level=AuditLevel.IMPORTANT,
    )
    return Contact(party.contact_name, party.contact_phone, party.contact_email)


def consents_of(case: Case) -> list[CaseConsent]:
    """Every consent of the case with its withdrawal, newest first."""
    found: Any = CaseConsent.objects.filter(party__case=case).select_related(
        "party", "given_by", "withdrawn_by"
    )
    return list(found)
