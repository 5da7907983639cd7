"""Technology contracts for machines: the pre-check and the certificate for everybody, one's own contracts by token."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Body, Path, Query, Router, Schema
from pydantic import Field

from keqiao.api.schemas import Limit, PageNumber, Strict, Words, answers
from keqiao.api.tokens import TokenAuth
from keqiao.contract import statistics
from keqiao.contract.access import contract_for
from keqiao.contract.certificate import verify
from keqiao.contract.days import established_on, is_workday, place_here
from keqiao.contract.enums import State
from keqiao.contract.ledger import home_place
from keqiao.contract.models import Contract
from keqiao.contract.rules import check
from keqiao.contract.statistics import MEASURES, Cut
from keqiao.contract.verdict import Verdict
from keqiao.core.errors import NotAllowed, NotFound
from keqiao.deal.rules import LEAST_PUBLIC
from keqiao.people.models import ApiToken, User

router = Router(tags=["技术合同"])


class RuleQuery(Strict):
    rules: str | None = Field(None, pattern="^CN-(2001|2026)$", description="不写则按受理日期选用")


class FindingOut(Schema):
    code: str
    level: str
    article: str
    message: str
    verify: bool = Field(description="条款待核实")


class CheckOut(Schema):
    """The same keys as `keqiao contracts check --json`; sums in yuan as text."""

    rules: str
    class_code: str | None
    class_name: str
    subclass: str
    total_amount: str | None
    tech_amount: str | None
    tech_income: str | None
    findings: list[FindingOut]
    verdict: str
    verdict_name: str
    due_on: dt.date | None


def _text(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


@router.post(
    "/contracts/check", response=answers(CheckOut, 400), summary="预检一份合同", operation_id="contract_check"
)
def contract_check(request: HttpRequest, facts: Body[dict[str, Any]], query: Query[RuleQuery]) -> CheckOut:
    """输入的格式见 docs/contracts.md；不保存任何内容。"""
    found = check(
        facts, query.rules, on=timezone.localdate(), cn2026_effective_on=established_on(), is_workday=is_workday,
        place=place_here(),
    )  # fmt: skip
    return check_out(found)


def check_out(found: Verdict) -> CheckOut:
    """A verdict as an answer."""
    kind, sums = found.contract_class, found.amounts
    return CheckOut(
        rules=found.book, class_code=kind.code, class_name=kind.name, subclass=kind.subclass,
        total_amount=_text(sums.total_amount), tech_amount=_text(sums.tech_amount), tech_income=_text(sums.tech_income),
        findings=[
            FindingOut(code=one.code, level=one.level, article=one.article, message=one.message, verify=one.verify)
            for one in found.findings
        ],
        verdict=found.verdict, verdict_name=found.verdict_name, due_on=found.due_on,
    )  # fmt: skip


Code = Annotated[str, Field(pattern=r"^([0-9]{14}|[0-9]{16})-[0-9a-f]{12}$")]


class CertificateOut(Schema):
    """state: genuine 真实有效, older 内容已变更, objected 正在复核, ended 已失效, changed 与摘要不符."""

    state: str
    version: int
    lines: list[tuple[str, str]] = Field(description="证明上的内容，逐行")


@router.get(
    "/certificates/{code}", response=answers(CertificateOut, 404), summary="查验登记证明", operation_id="certificate"
)  # fmt: skip
def certificate(request: HttpRequest, code: Path[Code]) -> CertificateOut:
    """查验码是登记编号加摘要前十二位，在证明上。没有查到的一律 404。"""
    found = verify(code)
    if found.version is None:
        raise NotFound("登记证明")
    return CertificateOut(state=found.key, version=found.version.version, lines=found.lines)


class FigureQuery(Strict):
    year: int = Field(default_factory=lambda: timezone.localdate().year, ge=2000, le=2100)


class FigureOut(Schema):
    """One measure. count None: fewer than three, not published; then the sums are not either."""

    measure: str
    name: str
    count: int | None
    total_yuan: str | None
    tech_yuan: str | None


class FiguresOut(Schema):
    year: int
    place: str
    measures: list[FigureOut]


@router.get(
    "/contracts/figures", response=answers(FiguresOut), summary="输出、吸纳和两项金额", operation_id="contract_figures"
)  # fmt: skip
def contract_figures(request: HttpRequest, query: Query[FigureQuery]) -> FiguresOut:
    """与公开统计页一致：少于三项的不公开。吸纳和输出各含一次本地转本地。"""
    since = dt.date(query.year, 1, 1)
    until = max(since, min(dt.date(query.year, 12, 31), timezone.localdate()))
    found = statistics.totals_by_measure(Cut(place=home_place(), since=since, until=until, as_of=until))
    return FiguresOut(
        year=query.year, place=home_place(), measures=[_figure(key, found[key]) for key in MEASURES]
    )


def _figure(key: str, sums: statistics.Sums) -> FigureOut:
    if 0 < sums.count < LEAST_PUBLIC:
        return FigureOut(measure=key, name=MEASURES[key], count=None, total_yuan=None, tech_yuan=None)
    return FigureOut(
        measure=key, name=MEASURES[key], count=sums.count, total_yuan=_text(Decimal(sums.total_fen) / 100),
        tech_yuan=_text(Decimal(sums.tech_fen) / 100),
    )  # fmt: skip


# -- one's own, by token --------------------------------------------------------------------------------------------


READ_BY = ("contract", "contract_write")
"""Kinds of tokens that read contracts."""


class ContractQuery(Strict):
    state: State | None = Field(None, description="状态")
    q: Words = ""
    page: PageNumber = 1
    limit: Limit = 20


class PartyOut(Schema):
    side: str
    name: str
    uscc: str
    division_code: str


class ContractOut(Schema):
    """Sums in yuan as text. reg_no: once registered. case_id: of the deal desk's case it came from."""

    id: UUID
    number: str
    version: int = Field(description="每次保存加一；修改时带回，防止覆盖别人的内容")
    state: State
    project_name: str
    class_code: str
    total_amount: str | None
    tech_amount: str | None
    sign_on: dt.date | None
    due_on: dt.date | None
    reg_no: str | None
    certificate_no: str
    case_id: UUID | None
    is_sample: bool
    parties: list[PartyOut]


