"""Names on rows become organisations: by credit code, then by name, present or former, as `create_or_find` rules:
of several units of a name the place decides; where it does not, none of them is chosen."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, Exists, OuterRef
from pypinyin import lazy_pinyin

from keqiao.codes.divisions import division
from keqiao.people.enums import OrganisationKind
from keqiao.people.models import Organisation, OrganisationName
from keqiao.people.organisations import fitting, in_force, the_one
from keqiao.registry.intake.problems import Problem, warning

# Endings that say what a unit is; the first that fits decides
_KIND_BY_ENDING: tuple[tuple[str, tuple[str, ...]], ...] = (
    (OrganisationKind.HOSPITAL, ("医院", "卫生院", "疾控中心", "疾病预防控制中心")),
    (OrganisationKind.UNIVERSITY, ("大学", "学院", "学校", "党校")),
    (
        OrganisationKind.ENTERPRISE,
        ("公司", "厂", "集团", "合作社", "农场", "酒庄", "企业", "商行", "工作室", "合伙)", "合伙）"),
    ),
    (
        OrganisationKind.INSTITUTE,
        (
            "研究院",
            "研究所",
            "研究中心",
            "实验室",
            "科学院",
            "农科院",
            "设计院",
            "试验站",
            "推广站",
            "技术中心",
            "工程中心",
            "所",
        ),
    ),
    (OrganisationKind.DEPARTMENT, ("局", "委员会", "办公室", "政府", "科技厅", "管委会", "厅")),
    (OrganisationKind.SERVICE, ("协会", "学会", "中心", "联盟", "事务所", "促进会")),
)


def kind_by_name(name: str) -> str | None:
    """What kind of unit a name speaks of, by its ending; None when it may well be a person's name."""
    bare = name.strip().rstrip("0123456789 ")
    for kind, endings in _KIND_BY_ENDING:
        if bare.endswith(endings):
            return kind
    return None


@dataclass(frozen=True, slots=True)
class Wanted:
    """An organisation as a row names it."""

    name: str
    uscc: str = ""
    division_code: str = ""
    is_sample: bool = False
    source_document: str = ""
    kind: str | None = None


_Key = tuple[str, str, str]  # name, credit code, county


def _key(w: Wanted) -> _Key:
    return w.name, w.uscc, w.division_code[:6]


def bearers_of(names: Iterable[str]) -> dict[str, list[Organisation]]:
    """Name -> the units in force that bear or bore it, oldest first. Two queries."""
    asked = list(names)
    found: dict[str, dict[int, Organisation]] = defaultdict(dict)
    for organisation in Organisation.objects.filter(name__in=asked).select_related("merged_into"):
        one = in_force(organisation)
        found[organisation.name][one.pk] = one
    former = OrganisationName.objects.filter(name__in=asked).select_related("organisation__merged_into")
    for row in former:
        one = in_force(row.organisation)
        found[row.name][one.pk] = one
    return defaultdict(list, {name: [units[pk] for pk in sorted(units)] for name, units in found.items()})


def _fits(bearers: list[Organisation], w: Wanted) -> list[Organisation]:
    """The bearers of the name that the row may mean. Its kind is only read off the name, so it decides between several
    and never against the only one."""
    fits = fitting(bearers, None, w.uscc)
    return (fitting(fits, w.kind, w.uscc) or fits) if len(fits) > 1 else fits


