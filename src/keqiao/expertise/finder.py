"""Experts for a demand, an achievement, a project or a question in one's own words, with what speaks for each."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import islice
from typing import Any

from django.db.models import Count
from django.utils import timezone

from keqiao.core.errors import BadInput, NotAllowed
from keqiao.expertise.evidence import Asked, Evidence, Standing, activities, joined, loads, sources
from keqiao.expertise.models import Proposal
from keqiao.matching.facets import FIELD, PLACE
from keqiao.matching.masking import shown_title
from keqiao.matching.matches import match_doc
from keqiao.matching.reading import visible_records
from keqiao.people.access import Scope, scope_of
from keqiao.people.enums import OFFICERS, Act, Role
from keqiao.people.models import User
from keqiao.registry.expert.models import Expert
from keqiao.registry.records.access import is_visible, record_for
from keqiao.registry.records.enums import Status
from keqiao.registry.records.models import Record
from keqiao.registry.work.models import Authorship
from keqiao_match import Doc

ASKING_KINDS = ("demand", "achievement", "work")
"""Kinds of records that experts are found for."""

MOST_QUESTION = 2000
PROPOSED_WITHIN_DAYS = 30
ACTIVE_WITHIN_YEARS = 5
SHOWN = 20
_POOL = 120  # experts whose facts are read at once
_ANY_QUESTION = OFFICERS | {Role.BROKER, Role.AUDITOR, Role.REGISTRAR}
_LEAST_QUESTION = 4  # characters
_ASKED_OF_ALL = (
    "status", "disclosure", "division_code", "organisation_id", "created_by_id", "tags", "last_work_year",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filters:
    """division: prefix of the expert's place. field: code of the eleven fields. active_within_years: 0 = any.

    most_load: open cases and proposals at most, None = any.
    """

    division: str = ""
    field: str = ""
    active_within_years: int = 0
    most_load: int | None = None

    @property
    def is_bare(self) -> bool:
        return self == Filters()

    @property
    def facets(self) -> tuple[tuple[str, str], ...]:
        """What the expert index can narrow by: (name of the facet, code)."""
        places = ((PLACE.key, self.division),) if self.division else ()
        return places + (((FIELD.key, self.field),) if self.field else ())


@dataclass(frozen=True, slots=True)
class Load:
    """proposed: different questions he was proposed for in the last 30 days. cases: label -> open now."""

    proposed: int = 0
    cases: tuple[tuple[str, int], ...] = ()

    @property
    def total(self) -> int:
        return self.proposed + sum(n for _, n in self.cases)


@dataclass(frozen=True, slots=True)
class Activity:
    """last_work_year: of his newest work. signs: (label, day, is it for officers only), newest first."""

    last_work_year: int | None = None
    signs: tuple[tuple[str, date, bool], ...] = ()

    def year(self) -> int | None:
        """The year of the latest sign of life."""
        years = [self.last_work_year or 0, *(day.year for _, day, _ in self.signs)]
        return max(years) or None


@dataclass(frozen=True, slots=True)
class Found:
    """One expert with what speaks for him. score: 0..1, for ordering. contact: how he can be reached, never the data."""

    expert: Any
    score: float
    standings: Mapping[str, Standing]
    load: Load
    activity: Activity
    contact: tuple[str, ...]

    def evidence(self) -> list[Evidence]:
        """What the card shows, source by source in their order of weight."""
        return [piece for standing in self.standings.values() for piece in standing.shown()]

    def counts(self) -> list[tuple[str, int]]:
        """(label of the source, pieces in all)."""
        labels = {source.key: source.label for source in sources()}
        return [(labels[key], standing.count) for key, standing in self.standings.items()]


@dataclass(frozen=True, slots=True)
class Answer:
    """experts: best first, after the filters. considered: everybody with evidence. left_out: of those looked at, by the filters.
    places, fields: what the expert pages of everybody with evidence say, before the filters."""

    asked: Asked
    experts: tuple[Found, ...]
    considered: int
    left_out: int = 0
    places: tuple[tuple[str, int], ...] = field(default=())
    fields: tuple[tuple[str, int], ...] = field(default=())


# -- who may ask ------------------------------------------------------------------------------------------------


def may_ask_freely(user: Any) -> bool:
    """Whether `user` finds experts for any record he sees and for questions of his own."""
    return bool(scope_of(user).roles & _ANY_QUESTION)


def knows_facts(user: Any) -> bool:
    """Whether load, last sign-in and the sources of conflicts are shown in full: to those who work on the matter."""
    return bool(scope_of(user).roles & (OFFICERS | {Role.AUDITOR, Role.REGISTRAR}))


def may_find_for(user: Any, record: Record) -> bool:
    """Officers and brokers for what they see; enterprises and institutes for what is their own."""
    scope = scope_of(user)
    if scope.is_visitor or record.KIND not in ASKING_KINDS:
        return False
    own = record.organisation_id in scope.organisations or record.created_by_id == scope.user_id
    return own or may_ask_freely(user)


def asked_for_record(user: Any, kind: str, public_id: object) -> Asked:
    """The question that a record is. Raises NotFound, or NotAllowed for a record of somebody else."""
    if kind not in ASKING_KINDS:
        raise BadInput(
            f"不能为“{kind}”找专家，只能为需求、成果和科研产出找。请从这三类记录的页面点“找专家”。",
            field="for",
        )
    record = record_for(user, kind, str(public_id), Act.VIEW)
    if not may_find_for(user, record):
        raise NotAllowed(
            f"“{shown_title(record, scope_of(user))}”不是贵单位的记录，不能为它找专家。请从本单位的需求或成果页面点“找专家”。",
            code="expertise.not_own",
        )
    return asked_of(record, scope_of(user))


def asked_of(record: Record, scope: Scope) -> Asked:
    """The question that a record is, for a reader whom its door has let in."""
    return Asked(
        f"{record.KIND}:{record.pk}", shown_title(record, scope), match_doc(record), record.KIND, record
    )


def asked_for_text(user: Any, text: str) -> Asked:
    """A question in one's own words. Raises BadInput when it says too little, NotAllowed for enterprises."""
    if not may_ask_freely(user):
        raise NotAllowed(
            "自由提问找专家由科技局和技术经理人使用。请先填报需求，再从需求页面点“找专家”。",
            code="expertise.free_question",
        )
    text = " ".join(text.split())[:MOST_QUESTION]
    if len(text) < _LEAST_QUESTION:
        raise BadInput(
            f"“{text}”太短，看不出要解决什么问题。请写明对象和难点，例如“高盐印染废水怎样回收硫酸钠”。",
            field="q",
        )
    title = text.split("。")[0][:80]
    digest = hashlib.sha256(text.encode()).hexdigest()[:24]
    doc = Doc(digest, title, (("问题", text),) if len(text) > len(title) else ())
    return Asked(f"text:{digest}", title, doc, text=text)


