"""Programmes and vouchers: opening a year, issuing by list, splitting, withdrawing."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone

from keqiao.core.audit import record
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.models import AuditLevel
from keqiao.core.numbers import next_number
from keqiao.message.actions import send
from keqiao.people.enums import Role
from keqiao.people.models import Organisation, User
from keqiao.voucher.access import require_officer
from keqiao.voucher.eligibility import Standing, standings
from keqiao.voucher.enums import AccountKind, EntryKind, Holder, VoucherState
from keqiao.voucher.ledger import account_of, balance_of, post, totals_of, yuan_words
from keqiao.voucher.models import Voucher, VoucherAccount, VoucherProgramme
from keqiao.voucher.roster import MOST_ROWS, RosterLine
from keqiao.voucher.sums import fen_of
from keqiao.voucher.terms import Terms, terms_on


@transaction.atomic
def open_programme(
    *, title: str, year: int, division_code: str, starts_on: date, ends_on: date, authorised_fen: int,
    document: str, by: User,
) -> VoucherProgramme:  # fmt: skip
    """A year's programme with its money in the pool."""
    title = " ".join(title.split())
    if not title:
        raise BadInput("请写名称，例如“2026 年科技创新券”。", field="title")
    if ends_on < starts_on:
        raise BadInput(f"截止日期 {ends_on} 早于开始日期 {starts_on}，请核对。", field="ends_on")
    if not document.strip():
        raise BadInput("请写依据文件的名称和文号，账目从这里说起。", field="document")
    try:
        with transaction.atomic():
            programme = VoucherProgramme.objects.create(
                title=title[:120], year=year, division_code=division_code, starts_on=starts_on, ends_on=ends_on,
                document=document.strip()[:200], created_by=by,
            )  # fmt: skip
    except IntegrityError as twice:
        raise NotAllowed(
            f"这个地区 {year} 年已经有创新券年度，请在原有年度里追加额度。",
            code="voucher.twice",
            conflict=True,
        ) from twice
    require_officer(by, programme)
    add_money(programme=programme, fen=authorised_fen, note=f"首次下达：{document}", by=by)
    return programme


@transaction.atomic
def add_money(*, programme: VoucherProgramme, fen: int, note: str, by: User) -> None:
    """More money for the programme, with the paper it rests on."""
    require_officer(by, programme)
    if not note.strip():
        raise BadInput("请写依据（文件名称和文号）。", field="note")
    post(
        kind=EntryKind.AUTHORISE, source=account_of(programme, AccountKind.AUTHORISED),
        target=account_of(programme, AccountKind.POOL), fen=fen, note=note, by=by,
    )  # fmt: skip
    record(
        "voucher.authorised", by=by, target=programme, reason=note, level=AuditLevel.IMPORTANT,
        changes={"amount": ["", yuan_words(fen)]},
    )  # fmt: skip


# -- issuing by list ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wish:
    """One line of an issuing list, checked. firm None or problem: it cannot be issued. notes: what an officer should see."""

    line: RosterLine
    firm: Organisation | None
    fen: int
    holder: str
    problem: str = ""
    notes: tuple[str, ...] = ()
    standing: Standing = field(default_factory=Standing)


