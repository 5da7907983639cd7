"""What anybody can do or look up here without an account, in one place: /services/ and a strip on the home page."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_GET

from keqiao.web.market.keeping import kept_for_visitors


@dataclass(frozen=True, slots=True)
class Service:
    """One thing to do. url_name: of a public page; a room that is not installed leaves no dead link."""

    label: str
    lead: str
    url_name: str
    icon: str

    @property
    def href(self) -> str:
        """Its address, "" when that page does not exist."""
        try:
            return reverse(self.url_name)
        except NoReverseMatch:
            return ""


GROUPS: tuple[tuple[str, tuple[Service, ...]], ...] = (
    (
        "企业成长和政策",
        (
            Service("企业自测", "两分钟看清离科技型中小企业、高新技术企业还差哪一步", "ladder:self-test", "clipboard-check"),
            Service("政策计算器", "填几个数，看能享受哪几条、多少钱、依据哪一条", "policy:calculator", "coins"),
            Service("政策库", "按条看：给谁、什么时候、多少、要什么材料", "policy:policy-list", "scroll-text"),
            Service("加计扣除计算", "研发费用加计扣除，按年度、按企业类型算给您看", "rd:calculator", "flask-conical"),
            Service("认定条件", "高企、专精特新、雏鹰瞪羚……每一条的数和出处", "rules:book-list", "book-open"),
            Service("创新券服务", "可以用创新券的检测、试验、仪器和机构", "voucher:catalogue", "microscope"),
        ),
    ),
    (
        "技术交易",
        (
            Service("交易大厅", "协议定价公示、挂牌、竞价，日志任何人可以重放", "hall:hall-list", "scale"),
            Service("登记证明查验", "输入查验码，当场知道合同登记证明真不真", "registrar:verify-form", "badge-check"),
            Service("双向清单", "技术需求和科技成果，有编号、有日期", "directory:directory-list", "arrow-left-right"),
        ),
    ),
    (
        "公开和监督",
        (
            Service("兑现公示", "拟兑现的名单和理由，公示期内都可以提异议", "payment:publicity-list", "megaphone"),
            Service("合同统计", "输出、吸纳技术合同成交额，分类别、分县区", "registrar:statistics-public", "chart-column"),
            Service("对接成效", "从匹配到签约，每一步走到了多少", "deal:funnel", "chart-line"),
            Service("为什么没有对上", "各领域答复“不合适”的原因", "verdict:refusals", "message-square"),
        ),
    ),
)  # fmt: skip
ON_THE_HOME_PAGE = 8


def groups() -> list[dict[str, Any]]:
    """The groups with those services whose pages exist; a group without any is left out."""
    shown: list[dict[str, Any]] = [
        {"title": title, "services": [one for one in services if one.href]} for title, services in GROUPS
    ]
    return [group for group in shown if group["services"]]


def first_services() -> list[Service]:
    """For the home page: the first of all groups, in order."""
    return [one for _, services in GROUPS for one in services if one.href][:ON_THE_HOME_PAGE]


@login_not_required
@require_GET
@kept_for_visitors
def service_list(request: HttpRequest) -> HttpResponse:
    """Everything that needs no account, by what one comes for."""
    crumbs = [{"label": "首页", "href": "/"}, {"label": "办事"}]
    return render(request, "market/service_list.html", {"groups": groups(), "crumbs": crumbs})