# -- finding ----------------------------------------------------------------------------------------------------


def find_experts(
    asked: Asked, scope: Scope, filters: Filters | None = None, *, top: int = SHOWN, on: date | None = None
) -> Answer:
    """Experts that `scope` may see, best first, after `filters`.

    Place and field narrow inside the index, so whoever fits them is found wherever he would stand among all; activity
    and load go through everybody with evidence, 120 at a time, until `top` are found. Cost does not grow with the number
    of experts: each source hands on its best few hundred from the index, then facts are read, one query a fact.
    """
    filters = filters or Filters()
    own, day = own_people(asked), on or timezone.localdate()
    within = replace(asked, within=filters.facets)
    standings = {pk: found for pk, found in _standings(within, scope).items() if pk not in own}
    weights = {source.key: source.weight for source in sources()}
    scores = {
        pk: joined((weights[key], one.score) for key, one in found.items()) for pk, found in standings.items()
    }
    everybody = sorted(_published(scores, scope), key=lambda one: (-scores[one.pk], one.pk))
    fitting = [one for one in everybody if _fits(one, filters)]
    kept: dict[int, tuple[Load, Activity]] = {}
    looked_at = 0
    while looked_at < len(fitting) and len(kept) < top:
        part = fitting[looked_at : looked_at + _POOL]
        looked_at += len(part)
        load, activity = loads_of([one.pk for one in part], on), activities_of(part)
        facts = {one.pk: (load[one.pk], activity[one.pk]) for one in part}
        kept |= {pk: both for pk, both in facts.items() if _passes(*both, filters, day)}
    left_out = len(everybody) - len(fitting) + looked_at - len(kept)
    best = dict(islice(kept.items(), top))
    experts = _shown(best, scope, scores, standings)
    return Answer(asked, experts, len(everybody), left_out, _places(everybody), _fields(everybody))


def _published(ids: Iterable[int], scope: Scope) -> list[Any]:
    """Published experts that `scope` may see, with what filters and counts ask for and no more: of several hundred
    whole pages a few are shown. One query."""
    rows = Expert.objects.only(*_ASKED_OF_ALL).in_bulk(list(ids)).values()
    return [one for one in rows if one.status == Status.PUBLISHED and is_visible(one, scope)]


