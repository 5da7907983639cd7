"""What each confidentiality tier shows to whom: 某纺织企业 for a masked unit, stars for a contact."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from keqiao.codes import divisions, lists
from keqiao.core.masks import mask_email, mask_name, mask_phone
from keqiao.people.access import Scope
from keqiao.registry.records.enums import Disclosure, TagBy
from keqiao.registry.records.models import Contactable, Record
from keqiao.registry.records.terms import DATA

_PLACE = re.compile(r"^.{2,8}?(?:自治区|自治州|特别行政区|省|市|县|区|旗|盟)")
_LEGAL_FORM = re.compile(r"(?:股份)?有限(?:责任)?公司$|集团$|公司$|合作社$|厂$")
_SHORTEST_NAME = 3  # shorter pieces of a name would black out ordinary words

LEADS_TO_OWNER = frozenset({"team", "people", "patent_numbers", "source_no", "uscc"})
"""Fields of a masked record that nobody but its own may see: each leads to the owner in one search."""


@cache
def _words() -> dict[str, Any]:
    return dict(yaml.safe_load((DATA / "masking.yaml").read_text(encoding="utf-8")))


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact, readable or masked; blank when there is none."""

    name: str = ""
    phone: str = ""
    email: str = ""

    def __bool__(self) -> bool:
        return bool(self.name or self.phone or self.email)


@dataclass(frozen=True, slots=True)
class Shown:
    """A record as one reader may see it.

    texts: (field name in Chinese, text) with the unit's name taken out where the tier asks for it. contact: masked,
    blank for strangers. can_reveal: `reveal_contact` would give this reader the full contact.
    """

    title: str
    organisation_name: str
    texts: tuple[tuple[str, str], ...]
    contact: Contact
    is_masked: bool
    can_reveal: bool


def _unit_kind(record: Record) -> str:
    if record.organisation is not None:
        return str(record.organisation.kind)
    for endings, kind in _words()["name_endings"]:
        if record.organisation_name.endswith(tuple(endings)):
            return str(kind)
    return "other"


def _trade(record: Record) -> str:
    """The short name of the trade: by the industry a person confirmed, by the unit's own name, by machine tags, by field.

    The machine reads the text, and a weaving mill may write about waste water: so its own name goes first.
    """
    words, tags = _words(), record.tags or {}
    industries = tags.get("gbt4754", ())
    confirmed = _of_industry([tag for tag in industries if tag.get("by") == TagBy.PERSON])
    if confirmed:
        return confirmed
    name = record.organisation_name or (record.organisation.name if record.organisation else "")
    for trade in dict.fromkeys((*words["gbt4754"].values(), *words["field11"].values())):
        if trade in name:
            return str(trade)
    if by_machine := _of_industry(industries):
        return by_machine
    return next(
        (
            str(words["field11"][tag["code"]])
            for tag in tags.get("field11", ())
            if tag["code"] in words["field11"]
        ),
        "",
    )


def _of_industry(tags: Iterable[Mapping[str, Any]]) -> str:
    """The short name of the first tag's two-digit industry; "" when none has one."""
    short = _words()["gbt4754"]
    codes = (step.code for tag in tags for step in reversed(lists.path("gbt4754", tag["code"])))
    return next((str(short[code]) for code in codes if code in short), "")


def masked_name(record: Record) -> str:
    """某纺织企业, 某高校: the unit by its kind and, for enterprises, its trade."""
    kind = _unit_kind(record)
    trade = _trade(record) if kind in ("enterprise", "service") else ""
    return f"某{trade}{_words()['kinds'][kind]}"


def _names(record: Record) -> list[str]:
    """Every way the unit may be called in the text, longest first: full name, without place, without legal form."""
    full = {record.organisation_name, record.organisation.name if record.organisation else ""}
    found: set[str] = set()
    for name in filter(None, full):
        short = _LEGAL_FORM.sub("", name)
        # 安徽华昌纺织: a province without its 省 is a place as well
        found |= {name, short, _PLACE.sub("", name), _PLACE.sub("", short), divisions.locate(short).rest}
    return sorted((name for name in found if len(name) >= _SHORTEST_NAME), key=len, reverse=True)


def without_names(record: Record, text: str) -> str:
    """`text` with every way of calling the record's unit replaced by its masked name."""
    stand_in = masked_name(record)
    for name in _names(record):
        text = text.replace(name, stand_in)
    return text


def is_own(record: Record, scope: Scope) -> bool:
    """The record belongs to the reader's unit or area, or he entered it."""
    if scope.is_visitor:
        return False
    mine = record.organisation_id in scope.organisations or record.created_by_id == scope.user_id
    return mine or scope.covers(record.division_code)


def masked_contact(record: Record) -> Contact:
    """The contact in stars."""
    if not isinstance(record, Contactable):
        return Contact()
    return Contact(
        mask_name(record.contact_name), mask_phone(record.contact_phone), mask_email(record.contact_email)
    )


def shown(record: Record, scope: Scope, *, can_reveal: bool = False) -> Shown:
    """What `scope` sees of the record. Does not ask whether he may see it at all: `access.record_for` did."""
    own = is_own(record, scope)
    hide = record.disclosure == Disclosure.MASKED and not own
    if not hide:
        contact = masked_contact(record) if own else Contact()
        return Shown(
            record.title, record.organisation_name, tuple(record.texts()), contact, False, can_reveal
        )
    stand_in = masked_name(record)
    return Shown(
        title=without_names(record, record.title),
        organisation_name=stand_in if record.organisation_name or record.organisation else "",
        texts=tuple((label, without_names(record, text)) for label, text in record.texts()),
        contact=Contact(),
        is_masked=True,
        can_reveal=False,
    )