def issued_in_year(programme: VoucherProgramme, firms: Iterable[int]) -> dict[int, int]:
    """Fen that each firm was given in the programme's calendar year, withdrawn ones left out; splits count once."""
    rows = (
        Voucher.objects.filter(programme__year=programme.year, firm__in=list(firms), parent=None)
        .exclude(state=VoucherState.WITHDRAWN)
        .order_by()
        .values_list("firm")
        .annotate(Sum("face_fen"))
        .values_list("firm", "face_fen__sum")
    )
    return dict(rows)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the lines of a list are judged by, read once."""

    firms: Mapping[str, Organisation]
    given: Mapping[int, int]
    standings: Mapping[int, Standing]
    terms: Terms


def check_list(programme: VoucherProgramme, lines: Sequence[RosterLine], day: date) -> list[Wish]:
    """Every line judged before anything is written: the firm, who may have vouchers (V-01), caps, the pool. Few queries."""
    if len(lines) > MOST_ROWS:
        raise BadInput(f"名单有 {len(lines)} 行，一次最多 {MOST_ROWS} 行。请分几次发放。", field="lines")
    terms = terms_on(programme.division_code, day)
    firms = _firms([line.key for line in lines])
    units = list({one.pk: one for one in firms.values()}.values())
    known = _Known(
        firms,
        issued_in_year(programme, (one.pk for one in units)),
        standings(units, programme.division_code, terms, day),
        terms,
    )
    left = totals_of(programme)[AccountKind.POOL]
    wishes: list[Wish] = []
    seen: dict[int, int] = {}
    for line in lines:
        wish = _judge(line, known, seen, left)
        if wish.firm and not wish.problem:
            seen[wish.firm.pk] = line.number
            left -= wish.fen
        wishes.append(wish)
    return wishes


def _firms(keys: Sequence[str]) -> Mapping[str, Organisation]:
    """Organisations by credit code and by name; merged ones are left out, a name that two bear is nobody."""
    found: dict[str, Organisation] = {}
    doubtful: set[str] = set()
    rows = Organisation.objects.filter(merged_into=None)
    for one in chain(rows.filter(uscc__in=keys).exclude(uscc=""), rows.filter(name__in=keys)):
        for key in (one.uscc, one.name):
            if key and found.setdefault(key, one).pk != one.pk:
                doubtful.add(key)
    return {key: one for key, one in found.items() if key not in doubtful}


def _judge(line: RosterLine, known: _Known, seen: Mapping[int, int], left: int) -> Wish:
    """One line after those before it. seen: firm's key -> number of its line; left: fen in the pool."""
    holder = Holder.TEAM if "团队" in line.kind else Holder.FIRM
    firm = known.firms.get(line.key)
    try:
        fen = fen_of(line.amount)
    except BadInput as wrong:
        return Wish(line, firm, 0, holder, line.problem or wrong.message)
    if line.problem:
        return Wish(line, firm, fen, holder, line.problem)
    if firm is None:
        message = (
            f"没有找到“{line.key}”，或有重名。请写统一社会信用代码，或先在企业库登记。"
            if line.key
            else "没有写单位名称或统一社会信用代码。请补上。"
        )
        return Wish(line, None, fen, holder, message)
    standing = known.standings[firm.pk] if holder == Holder.FIRM else Standing(
        doubt=f"V-01：团队请核对是否为{known.terms.team_words}{'（待核实）' if known.terms.verify else ''}"
    )  # fmt: skip
    problem = _problem(firm, holder, fen, known, seen, left) or standing.refusal
    notes: tuple[str, ...] = () if firm.is_verified else ("单位身份还没有核实",)
    if line.name and line.name != firm.name:
        notes += (f"名单里写的是“{line.name}”，以信用代码为准",)
    if standing.doubt:
        notes += (standing.doubt,)
    return Wish(line, firm, fen, holder, problem, notes, standing)


def _problem(
    firm: Organisation, holder: str, fen: int, known: _Known, seen: Mapping[int, int], left: int
) -> str:
    """Which of the sums forbids the line, in words; "" when none does."""
    cap, had = known.terms.cap_fen(holder), known.given.get(firm.pk, 0)
    if firm.pk in seen:
        return f"第 {seen[firm.pk]} 行已有这家，同一批只发一张。请删去其中一行。"
    if fen < known.terms.least_face_fen:
        return f"面额低于 {yuan_words(known.terms.least_face_fen)}，太小不便使用。请提高金额。"
    if had + fen > cap:
        return (
            f"V-03：本年度已发 {yuan_words(had)}，加上这张超过年度上限 {yuan_words(cap)}，"
            f"最多再发 {yuan_words(max(0, cap - had))}。"
        )
    if fen > left:
        return f"待发放额度只剩 {yuan_words(left)}，不够这一张。请先追加额度。"
    return ""


def digest_of(wishes: Iterable[Wish]) -> str:
    """What an officer saw when he agreed: the good lines with their firms, sums and holders."""
    good = [(one.firm.pk, one.fen, one.holder) for one in wishes if one.firm is not None and not one.problem]
    return hashlib.sha256(repr(sorted(good)).encode()).hexdigest()[:16]