def _shown(
    facts: Mapping[int, tuple[Load, Activity]],
    scope: Scope,
    scores: Mapping[int, float],
    standings: Mapping[int, Mapping[str, Standing]],
) -> tuple[Found, ...]:
    """These experts with their whole pages, in this order. Two queries."""
    pages = visible_records("expert", facts, scope, published_only=True)
    accounts = _with_account(list(pages.values()))
    return tuple(
        Found(pages[pk], scores[pk], standings[pk], load, activity, contact_words(pages[pk], accounts))
        for pk, (load, activity) in facts.items()
        if pk in pages
    )


def own_people(asked: Asked) -> frozenset[int]:
    """Experts who made what is asked about: authors of the work, the achievement's team at its unit. One query."""
    if asked.kind == "work" and asked.record is not None:
        mine = Authorship.objects.filter(work_id=asked.record.pk, expert__isnull=False)
        return frozenset(pk for pk in mine.values_list("expert_id", flat=True) if pk is not None)
    team = [str(name) for name in getattr(asked.record, "team", ())]
    if asked.record is None or not team or asked.record.organisation_id is None:
        return frozenset()
    members = Expert.objects.filter(title__in=team, organisation_id=asked.record.organisation_id)
    return frozenset(members.values_list("pk", flat=True))


def _standings(asked: Asked, scope: Scope) -> dict[int, dict[str, Standing]]:
    found: dict[int, dict[str, Standing]] = {}
    for source in sorted(sources(), key=lambda one: -one.weight):
        for pk, standing in source.find(asked, scope).items():
            found.setdefault(pk, {})[source.key] = standing
    return found


def _fits(expert: Any, filters: Filters) -> bool:
    if filters.division and not expert.division_code.startswith(filters.division):
        return False
    return not filters.field or filters.field in field_codes(expert)


def _passes(load: Load, activity: Activity, filters: Filters, day: date) -> bool:
    if filters.active_within_years and (activity.year() or 0) < day.year - filters.active_within_years:
        return False
    return filters.most_load is None or load.total <= filters.most_load


def field_codes(expert: Record) -> list[str]:
    """The expert's fields of the eleven."""
    return [str(tag["code"]) for tag in (expert.tags or {}).get("field11", ()) if tag.get("code")]


def _places(pool: Sequence[Any]) -> tuple[tuple[str, int], ...]:
    """County prefixes of the pool with how many, the most frequent first."""
    counted: dict[str, int] = {}
    for one in pool:
        if code := one.division_code[:6].removesuffix("00"):
            counted[code] = counted.get(code, 0) + 1
    return tuple(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def _fields(pool: Sequence[Any]) -> tuple[tuple[str, int], ...]:
    counted: dict[str, int] = {}
    for one in pool:
        for code in field_codes(one):
            counted[code] = counted.get(code, 0) + 1
    return tuple(sorted(counted.items()))


# -- facts about experts ----------------------------------------------------------------------------------------


def loads_of(experts: Sequence[int], on: date | None = None) -> dict[int, Load]:
    """What each has at hand. One query, and one a registered kind of case."""
    since = timezone.now() - timedelta(days=PROPOSED_WITHIN_DAYS)
    if on is not None:
        since -= timezone.localdate() - on
    proposed = dict(
        Proposal.objects.standing()
        .since(since)
        .filter(expert__in=experts)
        .order_by()
        .values_list("expert")
        .annotate(n=Count("ask_key", distinct=True))
    )
    cases = [(source.label, source.count(experts)) for source in loads()]
    return {
        pk: Load(proposed.get(pk, 0), tuple((label, counts[pk]) for label, counts in cases if counts.get(pk)))
        for pk in experts
    }


def activities_of(experts: Sequence[Record]) -> dict[int, Activity]:
    """When each was last active. One query a registered sign of life."""
    ids = [one.pk for one in experts]
    signs = [(source, source.latest(ids)) for source in activities()]
    return {
        one.pk: Activity(
            getattr(one, "last_work_year", None),
            tuple(
                sorted(
                    (
                        (source.label, days[one.pk], source.is_personal)
                        for source, days in signs
                        if one.pk in days
                    ),
                    key=lambda sign: sign[1],
                    reverse=True,
                )
            ),
        )
        for one in experts
    }


def _with_account(experts: Sequence[Record]) -> set[int]:
    persons = {person for one in experts if (person := getattr(one, "person_id", None))}
    if not persons:
        return set()
    return set(User.objects.filter(person__in=persons, is_active=True).values_list("person_id", flat=True))


def contact_words(expert: Any, accounts: set[int]) -> tuple[str, ...]:
    """By which ways he can be reached; the contact itself is asked for on his page, with a reason."""
    ways = []
    if expert.person_id in accounts:
        ways.append("有平台账号")
    if expert.contact_phone:
        ways.append("已登记电话")
    if expert.contact_email:
        ways.append("已登记邮箱")
    if not ways:
        ways.append("经单位联系" if expert.organisation_id else "没有联系方式")
    return tuple(ways)
