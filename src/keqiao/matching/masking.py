"""What a reader may know of a record's owner: the name, or 某纺织企业 where the tier is 名称脱敏公开."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from keqiao.codes import divisions, lists
from keqiao.people.access import Scope
from keqiao.people.enums import OrganisationKind
from keqiao.registry.records.enums import Disclosure
from keqiao.registry.records.models import Record

_NOUNS = {
    OrganisationKind.ENTERPRISE: "企业",
    OrganisationKind.UNIVERSITY: "高等院校",
    OrganisationKind.INSTITUTE: "科研机构",
    OrganisationKind.HOSPITAL: "医疗卫生机构",
    OrganisationKind.SERVICE: "服务机构",
    OrganisationKind.DEPARTMENT: "政府部门",
}
_LEGAL_FORM = re.compile(
    r"(股份有限公司|有限责任公司|集团有限公司|有限公司|集团公司|总公司|分公司|公司|集团|专业合作社|合作社)$"
)
_SHORTEST_NAME = 4  # characters: a shorter piece of a name is a common word and stays


@dataclass(frozen=True, slots=True)
class Owner:
    """The owner as this reader may know it. public_id: of the organisation's page, "" when there is none to show."""

    name: str
    is_masked: bool
    public_id: str = ""


def knows_owner(record: Record, scope: Scope) -> bool:
    """Whether the reader works on the record (its officer, its own unit, its author) or the tier hides nothing."""
    if record.disclosure != Disclosure.MASKED or scope.sees_all:
        return True
    if scope.user_id is not None and record.created_by_id == scope.user_id:
        return True
    return record.organisation_id in scope.organisations or scope.covers(record.division_code)


def owner_of(record: Record, scope: Scope) -> Owner:
    """The owner's name, or the masked one. Costs nothing when `organisation` was selected with the record."""
    organisation = record.organisation
    if not knows_owner(record, scope):
        return Owner(masked_name(record), True)
    name = record.organisation_name or (organisation.name if organisation else "")
    return Owner(name, False, str(organisation.public_id) if organisation else "")


def masked_name(record: Record) -> str:
    """某 + the line of business + the kind of unit: 某纺织企业, 某高等院校, 某单位."""
    kind = record.organisation.kind if record.organisation else OrganisationKind.ENTERPRISE
    noun = _NOUNS.get(OrganisationKind(kind), "单位")
    business = _business(record) if noun == "企业" else ""
    return f"某{business}{noun}"


def _business(record: Record) -> str:
    for tag in record.tags.get("gbt4754", ()):
        label = lists.label("gbt4754", str(tag["code"]).lstrip("ABCDEFGHIJKLMNOPQRST")[:2])
        if label and not label.isascii() and len(label) <= 12:
            return label.removesuffix("业")
    for tag in record.tags.get("field11", ()):
        label = lists.label("field11", str(tag["code"]))
        if label and not label.isascii():
            return label.removesuffix("及其应用")
    return ""


def hide_owner(record: Record, text: str) -> str:
    """`text` of a masked record without its owner's name, in full or in short."""
    if record.disclosure != Disclosure.MASKED or not text:
        return text
    organisation = record.organisation
    names = tuple(filter(None, (record.organisation_name, organisation.name if organisation else "")))
    for name in _name_forms(names):
        text = text.replace(name, masked_name(record))
    return text


def shown_texts(record: Record, scope: Scope) -> list[tuple[str, str]]:
    """(Chinese field name, text) of the record as this reader may read it."""
    if knows_owner(record, scope):
        return record.texts()
    return [(label, hide_owner(record, text)) for label, text in record.texts()]


def shown_title(record: Record, scope: Scope) -> str:
    """The title as this reader may read it."""
    return record.title if knows_owner(record, scope) else hide_owner(record, record.title)


@lru_cache(maxsize=4096)
def _name_forms(names: Iterable[str]) -> tuple[str, ...]:
    """安徽华昌纺织有限公司 -> itself, 安徽华昌纺织, 华昌纺织; longest first."""
    forms: set[str] = set()
    for name in names:
        short = _LEGAL_FORM.sub("", name)
        bare = divisions.locate(short).rest
        forms |= {name, *(form for form in (short, bare) if len(form) >= _SHORTEST_NAME)}
    return tuple(sorted(forms, key=len, reverse=True))
