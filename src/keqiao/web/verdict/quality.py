"""匹配质量: what people say to the matches this week and last, and the ranking models that learn from it."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from keqiao.core.errors import BadInput, NotAllowed
from keqiao.matching.masking import shown_title
from keqiao.people.access import Scope
from keqiao.verdict import quality
from keqiao.verdict.access import can_judge, can_rank, require_ranker, require_reader
from keqiao.verdict.enums import ModelState, Side
from keqiao.verdict.models import Answer, RankingModel
from keqiao.verdict.rules import rules
from keqiao.verdict.searches import ALL_HALLS
from keqiao.verdict.training import activate_model, examples, go_back, model_of, reasons_against, train_model
from keqiao.web.people.signin import me
from keqiao.web.rendering import paginate
from keqiao.web.words import ago

DESK = {"label": "工作台", "href": reverse_lazy("desk:inbox")}
QUALITY = {"label": "匹配质量", "href": reverse_lazy("verdict:quality")}


def tabs(user: Any, current: str) -> list[dict[str, Any]]:
    """The three pages of the room."""
    pages = (("quality", "本周情况"), ("judging", "盲评"), ("model-list", "排序模型"))
    return [
        {"label": label, "href": reverse(f"verdict:{name}"), "current": name == current}
        for name, label in pages
    ]


@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """This week against the one before."""
    user = me(request)
    scope = require_reader(user)
    now = timezone.now()
    ranks, week, before = quality.acceptance(now)
    words, empty_now, empty_before = quality.empty_searches(now)
    drifts = quality.drifts(now)
    context = {
        "crumbs": [DESK, {"label": "匹配质量"}],
        "tabs": tabs(user, "quality"),
        "stats": [
            {"label": "合适的答复", "value": _percent(week), "note": _versus(week, before)},
            {"label": "答复个数", "value": week.total, "unit": "个", "note": f"前 7 天 {before.total} 个"},
            {"label": "搜不到的次数", "value": empty_now, "unit": "次", "note": f"前 7 天 {empty_before} 次"},
            {"label": "得分分布", "value": drifts[0].words if drifts else "—",
             "note": drifts[0].label if drifts else "要有两次匹配批次才能比"},
        ],
        "ranks": _ranks(ranks),
        "rank_chart": _rank_chart(ranks) if week.total or before.total else None,
        "words": [{"row": one, "href": _again(one)} for one in words],
        "grades": [_calibrated(one) for one in quality.by_grade()],
        "steps": [_calibrated(one) for one in quality.by_score()],
        "step_chart": _step_chart(quality.by_score()),
        "drifts": [_drift(one) for one in drifts],
        "refusals": _refusals(scope),
    }  # fmt: skip
    return render(request, "verdict/quality.html", context)


def _again(one: quality.Words) -> str:
    """The address that asks the same once more; "" where a name was masked."""
    if not one.asked:
        return ""
    name = "market:search" if one.kind == ALL_HALLS else f"market:{one.kind}-list"
    return f"{reverse(name)}?{urlencode({'q': one.asked})}"


def _percent(share: quality.Share) -> str:
    return "—" if share.percent is None else f"{share.percent} %"


def _versus(now: quality.Share, before: quality.Share) -> str:
    if before.percent is None:
        return "前 7 天没有答复"
    return f"前 7 天 {before.percent} %（{before.yes} / {before.total}）"


def _ranks(ranks: list[quality.AtRank]) -> list[dict[str, Any]]:
    return [
        {
            "label": f"第 {one.rank} 名",
            "now": _percent(one.now),
            "total": one.now.total,
            "before": _percent(one.before),
            "total_before": one.before.total,
        }
        for one in ranks
        if one.now.total or one.before.total
    ]


def _rank_chart(ranks: list[quality.AtRank]) -> dict[str, Any]:
    return {
        "tooltip": {"trigger": "axis"},
        "legend": {"top": 0},
        "xAxis": {"type": "category", "data": [f"第 {one.rank} 名" for one in ranks]},
        "yAxis": {"type": "value", "max": 100, "axisLabel": {"formatter": "{value} %"}},
        "series": [
            {"type": "bar", "name": "近 7 天", "barMaxWidth": 22, "data": [one.now.percent for one in ranks]},
            {
                "type": "bar",
                "name": "前 7 天",
                "barMaxWidth": 22,
                "data": [one.before.percent for one in ranks],
            },
        ],
    }


def _step_chart(steps: list[quality.Calibrated]) -> dict[str, Any] | None:
    """What the score promised and what people said, step by step; a good engine's two lines lie close."""
    if len(steps) < 2:
        return None
    return {
        "tooltip": {"trigger": "axis"},
        "legend": {"top": 0},
        "xAxis": {"type": "category", "data": [one.label for one in steps], "name": "得分"},
        "yAxis": {"type": "value", "max": 100, "axisLabel": {"formatter": "{value} %"}},
        "series": [
            {"type": "line", "name": "得分说的", "data": [round(100 * one.promised) for one in steps]},
            {"type": "line", "name": "大家答的", "data": [one.said.percent for one in steps]},
        ],
    }


