"""盲评: pairs without scores, one at a time, four buttons."""

import secrets
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.matching.masking import shown_texts, shown_title
from keqiao.matching.reading import visible_records
from keqiao.people.access import scope_of
from keqiao.verdict.access import can_judge, require_judge, require_reader
from keqiao.verdict.enums import Level
from keqiao.verdict.judging import draw_round, export_labels, judge_pair, next_pair, progress_of, round_of
from keqiao.verdict.models import JudgedPair, Judgement, JudgingRound
from keqiao.verdict.rules import rules
from keqiao.web.people.signin import me
from keqiao.web.rendering import paginate
from keqiao.web.verdict.quality import DESK, QUALITY, tabs

_HINTS = {
    Level.NONE: "两边说的不是一回事",
    Level.WEAK: "同一领域，解决不了",
    Level.FAIR: "能解决一部分，值得谈",
    Level.STRONG: "正是要找的",
}
_MOST_SEED = 2**31


@require_GET
def rounds(request: HttpRequest) -> HttpResponse:
    """The rounds with progress and agreement."""
    user = me(request)
    require_reader(user)
    page = paginate(JudgingRound.objects.select_related("made_by"), request, per_page=10)
    context = {
        "crumbs": [DESK, QUALITY, {"label": "盲评"}],
        "tabs": tabs(user, "judging"),
        "page": page,
        "rounds": [{"round": one, "progress": _in_words(one, user)} for one in page],
        "can_judge": can_judge(user),
        "size": rules()["judging"]["size"],
    }
    return render(request, "verdict/judging.html", context)


def _in_words(made: JudgingRound, user: Any) -> dict[str, Any]:
    found = progress_of(made, user)
    return {
        "mine": found.mine,
        "total": found.total,
        "once": found.once,
        "twice": found.twice,
        "kappa": "—" if found.kappa is None else f"{found.kappa:.2f}",
        "same": "—" if found.same is None else f"{round(100 * found.same)} %",
        "word": _agreement(found.kappa),
    }


def _agreement(kappa: float | None) -> str:
    """In the words of Landis and Koch (1977)."""
    if kappa is None:
        return "还没有两人都判过的"
    for least, word in ((0.81, "几乎一致"), (0.61, "基本一致"), (0.41, "中等"), (0.21, "一般")):
        if kappa >= least:
            return word
    return "很低，请先统一标准"


@require_POST
def round_draw(request: HttpRequest) -> HttpResponse:
    """A new round; its seed is kept with it."""
    user = me(request)
    require_judge(user)
    given = request.POST.get("size", "")
    try:
        made = draw_round(
            seed=secrets.randbelow(_MOST_SEED), by=user, size=int(given) if given.isdigit() else None
        )
    except BadInput as refusal:
        messages.error(request, refusal.message)
        return redirect("verdict:judging")
    return redirect("verdict:judge", public_id=made.public_id)


@require_http_methods(["GET", "POST"])
def judge(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The next pair of the round for this judge, or the one that `?pair=` names. No score, no rank, no owner."""
    user = me(request)
    require_judge(user)
    made = round_of(public_id)
    if request.method == "POST":
        judged = _pair_of(made, request.POST.get("pair", ""))
        try:
            judge_pair(judged=judged, level=request.POST.get("level", ""), by=user)
        except BadInput as refusal:
            messages.error(request, refusal.message)
        return redirect("verdict:judge", public_id=public_id)
    wanted = request.GET.get("pair", "")
    pair = _pair_of(made, wanted) if wanted else next_pair(made, user)
    context = {
        "crumbs": [
            DESK,
            QUALITY,
            {"label": "盲评", "href": reverse("verdict:judging")},
            {"label": made.title},
        ],
        "round": made,
        "progress": _in_words(made, user),
        "pair": pair,
        "sides": _texts(pair, user) if pair else [],
        "levels": [(one.value, str(one.label), _HINTS[one]) for one in Level],
        "given": Judgement.objects.filter(judged=pair, by=user).first() if pair else None,
        "before": _before(made, pair, user),
        "back": [{"label": "回到盲评", "href": reverse("verdict:judging")}],
    }
    return render(request, "verdict/judge.html", context)


def _pair_of(made: JudgingRound, wanted: str) -> JudgedPair:
    try:
        found = made.pairs.filter(public_id=UUID(wanted)).first()
    except ValueError:
        found = None
    if found is None:
        raise NotFound("这一对")
    return found


def _before(made: JudgingRound, pair: JudgedPair | None, user: Any) -> JudgedPair | None:
    """The pair this judge judged last, for second thoughts."""
    last = Judgement.objects.filter(judged__round=made, by=user).select_related("judged").order_by("-at")
    found = last.exclude(judged=pair).first() if pair else last.first()
    return found.judged if found else None


def _texts(pair: JudgedPair, user: Any) -> list[dict[str, Any]]:
    scope, sides = scope_of(user), []
    for heading, kind, pk in (
        ("需求", pair.need_kind, pair.need_id),
        ("成果", pair.offer_kind, pair.offer_id),
    ):
        record = visible_records(kind, [pk], scope).get(pk)
        sides.append(
            {
                "heading": heading,
                "title": shown_title(record, scope) if record else "（这一条已经撤回）",
                "texts": shown_texts(record, scope) if record else [],
            }
        )
    return sides


@require_GET
def export(request: HttpRequest, what: str) -> HttpResponse:
    """The labelled set, for `keqiao-match evaluate`."""
    user = me(request)
    require_judge(user)
    try:
        text = export_labels(what=what, by=user)
    except NotAllowed as refusal:
        messages.error(request, refusal.message)
        return redirect("verdict:judging")
    name = {"pairs": "labelled_pairs.jsonl", "demands": "demands.jsonl"}[what]
    return HttpResponse(
        text,
        content_type="application/x-ndjson; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
