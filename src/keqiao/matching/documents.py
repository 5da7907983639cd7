"""A registry record as a document of the engine, and who may find it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice, product

from django.utils import timezone

from keqiao.matching.facets import DESK_FACETS, FIELD, INDUSTRY, PLACE, facets_of, ipc_codes, year_of
from keqiao.matching.masking import hide_owner
from keqiao.people.access import Scope
from keqiao.people.models import OrganisationName
from keqiao.registry.records.enums import OPENLY_LISTED, Disclosure, Status
from keqiao.registry.records.models import Record
from keqiao.registry.work.models import Authorship
from keqiao_match import Doc

AUDIENCE = "audience"
REACH = "reach"
NUMBERS = ("amount", "day", "year", "trl", "quality", "updated", "until")
_AREA_LENGTHS = (2, 4, 6, 9, 12)
_WORKS_OF_AN_EXPERT = 40  # titles, newest first: enough to say what somebody works on
_AMOUNTS = ("budget_yuan", "price_yuan", "funding_yuan")
_SORT_DAYS = ("done_on", "starts_on")


def facet_names(kind: str) -> tuple[str, ...]:
    """The facets that the kind's index declares."""
    return (AUDIENCE, REACH, *(facet.key for facet in (*DESK_FACETS, *facets_of(kind))))


# -- who may find it --------------------------------------------------------------------------------------------


def audience(record: Record) -> tuple[str, ...]:
    """The groups that the record is visible to. "public" includes everybody, so it stands alone."""
    is_published = record.status == Status.PUBLISHED
    if is_published and record.disclosure in OPENLY_LISTED:
        return ("public",)
    member = ["member"] if is_published and record.disclosure == Disclosure.DIRECTED else []
    # An officer of the whole country sees all, so he has no group
    return tuple(dict.fromkeys([*member, *reach(record)[1:]])) or ("nobody",)


def reach(record: Record) -> tuple[str, ...]:
    """The groups that work on the record and know its owner, be it published or not. The first stands for everybody
    who works everywhere; to him a draft is somebody else's."""
    is_draft = record.status == Status.DRAFT
    groups = ["draft" if is_draft else "area:"]
    if not is_draft and record.division_code:
        code = record.division_code
        groups += [f"area:{code[:length]}" for length in _AREA_LENGTHS if length <= len(code)]
        groups.append(f"area:{code}")
    if record.organisation_id is not None:
        groups.append(f"org:{record.organisation_id}")
    if record.created_by_id is not None:
        groups.append(f"owner:{record.created_by_id}")
    return tuple(dict.fromkeys(groups))


def reach_of(scope: Scope) -> list[str]:
    """The groups of `reach` that the scope works in. Mirrors RecordQuerySet.in_scope, and one's own entries."""
    groups = ["area:"] if scope.sees_all else []
    for prefix in scope.prefixes:
        groups += [f"area:{form}" for form in _area_forms(prefix)]
    groups += [f"org:{pk}" for pk in sorted(scope.organisations)]
    if scope.user_id is not None:
        groups.append(f"owner:{scope.user_id}")
    return groups


def audience_of(scope: Scope) -> list[str] | None:
    """The groups that the scope belongs to; None = everything. Mirrors RecordQuerySet.visible_to."""
    if scope.sees_all:
        return None
    groups = ["public"]
    if scope.is_member:
        groups.append("member")
    for prefix in scope.prefixes:
        groups += [f"area:{form}" for form in _area_forms(prefix)]
    groups += [f"org:{pk}" for pk in sorted(scope.organisations)]
    if scope.user_id is not None:
        groups.append(f"owner:{scope.user_id}")
    return groups


def _area_forms(prefix: str) -> Iterator[str]:
    """The prefix, filled up to the next length that the index holds: 340 -> 340, 3400 … 3409."""
    yield prefix
    missing = next((length - len(prefix) for length in _AREA_LENGTHS if length >= len(prefix)), 0)
    if missing:
        yield from (prefix + "".join(digits) for digits in product("0123456789", repeat=missing))


# -- the document -----------------------------------------------------------------------------------------------


def documents_of(kind: str, records: Iterable[Record], *, batch: int = 500) -> Iterator[Doc]:
    """A document a record for the index, in order. Select `organisation`; extras cost a query a batch."""
    stream = iter(records)
    while rows := list(islice(stream, batch)):
        extra = _Extra(kind, rows)
        for record in rows:
            facets = {
                facet.key: tuple(code for code in facet.codes(record) if code)
                for facet in (*DESK_FACETS, *facets_of(kind))
            }
            who = {AUDIENCE: audience(record), REACH: reach(record)}
            yield _document(record, extra, {**who, **facets}, _numbers(record))


def document_of(record: Record) -> Doc:
    """The document of one record for the index."""
    return next(documents_of(record.KIND, [record]))


def match_documents(kind: str, records: Sequence[Record]) -> Iterator[Doc]:
    """A document a record for ranking: facets in words, as the reasons quote them; money in 万元."""
    extra = _Extra(kind, records)
    for record in records:
        facets = {
            "field": tuple(FIELD.label(code) for code in FIELD.codes(record)),
            "industry": tuple(dict.fromkeys(INDUSTRY.label(code) for code in INDUSTRY.codes(record))),
            "ipc": tuple(code[:4] for code in ipc_codes(record)),
            "division": tuple(PLACE.codes(record)),
        }
        yield _document(record, extra, facets, _match_numbers(record))


