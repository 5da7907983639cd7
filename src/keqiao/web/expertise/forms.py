"""The question and the filters as they stand in the address."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, QueryDict

from keqiao.expertise.choosing import CLEAR
from keqiao.expertise.evidence import Asked
from keqiao.expertise.finder import (
    ACTIVE_WITHIN_YEARS,
    MOST_QUESTION,
    Filters,
    asked_for_record,
    asked_for_text,
)
from keqiao.people.models import Organisation
from keqiao.registry.expert.models import Expert
from keqiao.registry.work.models import Authorship

ASK_KEYS = ("for", "id", "q")
LOADS = (0, 2, 5)


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


class SplitForm(forms.Form):
    """Which works go, and to whom: an existing namesake or a new page."""

    target = forms.ChoiceField(label="移给谁", widget=forms.RadioSelect)
    organisation_name = forms.CharField(
        label="新专家的单位",
        max_length=120,
        required=False,
        help_text="新建一页时填写，写单位全称；已建档的会自动关联。",
    )
    research = forms.CharField(label="新专家的研究方向", max_length=200, required=False)
    reason = forms.CharField(
        label="依据", max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="例如：电话向本人核实，这几项是另一单位同名者的。会记入审计。",
    )  # fmt: skip

    NEW = "new"

    def __init__(
        self, *args: Any, works: Sequence[Authorship], others: Sequence[Expert], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._works = {str(row.work.public_id): row.work_id for row in works}
        self._others = {str(one.public_id): one for one in others}
        self.fields["target"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            *(
                (key, f"{one.title}（{one.organisation_name or '单位不详'}）")
                for key, one in self._others.items()
            ),
            (self.NEW, "新建一位同名专家"),
        ]
        self.fields["target"].initial = self.NEW

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        chosen = self.data.getlist("works") if isinstance(self.data, QueryDict) else []
        data["works"] = [self._works[key] for key in chosen if key in self._works]
        if not data["works"]:
            self.add_error(None, "请至少勾选一项要移走的产出。")
        return data

    def to_split(self) -> dict[str, Any]:
        """Arguments of `split_expert`. Only after is_valid()."""
        data = self.cleaned_data
        split: dict[str, Any] = {"works": data["works"], "reason": data["reason"]}
        if data["target"] != self.NEW:
            return split | {"target": self._others[data["target"]]}
        name = data["organisation_name"].strip()
        unit = Organisation.objects.current().filter(name=name).first() if name else None
        values = {"organisation_name": name, "research": data["research"]}
        return split | {"values": values | ({"organisation": unit} if unit else {})}
