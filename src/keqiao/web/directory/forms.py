"""The choice of what goes into a directory."""

from datetime import date

from django import forms
from django.conf import settings
from django.utils import timezone

from keqiao.codes import divisions, lists
from keqiao.directory.compose import MOST_MATCHES, ORDERS, SIDES, Criteria


def _places() -> list[tuple[str, str]]:
    home = settings.KEQIAO_HOME_DIVISION[:4]
    if len(home) == 4:
        rows = divisions.children(home)
        return [("", "全市"), *((divisions.prefix_of(row.code), row.name) for row in rows)]
    return [("", "全部"), *((divisions.prefix_of(row.code), row.name) for row in divisions.children(""))]


class ComposeForm(forms.Form):
    """Parses the choice; what it finds is a Criteria."""

    title = forms.CharField(label="清单标题", max_length=120)
    side = forms.ChoiceField(label="列什么", choices=list(SIDES.items()), widget=forms.RadioSelect)
    division = forms.ChoiceField(label="县区", required=False)
    fields_chosen = forms.MultipleChoiceField(
        label="技术领域",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="一个都不选就是全部领域。",
    )
    since = forms.DateField(
        label="发布日期从", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label="到", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    order = forms.ChoiceField(label="排列", choices=list(ORDERS.items()))
    top = forms.TypedChoiceField(
        label="每项需求列出匹配成果",
        coerce=int,
        choices=[(n, f"前 {n} 项" if n else "不列") for n in range(MOST_MATCHES + 1)],
    )
    only_open = forms.BooleanField(label="只列有效期内的", required=False)
    with_samples = forms.BooleanField(
        label="包含标明“示例”的条目", required=False, help_text="正式印发时不要勾选。"
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own arguments, passed on
        self.fields["division"].choices = _places()  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["fields_chosen"].choices = lists.choices("field11")  # type: ignore[attr-defined]

    def to_criteria(self) -> Criteria:
        """The choice as the room takes it. Only after is_valid()."""
        data = self.cleaned_data
        return Criteria(
            title=data["title"],
            side=data["side"],
            division=data["division"],
            fields=tuple(data["fields_chosen"]),
            since=data["since"],
            until=data["until"],
            only_open=data["only_open"],
            with_samples=data["with_samples"],
            order=data["order"],
            top=data["top"],
        )


def first_choice(today: date | None = None) -> dict[str, object]:
    """What the form says before anybody has chosen."""
    year = (today or timezone.localdate()).year
    return {
        "title": f"{year}年技术需求与科技成果双向清单",
        "side": "both",
        "order": "number",
        "top": 3,
        "only_open": True,
        "with_samples": settings.KEQIAO_DEMO,
    }


def choice_of(criteria: Criteria) -> list[tuple[str, str]]:
    """The criteria as fields of the form, to be sent again as they were previewed."""
    pairs = [
        ("title", criteria.title),
        ("side", criteria.side),
        ("division", criteria.division),
        *(("fields_chosen", code) for code in criteria.fields),
        ("since", criteria.since.isoformat() if criteria.since else ""),
        ("until", criteria.until.isoformat() if criteria.until else ""),
        ("order", criteria.order),
        ("top", str(criteria.top)),
        ("only_open", "on" if criteria.only_open else ""),
        ("with_samples", "on" if criteria.with_samples else ""),
    ]
    return [(name, value) for name, value in pairs if value]
