"""Every way in which a firm's file is written. Each locks the firm, asks the door, and leaves one audit record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone

from keqiao.core.audit import record as record_audit
from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.firm.access import is_officer, require_write
from keqiao.firm.enums import CLASS_OF, VALIDITY, FigureSource, RightKind, TitleKind
from keqiao.firm.models import FirmFact, Residence, Right, Title, YearFigure
from keqiao.people.models import User
from keqiao.registry.enterprise.models import Enterprise
from keqiao.registry.records.enums import Status
from keqiao.registry.records.moves import archive, withdraw
from keqiao.rules.facts import FACTS, read_value

FIRST_YEAR = 1990
NUMBERS = ("money", "number", "count")
# Kept elsewhere: on the registry page, among the titles and rights; or the file's own business
DERIVED = frozenset({
    "data_year", "founded_on", "industry", "region", "uscc", "titles", "ever_hnte", "ip1", "ip2", "ip1_own", "ip1_core",
    "ip_recent", "ip_own",
})  # fmt: skip
_PLACES = Decimal("0.000001")
_MOST = Decimal(10) ** 12  # 万元 or 人: beyond it a figure is a slip, and more than a float keeps exactly


@dataclass(frozen=True, slots=True)
class Kept:
    """What came of a year of figures: how many are new, corrected, unchanged."""

    new: int
    corrected: int
    same: int

    @property
    def written(self) -> int:
        return self.new + self.corrected


def lock(firm: Enterprise) -> Enterprise:
    """The firm under a row lock; call inside the action's transaction."""
    return Enterprise.objects.select_for_update(of=("self",)).get(pk=firm.pk)  # type: ignore[no-any-return]  # a shared queryset


def checked_year(year: int, today: date | None = None, *, firm: Enterprise | None = None) -> int:
    """The year, when figures of it can exist: of the firm, where one is given. Raises BadInput."""
    newest = (today or timezone.localdate()).year
    if not FIRST_YEAR <= year <= newest:
        raise BadInput(
            f"年度 {year} 不对，应在 {FIRST_YEAR} 到 {newest} 之间。请填数据所属的会计年度。", field="year"
        )
    if firm is not None and firm.founded_on and year < firm.founded_on.year:
        raise BadInput(
            f"“{firm.title}”{firm.founded_on} 成立，没有 {year} 年的数据。"
            "成立日期有误的，先在企业登记里更正；改制前的数据记在原企业名下。",
            code="figure.before",
            field="year",
        )
    return year


def checked_value(name: str, value: Any) -> Decimal:
    """A figure that can be kept. Raises BadInput naming it: unknown names, no numbers, parts of people, below zero."""
    fact = FACTS.get(name)
    if fact is None or not fact.per_year or fact.kind not in NUMBERS:
        raise BadInput(f"“{name}”不是企业年度数据的指标。请从指标表里选。", code="figure.name", field=name)
    try:
        number = Decimal(str(value))
    except ArithmeticError:
        raise BadInput(
            f"{fact.title}“{value}”不是数字，请只填数字，单位是{fact.unit}。", field=name
        ) from None
    if not number.is_finite() or abs(number) >= _MOST:
        raise BadInput(f"{fact.title} {value} 太大，请核对单位是不是{fact.unit}。", field=name)
    if fact.kind == "count" and number != number.to_integral_value():
        raise BadInput(f"{fact.title}应是整数，收到 {value}。", field=name)
    if number < 0 and not may_be_negative(name):
        raise BadInput(f"{fact.title}不能是负数，收到 {value}。请核对后重填。", field=name)
    return number.quantize(_PLACES)


def may_be_negative(name: str) -> bool:
    """Profit and net assets may be below zero."""
    return name in ("profit", "net_assets")