@transaction.atomic
def issue(
    *, programme: VoucherProgramme, lines: Sequence[RosterLine], purpose: str, by: User,
    seen: str = "", file_name: str = "", now: datetime | None = None,
) -> list[Voucher]:  # fmt: skip
    """Issue the good lines of the list and nothing else. Raises BadInput when there is none. One transaction.

    seen: `digest_of` the check that the officer agreed to; NotAllowed when it would be something else now.
    """
    require_officer(by, programme)
    now = now or timezone.now()
    day = timezone.localdate(now)
    if day > programme.ends_on:
        raise NotAllowed(
            f"“{programme}”已于 {programme.ends_on} 截止，不能再发放。请建立新的年度。",
            code="voucher.over",
            conflict=True,
        )
    VoucherProgramme.objects.select_for_update().get(pk=programme.pk)
    wishes = check_list(programme, lines, day)
    good = [one for one in wishes if not one.problem]
    if seen and seen != digest_of(wishes):
        raise NotAllowed(
            f"名单或账目在检查之后有了变化（如另一位工作人员刚发放过），现在可以发放 {len(good)} 张，"
            f"共 {yuan_words(sum(one.fen for one in good))}。没有发放任何一张，请看过新的检查结果再发放。",
            code="voucher.changed",
            conflict=True,
        )
    if not good:
        raise BadInput("名单里没有可以发放的行，请按每行的提示修改。", code="voucher.list", field="lines")
    made = [_issue_one(programme, one, purpose, by, now) for one in good]
    record(
        "voucher.issued", by=by, target=programme, row_count=len(made), level=AuditLevel.IMPORTANT, reason=purpose,
        file_name=file_name,
        changes={"amount": ["", yuan_words(sum(one.face_fen for one in made))],
                 "资格待核对": [0, sum(1 for one in good if one.standing.doubt)]},
    )  # fmt: skip
    return made


def _issue_one(programme: VoucherProgramme, wish: Wish, purpose: str, by: User, now: datetime) -> Voucher:
    assert wish.firm is not None  # good lines have one
    number = next_number("创新券", programme.year)
    account = VoucherAccount.objects.create(
        programme=programme, kind=AccountKind.WALLET, name=f"{number} {wish.firm}"[:200]
    )
    voucher = Voucher.objects.create(
        number=number, programme=programme, firm=wish.firm, holder=wish.holder, account=account, face_fen=wish.fen,
        valid_from=max(programme.starts_on, timezone.localdate(now)), valid_until=programme.ends_on,
        purpose=purpose[:120], issued_by=by, issued_at=now, is_sample=programme.is_sample,
    )  # fmt: skip
    post(
        kind=EntryKind.ISSUE, source=account_of(programme, AccountKind.POOL), target=account, fen=wish.fen,
        voucher=voucher, by=by, at=now,
    )  # fmt: skip
    tell_firm(
        wish.firm,
        f"收到创新券 {number}，{yuan_words(wish.fen)}",
        f"有效期至 {voucher.valid_until}，可以在服务目录里预约检测、研发设计等服务。",
        f"issued {number}",
        by,
    )
    return voucher


# -- split and withdraw ---------------------------------------------------------------------------------------------


def locked(voucher: Voucher) -> Voucher:
    """The row, locked and fresh."""
    return (
        Voucher.objects.select_for_update(of=("self",))
        .select_related("programme", "firm", "account")
        .get(pk=voucher.pk)
    )


def require_active(voucher: Voucher, day: date) -> None:
    """Raises NotAllowed when it is withdrawn, expired, or past its last day."""
    if voucher.state != VoucherState.ACTIVE or day > voucher.valid_until:
        raise NotAllowed(
            f"{voucher} {voucher.get_state_display() if voucher.state != VoucherState.ACTIVE else '已过有效期'}"
            f"（至 {voucher.valid_until}），不能使用。",
            code="voucher.state",
            conflict=True,
        )