class _Extra:
    """What documents need from other tables, read once a batch: works of experts, other names of enterprises."""

    def __init__(self, kind: str, records: Sequence[Record]) -> None:
        self.works: dict[int, list[str]] = defaultdict(list)
        self.names: dict[int, list[str]] = defaultdict(list)
        if kind == "expert":
            rows = (
                Authorship.objects.filter(expert_id__in=[record.pk for record in records])
                .order_by("-work__done_on", "-work_id")
                .values_list("expert_id", "work__title", "work__status", "work__disclosure")
            )
            for expert, title, status, disclosure in rows:
                open_work = status == Status.PUBLISHED and disclosure == Disclosure.PUBLIC
                if open_work and len(self.works[expert]) < _WORKS_OF_AN_EXPERT:
                    self.works[expert].append(title)
        if kind in ("enterprise", "resource"):
            units = {pk for record in records if (pk := record.organisation_id) is not None}
            for unit, name in OrganisationName.objects.filter(organisation_id__in=units).values_list(
                "organisation_id", "name"
            ):
                self.names[unit].append(name)


def _document(
    record: Record, extra: _Extra, facets: Mapping[str, tuple[str, ...]], numbers: Mapping[str, float]
) -> Doc:
    fields = [(label, hide_owner(record, text)) for label, text in record.texts()]
    if record.keywords and AUDIENCE in facets:  # keywords find a record, but a bare word is no evidence
        fields.append(("关键词", hide_owner(record, "；".join(map(str, record.keywords)))))
    if works := extra.works.get(record.pk):
        fields.append(("代表产出", "\n".join(works)))
    return Doc(
        id=str(record.pk),
        title=hide_owner(record, record.title),
        fields=tuple(fields),
        names=_names(record, extra),
        codes=_codes(record),
        facets=facets,
        numbers=numbers,
        private=_private(record, extra) if AUDIENCE in facets else (),
    )


def _private(record: Record, extra: _Extra) -> tuple[str, ...]:
    """What only those who may know a masked record's owner find it by."""
    if record.disclosure != Disclosure.MASKED:
        return ()
    return tuple(dict.fromkeys((*_all_names(record, extra), *filter(None, _owner_codes(record)))))


def _names(record: Record, extra: _Extra) -> tuple[str, ...]:
    """Units and persons. A masked record is found by neither: whoever searched a name would learn the owner."""
    return () if record.disclosure == Disclosure.MASKED else _all_names(record, extra)


def _all_names(record: Record, extra: _Extra) -> tuple[str, ...]:
    names = [record.organisation_name, record.organisation.name if record.organisation else ""]
    if record.KIND in ("expert", "enterprise"):
        names.append(record.title)
    names += [str(name) for name in (*getattr(record, "team", ()), *getattr(record, "people", ()))]
    if record.organisation_id is not None:
        names += extra.names.get(record.organisation_id, [])
    return tuple(dict.fromkeys(name for name in names if name))


def _codes(record: Record) -> tuple[str, ...]:
    found = [record.number or "", *ipc_codes(record)]
    if record.disclosure != Disclosure.MASKED:  # a patent number leads to its owner
        found += _owner_codes(record)
    return tuple(dict.fromkeys(code for code in found if code))


def _owner_codes(record: Record) -> list[str]:
    return [
        record.source_no,
        getattr(record, "uscc", ""),
        *map(str, getattr(record, "patent_numbers", ())),
    ]


def _numbers(record: Record) -> dict[str, float]:
    numbers: dict[str, float] = {"quality": float(getattr(record, "quality", 0) or 0)}
    amounts = [value for name in _AMOUNTS if (value := getattr(record, name, None)) is not None]
    if amounts:
        numbers["amount"] = float(amounts[0])
    if day := sort_day(record):
        numbers["day"] = day.toordinal() + _part_of_day(record, day)
    if year := year_of(record):
        numbers["year"] = float(year)
    if (trl := getattr(record, "trl", None)) is not None:
        numbers["trl"] = float(trl)
    numbers["updated"] = record.updated_at.timestamp()
    if (until := getattr(record, "valid_until", None)) is not None:
        numbers["until"] = float(until.toordinal())
    return numbers


def _part_of_day(record: Record, day: date) -> float:
    """0..1, so that of two records published on one day the later comes first."""
    moment = timezone.localtime(record.published_at) if record.published_at else None
    if moment is None or moment.date() != day:
        return 0.0
    return (moment - moment.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds() / 86_400


def _match_numbers(record: Record) -> dict[str, float]:
    numbers: dict[str, float] = {}
    for name, field in (("budget", "budget_yuan"), ("price", "price_yuan")):
        if (yuan := getattr(record, field, None)) is not None:
            numbers[name] = float(yuan) / 10_000
    # The 13 steps of GB/T 22900-2022 are another scale: not compared
    if (trl := getattr(record, "trl", None)) is not None and trl <= 9:
        numbers["trl"] = float(trl)
    return numbers


def sort_day(record: Record) -> date | None:
    """The day that "newest first" goes by: a work's or event's own day, otherwise the day it was published."""
    for name in _SORT_DAYS:
        if hasattr(record, name):
            own: date | None = getattr(record, name)
            return own
    return timezone.localdate(record.published_at) if record.published_at else None
