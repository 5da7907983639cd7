"""Which facets each registry is filtered by: their codes on the record and their labels on the page."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from keqiao.codes import divisions, lists
from keqiao.people.enums import OrganisationKind
from keqiao.registry.records.enums import Disclosure, Status
from keqiao.registry.records.models import Record
from keqiao.registry.work.models import WorkType

Codes = Callable[[Record], Iterable[str]]
Label = Callable[[str], str]
_IPC = re.compile(r"[A-H]\d\d[A-Z]?")
_PLACE_LENGTHS = (2, 4, 6)
_DIVISION = re.compile(r"(?:[0-9]{2}){1,3}|[0-9]{9}|[0-9]{12}")


@dataclass(frozen=True, slots=True)
class Facet:
    """One group of filters. codes: of a record; label: of a code. is_for_staff: not shown to the public."""

    key: str
    name: str
    codes: Codes
    label: Label
    is_for_staff: bool = False


def _tags(record: Record, key: str) -> list[str]:
    return [str(tag["code"]) for tag in record.tags.get(key, ()) if tag.get("code")]


def _from_tags(key: str) -> Codes:
    return lambda record: _tags(record, key)


def _from_field(name: str) -> Codes:
    """A column with one code, or a list of codes."""

    def codes(record: Record) -> Iterable[str]:
        value = getattr(record, name)
        return [str(one) for one in value] if isinstance(value, list) else [str(value or "")]

    return codes


def _hitech(record: Record) -> list[str]:
    return [code.partition(".")[0] for code in _tags(record, "hitech")]


def industry_codes(record: Record) -> list[str]:
    """GB/T 4754 digits of the record, without a section letter in front."""
    return [code.lstrip("ABCDEFGHIJKLMNOPQRST") for code in _tags(record, "gbt4754")]


def _sections(record: Record) -> list[str]:
    return [lists.section_letter(code) for code in industry_codes(record)]


def _industries(record: Record) -> list[str]:
    return [code[:2] for code in industry_codes(record)]


def ipc_codes(record: Record) -> list[str]:
    """IPC symbols of the record, upper case without blanks."""
    found = [*(getattr(record, "ipc", None) or ()), *_tags(record, "ipc")]
    return list(dict.fromkeys("".join(str(code).split()).upper() for code in found if code))


def _ipc(length: int, record: Record) -> list[str]:
    return [code[:length] for code in ipc_codes(record) if _IPC.match(code)]


def _places(record: Record) -> list[str]:
    """Province, city and county; 市辖区 and other zero-filled tails give only what they say."""
    code = record.division_code
    return [
        code[:length]
        for length in _PLACE_LENGTHS
        if len(code) >= length and code[length - 2 : length] != "00"
    ]


def _years(record: Record) -> list[str]:
    return [str(year)] if (year := year_of(record)) else []


def year_of(record: Record) -> int | None:
    """The record's year, or that of its own date."""
    for name in ("done_on", "completed_on", "starts_on"):
        if day := getattr(record, name, None):
            return int(day.year)
    return record.year


def _unit_kind(record: Record) -> list[str]:
    return [record.organisation.kind] if record.organisation else []


def _sources(record: Record) -> list[str]:
    """The document that the record names, otherwise the file that it was loaded from."""
    return [record.source_document or (record.origin.file_name if record.origin else "")]


def _owner_id(record: Record) -> list[str]:
    hidden = record.disclosure == Disclosure.MASKED or record.organisation_id is None
    return [] if hidden else [str(record.organisation_id)]


def _place_label(code: str) -> str:
    """A chosen place comes from an address, so it may be anything."""
    row = divisions.division(code) if _DIVISION.fullmatch(code) else None
    return row.name if row else code


def _ipc_label(code: str) -> str:
    name = re.split(r"[（；;]", lists.label("ipc", code))[0]
    return code if name == code else f"{code} {name}"


def _choice(choices: type[Status] | type[WorkType] | type[OrganisationKind], code: str) -> str:
    return str(choices(code).label) if code in choices.values else code


def _listed(list_key: str) -> Label:
    return partial(lists.label, list_key)


def _from_list(key: str, name: str, field: str, list_key: str) -> Facet:
    return Facet(key, name, _from_field(field), _listed(list_key))


FIELD = Facet("field11", "技术领域", _from_tags("field11"), _listed("field11"))
HITECH = Facet("hitech", "高新技术领域", _hitech, _listed("hitech"))
SECTION = Facet("section", "行业门类", _sections, _listed("gbt4754"))
INDUSTRY = Facet("industry", "行业大类", _industries, _listed("gbt4754"))
IPC_SECTION = Facet("ipc1", "专利分类（部）", partial(_ipc, 1), _ipc_label)
IPC_CLASS = Facet("ipc3", "专利分类（大类）", partial(_ipc, 3), _ipc_label)
PLACE = Facet("place", "所在地", _places, _place_label)
YEAR = Facet("year", "年度", _years, lambda code: f"{code} 年")
UNIT_KIND = Facet("unit", "单位类型", _unit_kind, partial(_choice, OrganisationKind))
SAMPLE = Facet(
    "sample", "示例", lambda r: ["1" if r.is_sample else "0"], lambda c: "示例" if c == "1" else "非示例"
)
STATUS = Facet("status", "状态", lambda r: [r.status], partial(_choice, Status), is_for_staff=True)
OWNER = Facet("owner", "单位", _owner_id, lambda code: code)  # chosen by address only, never listed
SOURCE = Facet("source", "来源文件", _sources, lambda code: code, is_for_staff=True)
DESK_FACETS = (SOURCE,)
"""Offered where records are worked on, nowhere else."""

FACETS: Mapping[str, tuple[Facet, ...]] = {
    "demand": (
        FIELD,
        _from_list("demand_type", "需求类型", "demand_type", "demand_kind"),
        _from_list("mode", "期望合作方式", "cooperation_modes", "cooperation_way"),
        PLACE, SECTION, HITECH, YEAR,
        _from_list("urgency", "紧迫程度", "urgency", "urgency"),
    ),
    "achievement": (
        FIELD,
        _from_list("stage", "成熟度", "market_stage", "maturity_market"),
        _from_list("mode", "转化方式", "transfer_modes", "transfer_mode"),
        _from_list("price", "价格方式", "price_basis", "price_way"),
        PLACE, UNIT_KIND, HITECH, SECTION, IPC_CLASS, YEAR,
    ),
    "expert": (FIELD, UNIT_KIND, PLACE, HITECH),
    "enterprise": (_from_list("label", "企业标签", "labels", "enterprise_label"), SECTION, INDUSTRY, FIELD, PLACE),
    "work": (
        Facet("work_type", "产出类型", _from_field("work_type"), partial(_choice, WorkType)),
        FIELD, IPC_SECTION, IPC_CLASS, PLACE, UNIT_KIND, YEAR,
    ),
    "resource": (
        _from_list("category", "资源类别", "category", "resource_kind"),
        _from_list("grade", "级别", "grade", "resource_level"),
        FIELD, PLACE, YEAR,
    ),
    "event": (_from_list("category", "活动类别", "category", "event_kind"), PLACE, YEAR),
}  # fmt: skip


def facets_of(kind: str) -> tuple[Facet, ...]:
    """Every facet of the kind's index that a reader may choose, in the page's order; staff's last."""
    return (*FACETS[kind], SAMPLE, STATUS, OWNER)
