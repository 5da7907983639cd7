"""Pairs of pages that may be one human being: found name by name, kept for an officer, never decided by the machine."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from keqiao.core.crypto import lookup_hash
from keqiao.expertise.likeness import Page, Signal, is_candidate, likeness, strength
from keqiao.expertise.models import NamesakePair, PairState
from keqiao.expertise.ties import phone_mark
from keqiao.matching.facets import ipc_codes
from keqiao.people.access import Scope
from keqiao.people.persons import same_person
from keqiao.registry.expert.models import Expert
from keqiao.registry.records.enums import Status
from keqiao.registry.records.models import prefix_range
from keqiao.registry.work.models import Authorship

Progress = Callable[[int, int], None]  # done, total

_BATCH = 200  # experts whose facts are read at once
_MOST_OF_A_NAME = 300
_MOST_AUTHORSHIPS = 20_000  # of a batch, newest first
_IDS_A_QUERY = 900
_FEWEST = 2


def pages_of(experts: Sequence[Any]) -> dict[int, Page]:
    """What each page tells about who he is. A handful of queries for all of them."""
    ids = [one.pk for one in experts]
    works: dict[int, set[int]] = defaultdict(set)
    units: dict[int, dict[int, str]] = defaultdict(dict)
    years: dict[int, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    topics: dict[int, set[str]] = defaultdict(set)
    rows = (
        Authorship.objects.filter(expert__in=ids)
        .select_related("work", "organisation")
        .defer("work__abstract")
        .order_by("-work__year", "-work_id")[:_MOST_AUTHORSHIPS]
    )
    for row in rows:
        pk = row.expert_id or 0
        works[pk].add(row.work_id)
        if row.organisation_id is not None and row.organisation is not None:
            units[pk][row.organisation_id] = row.organisation.name
            if row.work.year:
                years[pk][row.work.year].add(row.organisation_id)
        topics[pk] |= {code[:4] for code in ipc_codes(row.work)} | set(map(str, row.work.keywords))
    coauthors = _coauthors(works, {one.pk: one.title for one in experts})
    return {one.pk: _page(one, works, units, years, topics, coauthors) for one in experts}


def _page(
    one: Any,
    works: Mapping[int, set[int]],
    units: Mapping[int, dict[int, str]],
    years: Mapping[int, Mapping[int, set[int]]],
    topics: Mapping[int, set[str]],
    coauthors: Mapping[int, Counter[str]],
) -> Page:
    own = dict(units.get(one.pk, {}))
    if one.organisation_id is not None:
        own[one.organisation_id] = one.organisation_name
    person = same_person(one.person) if one.person is not None else None
    said = {word.strip() for word in one.research.replace("；", "、").replace(";", "、").split("、")}
    return Page(
        name=one.title,
        pinyin=one.pinyin,
        unit=one.organisation_id,
        units=own,
        works=frozenset(works.get(one.pk, ())),
        coauthors=coauthors.get(one.pk, Counter()),
        topics=frozenset(filter(None, said | set(map(str, one.keywords)) | topics.get(one.pk, set()))),
        fields=frozenset(str(tag["code"]) for tag in (one.tags or {}).get("field11", ()) if tag.get("code")),
        years={year: frozenset(found) for year, found in years.get(one.pk, {}).items()},
        phone=phone_mark(one.contact_phone),
        email=lookup_hash(one.contact_email.strip().lower()),
        identity=person.identity_hash if person else "",
    )


def _coauthors(works: Mapping[int, set[int]], names: Mapping[int, str]) -> dict[int, Counter[str]]:
    """Names on the same works, by expert; his own left out."""
    signed: dict[int, list[tuple[int | None, str]]] = defaultdict(list)
    every = sorted(set().union(*works.values())) if works else []
    for at in range(0, len(every), _IDS_A_QUERY):
        part = Authorship.objects.filter(work_id__in=every[at : at + _IDS_A_QUERY])
        for work, expert, name in part.values_list("work_id", "expert_id", "name"):
            signed[work].append((expert, name))
    return {
        pk: Counter(
            name for work in mine for expert, name in signed[work] if expert != pk and name != names[pk]
        )
        for pk, mine in works.items()
    }


# -- looking ----------------------------------------------------------------------------------------------------


def scan(*, names: Iterable[str] | None = None, progress: Progress | None = None) -> int:
    """Look at every name that several published pages share, and at pages of one unit that sound alike.

    names: only these. Pairs that an officer has decided stay decided; open ones that no longer look alike go.
    Returns how many pairs wait now among those looked at. Time grows with the shared names, not with all experts.
    """
    groups = list(_groups(names))
    total, done, waiting = sum(map(len, groups)), 0, 0
    for batch in _batched(groups):
        ids = sorted({pk for group in batch for pk in group})
        experts = {
            one.pk: one for one in Expert.objects.filter(pk__in=ids).select_related("person__merged_into")
        }
        pages = pages_of(list(experts.values()))
        found = {
            (a, b): signals
            for group in batch
            for a, b in combinations(sorted(pk for pk in group if pk in pages), 2)
            if is_candidate(signals := likeness(pages[a], pages[b]))
        }
        waiting += _keep(found, set(experts), experts)
        done += sum(map(len, batch))
        if progress:
            progress(done, total)
    return waiting


def _groups(names: Iterable[str] | None) -> Iterator[list[int]]:
    """Primary keys of published experts of one name, and of those of one unit with one pinyin but other characters."""
    base = Expert.objects.filter(status=Status.PUBLISHED)
    if names is not None:
        base = base.filter(title__in=list(names))
    shared = list(
        base.order_by()
        .values("title")
        .annotate(n=Count("pk"))
        .filter(n__gte=_FEWEST)
        .values_list("title", flat=True)
    )
    yield from _members(base.filter(title__in=part) for part in _parts(shared))
    alike = (
        Expert.objects.filter(status=Status.PUBLISHED, organisation__isnull=False)
        .exclude(pinyin="")
        .order_by()
        .values("pinyin", "organisation_id")
        .annotate(n=Count("title", distinct=True))
        .filter(n__gte=_FEWEST)
        .values_list("pinyin", "organisation_id")
    )
    if names is not None:
        alike = alike.filter(title__in=list(names))
    for pinyin, unit in alike:
        rows = Expert.objects.filter(status=Status.PUBLISHED, pinyin=pinyin, organisation_id=unit)
        yield list(rows.values_list("pk", flat=True)[:_MOST_OF_A_NAME])


def _members(querysets: Iterable[Any]) -> Iterator[list[int]]:
    for queryset in querysets:
        by_name: dict[str, list[int]] = defaultdict(list)
        for pk, title in queryset.order_by("title", "pk").values_list("pk", "title"):
            if len(by_name[title]) < _MOST_OF_A_NAME:
                by_name[title].append(pk)
        yield from by_name.values()


def _parts(items: Sequence[str]) -> Iterator[Sequence[str]]:
    for at in range(0, len(items), _IDS_A_QUERY):
        yield items[at : at + _IDS_A_QUERY]


def _batched(groups: Iterable[list[int]]) -> Iterator[list[list[int]]]:
    batch: list[list[int]] = []
    size = 0
    for group in groups:
        batch.append(group)
        size += len(group)
        if size >= _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


@transaction.atomic
def _keep(
    found: Mapping[tuple[int, int], list[Signal]], looked_at: set[int], experts: Mapping[int, Any]
) -> int:
    """Store the pairs; what was decided is left alone. Returns how many of them wait."""
    known = {
        (pair.first_id, pair.second_id): pair
        for pair in NamesakePair.objects.filter(first__in=looked_at, second__in=looked_at)
    }
    gone = [pair.pk for key, pair in known.items() if pair.state == PairState.OPEN and key not in found]
    NamesakePair.objects.filter(pk__in=gone).delete()
    now, fresh, renewed, waiting = timezone.now(), [], [], 0
    for (a, b), signals in found.items():
        pair = known.get((a, b))
        facts = {
            "strength": strength(signals),
            "signals": [{"key": one.key, "text": one.text, "weight": one.weight} for one in signals],
            "found_at": now,
        }
        if pair is None:
            one = experts[a]
            fresh.append(
                NamesakePair(
                    first_id=a, second_id=b, name=one.title, division_code=one.division_code, **facts
                )
            )
        elif pair.state in (PairState.OPEN, PairState.UNDECIDED):
            for name, value in facts.items():
                setattr(pair, name, value)
            renewed.append(pair)
        waiting += pair is None or pair.state == PairState.OPEN
    NamesakePair.objects.bulk_create(fresh, batch_size=500, ignore_conflicts=True)
    NamesakePair.objects.bulk_update(renewed, ["strength", "signals", "found_at"], batch_size=500)
    return waiting


# -- reading ----------------------------------------------------------------------------------------------------


def pairs_for(scope: Scope, state: str = PairState.OPEN, text: str = "") -> Any:
    """Pairs of a state that this officer works on: one of the two pages lies in his area. Strongest first."""
    rows = NamesakePair.objects.filter(state=state).select_related("first", "second", "decided_by")
    if text:
        rows = rows.filter(Q(name__contains=text) | Q(first__organisation_name__contains=text)
                           | Q(second__organisation_name__contains=text))  # fmt: skip
    if not scope.sees_all:
        mine = Q(pk__in=[])
        for prefix in scope.prefixes:
            mine |= prefix_range("first__division_code", prefix) | prefix_range(
                "second__division_code", prefix
            )
        rows = rows.filter(mine)
    return rows.order_by("-strength", "name", "pk")
