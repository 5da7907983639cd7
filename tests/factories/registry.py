"""Records of the registries, built from facts: DemandFactory(published=True, masked=True)."""

import datetime as dt
from decimal import Decimal

import factory
from django.utils import timezone

from keqiao.registry.achievement.models import Achievement
from keqiao.registry.demand.models import Demand
from keqiao.registry.enterprise.models import Enterprise
from keqiao.registry.event.models import Event
from keqiao.registry.expert.models import Expert
from keqiao.registry.records.enums import Disclosure, Status
from keqiao.registry.records.models import Origin
from keqiao.registry.resource.models import Resource
from keqiao.registry.work.models import Work, WorkType

BENGBU_GUZHEN = "340323000000"  # 安徽省蚌埠市固镇县
BENGBU_HUAIYUAN = "340321000000"  # 安徽省蚌埠市怀远县


def in_a_year() -> dt.date:
    return timezone.localdate() + dt.timedelta(days=365)


class OriginFactory(factory.django.DjangoModelFactory[Origin]):
    """A file that rows came from."""

    class Meta:
        model = Origin

    source = "file"
    file_name = "2026年技术需求汇总.xlsx"
    sheet = "Sheet1"


class _RecordFactory(factory.django.DjangoModelFactory):
    """What every record has. Traits are states and tiers; the number comes with the state that has one."""

    class Meta:
        abstract = True

    division_code = BENGBU_GUZHEN
    organisation = factory.SubFactory("tests.factories.people.OrganisationFactory")
    organisation_name = factory.LazyAttribute(lambda o: o.organisation.name if o.organisation else "")
    year = factory.LazyFunction(lambda: timezone.localdate().year)
    status = Status.DRAFT
    disclosure = Disclosure.PUBLIC
    number = factory.LazyAttributeSequence(
        lambda o, n: None if o.status == Status.DRAFT else f"{o.series}-{o.year}-{9000 + n}"
    )

    class Params:
        series = "T"
        published = factory.Trait(status=Status.PUBLISHED, published_at=factory.LazyFunction(timezone.now))
        masked = factory.Trait(disclosure=Disclosure.MASKED)
        directed = factory.Trait(disclosure=Disclosure.DIRECTED)
        closed_tier = factory.Trait(disclosure=Disclosure.CLOSED)
        withdrawn = factory.Trait(status=Status.WITHDRAWN)
        archived = factory.Trait(status=Status.ARCHIVED)
        sample = factory.Trait(is_sample=True)
        without_organisation = factory.Trait(organisation=None, organisation_name="")


class _ListedFactory(_RecordFactory):
    class Meta:
        abstract = True

    contact_name = "王小明"
    contact_phone = "13812345678"
    contact_email = "wang@example.cn"

    class Params:
        published = factory.Trait(
            status=Status.PUBLISHED,
            published_at=factory.LazyFunction(timezone.now),
            submitted_at=factory.LazyFunction(timezone.now),
            valid_until=factory.LazyFunction(in_a_year),
            quality=85,
        )
        in_county_review = factory.Trait(
            status=Status.COUNTY_REVIEW, submitted_at=factory.LazyFunction(timezone.now)
        )
        in_city_review = factory.Trait(
            status=Status.CITY_REVIEW, submitted_at=factory.LazyFunction(timezone.now)
        )
        returned = factory.Trait(status=Status.RETURNED, submitted_at=factory.LazyFunction(timezone.now))
        expired = factory.Trait(
            status=Status.EXPIRED,
            published_at=factory.LazyFunction(lambda: timezone.now() - dt.timedelta(days=400)),
            valid_until=factory.LazyFunction(lambda: timezone.localdate() - dt.timedelta(days=30)),
        )
        expiring = factory.Trait(
            status=Status.PUBLISHED,
            published_at=factory.LazyFunction(lambda: timezone.now() - dt.timedelta(days=350)),
            valid_until=factory.LazyFunction(lambda: timezone.localdate() + dt.timedelta(days=10)),
        )
        closed = factory.Trait(
            status=Status.CLOSED, closed_at=factory.LazyFunction(timezone.now), close_reason="已签约解决"
        )