@transaction.atomic
def keep_figures(
    *, firm: Enterprise, year: int, values: Mapping[str, Any], by: User | None, source: str = FigureSource.OFFICER,
    source_note: str = "", seen_on: date | None = None, reason: str = "",
) -> Kept:  # fmt: skip
    """Write a year of figures. None leaves what is there; a different value is a correction and needs a reason.

    Raises BadInput at the figure at fault; nothing is written then.
    """
    require_write(by, firm)
    firm = lock(firm)
    checked_year(year, firm=firm)
    given = {name: checked_value(name, value) for name, value in values.items() if value is not None}
    there = {
        one.name: one
        for one in YearFigure.objects.current().filter(enterprise=firm, year=year, name__in=given)
    }
    changed = {name for name, one in there.items() if one.value != given[name]}
    if changed and not reason.strip():
        titles = "、".join(FACTS[name].title for name in sorted(changed))
        raise BadInput(
            f"{year} 年的{titles}已经有数据，这次填的不一样。请写明更正理由，原来的数据会留作历史。",
            code="figure.reason",
            field="reason",
        )
    now = timezone.now()
    YearFigure.objects.filter(pk__in=[there[name].pk for name in changed]).update(replaced_at=now)
    rows = [
        YearFigure(
            enterprise=firm, year=year, name=name, value=value, unit=FACTS[name].unit, source=source,
            source_note=source_note[:120], seen_on=seen_on or timezone.localdate(), by=by, entered_at=now,
            reason=reason.strip()[:200] if name in changed else "",
        )
        for name, value in given.items()
        if name not in there or name in changed
    ]  # fmt: skip
    YearFigure.objects.bulk_create(rows)
    if rows:
        changes = {
            row.name: [_plain(there[row.name].value) if row.name in there else "", _plain(row.value)]
            for row in rows
        }
        record_audit(
            "firm.figures_kept", by=by, target=firm, changes=changes, reason=reason, row_count=len(rows)
        )
    return Kept(len(rows) - len(changed), len(changed), len(given) - len(rows))


@transaction.atomic
def keep_table(
    *, rows: Sequence[tuple[Enterprise, int, Mapping[str, Decimal]]], by: User, source_note: str, reason: str
) -> Kept:
    """Write many firms' years at once, values as `checked_value` gave them. A firm and year stands in one row only.

    The caller has asked the door for each firm and leaves the audit record. Two queries and two writes a 500 rows.
    """
    now, today, total = timezone.now(), timezone.localdate(), Kept(0, 0, 0)
    locked = sorted({firm.pk for firm, _, _ in rows})
    # all before the first write and in one order: two officers with two tables wait for each other, never cross
    for start in range(0, len(locked), 500):
        some = Enterprise.objects.filter(pk__in=locked[start : start + 500]).order_by("pk")
        list(some.select_for_update(of=("self",)).values_list("pk"))
    for start in range(0, len(rows), 500):
        part = rows[start : start + 500]
        firms = {firm.pk for firm, _, _ in part}
        years = {year for _, year, _ in part}
        there = {
            (one.enterprise_id, one.year, one.name): one
            for one in YearFigure.objects.current().filter(enterprise__in=firms, year__in=years)
        }
        new, replaced, same = [], [], 0
        for firm, year, values in part:
            for name, value in values.items():
                known = there.get((firm.pk, year, name))
                if known is not None and known.value == value:
                    same += 1
                    continue
                if known is not None:
                    replaced.append(known.pk)
                new.append(YearFigure(
                    enterprise_id=firm.pk, year=year, name=name, value=value, unit=FACTS[name].unit,
                    source=FigureSource.FILE, source_note=source_note[:120], seen_on=today, by=by, entered_at=now,
                    reason=reason[:200] if known is not None else "",
                ))  # fmt: skip
        for at in range(0, len(replaced), 500):
            YearFigure.objects.filter(pk__in=replaced[at : at + 500]).update(replaced_at=now)
        YearFigure.objects.bulk_create(new, batch_size=500)
        total = Kept(total.new + len(new) - len(replaced), total.corrected + len(replaced), total.same + same)
    return total


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