class Namesakes:
    """Warns of rows whose unit could be one of several. Names borne twice are few and read once."""

    def __init__(self) -> None:
        live = Organisation.objects.filter(merged_into=None)
        twice = live.values("name").annotate(n=Count("pk")).filter(n__gt=1).values_list("name", flat=True)
        other = live.filter(name=OuterRef("name")).exclude(pk=OuterRef("organisation_id"))
        again = OrganisationName.objects.filter(Exists(other)).values_list("name", flat=True)
        found = bearers_of({*twice, *again})
        self._bearers = {name: units for name, units in found.items() if len(units) > 1}

    def warn(self, wanted: Wanted | None) -> Problem | None:
        """The finding for a row of this owner; None when there is nothing to decide."""
        if wanted is None or wanted.name not in self._bearers:
            return None
        fits = _fits(self._bearers[wanted.name], wanted)
        if len(fits) < 2 or any(one.uscc == wanted.uscc for one in fits if wanted.uscc):
            return None
        chosen = the_one(fits, wanted.division_code)
        fate = (
            f"这一行归到其中的 {_told(chosen)}" if chosen else "判断不了是哪一家，这一行另立一家待核实的单位"
        )
        return warning(
            "organisation.namesakes",
            f"“{wanted.name}”有 {len(fits)} 家同名单位：{'、'.join(_told(one) for one in fits[:4])}。{fate}。"
            "请核对，最好在表里填上统一社会信用代码。",
            value=wanted.name,
        )


def _told(one: Organisation) -> str:
    """A unit as told from its namesakes: 固镇县 91340323…"""
    place = division(one.division_code) if one.division_code else None
    return " ".join(filter(None, (place.name if place else "所在地未填", one.uscc or "无信用代码")))


@dataclass
class OrganisationBook:
    """Finds and makes organisations for one run, remembering what it has seen. One query a batch, not a row."""

    by_name: dict[_Key, int] = field(default_factory=dict)
    by_uscc: dict[str, int] = field(default_factory=dict)

    def learn(self, wanted: Iterable[Wanted]) -> None:
        """Look up every organisation of a batch and create those that nobody knows. Call inside the transaction."""
        unknown = {_key(w): w for w in wanted if w.name and _key(w) not in self.by_name}
        if not unknown:
            return
        self._look_up(unknown)
        missing = [w for key, w in unknown.items() if key not in self.by_name]
        fresh: dict[str, Organisation] = {}  # one new unit for two names with the same credit code
        for w in missing:
            if w.kind or kind_by_name(w.name):
                fresh.setdefault(w.uscc or w.name, self._new(w))
        made = dict(zip(fresh, Organisation.objects.bulk_create(fresh.values(), batch_size=500), strict=True))
        for organisation in made.values():
            if organisation.uscc:
                self.by_uscc[organisation.uscc] = organisation.pk
        for w in missing:  # 0: a person's name, say, known to be nobody's unit
            new = made.get(w.uscc or w.name)
            self.by_name[_key(w)] = new.pk if new is not None else 0

    def id_of(self, name: str, uscc: str = "", division_code: str = "") -> int | None:
        """The organisation's id, None when the row names none that could be one."""
        known = self.by_uscc.get(uscc) if uscc else None
        return known or self.by_name.get(_key(Wanted(name, uscc, division_code))) or None

    def forget(self) -> None:
        """After a rollback: what was created in it is gone."""
        self.by_name.clear()
        self.by_uscc.clear()

    def _look_up(self, unknown: dict[_Key, Wanted]) -> None:
        usccs = {w.uscc for w in unknown.values() if w.uscc and w.uscc not in self.by_uscc}
        coded = Organisation.objects.filter(uscc__in=usccs).order_by("-merged_into_id", "-pk")
        for organisation in coded.select_related("merged_into"):
            self.by_uscc[organisation.uscc] = in_force(organisation).pk
        bearers = bearers_of({w.name for w in unknown.values()})
        for key, w in unknown.items():
            if w.uscc and w.uscc in self.by_uscc:
                self.by_name[key] = self.by_uscc[w.uscc]
            elif (chosen := the_one(_fits(bearers[w.name], w), w.division_code)) is not None:
                self.by_name[key] = chosen.pk

    @staticmethod
    def _new(w: Wanted) -> Organisation:
        return Organisation(
            name=w.name[:120],
            pinyin="".join(lazy_pinyin(w.name))[:240],
            kind=w.kind or kind_by_name(w.name) or OrganisationKind.OTHER,
            uscc=w.uscc,
            division_code=w.division_code,
            is_sample=w.is_sample,
            source_document=w.source_document,
        )
