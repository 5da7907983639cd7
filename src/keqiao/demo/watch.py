"""What two nights did for the demo: alike demands of several firms, a listing gone silent; achievements, an expert and a
demand that are new today to the demo's firm and its university."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from keqiao.demo.expert_scene import sample_expert, sample_work, sign
from keqiao.expertise.identity import recount
from keqiao.freshness.actions import ask, refresh
from keqiao.matching.index import drain
from keqiao.matching.runs import latest_run as latest_matching
from keqiao.nightly.matching import DIRECTIONS, match_changed
from keqiao.nightly.models import Night
from keqiao.nightly.telling import tell
from keqiao.people.models import Organisation, User
from keqiao.radar.runs import latest_run, run_radar
from keqiao.registry.demand.models import Demand
from keqiao.registry.records.actions import create_record
from keqiao.registry.records.changes import mark_changed
from keqiao.registry.records.enums import Status
from keqiao.registry.records.models import Listed, Record
from keqiao.registry.records.saving import give_number
from keqiao.registry.work.models import WorkType

_CONTENT = (
    "示例：生物基材料发酵和聚合过程排出高盐有机废水，含盐约 3%，生化系统受冲击，蒸发结晶能耗高、母液无出路。"
)
# Written for the demo: firms of three counties that ask for nearly the same, one of them in vain
_ALIKE: tuple[dict[str, Any], ...] = (
    {
        "title": "乳酸发酵高盐有机废水低能耗脱盐", "organisation_name": "示例·固镇某乳酸有限公司",
        "division_code": "340323", "year": 2026, "budget_yuan": 900_000,
        "content": _CONTENT + "希望把脱盐能耗降到每吨水 20 千瓦时以下，盐能作为产品出售。",
        "metrics_text": "吨水能耗≤20kWh；盐回收率≥90%",
    },
    {
        "title": "高盐有机废水低能耗脱盐与盐回收", "organisation_name": "示例·怀远某生物科技有限公司",
        "division_code": "340321", "year": 2025, "budget_yuan": 1_500_000,
        "content": _CONTENT + "已试过电渗析，膜污染快。希望找到抗污染的膜和预处理办法。",
        "metrics_text": "盐回收率≥90%；膜清洗周期≥30天",
    },
    {
        "title": "聚乳酸生产高盐有机废水脱盐回用", "organisation_name": "示例·五河某新材料有限公司",
        "division_code": "340322", "year": 2024,
        "content": _CONTENT + "希望脱盐后的水回用到冷却系统，减少取水。",
        "metrics_text": "回用率≥70%",
    },
)  # fmt: skip
_NEW: dict[str, Any] = {
    "title": "抗污染双极膜电渗析高盐有机废水脱盐技术（示例）",
    "organisation_name": "示例·淮河某理工大学",
    "division_code": "340300",
    "summary": "示例：以抗污染双极膜电渗析处理发酵、聚合过程的高盐有机废水，盐转成酸碱回用，吨水能耗 18 千瓦时，"
    "完成日处理 50 吨的中试，膜清洗周期 45 天。",
    "innovation": "抗污染膜层和在线倒极减少膜污染，母液不外排。",
    "trl": 7,
    "maturity_scale": "TRL9",
    "market_stage": "pilot",
    "transfer_modes": ["licence"],
    "is_sample": True,
}
# Another firm asks for nearly what the demo's firm asks for
_BESIDE_THE_FIRM: dict[str, Any] = {
    "title": "聚乳酸发泡珠粒耐热改性与釜压工艺降本", "organisation_name": "示例·怀远某包装科技有限公司",
    "division_code": "340321", "year": 2026, "budget_yuan": 700_000, "is_sample": True, "promised_true": True,
    "content": "示例：公司用聚乳酸（PLA）珠粒釜压发泡做缓冲包装，泡孔粗、耐热只有 55℃，二氧化碳用量大，成本高。"
    "希望提高珠粒耐热温度，缩短釜压周期。",
    "metrics_text": "耐热温度≥90℃；发泡倍率≥20 倍；成本下降 15%",
}  # fmt: skip
_EXPERT, _RESEARCH = "范示珠", "聚乳酸发泡、耐热改性"
_UNIT = "示例·淮河某理工大学"
_EXPERT_WORKS = (
    ("聚乳酸珠粒釜压发泡及其耐热改性方法", "示例：以立构复合晶提高聚乳酸（PLA）发泡珠粒的耐热温度到 95℃，釜压周期缩短三成，发泡倍率 22 倍。",
     WorkType.INVENTION, 1),
    ("超临界二氧化碳釜压发泡聚乳酸的泡孔调控", "示例：扩链和成核剂使泡孔细化，二氧化碳用量下降两成。", WorkType.PAPER, 2),
)  # fmt: skip


def set_watch() -> bool:
    """Make it once, after the first matching. False when a night stands already."""
    if Night.objects.exists():
        return False
    firm, officer = (User.objects.get(username=name) for name in ("qiye", "shiju"))
    _night_before()
    with transaction.atomic():
        before = timezone.now()
        rows = [_released("demand", values | {"is_sample": True, "promised_true": True}) for values in _ALIKE]
        Demand.objects.filter(pk=rows[2].pk).update(status=Status.EXPIRED)  # asked in vain two years ago
        mark_changed(rows[2])
        night = Night.objects.create(started_at=before, since=before)
        _silence(firm)
        _released("achievement", _NEW)
        _released("demand", _BESIDE_THE_FIRM)
        _new_expert(officer)
    drain()
    night.started_at = timezone.now()
    for number in range(len(DIRECTIONS)):
        match_changed(night, number)
        night.last_id = 0
    if latest_run() is None:
        run_radar()
    refresh()
    asked = ask()
    night.report = {"told": tell(night), "asked": asked, "expired": 0}
    night.finished_at = timezone.now()
    night.save()
    return True


def _night_before() -> None:
    """The first night: it matches everything in the directions that no run has done and calls nothing new."""
    drain()
    night = Night.objects.create(started_at=timezone.now() - timedelta(days=1))
    for number, direction in enumerate(DIRECTIONS):
        if latest_matching(*direction) is None:
            match_changed(night, number)
            night.last_id = 0
    night.report = {"told": 0, "asked": 0, "expired": 0}
    night.finished_at = night.started_at + timedelta(minutes=4)
    night.save()


def _new_expert(by: User) -> None:
    """A sample expert whose works answer the demo's firm."""
    unit = Organisation.objects.current().filter(name=_UNIT).first()
    known = sample_expert(_EXPERT, unit, _RESEARCH, by)
    for title, abstract, kind, years_ago in _EXPERT_WORKS:
        sign(sample_work(title, abstract, kind, years_ago, by), known)
    recount(known)
    mark_changed(known)


def _released(kind: str, values: dict[str, Any]) -> Record:
    """A sample on the market, as the seed documents' items are."""
    record = create_record(kind=kind, values=values, by=None, note="示例")
    now = timezone.now()
    give_number(record)
    record.status, record.published_at = Status.PUBLISHED, now
    if isinstance(record, Listed):
        record.valid_until, record.submitted_at = timezone.localdate() + timedelta(days=300), now
    record.save()
    mark_changed(record)
    return record


def _silence(firm: User) -> None:
    """One listing of the demo's firm that nobody touched for a year."""
    moment = timezone.now() - timedelta(days=400)
    own = Demand.objects.published().filter(organisation=firm.organisation).order_by("-pk").first()
    if own is not None:
        Demand.objects.filter(pk=own.pk).update(updated_at=moment, published_at=moment)
