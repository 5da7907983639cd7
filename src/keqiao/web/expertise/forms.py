"""The question and the filters as they stand in the address."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, QueryDict

from keqiao.expertise.evidence import Asked
from keqiao.expertise.finder import (
    ACTIVE_WITHIN_YEARS,
    MOST_QUESTION,
    Filters,
    asked_for_record,
    asked_for_text,
)

ASK_KEYS = ("for", "id", "q")
LOADS = (0, 2, 5)
CLEAR = {"direct": "没有直接关联", "any": "没有任何关联"}


@dataclass(frozen=True, slots=True)
class Choice:
    """What the address says. clear: "", "direct" or "any"."""

    kind: str
    public_id: str
    text: str
    filters: Filters
    clear: str

    @property
    def is_asked(self) -> bool:
        return bool(self.kind or self.text)

    def asked(self, user: Any) -> Asked:
        """The question through its door."""
        if self.kind:
            return asked_for_record(user, self.kind, self.public_id)
        return asked_for_text(user, self.text)


def choice_of(given: QueryDict) -> Choice:
    """Read the address; what cannot be read is left out."""
    division, load = given.get("place", ""), given.get("load", "")
    return Choice(
        kind=given.get("for", "")[:20],
        public_id=_uuid(given.get("id", "")),
        text=given.get("q", "").replace("\0", " ").strip()[:MOST_QUESTION],
        filters=Filters(
            division=division if division.isascii() and division.isdigit() and len(division) <= 12 else "",
            field=given.get("field", "")[:8],
            active_within_years=ACTIVE_WITHIN_YEARS if given.get("active") == "1" else 0,
            most_load=int(load) if load in map(str, LOADS) else None,
        ),
        clear=given.get("clear", "") if given.get("clear") in CLEAR else "",
    )


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        return ""


def address(request: HttpRequest, **changes: str) -> str:
    """This address with some filters changed; "" takes one away."""
    query = request.GET.copy()
    for name, value in changes.items():
        if value:
            query[name] = value
        else:
            query.pop(name, None)
    return f"?{query.urlencode()}"


def ask_query(given: QueryDict) -> str:
    """Only the question, for links and hidden fields."""
    kept = QueryDict(mutable=True)
    for name in ASK_KEYS:
        if value := given.get(name, ""):
            kept[name] = value
    return str(kept.urlencode())
