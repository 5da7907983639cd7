"""Names on rows become organisations: by credit code, then by the name in force, then by a former name."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q
from pypinyin import lazy_pinyin

from keqiao.people.enums import OrganisationKind
from keqiao.people.models import Organisation, OrganisationName

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


@dataclass
class OrganisationBook:
    """Finds and makes organisations for one run, remembering what it has seen. One query a batch, not a row."""

    by_name: dict[str, int] = field(default_factory=dict)
    by_uscc: dict[str, int] = field(default_factory=dict)

    def learn(self, wanted: Iterable[Wanted]) -> None:
        """Look up every organisation of a batch and create those that nobody knows. Call inside the transaction."""
        unknown = {w.name: w for w in wanted if w.name and w.name not in self.by_name}
        if not unknown:
            return
        self._look_up(unknown)
        missing = [w for w in unknown.values() if w.name not in self.by_name]
        fresh: dict[str, Organisation] = {}  # one new unit for two names with the same credit code
        for w in missing:
            if w.kind or kind_by_name(w.name):
                fresh.setdefault(w.uscc or w.name, self._new(w))
        for organisation in Organisation.objects.bulk_create(fresh.values(), batch_size=500):
            self._remember(organisation)
        for w in missing:  # 0: a person's name, say, known to be nobody's unit
            self.by_name.setdefault(w.name, self.by_uscc.get(w.uscc, 0) if w.uscc else 0)

    def id_of(self, name: str, uscc: str = "") -> int | None:
        """The organisation's id, None when the row names none that could be one."""
        return (self.by_uscc.get(uscc) if uscc else None) or self.by_name.get(name) or None

    def forget(self) -> None:
        """After a rollback: what was created in it is gone."""
        self.by_name.clear()
        self.by_uscc.clear()

    def _look_up(self, unknown: dict[str, Wanted]) -> None:
        usccs = [w.uscc for w in unknown.values() if w.uscc]
        live = Organisation.objects.filter(merged_into=None)
        for organisation in live.filter(Q(name__in=unknown) | Q(uscc__in=usccs)).order_by("-pk"):
            self._remember(organisation)
        for w in unknown.values():
            if w.uscc and w.uscc in self.by_uscc:
                self.by_name.setdefault(w.name, self.by_uscc[w.uscc])
        others = [name for name in unknown if name not in self.by_name]
        former = OrganisationName.objects.filter(name__in=others).select_related("organisation")
        for row in former:
            self.by_name.setdefault(row.name, row.organisation.merged_into_id or row.organisation_id)

    def _remember(self, organisation: Organisation) -> None:
        self.by_name[organisation.name] = organisation.pk
        if organisation.uscc:
            self.by_uscc[organisation.uscc] = organisation.pk

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