def _calibrated(one: quality.Calibrated) -> dict[str, Any]:
    return {
        "label": one.label,
        "promised": f"{one.promised:.2f}",
        "said": _percent(one.said),
        "total": one.said.total,
    }


def _drift(one: quality.Drift) -> dict[str, Any]:
    now, before = (sum(spread.steps) or 1 for spread in (one.now, one.before))
    return {
        "drift": one,
        "index": f"{one.index:.3f}",
        "rows": [
            {
                "label": f"{at / 10:.1f}–{(at + 1) / 10:.1f}",
                "now": f"{100 * one.now.steps[at] / now:.0f} %",
                "before": f"{100 * one.before.steps[at] / before:.0f} %",
            }
            for at in range(len(one.now.steps))
            if one.now.steps[at] or one.before.steps[at]
        ],
    }


def _refusals(scope: Scope) -> list[dict[str, Any]]:
    found = list(quality.newest_refusals(scope))
    ends = quality.ends_of(found, scope)
    rows = []
    for answer in found:
        need, offer = (ends.get(answer.end(side)) for side in (Side.NEED, Side.OFFER))
        rows.append(
            {
                "need": shown_title(need, scope) if need else "（已不可见）",
                "offer": shown_title(offer, scope) if offer else "（已不可见）",
                "href": _desk_address(answer, need if answer.side == Side.NEED else offer),
                "answer": answer,
                "who": f"{answer.get_side_display()}，{answer.get_speaker_display()}",
                "rank": f"第 {answer.rank} 名" if answer.rank else "不在推荐里",
                "when": ago(answer.at),
            }
        )
    return rows


def _desk_address(answer: Answer, record: Any) -> str:
    if record is None:
        return ""
    return reverse("desk:record", args=[record.KIND, record.public_id]) + "?tab=matches"


# -- ranking models ---------------------------------------------------------------------------------------------------


@require_GET
def model_list(request: HttpRequest) -> HttpResponse:
    """Every version with its figures before and after, and the buttons of who may switch."""
    user = me(request)
    require_reader(user)
    page = paginate(RankingModel.objects.select_related("by", "before"), request)
    known, _ = examples()
    training = rules()["training"]
    active = RankingModel.objects.filter(state=ModelState.ACTIVE).select_related("before").first()
    context = {
        "crumbs": [DESK, QUALITY, {"label": "排序模型"}],
        "tabs": tabs(user, "model-list"),
        "page": page,
        "models": [{"model": one, "against": reasons_against(one)} for one in page],
        "active": active,
        "pairs": len(known),
        "sources": len({one.group for one in known}),
        "least_pairs": training["least_pairs"],
        "least_sources": training["least_sources"],
        "missing": max(0, training["least_pairs"] - len(known)),
        "can_rank": can_rank(user),
        "can_judge": can_judge(user),
    }
    return render(request, "verdict/model_list.html", context)


@require_POST
def model_train(request: HttpRequest) -> HttpResponse:
    """A new candidate; seconds at most, as answers are thousands, not millions."""
    user = me(request)
    require_ranker(user)
    try:
        model = train_model(by=user)
    except (BadInput, NotAllowed) as refusal:
        messages.error(request, refusal.message)
    else:
        against = reasons_against(model)
        words = f"还不能启用：{'；'.join(against)}。" if against else "评测比现在好，可以启用。"
        messages.success(request, f"{model}已训练。{words}")
    return redirect("verdict:model-list")


@require_POST
def model_activate(request: HttpRequest, version: int) -> HttpResponse:
    """Rank by this version from now on."""
    user = me(request)
    require_ranker(user)
    try:
        model = activate_model(model=model_of(version), by=user)
    except NotAllowed as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, f"{model}已启用，几秒内全站生效。不满意可以点“退回”。")
    return redirect("verdict:model-list")


@require_http_methods(["POST"])
def model_back(request: HttpRequest) -> HttpResponse:
    """The version before, in one click."""
    user = me(request)
    require_ranker(user)
    try:
        earlier = go_back(by=user)
    except NotAllowed as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, f"已退回到{earlier or '引擎自带的排序'}，几秒内全站生效。")
    return redirect("verdict:model-list")