@transaction.atomic
def split(
    *, voucher: Voucher, parts_fen: Sequence[int], by: User, now: datetime | None = None
) -> list[Voucher]:
    """Split parts off a voucher, each its own voucher of the same firm and validity. What is not taken stays."""
    now = now or timezone.now()
    voucher = locked(voucher)
    require_holder(voucher, by)
    require_active(voucher, timezone.localdate(now))
    terms = terms_on(voucher.programme.division_code, timezone.localdate(now))
    if not 1 <= len(parts_fen) <= 20:
        raise BadInput(f"写了 {len(parts_fen)} 份，一次可以拆出 1 到 20 份。", field="parts")
    if small := [one for one in parts_fen if one < terms.least_face_fen]:
        raise BadInput(
            f"有一份只有 {yuan_words(small[0])}，每份至少 {yuan_words(terms.least_face_fen)}。", field="parts"
        )
    left = balance_of(voucher.account)
    if sum(parts_fen) > left:
        raise BadInput(
            f"拆出的合计 {yuan_words(sum(parts_fen))}，超过余额 {yuan_words(left)}。请减少金额。",
            field="parts",
        )
    made = []
    first = voucher.parts.count()
    for place, fen in enumerate(parts_fen, start=first + 1):
        number = f"{voucher.number}/{place}"
        account = VoucherAccount.objects.create(
            programme=voucher.programme, kind=AccountKind.CHILD, name=f"{number} {voucher.firm}"[:200]
        )
        part = Voucher.objects.create(
            number=number, programme=voucher.programme, firm=voucher.firm, holder=voucher.holder, parent=voucher,
            account=account, face_fen=fen, valid_from=voucher.valid_from, valid_until=voucher.valid_until,
            purpose=voucher.purpose, issued_by=by, issued_at=now, is_sample=voucher.is_sample,
        )  # fmt: skip
        post(
            kind=EntryKind.SPLIT,
            source=voucher.account,
            target=account,
            fen=fen,
            voucher=voucher,
            by=by,
            at=now,
        )
        made.append(part)
    record(
        "voucher.split", by=by, target=voucher, row_count=len(made),
        changes={"parts": ["", "、".join(map(yuan_words, parts_fen))]},
    )  # fmt: skip
    return made


def require_holder(voucher: Voucher, by: User) -> None:
    if not any(g.role == Role.ENTERPRISE and g.organisation_id == voucher.firm_id for g in by.current_grants):
        raise NotAllowed(f"{voucher} 是“{voucher.firm}”的，只有该企业可以办理。", code="voucher.holder")


@transaction.atomic
def withdraw(*, voucher: Voucher, reason: str, by: User, now: datetime | None = None) -> int:
    """An officer takes back what is left of a voucher, with the reason; bookings that hold money go on. Gives the fen."""
    now = now or timezone.now()
    voucher = locked(voucher)
    require_officer(by, voucher.programme)
    reason = " ".join(reason.split())
    if not reason:
        raise BadInput("请写收回的原因，企业会看到。", field="reason")
    require_active(voucher, timezone.localdate(now))
    fen = balance_of(voucher.account)
    if fen:
        post(
            kind=EntryKind.WITHDRAW, source=voucher.account, target=account_of(voucher.programme, AccountKind.POOL),
            fen=fen, voucher=voucher, note=reason, by=by, at=now,
        )  # fmt: skip
    voucher.state, voucher.reason = VoucherState.WITHDRAWN, reason[:200]
    voucher.save(update_fields=["state", "reason"])
    record("voucher.withdrawn", by=by, target=voucher, reason=reason, level=AuditLevel.IMPORTANT)
    tell_firm(voucher.firm, f"创新券 {voucher} 已收回", f"原因：{reason}", f"withdrawn {voucher.number}", by)
    return fen


# -- who is told ----------------------------------------------------------------------------------------------------


def tell_firm(unit: Organisation, subject: str, text: str, key: str, by: User | None, link: str = "") -> None:
    """Write to the accounts of a unit, at most five."""
    users = User.objects.filter(
        organisation=unit, is_active=True, grants__revoked_at=None,
        grants__role__in=[Role.ENTERPRISE, Role.INSTITUTE],
    ).distinct()[:5]  # fmt: skip
    for user in users:
        send(
            to=user,
            kind="voucher",
            subject=subject,
            text=text,
            link=link or reverse("voucher:wallet"),
            key=key,
            by=by,
        )
