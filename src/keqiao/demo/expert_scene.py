"""Experts in the demo: one found with a tie to the asking firm, and one human being with two pages (示例)."""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from keqiao.expertise.identity import recount
from keqiao.expertise.namesakes import scan
from keqiao.people.models import Organisation, User
from keqiao.registry.expert.models import Expert
from keqiao.registry.records.actions import create_record
from keqiao.registry.work.models import Authorship, Work, WorkType

_NAME, _FRIEND, _FREE = "罗示清", "贺示川", "孟示岚"
_THEN, _NOW = "示例·北方某农业大学", "示例·淮河某理工大学"
# title, abstract, kind, years ago, unit signed
_WORKS: tuple[tuple[str, str, str, int, str], ...] = (
    ("聚乳酸薄膜低温热封改性母粒的制备方法", "示例：在聚乳酸（PLA）中共混柔性聚酯并加入扩链剂，起封温度由 98℃ 降到 82℃，热封强度 7N/15mm，雾度 4%。",
     WorkType.INVENTION, 1, _NOW),
    ("三层共挤聚乳酸包装膜热封窗口研究", "示例：比较热封层结晶度与热封温度的关系，给出每分钟 60 包高速包装线的工艺窗口。", WorkType.PAPER, 2, _NOW),
    ("生物可降解包装膜高速热封关键技术", "示例：面向聚乳酸薄膜包装的低温热封层配方和在线检测。", WorkType.PROJECT, 1, _NOW),
    ("聚乳酸共混薄膜的结晶与透明度", "示例：控制聚乳酸结晶度以兼顾透明度和热封性能。", WorkType.PAPER, 5, _THEN),
    ("可降解地膜的老化与力学性能", "示例：聚乳酸基地膜在淮北气候下的老化试验。", WorkType.PAPER, 6, _THEN),
)  # fmt: skip
_FREE_WORK = (
    "聚乳酸复合膜低温热封层及其吹塑工艺", "示例：采用无规共聚聚乳酸作热封层，起封温度 84℃，适应高速包装封口。", WorkType.INVENTION, 2,
)  # fmt: skip


@transaction.atomic
def set_expert_scene() -> bool:
    """Make it once. False when it stands already, or the units of the demo are not there."""
    officer, firm = User.objects.filter(username="shiju").first(), _firm()
    units = {name: Organisation.objects.current().filter(name=name).first() for name in (_THEN, _NOW)}
    if (
        officer is None
        or firm is None
        or None in units.values()
        or Expert.objects.filter(title=_NAME).exists()
    ):
        return False
    now, then = (
        sample_expert(_NAME, units[_NOW], "聚乳酸改性、包装薄膜热封", officer),
        sample_expert(_NAME, units[_THEN], "聚乳酸改性、可降解地膜", officer),
    )
    friend = sample_expert(_FRIEND, units[_NOW], "高分子加工、薄膜力学", officer)
    free = sample_expert(_FREE, units[_THEN], "薄膜吹塑、热封包装", officer)
    for title, abstract, kind, years_ago, unit in _WORKS:
        made = sample_work(title, abstract, kind, years_ago, officer)
        sign(made, now if unit == _NOW else then, friend)
        if kind == WorkType.PROJECT:  # the tie: carried out together with the firm that asks
            Authorship.objects.create(
                work=made,
                order=3,
                name="企业技术负责人（示例）",
                organisation=firm,
                organisation_name=firm.name,
            )
    title, abstract, kind, years_ago = _FREE_WORK
    sign(sample_work(title, abstract, kind, years_ago, officer), free)
    recount(now, then, friend, free)
    scan(names=[_NAME])
    return True


def _firm() -> Organisation | None:
    user = User.objects.filter(username="qiye").select_related("organisation").first()
    return user.organisation if user else None


def sample_expert(name: str, unit: Organisation | None, research: str, by: User) -> Expert:
    """A sample expert's page."""
    values: dict[str, Any] = {
        "title": name, "organisation": unit, "research": research, "position": "教授", "degree": "博士", "is_sample": True,
        "intro": "示例：用来演示专家发现、关联核对和重名核对。", "contact_phone": "13800007777",
    }  # fmt: skip
    made = create_record(kind="expert", values=values, by=by)
    assert isinstance(made, Expert)
    return made


def sample_work(title: str, abstract: str, kind: str, years_ago: int, by: User) -> Work:
    """A sample work about polylactic acid."""
    year = timezone.localdate().year - years_ago
    values: dict[str, Any] = {
        "title": title, "abstract": abstract, "work_type": kind, "done_on": date(year, 12, 1), "year": year,
        "is_sample": True, "keywords": ["聚乳酸", "热封"], "ipc": ["C08L67/04"] if kind == WorkType.INVENTION else [],
    }  # fmt: skip
    made = create_record(kind="work", values=values, by=by)
    assert isinstance(made, Work)
    return made


def sign(signed: Work, *experts: Expert) -> None:
    """These experts made it, in this order."""
    for order, one in enumerate(experts, start=1):
        Authorship.objects.create(
            work=signed, order=order, name=one.title, expert=one, organisation=one.organisation,
            organisation_name=one.organisation_name,
        )  # fmt: skip
    signed.people = [one.title for one in experts]
    signed.save(update_fields=["people"])
