"""Every part of the interface with realistic content, to look at, to test with axe, to copy from. Served only in debug."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml
from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from keqiao.web.rendering import paginate
from keqiao.web.templatetags.ui import icon_names

SAMPLES = Path(__file__).with_name("styleguide.yaml")


class SampleDemandForm(forms.Form):
    """Stands for any form: each kind of widget once."""

    title = forms.CharField(
        label="需求名称", max_length=60, help_text="一句话说清要解决什么，例如“降低磷酸铁锂正极的铁溶出”。"
    )
    body = forms.CharField(
        label="要解决的问题",
        max_length=2000,
        widget=forms.Textarea,
        help_text="现在怎么做，差在哪里，希望达到什么指标。",
    )
    budget = forms.DecimalField(  # a text field: a number field throws "约二十" away before anyone can see what was wrong
        label="预算", required=False, min_value=0, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    deadline = forms.DateField(label="希望完成的日期", widget=forms.DateInput(attrs={"type": "date"}))
    field = forms.ChoiceField(
        label="技术领域", choices=[("", "请选择"), ("1", "新材料"), ("2", "农业装备"), ("3", "电子信息")]
    )
    modes = forms.MultipleChoiceField(
        label="期望的合作方式",
        choices=[("a", "联合开发"), ("b", "技术转让"), ("c", "专利许可"), ("d", "技术咨询")],
        widget=forms.CheckboxSelectMultiple,
    )
    tier = forms.ChoiceField(
        label="公开范围",
        choices=[
            ("1", "公开，显示企业名称"),
            ("2", "公开，企业名称显示为“某新材料企业”"),
            ("3", "不公开，只由科技局定向匹配"),
        ],
        widget=forms.RadioSelect,
    )
    agree = forms.BooleanField(
        label="内容属实，不含国家秘密和他人商业秘密", help_text="提交后由科技局审核，一般 2 个工作日内答复。"
    )


def _events() -> list[dict[str, Any]]:
    now = timezone.now()
    return [
        {
            "when": now - timedelta(minutes=6),
            "who": "固镇县科技局 李科员",
            "what": "联系了成果方",
            "detail": "电话，对方同意见面，希望先看现场照片。",
        },
        {
            "when": now - timedelta(days=1, hours=2),
            "who": "市科技局 王科员",
            "what": "审核通过，公开发布",
            "tone": "good",
        },
        {"when": now - timedelta(days=2), "who": "某农业装备企业", "what": "修改了预算：80 万元 → 120 万元"},
        {
            "when": now - timedelta(days=9),
            "who": "市科技局 王科员",
            "what": "退回补充",
            "tone": "bad",
            "detail": "缺少技术指标，请写明识别率和采摘速度。",
        },
    ]


def context_for(request: HttpRequest) -> dict[str, Any]:
    """All sample data of the style guide."""
    today = timezone.localdate()
    filled = SampleDemandForm(
        {
            "title": "",
            "body": "需要机器人。",
            "budget": "约二十",
            "deadline": "",
            "tier": "2",
            "modes": ["a"],
        },
        auto_id="bad_%s",
    )
    return {
        "nav": [
            {"label": label, "href": f"#{label}", "current": label == "需求"}
            for label in ("成果", "需求", "专家", "资源", "活动")
        ],
        "form": SampleDemandForm(),
        "bad_form": filled,
        "events": _events(),
        "page": paginate(range(1238), request),
        "soon": today + timedelta(days=39),
        "old_day": date(2024, 3, 12),
        "now": timezone.now(),
        "icons": sorted(icon_names()),
        **yaml.safe_load(SAMPLES.read_text(encoding="utf-8")),
    }


@login_not_required
def styleguide(request: HttpRequest, side: str = "public") -> HttpResponse:
    """The style guide on the public layout, or on the working one with side="desk". 404 outside debug."""
    if not settings.DEBUG:
        raise Http404
    layout = "desk.html" if side == "desk" else "base.html"
    return render(request, "styleguide.html", {"layout": layout, **context_for(request)})
