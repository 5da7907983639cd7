"""The facts behind conflicts, read in bounded queries, and what a reader may know of them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils import timezone

from keqiao.core.crypto import lookup_hash
from keqiao.expertise.conflicts import Conflict, Edge, Node, conflicts, rules_on
from keqiao.expertise.evidence import Asked
from keqiao.expertise.finder import own_people
from keqiao.matching.masking import knows_owner
from keqiao.people.access import Scope
from keqiao.people.models import Affiliation, Organisation
from keqiao.registry.enterprise.models import Enterprise
from keqiao.registry.expert.models import Expert
from keqiao.registry.records.enums import OPENLY_LISTED, Status
from keqiao.registry.work.models import Authorship, WorkType

_MOST_AUTHORSHIPS = 6000  # of all experts of a page, newest first
_MOST_AUTHORS = 40  # a work of more people ties nobody to anybody
_IDS_A_QUERY = 900
_SHORTEST_ADDRESS = 8  # 蚌埠市固镇县 is a place, not an address
_SHORTEST_PHONE = 7
_PUNCTUATION = re.compile(r"[\s,，.。、;；:：()（）\-—_#]+")


@dataclass(frozen=True, slots=True)
class Ties:
    """Conflicts by expert's primary key. names: of every node on the way. asking: with the asking side; between: with
    the other experts. gaps: what could not be checked, for people. can_check: the reader may know the asking side."""

    asking: Mapping[int, tuple[Conflict, ...]]
    between: Mapping[int, tuple[Conflict, ...]]
    names: Mapping[Node, str]
    gaps: tuple[str, ...] = ()
    can_check: bool = True


def ties_of(asked: Asked, experts: Sequence[Any], scope: Scope, on: date | None = None) -> Ties:
    """Ties of these experts with the asking side and with one another. About ten queries, however many experts.

    Of a masked record nothing is said to those who may not know its owner: a shared unit would name it.
    """
    day = on or timezone.localdate()
    can_check = asked.record is None or knows_owner(asked.record, scope)
    facts = _Facts(experts, asked if can_check else None, day)
    rules = rules_on(day)
    nodes: list[Node] = [("expert", one.pk) for one in experts]
    asking = conflicts(nodes, facts.parties, facts.edges, rules, day)
    between = conflicts(nodes, nodes, facts.edges, rules, day)
    return Ties(
        {key[1]: found for key, found in asking.items()},
        {key[1]: tuple(one for one in found if one.is_direct) for key, found in between.items()},
        facts.names,
        tuple(facts.gaps),
        can_check,
    )


class _Facts:
    """Edges around some experts and one asking side, as the database knows them."""

    def __init__(self, experts: Sequence[Any], asked: Asked | None, day: date) -> None:
        self.names: dict[Node, str] = {("expert", one.pk): one.title for one in experts}
        self.edges: list[Edge] = []
        self.gaps: list[str] = []
        self.parties: list[Node] = []
        self.experts = {one.pk: one for one in experts}
        longest = max((rule.within_years or 0 for rule in rules_on(day).values()), default=0)
        self.since = day.year - longest
        team = self._asking_side(asked)
        everyone = [*self.experts.values(), *team]
        self._current_units(everyone)
        self._affiliations(everyone)
        others = self._works([one.pk for one in everyone])
        self._units_of_others(others)
        self._units_together(asked)

    # -- the asking side ----------------------------------------------------------------------------------------

    def _asking_side(self, asked: Asked | None) -> list[Any]:
        if asked is None or asked.record is None:
            return []
        record = asked.record
        if record.organisation_id is not None:
            self.parties.append(("unit", record.organisation_id))
            self.names[("unit", record.organisation_id)] = record.organisation_name
        elif record.organisation_name:
            self.gaps.append(
                f"“{record.organisation_name}”还没有单位档案，与它的关联无法核对。请先在单位管理里建档并关联。"
            )
        if asked.kind == "work":
            units = Authorship.objects.filter(work_id=record.pk, organisation__isnull=False)
            for pk, name in units.values_list("organisation_id", "organisation__name"):
                if pk is not None and ("unit", pk) not in self.parties:
                    self.parties.append(("unit", pk))
                    self.names[("unit", pk)] = str(name)
        team = list(Expert.objects.filter(pk__in=own_people(asked)))
        for one in team:
            self.parties.append(("expert", one.pk))
            self.names[("expert", one.pk)] = one.title
        return team

    # -- units --------------------------------------------------------------------------------------------------

    def _current_units(self, experts: Iterable[Any]) -> None:
        for one in experts:
            if one.organisation_id is not None:
                self.names.setdefault(("unit", one.organisation_id), one.organisation_name)
                self.edges.append(
                    Edge(
                        "works_at", ("expert", one.pk), ("unit", one.organisation_id), source_kind="expert",
                        source_id=str(one.public_id), source_title=f"{one.title}的专家页", note="现单位",
                    )
                )  # fmt: skip

    def _affiliations(self, experts: Iterable[Any]) -> None:
        by_person = {one.person_id: one for one in experts if one.person_id}
        if not by_person:
            return
        for row in Affiliation.objects.filter(person__in=by_person).select_related("organisation"):
            one = by_person[row.person_id]
            self.names.setdefault(("unit", row.organisation_id), row.organisation.name)
            self.edges.append(
                Edge(
                    "works_at", ("expert", one.pk), ("unit", row.organisation_id), day=row.ended_on,
                    year=row.ended_on.year if row.ended_on else None, source_kind="expert",
                    source_id=str(one.public_id), source_title="人员档案的任职登记",
                    note="曾任职" if row.ended_on else row.title or "任职",
                )
            )  # fmt: skip

    def _units_of_others(self, others: set[int]) -> None:
        """Where the people work with whom the experts wrote: only those of the asking units matter."""
        units = [key for kind, key in self.parties if kind == "unit"]
        if not units:
            return
        for part in _parts(sorted(others)):
            rows = Expert.objects.filter(pk__in=part, organisation_id__in=units)
            self._current_units(rows)
            self.names.update({("expert", one.pk): one.title for one in rows})

    def _units_together(self, asked: Asked | None) -> None:
        """Units that belong together: one above the other, one address, one telephone; their legal representatives."""
        asking = {key for kind, key in self.parties if kind == "unit"}
        if not asking:
            return
        units = {edge.b[1] for edge in self.edges if edge.kind == "works_at"} | asking
        rows = Organisation.objects.filter(pk__in=sorted(units)[:_IDS_A_QUERY]).values_list(
            "pk", "name", "parent_id"
        )
        for pk, name, parent in rows:
            self.names[("unit", pk)] = name
            if parent is not None and (parent in asking or pk in asking):
                self.edges.append(
                    Edge("parent", ("unit", pk), ("unit", parent), source_title="单位档案的上级单位")
                )
                self.names.setdefault(("unit", parent), "上级单位")
        self._registered(units, asking, asked)

    def _registered(self, units: set[int], asking: set[int], asked: Asked | None) -> None:
        pages = list(Enterprise.objects.filter(organisation_id__in=sorted(units)[:_IDS_A_QUERY]))
        own = [page for page in pages if page.organisation_id in asking]
        phones = {phone_mark(page.contact_phone): page for page in own}
        phones[phone_mark(getattr(getattr(asked, "record", None), "contact_phone", ""))] = None
        addresses = {address_mark(page.address): page for page in own}
        for page in pages:
            if page.organisation_id in asking:
                self._legal_representative(page)
                continue
            here: Node = ("unit", int(page.organisation_id or 0))
            if (there := addresses.get(address_mark(page.address))) and address_mark(page.address):
                self.edges.append(
                    _page_edge("address", here, ("unit", int(there.organisation_id or 0)), page)
                )
            mark = phone_mark(page.contact_phone)
            if mark and mark in phones:
                for unit in asking:
                    self.edges.append(_page_edge("phone", here, ("unit", unit), page))
        for one in self.experts.values():
            mark = phone_mark(one.contact_phone)
            if mark and mark in phones:
                for unit in asking:
                    self.edges.append(
                        Edge("phone", ("expert", one.pk), ("unit", unit), source_title="登记的联系电话")
                    )

    def _legal_representative(self, page: Enterprise) -> None:
        name = "".join(page.legal_representative.split())
        for one in self.experts.values():
            if name and one.title == name:
                self.edges.append(
                    _page_edge(
                        "legal_representative",
                        ("expert", one.pk),
                        ("unit", int(page.organisation_id or 0)),
                        page,
                    )
                )

    # -- works --------------------------------------------------------------------------------------------------

    def _works(self, experts: Sequence[int]) -> set[int]:
        """Ties by works since the longest window; returns the other people on them who have a page."""
        recent = Q(work__year__gte=self.since) | Q(work__year=None)
        mine = (
            Authorship.objects.filter(recent, expert__in=experts)
            .order_by("-work__year", "-work_id")
            .values_list("work_id", flat=True)[:_MOST_AUTHORSHIPS]
        )
        works = sorted(set(mine))
        signed: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
        for part in _parts(works):
            rows = Authorship.objects.filter(work_id__in=part).values_list(
                "work_id", "expert_id", "organisation_id", "organisation_name", "expert__title", "work__title",
                "work__public_id", "work__work_type", "work__year", "work__done_on", "work__status", "work__disclosure",
            )  # fmt: skip
            for row in rows:
                signed[row[0]].append(row)
        known, others = set(experts), set()
        for rows_of_work in signed.values():
            if len(rows_of_work) > _MOST_AUTHORS:
                continue
            others |= self._of_work(rows_of_work, known)
        return others - known

    def _of_work(self, rows: Sequence[tuple[Any, ...]], known: set[int]) -> set[int]:
        _, _, _, _, _, title, public_id, work_type, year, done_on, status, tier = rows[0]
        facts: dict[str, Any] = {
            "year": done_on.year if done_on else year,
            "day": done_on,
            "source_kind": "work",
            "source_id": str(public_id),
            "source_title": title,
            "is_open": status == Status.PUBLISHED and tier in OPENLY_LISTED,
            "note": str(WorkType(work_type).label),
        }
        kind = "coproject" if work_type == WorkType.PROJECT else "coauthor"
        people = {row[1]: row for row in rows if row[1] is not None}
        units = {row[2]: row[3] for row in rows if row[2] is not None}
        asking = {key for what, key in self.parties if what == "unit"}
        for pk in people.keys() & known:
            for other, row in people.items():
                if other != pk:
                    self.names.setdefault(("expert", other), row[4])
                    self.edges.append(Edge(kind, ("expert", pk), ("expert", other), **facts))
            own = people[pk][2]
            if own is not None:
                self.names.setdefault(("unit", own), people[pk][3])
                self.edges.append(
                    Edge("works_at", ("expert", pk), ("unit", own), **(facts | {"note": "署名单位"}))
                )
            for unit in (units.keys() & asking) - {own}:
                self.edges.append(Edge(kind, ("expert", pk), ("unit", unit), **facts))
        return set(people)


def _page_edge(kind: str, a: Node, b: Node, page: Enterprise) -> Edge:
    return Edge(
        kind, a, b, source_kind="enterprise", source_id=str(page.public_id), source_title=page.title,
        is_open=page.status == Status.PUBLISHED and page.disclosure in OPENLY_LISTED,
    )  # fmt: skip


def address_mark(address: str) -> str:
    """An address without blanks and punctuation; "" when it is too short to be one."""
    plain = _PUNCTUATION.sub("", address)
    return plain if len(plain) >= _SHORTEST_ADDRESS else ""


def phone_mark(phone: str) -> str:
    """A keyed hash of the digits of a telephone number; "" when there are too few. Numbers are compared, never shown."""
    digits = re.sub(r"\D", "", phone or "")
    digits = digits.removeprefix("86") if len(digits) == 13 else digits
    return lookup_hash(digits) if len(digits) >= _SHORTEST_PHONE else ""


def _parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for at in range(0, len(ids), _IDS_A_QUERY):
        yield ids[at : at + _IDS_A_QUERY]