@transaction.atomic
def keep_facts(
    *, firm: Enterprise, values: Mapping[str, Any], by: User | None, year: int = 0,
    source: str = FigureSource.OFFICER, source_note: str = "", seen_on: date | None = None,
) -> int:  # fmt: skip
    """Write what a firm has or is (year 0) or had in a data year. None leaves what is there. Returns how many changed."""
    require_write(by, firm)
    firm = lock(firm)
    now, written, changes = timezone.now(), 0, {}
    for name, value in values.items():
        if value is None:
            continue
        if name not in FACTS or FACTS[name].per_year or name in DERIVED:
            raise BadInput(f"“{name}”不是企业情况的项目。", code="fact.name", field=name)
        read = read_value(name, value)
        plain = str(read) if isinstance(read, Decimal) else read
        current = FirmFact.objects.filter(enterprise=firm, name=name, year=year, replaced_at=None).first()
        if current is not None and current.value == plain:
            continue
        if current is not None:
            current.replaced_at = now
            current.save(update_fields=["replaced_at"])
        FirmFact.objects.create(
            enterprise=firm, name=name, year=year, value=plain, source=source, source_note=source_note[:120],
            seen_on=seen_on or timezone.localdate(), by=by, entered_at=now,
        )  # fmt: skip
        changes[name] = [current.value if current else "", plain]
        written += 1
    if written:
        record_audit("firm.facts_kept", by=by, target=firm, changes=changes, row_count=written)
    return written


def default_expiry(kind: str, issued_on: date) -> date | None:
    """When a title of this kind ends, as a rule: the last day of the year for 科小, three years less a day for 高企."""
    years = VALIDITY.get(kind, 0)
    if years is None:
        return date(issued_on.year, 12, 31)
    if not years:
        return None
    try:
        later = issued_on.replace(year=issued_on.year + years)
    except ValueError:  # 29 February
        later = date(issued_on.year + years, 3, 1)
    return date.fromordinal(later.toordinal() - 1)


@transaction.atomic
def keep_title(
    *, firm: Enterprise, by: User | None, kind: str, issued_on: date | None, number: str = "",
    expires_on: date | None = None, source: str = FigureSource.OFFICER, source_note: str = "", title: Title | None = None,
) -> Title:  # fmt: skip
    """Enter a title, or mend one. Without an end it gets the usual one of its kind. A firm enters none for itself."""
    require_officer_write(by, firm, "称号由科技局按公告登记")
    firm = lock(firm)
    if kind not in TitleKind.values:
        raise BadInput("请选称号。", field="kind")
    if issued_on is None:
        raise BadInput("请填发证或入库日期，有效期从这一天算起。", field="issued_on")
    title = title or Title(enterprise=firm)
    if title.enterprise_id != firm.pk:
        raise NotFound("称号")
    title.kind, title.issued_on, title.number = kind, issued_on, number.strip().upper()[:40]
    title.expires_on = expires_on or default_expiry(kind, issued_on)
    title.source, title.source_note, title.by = source, source_note.strip()[:120], by
    _validated(title)
    title.save()
    record_audit("firm.title_kept", by=by, target=title, reason=f"{firm.title} {title} {issued_on}")
    return title


@transaction.atomic
def revoke_title(*, title: Title, by: User | None, on: date, reason: str) -> Title:
    """Take a title back from a day on, with the reason. It stays in the history."""
    require_officer_write(by, title.enterprise, "称号由科技局按公告取消")
    locked: Title = Title.objects.select_for_update(of=("self",)).get(pk=title.pk)
    if locked.revoked_on is not None:
        raise NotAllowed(
            f"{locked} 已于 {locked.revoked_on} 取消，不用再办。", code="title.revoked", conflict=True
        )
    if not reason.strip():
        raise BadInput("请写取消的依据，例如“国科火字〔2026〕1号 年报连续两年未报”。", field="reason")
    if on < locked.issued_on:
        raise BadInput(f"取消日期 {on} 早于发证日期 {locked.issued_on}。", field="on")
    locked.revoked_on, locked.revoke_reason = on, reason.strip()[:200]
    locked.save(update_fields=["revoked_on", "revoke_reason"])
    record_audit("firm.title_revoked", by=by, target=locked, reason=reason)
    return locked


