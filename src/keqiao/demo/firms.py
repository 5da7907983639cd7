"""1,300 示例 firms with ten years of data into the database, in a few statements."""

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from stdnum.cn import uscc

from keqiao.core.audit import record
from keqiao.core.bulk import insert_rows
from keqiao.core.numbers import next_numbers
from keqiao.demo.firm_lives import FIELDS, FIRST, LAST, SEED, TEMPERS, Life, live, lives
from keqiao.firm.enums import CLASS_OF, FigureSource, RightKind
from keqiao.firm.models import FirmFact, Residence, Right, Title, YearFigure
from keqiao.people.enums import OrganisationKind
from keqiao.people.models import Organisation
from keqiao.people.organisations import pinyin_of
from keqiao.registry.enterprise.models import Enterprise
from keqiao.registry.records.changes import mark_many_changed
from keqiao.registry.records.enums import Disclosure, Status
from keqiao.rules.facts import FACTS

DOCUMENT = "示例企业（程序按种子生成）"
_NOTE = "示例数据，由程序生成"
_LABELS = {
    "hnte": "high_tech", "tech_sme": "tech_sme", "srdi": "specialised", "giant": "little_giant",
    "innovative_sme": "innovative_sme", "gazelle": "gazelle",
}  # fmt: skip
_UNITS = {name: fact.unit for name, fact in FACTS.items()}


@transaction.atomic
def set_firms(count: int | None = None) -> int:
    """Make them once, and give the demo's own sample firms ten years too. Returns how many firms got a file; 0: there were."""
    if Enterprise.objects.filter(source_document=DOCUMENT).exists():
        return 0
    made = list(lives() if count is None else lives(count))
    firms = _enterprises(made, _organisations(made))
    known = [*zip(firms, made, strict=True), *_own_samples()]
    _files(known)
    mark_many_changed("enterprise", firms)
    record("demo.firms_made", row_count=len(known), reason=f"种子 {SEED}")
    return len(known)


def _organisations(made: Sequence[Life]) -> list[int]:
    """Their units; primary keys in order."""
    chance = random.Random(SEED)
    ids = [_uuid(chance) for _ in made]
    now = timezone.now()
    rows = (
        (key, life.name, pinyin_of(life.name[3:]), _code(life), _division(life))
        for key, life in zip(ids, made, strict=True)
    )
    insert_rows(Organisation, ("public_id", "name", "pinyin", "uscc", "division_code"), rows, same={
        "kind": OrganisationKind.ENTERPRISE.value, "uscc_warning": "", "intro": "", "website": "", "is_verified": True,
        "is_sample": True, "source_document": DOCUMENT, "source_note": "", "version": 1, "created_at": now, "updated_at": now,
    })  # fmt: skip
    keys = dict(Organisation.objects.filter(source_document=DOCUMENT).values_list("public_id", "pk"))
    return [keys[key] for key in ids]


def _uuid(chance: random.Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)


def _code(life: Life) -> str:
    return life.uscc_body + str(uscc.calc_check_digit(life.uscc_body))


def _division(life: Life) -> str:
    return life.county + "000000"


def _enterprises(made: Sequence[Life], organisations: Sequence[int]) -> list[int]:
    chance = random.Random(SEED + 1)
    ids = [_uuid(chance) for _ in made]
    now, year = timezone.now(), timezone.localdate().year
    numbers = next_numbers("企业", year, len(made))
    columns = (
        "public_id", "number", "title", "status", "division_code", "organisation_id", "organisation_name", "tags", "uscc",
        "founded_on", "labels", "products",
    )  # fmt: skip
    rows = (
        (key, number, life.name, _status(life), _division(life), unit, life.name,
         {"field11": [_tag(life.field)], "gbt4754": [_tag(life.industry)]}, _code(life), life.founded_on, _labels(life),
         life.products)
        for key, number, life, unit in zip(ids, numbers, made, organisations, strict=True)
    )  # fmt: skip
    insert_rows(Enterprise, columns, rows, same={
        "disclosure": Disclosure.CLOSED.value, "keywords": [], "year": year, "remark": "", "is_sample": True, "source_no": "",
        "source_document": DOCUMENT, "source_note": _NOTE, "content_hash": "", "version": 1, "created_at": now,
        "updated_at": now, "published_at": now, "contact_name": "", "contact_phone": "", "contact_email": "", "intro": "",
        "legal_representative": "", "address": "",
    })  # fmt: skip
    keys = dict(Enterprise.objects.filter(source_document=DOCUMENT).values_list("public_id", "pk"))
    return [keys[key] for key in ids]