class ContractPage(Schema):
    total: int
    page: int
    limit: int
    results: list[ContractOut]


def reader(request: HttpRequest, *kinds: str) -> User:
    """The user of the token, which must be one for one of these kinds. Raises NotAllowed."""
    token: ApiToken = request.auth  # type: ignore[attr-defined]  # set by TokenAuth
    if token.kind not in kinds:
        raise NotAllowed("这个令牌不能读取这里的内容。请用相应类型的令牌。", code="token.kind")
    return token.user


@router.get(
    "/contracts", response=answers(ContractPage, 401, 403, 409), auth=TokenAuth(), summary="可见的技术合同",
    operation_id="contracts",
)  # fmt: skip
def contracts(request: HttpRequest, query: Query[ContractQuery]) -> ContractPage:
    """令牌所属用户在网站上看得到的合同，最近更新的在前。令牌类型为 contract 或 contract_write。"""
    found = Contract.objects.visible_to(reader(request, *READ_BY))
    if query.state:
        found = found.filter(status=query.state)
    if words := query.q.strip():
        found = found.matching(words)
    at = (query.page - 1) * query.limit
    rows = found.select_related("registration").prefetch_related("parties")[at : at + query.limit]
    return ContractPage(
        total=found.count(), page=query.page, limit=query.limit, results=[contract_out(one) for one in rows]
    )


@router.get(
    "/contracts/{uuid:public_id}", response=answers(ContractOut, 401, 403, 404, 409), auth=TokenAuth(), summary="一份技术合同",
    operation_id="contract",
)  # fmt: skip
def contract(request: HttpRequest, public_id: UUID) -> ContractOut:
    """与合同页相同，不含联系方式和账户。"""
    return contract_out(contract_for(reader(request, *READ_BY), public_id))


def contract_out(one: Contract) -> ContractOut:
    """A contract without contacts and accounts."""
    registration = getattr(one, "registration", None)
    return ContractOut(
        id=one.public_id, number=one.number, version=one.version, state=State(one.status), project_name=one.project_name,
        class_code=(registration.class_code if registration else "") or one.declared_class,
        total_amount=_text(one.total_amount), tech_amount=_text(one.tech_amount), sign_on=one.sign_on,
        due_on=registration.due_on if registration else None, reg_no=registration.reg_no if registration else None,
        certificate_no=registration.certificate_no if registration else "", case_id=one.case_id, is_sample=one.is_sample,
        parties=[
            PartyOut(side=party.side, name=party.name, uscc=party.uscc, division_code=party.division_code)
            for party in one.parties.all()
        ],
    )  # fmt: skip
