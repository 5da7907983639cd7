"""政策自测 for anybody: ten questions on a phone, answers for several rungs at once; nothing is kept, the address holds it all."""

from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from keqiao.firm.access import own_firm
from keqiao.firm.facts import data_year, facts_of
from keqiao.ladder.distances import advices
from keqiao.ladder.selftest import CLEAN, HONOURS, answers_of, facts_from
from keqiao.web.ladder.present import shown_advice

_CLEAN = [("yes", "都是"), ("no", "不都是"), ("unsure", "说不准")]
# Rungs whose questions this short form answers well
_BOOKS = ("tech_sme", "innovative_sme", "hnte_nursery", "hnte", "eagle", "gazelle")


def _number(
    label: str, *, required: bool = True, whole: bool = False, most: int = 10_000_000, help_text: str = ""
) -> forms.Field:
    attrs = {"inputmode": "numeric" if whole else "decimal", "autocomplete": "off"}
    if whole:
        return forms.IntegerField(
            label=label,
            required=required,
            min_value=0,
            max_value=most,
            help_text=help_text,
            widget=forms.TextInput(attrs=attrs),
        )
    return forms.DecimalField(
        label=label, required=required, min_value=Decimal(0), max_value=most, decimal_places=4, max_digits=16,
        help_text=help_text, widget=forms.TextInput(attrs=attrs),
    )  # fmt: skip


class SelfTestForm(forms.Form):
    """Ten questions; the years before are optional. All by GET, so that the address is the answer sheet."""

    founded_on = forms.DateField(
        label="成立日期",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="营业执照上的日期，大致即可",
    )
    staff = _number("职工总数", whole=True, most=1_000_000)
    tech_staff = _number(
        "其中科技人员", whole=True, most=1_000_000, help_text="直接从事研发和相关技术创新，全年累计满 183 天"
    )
    sales = _number("销售收入")
    rd = _number("研发费用", help_text="按加计扣除口径，大致即可")
    assets = _number("资产总额", required=False)
    liabilities = _number("负债总额", required=False)
    hightech = _number("高新技术产品（服务）收入占总收入", required=False, most=100, help_text="大致的百分比")
    ip1 = _number(
        "Ⅰ类知识产权",
        whole=True,
        most=10_000,
        help_text="发明专利、植物新品种、集成电路布图设计等，已授权且有效",
    )
    ip2 = _number(
        "Ⅱ类知识产权", whole=True, most=10_000, help_text="实用新型、外观设计、软件著作权；商标不算"
    )
    conversions = _number(
        "近三年科技成果转化",
        required=False,
        whole=True,
        most=1000,
        help_text="技术变成产品、服务、样机的项数，三年合计",
    )
    honours = forms.MultipleChoiceField(
        label="已有的称号和荣誉",
        choices=HONOURS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="没有就不选",
    )
    sound = forms.ChoiceField(label="以下各条是不是都符合", choices=_CLEAN, widget=forms.RadioSelect)
    sales_1 = _number("前一年", required=False)
    rd_1 = _number("前一年", required=False)
    sales_2 = _number("再前一年", required=False)
    rd_2 = _number("再前一年", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        year = data_year(timezone.localdate())
        for back, end in enumerate(("", "_1", "_2")):
            self.fields[f"sales{end}"].label = f"{year - back} 年销售收入"
            self.fields[f"rd{end}"].label = f"{year - back} 年研发费用"
            if back:
                self.fields[f"sales{end}"].help_text = (
                    "没有或不清楚可以不填，高企要看三年" if back == 1 else ""
                )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        staff, tech = data.get("staff"), data.get("tech_staff")
        if staff is not None and tech is not None and tech > staff:
            self.add_error("tech_staff", f"科技人员 {tech} 人多于职工总数 {staff} 人，请核对。")
        founded = data.get("founded_on")
        if founded and founded > timezone.localdate():
            self.add_error("founded_on", f"成立日期 {founded} 还没有到，请核对。")
        return data

    def questions(self, year: int) -> list[dict[str, Any]]:
        """The ten, each with its fields and units."""
        rows = (
            ("什么时候成立？", (("founded_on", ""),)),
            (f"{year} 年末有多少人？", (("staff", "人"), ("tech_staff", "人"))),
            ("这三年卖了多少？", (("sales", "万元"), ("sales_1", "万元"), ("sales_2", "万元"))),
            ("这三年研发花了多少？", (("rd", "万元"), ("rd_1", "万元"), ("rd_2", "万元"))),
            (f"{year} 年末家底有多大？", (("assets", "万元"), ("liabilities", "万元"))),
            ("高新技术产品占多大比重？", (("hightech", "%"),)),
            ("有多少知识产权？", (("ip1", "件"), ("ip2", "件"))),
            ("成果转化过几项？", (("conversions", "项"),)),
            ("已经有哪些？", (("honours", ""),)),
            ("最后确认", (("sound", ""),)),
        )  # fmt: skip
        return [
            {"number": at, "title": title, "fields": [(self[name], unit) for name, unit in fields]}
            for at, (title, fields) in enumerate(rows, start=1)
        ]


@login_not_required
@require_GET
def self_test(request: HttpRequest) -> HttpResponse:
    """The form; with answers in the address, the results. Signed in as a firm, it starts from the firm's own data."""
    today = timezone.localdate()
    year = data_year(today)
    asked = "sales" in request.GET
    firm = own_firm(request.user) if request.user.is_authenticated else None
    results: list[dict[str, Any]] = []
    if asked:
        form = SelfTestForm(request.GET)
        if form.is_valid():
            facts = facts_from(form.cleaned_data, region=settings.KEQIAO_HOME_DIVISION)
            results = [shown_advice(rung, advice) for rung, advice in advices(facts, today, _BOOKS)]
    else:
        form = SelfTestForm(initial=answers_of(facts_of(firm, today)) if firm is not None else None)
    context = {
        "form": form, "questions": form.questions(year), "year": year, "results": results, "firm": firm, "clean_lines": CLEAN,
        "address": request.build_absolute_uri() if results else "",
        "edit": f"{request.path}?{request.GET.urlencode()}#questions" if asked else "",
        "best": next((one for one in results if one["is_there"]), None),
        "today": today,
    }  # fmt: skip
    return render(
        request, "ladder/selftest.html", context, status=422 if asked and not form.is_valid() else 200
    )
