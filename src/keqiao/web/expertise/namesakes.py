"""重名核对: the queue, one pair side by side, splitting a page, and what was merged or split with its undoing."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from keqiao.codes import lists
from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.expertise.identity import (
    check_officer,
    decide,
    pair_for,
    split_expert,
    undo_move,
)
from keqiao.expertise.likeness import Page, likeness, strength
from keqiao.expertise.models import IdentityMove, NamesakePair, PairState
from keqiao.expertise.namesakes import pages_of, pairs_for, scan
from keqiao.people.access import scope_of
from keqiao.people.enums import OFFICERS, Role
from keqiao.people.models import User
from keqiao.registry.expert.models import Expert
from keqiao.registry.records.access import record_for
from keqiao.registry.work.models import Authorship
from keqiao.web.expertise.forms import SplitForm
from keqiao.web.market.halls import detail_url
from keqiao.web.people.signin import me
from keqiao.web.rendering import paginate, render_part

_READERS = OFFICERS | {Role.AUDITOR}
_MOST_SHOWN = 12  # works, people, topics of one side
_MOST_WORKS = 300  # of a page that is split
_STATES = (PairState.OPEN, PairState.UNDECIDED, PairState.DIFFERENT, PairState.SAME)


def _crumbs(*more: dict[str, str]) -> list[dict[str, str]]:
    return [
        {"label": "工作台", "href": reverse("desk:inbox")},
        {"label": "重名核对", "href": reverse("expertise:namesake-list")},
        *more,
    ]


def _reader(request: HttpRequest) -> User:
    user = me(request)
    if not scope_of(user).roles & _READERS:
        raise NotAllowed(
            "重名核对由县区和市科技局办理。发现自己的产出挂错了，请在专家页点“我要更正”。",
            code="namesake.role",
        )
    return user


@require_GET
def namesake_list(request: HttpRequest) -> HttpResponse:
    """Pairs that wait, the likeliest first; decided ones under their own tabs."""
    user = _reader(request)
    state = request.GET.get("state", PairState.OPEN)
    state = state if state in PairState.values else PairState.OPEN
    text = request.GET.get("q", "").replace("\0", "").strip()[:60]
    page = paginate(pairs_for(scope_of(user), state, text), request)
    context = {
        "crumbs": [*_crumbs()[:1], {"label": "重名核对"}],
        "page": page,
        "state": state,
        "q": text,
        "hidden": [{"name": "state", "value": state}],
        "tabs": [
            {
                "label": str(one.label),
                "href": f"?state={one.value}",
                "current": one.value == state,
            }
            for one in _STATES
        ],
        "may_decide": bool(user.roles & OFFICERS),
    }
    return render_part(request, "expertise/namesake_list.html", "results", context)


@require_http_methods(["GET", "POST"])
def namesake_pair(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One pair with the facts side by side. POST: the verdict."""
    user, pair = _reader(request), pair_for(public_id)
    for one in (pair.first, pair.second):
        record_for(user, "expert", one.public_id)  # hidden and absent answer alike
    if request.method == "GET":
        return _pair_page(request, user, pair)
    given = request.POST
    state, version = given.get("state", ""), given.get("version", "")
    try:
        pair = decide(
            pair=pair,
            state=state,
            reason=given.get("reason", ""),
            by=user,
            version=int(version) if version.isdigit() and len(version) < 9 else 0,
            keep=given.get("keep", "first"),
        )
    except (BadInput, NotAllowed) as refusal:
        if isinstance(refusal, NotAllowed) and not refusal.conflict and refusal.code != "namesake.same_work":
            raise
        status = 409 if isinstance(refusal, NotAllowed) else 422
        return _pair_page(
            request, user, pair_for(public_id), refusal.message, given.get("reason", ""), status
        )
    messages.success(request, _said(pair))
    following = pairs_for(scope_of(user)).first()
    if following is not None and given.get("then") == "next":
        return redirect("expertise:namesake-pair", following.public_id)
    return redirect("expertise:namesake-list")


def _said(pair: NamesakePair) -> str:
    if pair.state == PairState.SAME:
        return f"两位“{pair.name}”已合并为一页，产出都在一起。弄错了可以在“办过的合并和拆分”里撤销。"
    if pair.state == PairState.DIFFERENT:
        return f"两位“{pair.name}”已记为不是同一人，以后不再提示这一对。"
    return f"“{pair.name}”这一对暂不定，留在“暂不定”里。"


def _pair_page(
    request: HttpRequest,
    user: User,
    pair: NamesakePair,
    refusal: str = "",
    reason: str = "",
    status: int = 200,
) -> HttpResponse:
    experts = [pair.first, pair.second]
    pages = pages_of(experts)
    signals = likeness(pages[pair.first_id], pages[pair.second_id]) if _both_stand(pair) else []
    move = IdentityMove.objects.filter(
        source__in=experts, target__in=experts, kind="merge", undone_at=None
    ).first()
    context = {
        "crumbs": _crumbs({"label": pair.name}),
        "pair": pair,
        "strength": strength(signals) if signals else pair.strength,
        "signals": [{"text": one.text, "against": one.weight < 0} for one in signals] or _kept(pair),
        "sides": [_side(one, pages[one.pk], pages) for one in experts],
        "may_decide": bool(user.roles & OFFICERS) and pair.state != PairState.SAME,
        "refusal": refusal,
        "reason": reason,
        "move": move,
    }
    return render(request, "expertise/namesake_pair.html", context, status=status)