def _tag(code: str) -> dict[str, Any]:
    return {"code": code, "by": "person", "score": 1}


def _status(life: Life) -> str:
    return Status.ARCHIVED.value if life.closed_on else Status.PUBLISHED.value


def _labels(life: Life) -> list[str]:
    today = timezone.localdate()
    return sorted(
        {
            _LABELS[one.kind]
            for one in life.titles
            if one.kind in _LABELS and (one.expires_on is None or one.expires_on >= today)
        }
    )


def _own_samples() -> Iterator[tuple[int, Life]]:
    """Ten years for the 示例 firms of the demo's files, so that the demo's clerk finds his own firm alive."""
    chance = random.Random(SEED + 2)
    learned = next(one for one in TEMPERS if one.key == "learned")
    rows = Enterprise.objects.filter(is_sample=True, founded_on__isnull=False).exclude(
        source_document=DOCUMENT
    )
    for number, row in enumerate(rows.order_by("pk")):
        trade = FIELDS[3][2][2]
        body = f"91{row.division_code[:6]}DEM2{number:05d}"
        founded = row.founded_on or date(2015, 1, 1)
        life = Life(
            row.title,
            row.division_code[:6],
            "05",
            trade[1],
            row.products or trade[2],
            founded,
            learned.key,
            body,
        )
        live(life, chance)
        life.closed_on, life.moved = None, None
        yield row.pk, life


def _files(known: Sequence[tuple[int, Life]]) -> None:
    for year in range(FIRST, LAST + 1):
        rows = (
            (firm, name, Decimal(repr(value)), _UNITS[name])
            for firm, life in known
            for name, value in life.figures.get(year, {}).items()
        )
        columns = ("enterprise_id", "name", "value", "unit")
        insert_rows(YearFigure, columns, rows, same={"year": year, "reason": ""} | _said(year + 1))
    rows_of_facts = (
        (firm, name, year, value) for firm, life in known for (name, year), value in life.facts.items()
    )
    insert_rows(FirmFact, ("enterprise_id", "name", "year", "value"), rows_of_facts, same=_said(LAST + 1))
    chance = random.Random(SEED + 3)
    columns_of_titles = ("public_id", "enterprise_id", "kind", "number", "issued_on", "expires_on", "seen_on")
    titles = (
        (_uuid(chance), firm, one.kind, one.number, one.issued_on, one.expires_on, one.issued_on)
        for firm, life in known
        for one in life.titles
    )
    said = _said(LAST + 1)
    del said["seen_on"]
    insert_rows(Title, columns_of_titles, titles, same=said | {"revoke_reason": ""})
    columns_of_rights = (
        "public_id", "enterprise_id", "kind", "right_class", "number", "title", "acquired_by", "is_applied", "granted_on",
        "expires_on", "used_in",
    )  # fmt: skip
    rights = (
        (_uuid(chance), firm, one.kind, CLASS_OF[RightKind(one.kind)].value, one.number, one.title, one.acquired_by,
         one.is_applied, one.granted_on, one.expires_on, one.used_in)
        for firm, life in known for one in life.rights
    )  # fmt: skip
    insert_rows(Right, columns_of_rights, rights, same=_said(LAST + 1) | {"owner_rank": 1})
    insert_rows(Residence, ("enterprise_id", "division_code", "since", "until", "note"), _residences(known))


def _said(year: int) -> dict[str, Any]:
    """Source and date of what is told in March of that year."""
    return {
        "source": FigureSource.SAMPLE.value, "source_note": _NOTE, "seen_on": date(year, 3, 15),
        "entered_at": datetime(year, 3, 15, 2, tzinfo=UTC),
    }  # fmt: skip


def _residences(known: Iterable[tuple[int, Life]]) -> Iterator[tuple[int, str, date, date | None, str]]:
    for firm, life in known:
        if life.moved is not None:
            before, day = life.moved
            yield firm, before + "000000", life.founded_on, day, ""
            yield firm, _division(life), day, None, "迁入（示例）"
        elif life.closed_on is not None:
            yield firm, _division(life), life.founded_on, life.closed_on, "注销（示例）"
