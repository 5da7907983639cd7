"""The halls of the market: what each is called, where it stands, what to say when it is empty."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import reverse


@dataclass(frozen=True, slots=True)
class Hall:
    """kind: key of `registry.kinds`, or "institution". path: first part of the address. unit: 项, 位, 家."""

    kind: str
    path: str
    label: str
    unit: str
    icon: str
    lead: str
    empty: str
    amount: str = ""  # what the sum of money is called, "" where there is none

    @property
    def list_url(self) -> str:
        return reverse(f"market:{self.kind}-list")


HALLS: Mapping[str, Hall] = {
    hall.kind: hall
    for hall in (
        Hall("achievement", "achievements", "科技成果", "项", "lightbulb", "高校院所和企业可以转让、许可、合作的技术",
             "高校院所可以登录后登记成果，也可以请科技局批量导入成果清单。", "意向价格"),
        Hall("demand", "demands", "技术需求", "项", "megaphone", "企业遇到的难题，写明指标、预算和期限",
             "企业登录后五分钟就能填报一条需求，审核通过后在这里公开。", "预算"),
        Hall("expert", "experts", "专家", "位", "graduation-cap", "做什么研究、有哪些成果，一页看清",
             "专家页由科技局导入和专家本人完善，本地还没有登记。"),
        Hall("resource", "resources", "科技资源", "项", "microscope", "平台、仪器、孵化载体和服务机构，可以预约共用",
             "平台和载体由科技局登记，本地还没有登记。"),
        Hall("event", "events", "活动", "场", "calendar", "推介对接、培训、大赛和科技周",
             "近期没有登记活动。可以订阅，有新活动时通知您。"),
        Hall("enterprise", "enterprises", "企业", "家", "factory", "高新技术企业、科技型中小企业和它们的产品",
             "企业库由科技局登记，本地还没有登记。"),
        Hall("work", "works", "科研产出", "项", "book-open", "专利、论文和项目，链接到专家和单位",
             "科研产出由科技局批量导入，本地还没有导入。", "资助金额"),
        Hall("institution", "institutions", "机构", "家", "landmark", "高校、科研机构、医院和服务机构的主页",
             "还没有登记高校、科研机构、医院或服务机构。"),
    )
}  # fmt: skip


def hall_of(kind: str) -> Hall:
    """The hall of a kind that is known to exist."""
    return HALLS[kind]


def detail_url(kind: str, public_id: object) -> str:
    """Address of a record's page."""
    return reverse(f"market:{kind}-detail", args=[public_id])