@transaction.atomic
def keep_right(
    *, firm: Enterprise, by: User | None, kind: str, title: str, right: Right | None = None,
    source: str = FigureSource.OFFICER, **values: Any,
) -> Right:  # fmt: skip
    """Enter a right, or mend one. Its class follows from its kind. values: the other fields of Right."""
    require_write(by, firm)
    firm = lock(firm)
    if kind not in RightKind.values:
        raise BadInput("请选知识产权的类型。商标不计入评价，不用登记。", field="kind")
    if not title.strip():
        raise BadInput("请填知识产权的名称，与证书一致。", field="title")
    right = right or Right(enterprise=firm)
    if right.enterprise_id != firm.pk:
        raise NotFound("知识产权")
    right.kind, right.right_class, right.title = kind, CLASS_OF[RightKind(kind)], title.strip()[:200]
    right.source, right.by = source, by
    for name in (
        "number",
        "acquired_by",
        "owner_rank",
        "is_applied",
        "granted_on",
        "expires_on",
        "used_in",
        "source_note",
    ):
        if name in values and values[name] is not None:
            setattr(right, name, values[name])
    _validated(right)
    right.save()
    record_audit("firm.right_kept", by=by, target=right, reason=f"{firm.title} {right.number}")
    return right


@transaction.atomic
def remove_right(*, right: Right, by: User | None, reason: str) -> None:
    """Take a right off the file that never belonged there; the audit trail keeps it."""
    require_write(by, right.enterprise)
    if not reason.strip():
        raise BadInput("请写删除的理由，例如“重复登记”“已转让”。", field="reason")
    record_audit(
        "firm.right_removed", by=by, target=right, reason=reason,
        changes={"right": [f"{right.get_kind_display()} {right.number} {right.title}", ""]},
    )  # fmt: skip
    right.delete()


@transaction.atomic
def move_firm(
    *, firm: Enterprise, to_code: str, on: date, by: User | None, note: str = ""
) -> Residence | None:
    """The firm moves to another county on a day, or closes (to_code ""). The registry page moves with it, or is archived.

    Raises BadInput for a day before its last move, NotAllowed when it has closed already.
    """
    require_officer_write(by, firm, "迁移和注销由科技局登记")
    firm = lock(firm)
    last = firm.residences.order_by("-since").first()
    if last is None:
        founded = firm.founded_on if firm.founded_on and firm.founded_on < on else date(FIRST_YEAR, 1, 1)
        last = Residence.objects.create(enterprise=firm, division_code=firm.division_code, since=founded)
    if last.until is not None:
        raise NotAllowed(
            f"“{firm.title}”已于 {last.until} 登记注销，不能再迁。", code="firm.closed", conflict=True
        )
    if on <= last.since:
        raise BadInput(f"日期 {on} 早于上一次迁入的 {last.since}。请核对。", field="on")
    last.until = on
    last.save(update_fields=["until"])
    made = None
    if to_code:
        made = Residence.objects.create(
            enterprise=firm, division_code=to_code.ljust(12, "0"), since=on, note=note[:120]
        )
        Enterprise.objects.filter(pk=firm.pk).update(division_code=made.division_code)
    else:
        if firm.status == Status.PUBLISHED:
            firm = withdraw(record=firm, by=by, reason=note)  # type: ignore[assignment]  # the same record
        archive(record=firm, by=by, reason=note)
    record_audit(
        "firm.moved" if to_code else "firm.closed", by=by, target=firm, reason=note,
        changes={"division_code": [last.division_code, to_code]},
    )  # fmt: skip
    return made


def require_officer_write(by: User | None, firm: Enterprise, why: str) -> None:
    """Raises NotAllowed unless an officer of the firm's area (or the system) writes."""
    if by is not None and not is_officer(by, firm):
        raise NotAllowed(f"{why}，不由企业自己填写。发现有误请联系所在地科技局。", code="firm.officer")


def _validated(row: models.Model) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        field, words = next(iter(error.message_dict.items()))
        raise BadInput(
            str(words[0]), code="firm.invalid", field=None if field == "__all__" else field
        ) from error