class DemandFactory(_ListedFactory):
    """A demand that a careful enterprise would write. bare=True: one that says almost nothing."""

    class Meta:
        model = Demand

    title = factory.Sequence(lambda n: f"高盐印染废水中盐分回收关键技术（{n}）")
    content = (
        "本公司印染车间每天排出高盐废水约 600 吨，含硫酸钠约 4%，现有反渗透系统结垢快、浓水无法处理。"
        "希望找到稳定的膜法或结晶法工艺，把废水中的硫酸钠回收成工业级产品，并能在现有厂房内改造完成。"
    )
    metrics_text = "硫酸钠回收率≥90%；吨水处理成本≤25元"
    metrics = factory.LazyFunction(
        lambda: [
            {"name": "硫酸钠回收率", "operator": "≥", "value": "90", "unit": "%", "text": "硫酸钠回收率≥90%"},
            {
                "name": "吨水处理成本",
                "operator": "≤",
                "value": "25",
                "unit": "元",
                "text": "吨水处理成本≤25元",
            },
        ]
    )
    foundation = "已有日处理 1000 吨的生化站和一套反渗透装置，配 3 名环保工程师，可提供中试场地和废水样品。"
    demand_type = "research"
    cooperation_modes = factory.LazyFunction(lambda: ["commission"])
    budget_yuan = Decimal("1200000")
    due_on = factory.LazyFunction(in_a_year)
    urgency = "middle"
    promised_true = True
    promised_no_secret = True
    tags = factory.LazyFunction(lambda: {"field11": [{"code": "07", "by": "machine", "score": 0.62}]})

    class Params:
        series = "需求"
        bare = factory.Trait(
            title="技术升级",
            content="希望提高效率，降低成本。",
            metrics_text="",
            metrics=factory.LazyFunction(list),
            foundation="",
            cooperation_modes=factory.LazyFunction(list),
            budget_yuan=None,
            due_on=None,
            promised_true=False,
            promised_no_secret=False,
        )


class AchievementFactory(_ListedFactory):
    """A result that a university offers."""

    class Meta:
        model = Achievement

    title = factory.Sequence(lambda n: f"双极膜电渗析处理高盐废水成套技术（{n}）")
    summary = (
        "采用双极膜电渗析把高盐废水中的硫酸钠转化为酸和碱回用，已完成日处理 50 吨的中试，"
        "连续运行 2000 小时，盐回收率 92%，吨水电耗 18 千瓦时。"
    )
    innovation = "自主研制抗污染双极膜，膜堆寿命比市售产品延长一倍。"
    prospects = "适用于印染、煤化工和制药行业的高盐废水资源化。"
    trl = 7
    maturity_scale = "TRL9"
    market_stage = "pilot"
    transfer_modes = factory.LazyFunction(lambda: ["licence"])
    price_basis = "agreed"
    price_yuan = Decimal("3000000")
    team = factory.LazyFunction(lambda: ["李文", "赵一鸣"])
    tags = factory.LazyFunction(lambda: {"field11": [{"code": "07", "by": "machine", "score": 0.7}]})

    class Params:
        series = "成果"


class EnterpriseFactory(_RecordFactory):
    class Meta:
        model = Enterprise

    title = factory.Sequence(lambda n: f"淮河印染有限公司{n}厂")
    organisation_name = factory.SelfAttribute("title")
    products = "棉及化纤印染布"
    intro = "从事印染精加工，年产 3000 万米。"
    labels = factory.LazyFunction(lambda: ["high_tech"])
    contact_phone = "13912345678"

    class Params:
        series = "企业"


class ExpertFactory(_RecordFactory):
    class Meta:
        model = Expert

    title = factory.Sequence(lambda n: f"李文{'甲乙丙丁戊己庚辛壬癸'[n % 10]}")
    position = "教授"
    degree = "博士"
    research = "膜分离；高盐废水资源化"
    intro = "长期从事膜法水处理研究。"
    contact_phone = "13712345678"

    class Params:
        series = "专家"


class WorkFactory(_RecordFactory):
    class Meta:
        model = Work

    title = factory.Sequence(lambda n: f"一种高盐废水双极膜电渗析装置（{n}）")
    work_type = WorkType.INVENTION
    abstract = "本发明公开了一种高盐废水双极膜电渗析装置，包括膜堆、极板和循环泵。"
    people = factory.LazyFunction(lambda: ["李文", "赵一鸣"])
    ipc = factory.LazyFunction(lambda: ["C02F1/469"])
    source_no = factory.Sequence(lambda n: f"CN1000{n:05d}A")

    class Params:
        series = "产出"
        paper = factory.Trait(work_type=WorkType.PAPER)
        project = factory.Trait(work_type=WorkType.PROJECT, funding_yuan=Decimal("500000"))


class ResourceFactory(_RecordFactory):
    class Meta:
        model = Resource

    title = factory.Sequence(lambda n: f"水污染控制重点实验室（{n}）")
    category = "laboratory"
    grade = "province"
    intro = "面向流域水污染治理的省级重点实验室。"
    services = "水质检测、膜材料表征、中试场地。"

    class Params:
        series = "资源"


class EventFactory(_RecordFactory):
    class Meta:
        model = Event

    title = factory.Sequence(lambda n: f"第 {n} 场科技成果推介对接会")
    category = "docking"
    place = "市科技馆报告厅"
    starts_on = factory.LazyFunction(lambda: timezone.localdate() + dt.timedelta(days=14))
    ends_on = factory.LazyFunction(lambda: timezone.localdate() + dt.timedelta(days=15))
    intro = "面向本市企业的高校院所成果推介。"

    class Params:
        series = "活动"


FACTORIES = {
    "achievement": AchievementFactory,
    "demand": DemandFactory,
    "expert": ExpertFactory,
    "enterprise": EnterpriseFactory,
    "work": WorkFactory,
    "resource": ResourceFactory,
    "event": EventFactory,
}
