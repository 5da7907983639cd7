"""Brokers and their year; the days of the ladder."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.deal.brokers import broker_for, broker_lines, file_broker, year_of, years_of
from keqiao.deal.models import ReminderLadder
from keqiao.deal.reminders import ladder_lines, set_ladder
from keqiao.deal.rules import ladder_on, standard_days
from keqiao.people.access import scope_of
from keqiao.people.enums import OFFICERS, Role
from keqiao.people.models import User
from keqiao.web.deal.forms import date_field
from keqiao.web.desk.forms import county_choices
from keqiao.web.market.present import place_name
from keqiao.web.people.signin import me


class FilingForm(forms.Form):
    """A broker's filing."""

    is_agency = forms.BooleanField(label="机构（不是个人）", required=False)
    certificate = forms.CharField(label="证书编号", required=False, max_length=60)
    issuer = forms.CharField(label="发证单位", required=False, max_length=120)
    certified_on = date_field("发证日期", required=False)
    filed_on = date_field("备案日期", required=False, help_text="奖励只计备案以后签的合同。")
    filed_at = forms.CharField(label="备案单位", required=False, max_length=120)


class LadderForm(forms.Form):
    """New days for an area."""

    division_prefix = forms.ChoiceField(label="地区", required=False)
    days = forms.CharField(
        label="第几天提醒",
        max_length=60,
        required=False,
        help_text="例如 3、9、21、45；最后一天是如实告知的日子。",
    )
    since = date_field("自哪天起")

    def __init__(self, *args: object, places: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        self.fields["division_prefix"].choices = places  # type: ignore[attr-defined]  # a choice field by construction


@require_GET
def broker_list(request: HttpRequest) -> HttpResponse:
    """Every broker for officers and auditors; a broker is sent to his own year."""
    user = me(request)
    if not scope_of(user).roles & (OFFICERS | {Role.AUDITOR}):
        if Role.BROKER in user.roles:
            return redirect("deal:broker-year", pk=user.pk, year=timezone.localdate().year)
        raise NotFound("技术经理人")
    context = {
        "lines": broker_lines(timezone.localdate()),
        "year": timezone.localdate().year,
        "crumbs": [{"label": "工作台", "href": reverse("desk:inbox")}, {"label": "技术经理人"}],
    }
    return render(request, "deal/broker_list.html", context)


@require_GET
def broker_year(request: HttpRequest, pk: int, year: int) -> HttpResponse:
    """One broker's year with its evidence."""
    return _year_page(request, broker_for(me(request), pk), year)


def _year_page(
    request: HttpRequest, broker: User, year: int, form: FilingForm | None = None, status: int = 200
) -> HttpResponse:
    if not 2000 <= year <= timezone.localdate().year:
        raise NotFound("年度", year)
    found = year_of(broker, year)
    officer = bool(scope_of(request.user).roles & OFFICERS)
    filing = found.filing
    if form is None and officer:
        names = FilingForm.base_fields
        form = FilingForm(initial={name: getattr(filing, name) for name in names} if filing else None)
    context = {
        "found": found,
        "form": form,
        "tabs": [
            {
                "label": f"{one} 年",
                "href": reverse("deal:broker-year", args=[broker.pk, one]),
                "current": one == year,
            }
            for one in years_of(broker)
        ],
        "stats": [
            {"label": "参与事项", "value": found.cases, "unit": "件"},
            {"label": "办理记录", "value": len(found.steps), "unit": "条"},
            {"label": "推进阶段", "value": found.moved_on, "unit": "次"},
            {"label": "促成合同", "value": len(found.deals), "unit": "份"},
        ],
        "crumbs": [
            {"label": "工作台", "href": reverse("desk:inbox")},
            {"label": "技术经理人", "href": reverse("deal:broker-list")},
            {"label": f"{broker} {year} 年"},
        ],
    }
    return render(request, "deal/broker_year.html", context, status=status)


@require_POST
def broker_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a broker on file, or correct it."""
    user = me(request)
    broker, year = broker_for(user, pk), timezone.localdate().year
    form = FilingForm(request.POST)
    if not form.is_valid():
        return _year_page(request, broker, year, form, 422)
    try:
        file_broker(broker=broker, by=user, values=form.cleaned_data)
    except BadInput as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return _year_page(request, broker, year, form, 422)
    messages.success(request, f"{broker} 的备案已保存。")
    return redirect("deal:broker-year", pk=pk, year=year)


def _places(user: User) -> list[tuple[str, str]]:
    """The areas that this officer sets days for."""
    prefixes = [grant.division_prefix for grant in user.current_grants if grant.role in OFFICERS]
    counties = [(code[:6], name) for code, name in county_choices()[1:]]
    found = [("", "全市")] if "" in prefixes else []
    found += [(code, name) for code, name in counties if any(code.startswith(prefix) for prefix in prefixes)]
    known = {code for code, _ in found}
    return found + [
        (one, place_name(one.ljust(12, "0")) or one) for one in prefixes if one and one not in known
    ]


@require_http_methods(["GET", "POST"])
def ladder(request: HttpRequest) -> HttpResponse:
    """The days that hold now, and a form for new ones."""
    user = me(request)
    places = _places(user)
    if not places:
        raise NotAllowed("提醒天数由县区和市科技局人员设定。", code="ladder.role")
    today = timezone.localdate()
    form = LadderForm(
        request.POST if request.method == "POST" else None,
        places=places,
        initial={"since": today, "days": "3、9、21、45"},
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                line = set_ladder(
                    division_prefix=data["division_prefix"],
                    days_text=data["days"],
                    since=data["since"],
                    by=user,
                )
            except (BadInput, NotAllowed) as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
            else:
                messages.success(
                    request, f"自 {line.since} 起联系的对接方，按第 {'、'.join(map(str, line.days))} 天提醒。"
                )
                return redirect("deal:ladder")
    lines = ladder_lines()
    context = {
        "form": form,
        "now": [
            (name, _words(ladder_on(lines, code.ljust(12, "0") if code else "", today)))
            for code, name in places
        ],
        "standard": _words(standard_days()),
        "lines": [
            (one, place_name(one.division_prefix.ljust(12, "0")) if one.division_prefix else "全市")
            for one in ReminderLadder.objects.select_related("set_by")[:50]
        ],
        "crumbs": [{"label": "工作台", "href": reverse("desk:inbox")}, {"label": "提醒天数"}],
    }
    return render(request, "deal/ladder.html", context, status=status)


def _words(days: tuple[int, ...]) -> str:
    return "、".join(map(str, days))
