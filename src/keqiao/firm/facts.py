"""A firm's facts as the rule books ask for them: flat names of the data year, earlier years with a suffix.

The data year of a day is the year before it (the last one with books closed). What is not there is unknown: never guessed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import F, FloatField, Q
from django.db.models.functions import Cast

from keqiao.firm.enums import AcquiredBy, RightClass, TitleKind
from keqiao.firm.models import FirmFact, Right, Title, YearFigure
from keqiao.registry.enterprise.models import Enterprise
from keqiao.registry.records.enums import Status
from keqiao.rules.facts import FACTS, YEARS_BACK, of_year

Facts = dict[str, Any]
YEARS = YEARS_BACK + 1  # the data year and those before it that a rule may ask for
_CHUNK = 2000
_SPARSE = 4  # keys a firm in a stretch that is still read as a stretch
HIDDEN = (Status.DRAFT, Status.ARCHIVED, Status.WITHDRAWN)
_COUNTED = frozenset(name for name, fact in FACTS.items() if fact.kind == "count")
_EXACT = frozenset(name for name, fact in FACTS.items() if fact.kind in ("money", "number"))
_RECENT_YEARS = 3


def data_year(on: date) -> int:
    """The year whose figures are judged on that day: the one before (国科发政〔2017〕115号: 上一会计年度)."""
    return on.year - 1


def living() -> Any:
    """Firms on the books: published, not archived."""
    return Enterprise.objects.exclude(status__in=HIDDEN)


def facts_of(firm: Enterprise, on: date) -> Facts:
    """Every known fact of one firm on that day. Four queries."""
    return _of_chunk([firm], on)[firm.pk]


def facts_of_some(firms: Sequence[Enterprise], on: date) -> dict[int, Facts]:
    """{key: facts} of firms that lie apart in the registry, a list of names for example. Four queries a 2,000 firms."""
    found: dict[int, Facts] = {}
    for start in range(0, len(firms), _CHUNK):
        some = firms[start : start + _CHUNK]
        found |= _of_chunk(some, on, Q(enterprise__in=[one.pk for one in some]))
    return found


def facts_of_all(on: date, firms: Any = None, *, chunk: int = _CHUNK) -> Iterator[tuple[str, str, Facts]]:
    """(public id, name, facts) of every firm on the books, by key. Four queries a chunk; memory stays flat.

    firms: a queryset of Enterprise instead of all living ones.
    """
    for enterprise, facts in rows_of_all(on, firms, chunk=chunk):
        yield str(enterprise.public_id), enterprise.title, facts


def rows_of_all(on: date, firms: Any = None, *, chunk: int = _CHUNK) -> Iterator[tuple[Enterprise, Facts]]:
    """(Enterprise, facts), for callers that need the row itself."""
    wanted = (living() if firms is None else firms).order_by("pk")
    last = 0
    while rows := list(wanted.filter(pk__gt=last)[:chunk]):
        last = rows[-1].pk
        facts = _of_chunk(rows, on)
        for row in rows:
            yield row, facts[row.pk]


def _of_chunk(rows: Sequence[Enterprise], on: date, near: Q | None = None) -> dict[int, Facts]:
    """near: which rows to read when the firms do not stand next to each other."""
    found: dict[int, Facts] = {row.pk: _of_registry(row) for row in rows}
    first, last = rows[0].pk, rows[-1].pk
    if near is None:
        near = Q(enterprise=first) if first == last else Q(enterprise__gte=first, enterprise__lte=last)
        if last - first > _SPARSE * len(
            rows
        ):  # a few firms among many: a stretch of keys would read them all
            near = Q(enterprise__in=[row.pk for row in rows])
    year = data_year(on)
    named = {(name, year - back): of_year(name, back) for name in FACTS for back in range(YEARS)}
    for firm, at, name, value in _figures(near, year):
        if firm in found and (name, at) in named:
            found[firm][named[name, at]] = _number(name, value)
    _put_facts(found, near, year)
    _put_titles(found, near, on)
    _put_rights(found, near, on)
    for facts in found.values():
        facts["data_year"] = year
    return found


def _of_registry(row: Enterprise) -> Facts:
    facts: Facts = {"titles": []}
    if row.founded_on:
        facts["founded_on"] = row.founded_on.isoformat()
    if row.division_code:
        facts["region"] = row.division_code[:6]
    if row.uscc:
        facts["uscc"] = row.uscc
    industry = (row.tags or {}).get("gbt4754") or ()
    if industry and industry[0].get("code"):
        facts["industry"] = str(industry[0]["code"])
    return facts


def _figures(near: Q, year: int) -> Iterable[tuple[int, int, str, Any]]:
    """Current figures of the years that count. Numbers come as floats from SQLite, which stores them so."""
    rows: Any = YearFigure.objects.current().filter(near, year__gt=year - YEARS, year__lte=year)
    if connection.vendor == "sqlite":  # Django's converter costs more than the query
        rows = rows.annotate(number=Cast("value", FloatField()))
    else:
        rows = rows.annotate(number=F("value"))
    return rows.values_list("enterprise_id", "year", "name", "number").iterator(chunk_size=20_000)  # type: ignore[no-any-return]


def _number(name: str, value: Any) -> int | Decimal:
    """Exact: what was stored has at most 15 digits, which a float's shortest form gives back."""
    if name in _COUNTED:
        return int(value)
    if value == int(value):
        return Decimal(int(value))  # no zeros behind the point, whatever the database gives
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value).normalize()


