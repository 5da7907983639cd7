"""Every write of the ledger: projects, rows, the year's circumstances."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from keqiao.core.audit import record
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.people.models import Organisation, User
from keqiao.rd.access import firm_of, project_for
from keqiao.rd.enums import COLUMNS, Form, Treatment
from keqiao.rd.integrity import Header, Row, row_findings
from keqiao.rd.law import BOOK, kinds
from keqiao.rd.models import RdLine, RdProject, RdYear
from keqiao.rules.shelf import current

_PROJECT = ("number", "name", "form", "treatment", "formed_on", "approval", "starts_on", "ends_on", "is_completed", "contract_number")  # fmt: skip
_MOST = Decimal(10) ** 12


@transaction.atomic
def save_project(
    *, project: RdProject | None, values: Mapping[str, Any], by: User, version: int | None = None
) -> RdProject:
    """Make a project, or change its header. version: as the page had it. Raises BadInput at the field."""
    firm = firm_of(by)
    if project is not None:
        project = RdProject.objects.select_for_update().get(pk=project_for(by, project.public_id).pk)
        if version is not None and version != project.version:
            raise NotAllowed(
                f"“{project}”在您打开页面后有人改过，请刷新后再改。", code="rd.stale", conflict=True
            )
    _check(values)
    project = project or RdProject(firm=firm, created_by=by)
    before = {name: str(getattr(project, name, "") or "") for name in _PROJECT}
    for name in _PROJECT:
        if name in values:
            value = values[name]
            setattr(project, name, " ".join(value.split()) if isinstance(value, str) else value)
    _require_rows_inside(project)
    project.version = project.version + 1 if project.pk else 1
    try:
        with transaction.atomic():
            project.save()
    except IntegrityError as twice:
        raise BadInput(
            f"本单位已有编号“{project.number}”的研发项目，请换一个编号。", field="number"
        ) from twice
    after = {name: str(getattr(project, name, "") or "") for name in _PROJECT}
    changes = {name: [before[name], after[name]] for name in _PROJECT if before[name] != after[name]}
    record("rd_project.saved", by=by, target=project, changes=changes)
    return project


def _check(values: Mapping[str, Any]) -> None:
    if not str(values.get("number", "")).strip():
        raise BadInput("请写项目编号，例如 RD01。", field="number")
    if not str(values.get("name", "")).strip():
        raise BadInput("请写项目名称，与立项文件一致。", field="name")
    if values.get("form") not in Form.values:
        raise BadInput("请选研发形式。", field="form")
    if values.get("treatment") not in Treatment.values:
        raise BadInput("请选费用化还是资本化。", field="treatment")
    start, end = values.get("starts_on"), values.get("ends_on")
    if not isinstance(start, date):
        raise BadInput("请写项目开始日期。", field="starts_on")
    if isinstance(end, date) and end < start:
        raise BadInput(f"结束日期 {end} 早于开始日期 {start}。", field="ends_on")


def _require_rows_inside(project: RdProject) -> None:
    if project.pk is None:
        return
    outside = project.lines.filter(voucher_on__lt=project.starts_on)
    if project.ends_on is not None:
        outside |= project.lines.filter(voucher_on__gt=project.ends_on)
    if (count := outside.count()) > 0:
        raise BadInput(
            f"有 {count} 行凭证的日期不在新的项目期间内，请先核对这些凭证，或不改期间。", field="starts_on"
        )


def header_of(project: RdProject) -> Header:
    return Header(project.starts_on, project.ends_on, project.approval)


def row_of(values: Mapping[str, Any]) -> Row:
    """A row as the checks read it."""
    return Row(
        values["voucher_on"], values["voucher_kind"], values["voucher_number"], values["booked"], values["tax"],
        {name: values.get(name) or Decimal(0) for name in COLUMNS},
    )  # fmt: skip


@transaction.atomic
def add_lines(
    *, project: RdProject, rows: Sequence[Mapping[str, Any]], by: User, source: str = ""
) -> list[RdLine]:
    """Write rows, all or none. Raises BadInput with the first row's fault and its position from 1."""
    project = RdProject.objects.select_for_update().get(pk=project_for(by, project.public_id).pk)
    if not rows:
        raise BadInput("没有可以写入的行。", code="rd.rows")
    header = header_of(project)
    made = []
    for at, values in enumerate(rows, start=1):
        wrong = [one for one in row_findings(row_of(values), header) if one.is_error]
        if wrong:
            where = f"第 {at} 行：" if len(rows) > 1 else ""
            raise BadInput(where + wrong[0].words, code="rd.row", field="tax")
        if values["booked"] <= -_MOST or values["booked"] >= _MOST:
            raise BadInput(f"金额 {values['booked']:,} 太大，请核对单位是不是元。", field="booked")
        made.append(
            RdLine(
                project=project, voucher_on=values["voucher_on"], voucher_kind=values["voucher_kind"][:20],
                voucher_number=values["voucher_number"][:20], summary=values["summary"][:200], booked=values["booked"],
                tax=values["tax"], source=source[:120], created_by=by,
                **{name: values.get(name) or Decimal(0) for name in COLUMNS},
            )
        )  # fmt: skip
    RdLine.objects.bulk_create(made)
    record(
        "rd_line.added", by=by, target=project, row_count=len(made), file_name=source,
        changes={"tax": ["", str(sum((one.tax for one in made), Decimal(0)))]},
    )  # fmt: skip
    return made


@transaction.atomic
def remove_line(*, line: RdLine, by: User) -> None:
    """Take a row out; what it said stays in the audit trail."""
    project_for(by, line.project.public_id)
    record(
        "rd_line.removed", by=by, target=line,
        changes={"line": [f"{line.voucher_on} {line} {line.tax}", ""]},
    )  # fmt: skip
    line.delete()


@transaction.atomic
def save_year(*, firm: Organisation, year: int, values: Mapping[str, Any], by: User) -> RdYear:
    """The year's circumstances of the firm."""
    if firm_of(by) != firm:
        raise NotAllowed("只能填写本单位的年度情况。", code="rd.firm")
    wanted: Iterable[str] = values.get("kinds", ())
    chosen = [key for key in wanted if key in kinds(current(BOOK))]
    months, months_q4 = int(values.get("months") or 12), int(values.get("months_q4") or 3)
    if not (1 <= months <= 12 and 1 <= months_q4 <= min(3, months)):
        raise BadInput("经营月数须在 1 到 12 之间，10 月 1 日以后的不超过 3 个月。", field="months")
    special, sold = values.get("special_income") or Decimal(0), values.get("sold_materials") or Decimal(0)
    if special < 0 or sold < 0:
        raise BadInput("特殊收入和材料费用不能是负数。", field="special_income")
    row, _ = RdYear.objects.update_or_create(
        firm=firm, year=year,
        defaults={
            "kinds": chosen, "special_income": special, "sold_materials": sold,
            "q4_by_share": bool(values.get("q4_by_share")), "months": months, "months_q4": months_q4,
            "updated_by": by, "updated_at": timezone.now(),
        },
    )  # fmt: skip
    record("rd_year.saved", by=by, target=row, changes={"kinds": ["", "、".join(chosen)]})
    return row
