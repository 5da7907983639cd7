"""What the demo's people have begun, so that every desk has something on it in the morning."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from keqiao.demo.accounts import new_password
from keqiao.people.actions import apply_for_organisation
from keqiao.people.enums import OrganisationKind
from keqiao.people.models import OrganisationApplication, User
from keqiao.registry.demand.models import Demand
from keqiao.registry.records.actions import create_record, pass_county, return_to_owner, submit
from keqiao.registry.records.models import Record

_CRITERIA = [
    {"key": "clear", "label": "文字清楚，问题具体", "ok": True, "note": ""},
    {
        "key": "measurable",
        "label": "指标可以测量",
        "ok": False,
        "note": "请写明每天处理多少立方米、出水 COD 降到多少。",
    },
]
_DEMANDS: tuple[dict[str, Any], ...] = (
    {
        "title": "聚乳酸薄膜低温热封性能提升",
        "content": "示例：公司用聚乳酸（PLA）吹塑包装薄膜，热封温度高、窗口窄，高速包装时封口不牢。"
        "希望在不降低透明度的前提下改善低温热封，适应每分钟 60 包的包装线。",
        "metrics_text": "起封温度≤85℃；热封强度≥6N/15mm；雾度≤5%",
        "foundation": "有三层共挤吹膜线一条、热封仪和雾度计。",
        "cooperation_modes": ["joint"],
        "budget_yuan": 600_000,
        "demand_type": "research",
    },
    {
        "title": "乳酸发酵废水脱色与回用",
        "content": "示例：发酵车间废水色度高，生化后仍呈黄褐色，无法回用到冷却系统，希望找到运行费用低的脱色办法。",
        "metrics_text": "",
        "cooperation_modes": ["service"],
        "budget_yuan": 300_000,
        "demand_type": "research",
    },
    {
        "title": "丙交酯精馏残液资源化",
        "content": "示例：丙交酯精馏残液每年约 400 吨，现作危废外运。希望提取其中的乳酸低聚物，回到聚合工段。",
        "metrics_text": "乳酸回收率≥80%；残渣减量≥60%",
        "foundation": "有小试精馏塔和液相色谱。",
        "cooperation_modes": ["commission", "joint"],
        "budget_yuan": 1_200_000,
        "demand_type": "research",
    },
)


@transaction.atomic
def set_scenes() -> bool:
    """Make them once: a demand at the county, one at the city, one returned, a draft, a unit that registers, and
    listings about to expire. False when they stand already."""
    firm = User.objects.get(username="qiye")
    if firm.organisation is None or Demand.objects.filter(created_by=firm).exists():
        return False
    county = User.objects.get(username="guzhen")
    division = firm.organisation.division_code
    first, second, third = (_demand(firm, division, values) for values in _DEMANDS)
    submit(record=first, by=firm)
    submit(record=second, by=firm)
    return_to_owner(
        record=second,
        by=county,
        reason="指标还不能测量，请补充处理量和出水要求后再提交。",
        criteria=_CRITERIA,
    )
    submit(record=third, by=firm)
    pass_county(record=third, by=county, note="已电话核实，需求真实。")
    _demand(
        firm, division, {"title": "生产线能耗在线监测（草稿）", "content": "示例：先记下来，指标还没想好。"}
    )
    _application(division)
    soon = timezone.localdate() + timedelta(days=12)
    own = Demand.objects.published().filter(organisation=firm.organisation)
    Demand.objects.filter(pk__in=list(own.values_list("pk", flat=True)[:2])).update(valid_until=soon)
    return True


def _demand(firm: User, division: str, values: dict[str, Any]) -> Record:
    common = {
        "promised_true": True, "promised_no_secret": True, "is_sample": True, "division_code": division,
        "contact_name": "张示例", "contact_phone": "13800009999", "due_on": timezone.localdate() + timedelta(days=400),
    }  # fmt: skip
    return create_record(kind="demand", values=values | common, by=firm)


def _application(division: str) -> None:
    if OrganisationApplication.objects.exists():
        return
    apply_for_organisation(
        name="示例·固镇某食品加工有限公司",
        kind=OrganisationKind.ENTERPRISE,
        uscc="91340323DEM000997N",
        division_code=division,
        contact_name="张示例",
        contact_phone="13800009999",
        username="gzspjg",
        password=new_password(),
        note="示例：希望发布技术需求。",
        shown_at=timezone.now(),
    )
