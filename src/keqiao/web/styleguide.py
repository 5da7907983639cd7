"""Every part of the interface with realistic content, to look at, to test with axe, to copy from. Served only in debug."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from keqiao.web.rendering import paginate
from keqiao.web.templatetags.ui import icon_names


class SampleDemandForm(forms.Form):
    """Stands for any form: each kind of widget once."""

    title = forms.CharField(label="需求名称", max_length=60, help_text="一句话说清要解决什么，例如“降低磷酸铁锂正极的铁溶出”。")
    body = forms.CharField(label="要解决的问题", max_length=2000, widget=forms.Textarea, help_text="现在怎么做，差在哪里，希望达到什么指标。")
    budget = forms.DecimalField(label="预算", required=False, min_value=0)
    deadline = forms.DateField(label="希望完成的日期", widget=forms.DateInput(attrs={"type": "date"}))
    field = forms.ChoiceField(label="技术领域", choices=[("", "请选择"), ("1", "新材料"), ("2", "农业装备"), ("3", "电子信息")])
    modes = forms.MultipleChoiceField(
        label="期望的合作方式",
        choices=[("a", "联合开发"), ("b", "技术转让"), ("c", "专利许可"), ("d", "技术咨询")],
        widget=forms.CheckboxSelectMultiple,
    )
    tier = forms.ChoiceField(
        label="公开范围",
        choices=[("1", "公开，显示企业名称"), ("2", "公开，企业名称显示为“某新材料企业”"), ("3", "不公开，只由科技局定向匹配")],
        widget=forms.RadioSelect,
    )
    agree = forms.BooleanField(label="内容属实，不含国家秘密和他人商业秘密", help_text="提交后由科技局审核，一般 2 个工作日内答复。")


DEMAND = [("要求在", False), ("枝叶遮挡", "rel"), ("下", False), ("识别", True), ("率不低于 95%，", False), ("单果采摘", True), ("不超过 6 秒，", False), ("损伤率", True), ("低于 3%", False)]
ACHIEVEMENT = [("双目相机对", False), ("重叠、遮挡", "rel"), ("果实进行", False), ("识别", True), ("与定位，", False), ("单果采摘", True), ("用时 5.2 秒，果实", False), ("损伤率", True), (" 2.1%", False)]

MATCHES: list[dict[str, Any]] = [
    {
        "href": "#m1", "title": "一种基于双目视觉的番茄采摘机械手及其控制方法", "grade": "强相关", "grade_tone": "green",
        "grade_note": "同类判断中 10 次有 8 次成交意向", "meta": ["某农业大学", "发明专利，有效", "可许可、可联合开发"],
        "chips": [{"text": "中试", "tone": "green"}],
        "pairs": [{"left_from": "需求", "left": DEMAND, "right_from": "成果摘要第 3 句", "right": ACHIEVEMENT}],
        "reasons": ["术语一致：识别、单果采摘、损伤率", "相近：枝叶遮挡 ≈ 重叠遮挡（同义词）", "同一 IPC 组 A01D 46/30"],
        "against": ["行距 1.2 米未见说明"],
        "parts": [{"label": "词语相同", "share": 62, "value": "0.41"}, {"label": "意思相近", "share": 30, "value": "0.20"}, {"label": "领域一致", "share": 18, "value": "0.12"}],
        "note": "三项相加为 0.73，越接近 1 越相关。", "actions": [{"label": "申请对接", "href": "#apply", "kind": "primary", "icon": "handshake"}, {"label": "收藏", "href": "#keep", "icon": "bookmark"}, {"label": "不合适，说明原因", "href": "#why", "dialog": "why-not"}],
    },
    {
        "href": "#m2", "title": "果蔬采摘末端执行器柔性夹持装置", "grade": "较强相关", "grade_tone": "brand", "grade_note": "只覆盖末端夹持",
        "meta": ["某研究院", "实用新型，有效", "可转让"], "chips": [{"text": "样机", "tone": ""}],
        "pairs": [{"left_from": "需求", "left": [("成熟果实的识别与", False), ("无损采摘", True)], "right_from": "成果权利要求 1", "right": [("气动软指以小于 4 N 的力", False), ("柔性夹持", "rel"), ("果实，实现", False), ("无损采摘", True)]}],
        "reasons": ["术语一致：无损采摘"], "against": [], "actions": [{"label": "申请对接", "href": "#apply", "kind": "primary", "icon": "handshake"}, {"label": "收藏", "href": "#keep", "icon": "bookmark"}],
    },
]

FACETS: list[dict[str, Any]] = [
    {"title": "技术领域", "options": [{"label": name, "count": count, "href": f"?f={name}", "chosen": name == "农业装备"} for name, count in [("新材料", 1204), ("农业装备", 863), ("生物医药", 742), ("电子信息", 655), ("新能源", 431), ("节能环保", 398), ("食品加工", 270), ("精密制造", 214), ("纺织", 96), ("矿山安全", 41), ("航空航天", 12)]]},
    {"title": "成熟度", "options": [{"label": name, "count": count, "href": f"?t={name}", "chosen": name == "中试"} for name, count in [("小试", 902), ("中试", 311), ("可量产", 208)]]},
    {"title": "转化方式", "options": [{"label": name, "count": count, "href": f"?m={name}", "chosen": False} for name, count in [("许可", 1822), ("转让", 1410), ("作价入股", 205), ("开放许可", 88)]]},
]

ROWS: list[dict[str, Any]] = [
    {"href": "#1", "no": "成果-2026-0412", "title": [("温室", True), ("番茄", True), ("采摘机器人视觉伺服系统", False)], "snippet_from": "摘要", "snippet": [("面向", False), ("温室", True), ("高架栽培的成熟", False), ("番茄", True), ("，以深度相机估计果柄姿态，采摘成功率 91%，已在两个园区连续运行一季。", False)], "chips": [{"text": "中试", "tone": "green"}, {"text": "示例", "tone": "plain"}], "meta": ["某农业大学", "发明专利 2 项", "许可 30 万元起", "今天更新"]},
    {"href": "#2", "no": "成果-2026-0377", "title": "磷酸铁锂正极材料表面包覆与铁溶出抑制技术", "snippet": "在 60 ℃ 储存 30 天条件下，铁溶出量由 42 ppm 降至 6 ppm；百公斤级中试线已验证三批。", "chips": [{"text": "可量产", "tone": "green"}], "meta": ["某材料研究所", "技术转让，面议", "昨天更新"]},
    {"href": "#3", "no": "成果-2026-0301", "title": "印染废水膜法分盐与回用成套工艺", "chips": [{"text": "小试", "tone": ""}, {"text": "还剩 12 天", "tone": "amber"}], "meta": ["某工业大学", "联合开发", "3 天前更新"]},
]

RAIL: list[dict[str, Any]] = [
    {"title": "我的工作", "items": [{"label": "待办", "href": "#", "count": 12, "current": True}, {"label": "对接台", "href": "#", "count": "3 件超期", "tone": "red"}]},
    {"title": "业务", "items": [{"label": "成果与需求", "href": "#", "count": None}, {"label": "审核", "href": "#", "count": 5, "tone": "amber"}, {"label": "表格导入", "href": "#", "count": None}, {"label": "双向清单", "href": "#", "count": None}]},
    {"title": "管理", "items": [{"label": "用户与角色", "href": "#", "count": None}, {"label": "审计记录", "href": "#", "count": None}]},
]

TABLE: dict[str, Any] = {
    "id": "sample-table", "caption": "待审核的需求", "hide_caption": True, "selectable": True, "has_actions": True,
    "columns": [{"label": "名称", "main": True, "sort": "?sort=title"}, {"label": "编号", "nowrap": True}, {"label": "单位"}, {"label": "预算（万元）", "num": True, "sort": "?sort=-budget", "sorted": "descending"}, {"label": "状态"}, {"label": "提交", "nowrap": True}],
    "rows": [
        {"id": 1, "cells": [{"text": "设施茄果类智能采摘机器人", "href": "#"}, "需求-2026-0137", "固镇县某农业装备企业", 120, {"chip": "待审核", "tone": "amber"}, "今天 09:12"], "actions": [{"label": "审核", "href": "#", "small": True}]},
        {"id": 2, "cells": [{"text": "硅基负极预锂化工艺放大", "href": "#"}, "需求-2026-0136", "经开区某新能源企业", 1860, {"chip": "补充材料", "tone": "red"}, "昨天"], "actions": [{"label": "查看", "href": "#", "small": True}]},
        {"id": 3, "cells": [{"text": "玉米秸秆制备高纯木糖", "href": "#"}, "需求-2026-0131", "怀远县某生物企业", {"text": "面议"}, {"chip": "待审核", "tone": "amber"}, "3 天前"], "actions": [{"label": "审核", "href": "#", "small": True}]},
    ],
    "foot": ["合计 3 项", "", "", 1980, "", ""],
}

INTAKE: dict[str, Any] = {
    "caption": "技术需求汇总表.xlsx 中有 2 行不能写入",
    "columns": [{"label": "行", "nowrap": True}, {"label": "需求名称", "main": True}, {"label": "统一社会信用代码"}, {"label": "预算（万元）", "num": True}],
    "rows": [
        {"cells": ["第 17 行", "轴承钢夹杂物控制", {"text": "91340300MA2N", "bad": "只有 12 位，应为 18 位"}, 80]},
        {"cells": ["第 42 行", "果渣膳食纤维改性", {"text": "913403007XXXXXXX1X", "warn": "校验位不符，请核对执照"}, {"text": "约二十", "bad": "不是数字，请写 20"}]},
    ],
}


def _events() -> list[dict[str, Any]]:
    now = timezone.now()
    return [
        {"when": now - timedelta(minutes=6), "who": "固镇县科技局 李科员", "what": "联系了成果方", "detail": "电话，对方同意见面，希望先看现场照片。"},
        {"when": now - timedelta(days=1, hours=2), "who": "市科技局 王科员", "what": "审核通过，公开发布", "tone": "good"},
        {"when": now - timedelta(days=2), "who": "某农业装备企业", "what": "修改了预算：80 万元 → 120 万元"},
        {"when": now - timedelta(days=9), "who": "市科技局 王科员", "what": "退回补充", "tone": "bad", "detail": "缺少技术指标，请写明识别率和采摘速度。"},
    ]


def context_for(request: HttpRequest) -> dict[str, Any]:
    """All sample data of the style guide."""
    today = timezone.localdate()
    filled = SampleDemandForm({"title": "", "body": "需要机器人。", "budget": "约二十", "deadline": "", "tier": "2", "modes": ["a"]}, auto_id="bad_%s")
    option = {"tooltip": {"trigger": "axis"}, "xAxis": {"type": "category", "data": ["1月", "2月", "3月", "4月", "5月", "6月"]}, "yAxis": {"type": "value", "name": "万元"}, "series": [{"name": "登记额", "type": "bar", "data": [3200, 4100, 5600, 6100, 8800, 12200], "barMaxWidth": 36}]}
    return {
        "nav": [{"label": label, "href": f"#{label}", "current": label == "需求"} for label in ("成果", "需求", "专家", "资源", "活动")],
        "rail": RAIL, "facets": FACETS, "result_rows": ROWS, "matches": MATCHES, "table": TABLE, "intake": INTAKE,
        "crumbs": [{"label": "需求", "href": "#"}, {"label": "农业装备", "href": "#"}, {"label": "需求-2026-0137"}],
        "form": SampleDemandForm(), "bad_form": filled,
        "clock": [{"label": "企业提交", "state": "done", "when": "11 月 3 日"}, {"label": "审核通过，公开发布", "state": "done", "when": "11 月 4 日，用时 1 天"}, {"label": "固镇县科技局正在对接", "state": "now", "when": "承诺 11 月 25 日前回复，还剩 3 天"}, {"label": "双方见面", "state": "todo", "when": "待定"}],
        "late_clock": [{"label": "企业提交", "state": "done", "when": "10 月 8 日"}, {"label": "县区初审", "state": "late", "when": "应于 10 月 15 日前完成，超期 4 天", "note": "已提醒 2 次"}, {"label": "市局审核", "state": "todo"}],
        "quality": {"score": 68, "word": "还可以", "tone": "amber", "points": [{"label": "技术指标", "value": "4 项", "tone": "green"}, {"label": "预算与时限", "value": "齐全", "tone": "green"}, {"label": "现有基础", "value": "未填", "tone": "amber", "tip": "补充现有样机或试验条件，可多匹配约 6 项成果。"}]},
        "stats": [{"label": "在库成果", "value": 25003, "unit": "项", "href": "#", "note": "本周新增 37"}, {"label": "公开需求", "value": 371, "unit": "项", "href": "#"}, {"label": "待我审核", "value": 5, "unit": "件", "tone": "amber", "href": "#"}, {"label": "超期对接", "value": 3, "unit": "件", "tone": "red"}],
        "tabs": [{"label": "全部", "href": "#", "count": 1238, "current": True}, {"label": "待审核", "href": "#", "count": 5}, {"label": "已发布", "href": "#", "count": 1190}, {"label": "已到期", "href": "#", "count": 43}],
        "steps": [{"label": "选文件", "state": "done", "href": "#"}, {"label": "核对表头", "state": "done", "href": "#"}, {"label": "检查各行", "state": "now"}, {"label": "写入", "state": "todo"}],
        "changes": [{"label": "预算", "old": "80 万元", "new": "120 万元"}, {"label": "技术指标", "old": "识别率不低于 90%，单果采摘不超过 8 秒。", "new": "识别率不低于 95%，单果采摘不超过 6 秒，损伤率低于 3%。"}, {"label": "现有基础", "old": "", "new": "已有二代样机，在 2 亩温室试运行。"}],
        "events": _events(), "progress": {"label": "正在检查各行", "done": 18200, "total": 25003, "percent": 73, "note": "约 1,900 行/秒，还需约 4 秒。可以离开本页，完成后在“导入记录”中查看。"},
        "page": paginate(range(1238), request), "sorts": [{"value": "new", "label": "最近更新"}, {"value": "budget", "label": "预算从高到低"}],
        "page_actions": [{"label": "新建需求", "href": "#", "kind": "primary", "icon": "plus"}, {"label": "复制链接", "copy": "http://testserver/demands/1"}, {"label": "关闭需求", "href": "#", "kind": "danger"}],
        "today": today, "soon": today + timedelta(days=39), "old_day": date(2024, 3, 12), "now": timezone.now(), "icons": sorted(icon_names()), "option": option,
        "palette": ["ink", "soft", "line", "line-strong", "paper", "card", "sunk", "brand", "brand-weak", "green", "green-weak", "amber", "amber-weak", "red", "red-weak", "mark", "mark-rel"],
    }


@login_not_required
def styleguide(request: HttpRequest, side: str = "public") -> HttpResponse:
    """The style guide on the public layout, or on the working one with side="desk". 404 outside debug."""
    if not settings.DEBUG:
        raise Http404
    layout = "desk.html" if side == "desk" else "base.html"
    return render(request, "styleguide.html", {"layout": layout, **context_for(request)})