def _both_stand(pair: NamesakePair) -> bool:
    return pair.state != PairState.SAME


def _kept(pair: NamesakePair) -> list[dict[str, Any]]:
    return [{"text": one["text"], "against": one["weight"] < 0} for one in pair.signals]


def _side(one: Expert, page: Page, pages: dict[int, Page]) -> dict[str, Any]:
    """One column: who, where, when, with whom, about what; what the other side has too is marked."""
    other = next(each for pk, each in pages.items() if pk != one.pk)
    coauthors = sorted(
        page.coauthors.items(), key=lambda item: (item[0] not in other.coauthors, -item[1], item[0])
    )
    topics = sorted(page.topics, key=lambda text: (text not in other.topics, text))
    works = (
        Authorship.objects.filter(expert=one)
        .select_related("work")
        .defer("work__abstract")
        .order_by("-work__year", "-work_id")[:_MOST_SHOWN]
    )
    years = sorted(page.years)
    return {
        "expert": one,
        "href": detail_url("expert", one.public_id) if one.status == "published" else "",
        "units": [(name, pk in other.units) for pk, name in page.units.items()],
        "years": f"{years[0]}–{years[-1]}"
        if len(years) > 1
        else str(years[0])
        if years
        else "没有带年份的产出",
        "fields": [lists.label("field11", code) for code in sorted(page.fields)],
        "coauthors": [(name, n, name in other.coauthors) for name, n in coauthors[:_MOST_SHOWN]],
        "topics": [(text, text in other.topics) for text in topics[:_MOST_SHOWN]],
        "works": [row.work for row in works],
        "work_count": len(page.works),
        "split_url": reverse("expertise:expert-split", args=[one.public_id]) if page.works else "",
    }


@require_POST
def namesake_scan(request: HttpRequest) -> HttpResponse:
    """Look at one name again, now."""
    user = _reader(request)
    if not user.roles & OFFICERS:
        raise NotAllowed("重名核对由县区和市科技局办理。", code="namesake.role")
    name = "".join(request.POST.get("name", "").replace("\0", "").split())[:60]
    if not name:
        messages.error(request, "请写姓名，例如“李文”，再点“查这个姓名”。")
        return redirect("expertise:namesake-list")
    waiting = scan(names=[name])
    if waiting:
        messages.success(request, f"“{name}”有 {waiting} 对待核对。")
    else:
        messages.info(
            request, f"“{name}”没有需要核对的重名：没有同名专家，或除姓名外没有相同的单位、合作者和主题。"
        )
    return redirect(f"{reverse('expertise:namesake-list')}?q={name}")


@require_http_methods(["GET", "POST"])
def expert_split(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Choose the works that are somebody else's, and whose they are."""
    user = _reader(request)
    source = record_for(user, "expert", public_id)
    assert isinstance(source, Expert)
    check_officer(user, source)
    rows = list(
        Authorship.objects.filter(expert=source)
        .select_related("work")
        .defer("work__abstract")
        .order_by("-work__year", "-work_id")[:_MOST_WORKS]
    )
    others = Expert.objects.published().filter(title=source.title).exclude(pk=source.pk).order_by("pk")[:50]
    form = SplitForm(request.POST or None, works=rows, others=list(others))
    if request.method == "POST" and form.is_valid():
        try:
            move = split_expert(source=source, by=user, **form.to_split())
        except BadInput as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            messages.success(
                request,
                f"{len(form.cleaned_data['works'])} 项产出已移到“{move.target.title}”（{move.target.organisation_name or '单位待补'}）。",
            )
            return redirect("expertise:identity-moves")
    context = {
        "crumbs": _crumbs({"label": f"拆分{source.title}"}),
        "expert": source,
        "rows": rows,
        "form": form,
        "chosen": set(request.POST.getlist("works")),
    }
    return render(request, "expertise/expert_split.html", context, status=422 if form.errors else 200)


@require_GET
def identity_moves(request: HttpRequest) -> HttpResponse:
    """What was merged and split, newest first, each with the way back."""
    user = _reader(request)
    scope = scope_of(user)
    rows = IdentityMove.objects.select_related("source", "target", "done_by", "undone_by")
    if not scope.sees_all:
        mine = Expert.objects.in_scope(scope).values("pk")
        rows = rows.filter(source__in=mine) | rows.filter(target__in=mine)
    context = {
        "crumbs": _crumbs({"label": "办过的合并和拆分"}),
        "page": paginate(rows.order_by("-done_at"), request),
        "may_decide": bool(user.roles & OFFICERS),
    }
    return render(request, "expertise/identity_moves.html", context)


@require_POST
def move_undo(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take one back."""
    user = _reader(request)
    move = IdentityMove.objects.select_related("source", "target").filter(public_id=public_id).first()
    if move is None:
        raise NotFound("这次合并或拆分")
    try:
        left = undo_move(move=move, reason=request.POST.get("reason", ""), by=user)
    except BadInput as refusal:
        messages.error(request, f"没有撤销：{refusal.message}")
    else:
        more = (
            f"有 {left} 条后来被别人移走或删除，没有动它们。" if left else "原来的产出、计数和状态都已恢复。"
        )
        messages.success(request, f"“{move.source.title}”的{move.get_kind_display()}已撤销。{more}")
    return redirect("expertise:identity-moves")
