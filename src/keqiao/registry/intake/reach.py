"""Whose rows somebody may bring: an officer those of his area, an institute its own."""

from collections.abc import Iterable, Iterator
from itertools import islice

from keqiao.core.errors import NotAllowed
from keqiao.people.access import Scope, scope_of
from keqiao.people.models import Organisation, User
from keqiao.registry.intake.binding import bind
from keqiao.registry.intake.models import IntakeRun
from keqiao.registry.intake.runner import read_rows
from keqiao.registry.intake.writer import Bound
from keqiao.registry.kinds import KINDS

_KEYS_A_QUERY = 500


def check_reach(run: IntakeRun, by: User) -> None:
    """Pass when every good row of the run is the reader's to bring, and none would change somebody else's record.

    Raises NotAllowed with the first row that is not. Reads the file once; a query a 500 rows.
    """
    scope = scope_of(by)
    if scope.sees_all:
        return
    if run.kind not in KINDS:
        raise NotAllowed("机构由市科技局统一导入，您的角色不能导入。请把表格交市科技局。", code="intake.reach")
    own_names = _own_names(scope)
    for part in _parts(_bound_rows(run)):
        for number, bound in part:
            if reason := _outside(bound, scope, own_names):
                raise NotAllowed(f"第 {number} 行{reason}整批没有写入。请删去这一行或改正后重试。", code="intake.reach")
        _check_records(run.kind, part, scope)


def _bound_rows(run: IntakeRun) -> Iterator[tuple[int, Bound]]:
    for raw, parsed in read_rows(run):
        if parsed.is_good:
            bound, _ = bind(run.kind, parsed)
            yield raw.number, bound.seal(run.kind)


def _parts(rows: Iterable[tuple[int, Bound]]) -> Iterator[list[tuple[int, Bound]]]:
    stream = iter(rows)
    while part := list(islice(stream, _KEYS_A_QUERY)):
        yield part


def _own_names(scope: Scope) -> frozenset[str]:
    units = Organisation.objects.filter(pk__in=scope.organisations)
    return frozenset(units.values_list("name", flat=True)) | frozenset(
        name for name in units.values_list("names__name", flat=True) if name
    )


def _outside(bound: Bound, scope: Scope, own_names: frozenset[str]) -> str:
    """Why the row is not the reader's to bring, as the middle of a sentence; "" when it is."""
    place, unit = str(bound.values.get("division_code") or ""), str(bound.values.get("organisation_name") or "")
    if scope.prefixes:
        if scope.covers(place):
            return ""
        return f"的所在地“{place}”不在您的辖区，" if place else "没有写所在县区，不能确定属于您的辖区，"
    return "" if unit in own_names else f"的单位“{unit[:40]}”不是您的单位，"


def _check_records(kind: str, part: list[tuple[int, Bound]], scope: Scope) -> None:
    """A row of mine by its words may still be the same record as one of somebody else's."""
    numbers = {bound.key: number for number, bound in part}
    known = KINDS[kind].model._default_manager.filter(match_key__in=numbers)
    mine = set(KINDS[kind].model.objects.in_scope(scope).filter(match_key__in=numbers).values_list("pk", flat=True))
    for pk, key in known.values_list("pk", "match_key"):
        if pk not in mine:
            raise NotAllowed(
                f"第 {numbers[str(key)]} 行与别的单位或辖区已登记的一条相同，会改动它，整批没有写入。请删去这一行，或联系市科技局。",
                code="intake.reach",
            )
