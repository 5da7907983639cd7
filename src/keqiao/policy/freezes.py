"""Frozen data: the facts of all firms at a moment, so that a list or a trial can be had again, to the fen."""

import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db import transaction

from keqiao.core.audit import record
from keqiao.firm.facts import rows_of_all
from keqiao.people.models import User
from keqiao.policy.models import FactFreeze


@dataclass(frozen=True, slots=True)
class FrozenFirm:
    """A firm as it was. organisation: id of its unit, None for a firm that no unit stands behind."""

    id: str
    name: str
    division: str
    organisation: int | None
    facts: Mapping[str, Any]


def _packed(value: Any) -> Any:
    """Decimals as {"d": "12.5"}: a float would not come back the same."""
    if isinstance(value, Decimal):
        return {"d": format(value, "f")}
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a fact cannot be frozen: {type(value)}")


def _unpacked(value: dict[str, Any]) -> Any:
    return Decimal(value["d"]) if value.keys() == {"d"} else value


@transaction.atomic
def freeze_facts(*, on: date, by: User | None) -> FactFreeze:
    """Take the facts of all living firms as they are asked on that day; the same data again gives the same freeze."""
    rows = [
        [str(one.public_id), one.title, one.division_code, one.organisation_id, facts]
        for one, facts in rows_of_all(on)
    ]
    text = json.dumps(
        rows, ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=_packed
    ).encode()
    digest = hashlib.sha256(on.isoformat().encode() + text).hexdigest()
    there = FactFreeze.objects.filter(digest=digest).first()
    if there is not None:
        return there
    found = FactFreeze.objects.create(
        on=on, by=by, firm_count=len(rows), digest=digest, packed=gzip.compress(text, 6, mtime=0)
    )
    record("facts.frozen", by=by, target=found, row_count=len(rows))
    return found


@lru_cache(maxsize=4)
def _read(digest: str, packed: bytes) -> tuple[FrozenFirm, ...]:
    rows = json.loads(gzip.decompress(packed), object_hook=_unpacked)
    return tuple(FrozenFirm(*row) for row in rows)


def firms_of(freeze: FactFreeze) -> tuple[FrozenFirm, ...]:
    """The firms of a freeze. Kept in memory for the last few, so that moving a number answers at once."""
    return _read(freeze.digest, bytes(freeze.packed))


def latest_freeze(on: date | None = None) -> FactFreeze | None:
    """The newest one, of that day when a day is given."""
    rows = FactFreeze.objects.defer("packed")
    return (rows.filter(on=on) if on else rows).order_by("-taken_at").first()