def _put_facts(found: Mapping[int, Facts], near: Q, year: int) -> None:
    rows = FirmFact.objects.filter(near, replaced_at=None, year__in=(0, year))
    for firm, name, value in rows.order_by("year").values_list("enterprise_id", "name", "value"):
        if firm in found and value is not None:
            found[firm][name] = Decimal(str(value)) if name in _EXACT else value


def _put_titles(found: Mapping[int, Facts], near: Q, on: date) -> None:
    """Titles in force, and whether the firm was ever a 高企: known where the bureau keeps any title of it."""
    for firm, kind, _issued, expires, revoked in (
        Title.objects.filter(near, issued_on__lte=on)
        .order_by()
        .values_list("enterprise_id", "kind", "issued_on", "expires_on", "revoked_on")
    ):
        if firm not in found:
            continue
        facts = found[firm]
        facts["ever_hnte"] = facts.get("ever_hnte", False) or kind == TitleKind.HNTE
        in_force = (expires is None or expires >= on) and (revoked is None or revoked > on)
        if in_force and kind not in facts["titles"]:
            facts["titles"].append(kind)


def _put_rights(found: Mapping[int, Facts], near: Q, on: date) -> None:
    """Counts of valid rights. A firm without any right on file has not been asked: unknown, not none."""
    rows = Right.objects.filter(near).order_by()
    columns = (
        "enterprise_id",
        "right_class",
        "acquired_by",
        "owner_rank",
        "is_applied",
        "granted_on",
        "expires_on",
    )
    recent = on.replace(year=on.year - _RECENT_YEARS, day=min(on.day, 28))
    for firm, right_class, acquired_by, rank, is_applied, granted, expires in rows.values_list(*columns):
        if firm not in found:
            continue
        facts = found[firm]
        for name in ("ip1", "ip2", "ip1_own", "ip1_core", "ip_recent"):
            facts.setdefault(name, 0)
        facts.setdefault("ip_own", False)
        if (granted and granted > on) or (expires and expires < on):
            continue
        is_own, is_one = acquired_by == AcquiredBy.OWN, right_class == RightClass.ONE
        facts["ip_own"] |= is_own
        facts["ip1" if is_one else "ip2"] += 1
        facts["ip1_own"] += is_one and is_own
        # 工信部企业〔2026〕2号: in use with benefit, not acquired by transfer, own rank among holders at most 3
        facts["ip1_core"] += is_one and is_applied and acquired_by != AcquiredBy.TRANSFER and rank <= 3
        facts["ip_recent"] += not is_one and granted is not None and granted > recent
