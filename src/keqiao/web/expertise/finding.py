"""找专家: a question in, experts with their evidence out, a shortlist kept."""

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from keqiao.codes import lists
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.expertise.choosing import CLEAR, choose
from keqiao.expertise.conflicts import not_known
from keqiao.expertise.evidence import Asked
from keqiao.expertise.finder import Answer, Filters, knows_facts, may_ask_freely
from keqiao.expertise.proposals import propose_expert, shortlist_of, withdraw_proposal, write_shortlist
from keqiao.expertise.wording import lines
from keqiao.people.access import scope_of
from keqiao.people.models import User
from keqiao.web.expertise import cards
from keqiao.web.expertise.forms import ASK_KEYS, LOADS, Choice, address, ask_query, choice_of
from keqiao.web.market.present import place_name
from keqiao.web.people.signin import me
from keqiao.web.rendering import render_part

_WEAK, _WEAK_SHOWN = "弱相关", 5
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
def find(request: HttpRequest) -> HttpResponse:
    """GET with ?for=demand&id=… or ?q=…: the experts. Without: the empty question."""
    user = me(request)
    choice = choice_of(request.GET)
    if not knows_facts(user):
        choice = replace(choice, filters=replace(choice.filters, most_load=None))
    context: dict[str, Any] = {
        "crumbs": [{"label": "工作台", "href": reverse("desk:inbox")}, {"label": "找专家"}],
        "may_ask": may_ask_freely(user),
        "q": choice.text,
    }
    if not choice.is_asked:
        if not may_ask_freely(user):
            raise NotAllowed(
                "请从贵单位的需求或成果页面点“找专家”。自由提问由科技局和技术经理人使用。",
                code="expertise.free_question",
            )
        return render_part(request, "expertise/find.html", "found", context)
    try:
        asked = choice.asked(user)
    except BadInput as refusal:
        return render_part(
            request, "expertise/find.html", "found", context | {"refusal": refusal.message}, status=422
        )
    return render_part(
        request, "expertise/find.html", "found", context | _found(request, user, asked, choice)
    )


def _found(request: HttpRequest, user: User, asked: Asked, choice: Choice) -> dict[str, Any]:
    listed = shortlist_of(asked, user)
    chosen = choose(
        asked, scope_of(user), choice.filters, choice.clear, also=[line.expert for line in listed]
    )
    answer, reader = chosen.answer, cards.Reader.of(user)
    return {
        "asked": cards.asked_box(asked),
        "answer": answer,
        "left_out": answer.left_out + chosen.tied,
        **_sorted_cards([cards.expert_card(one, chosen.ties, reader, listed) for one in answer.experts]),
        "shortlist": cards.shortlist_lines(listed, chosen.ties, reader),
        "gaps": chosen.ties.gaps if reader.in_full else (),
        "can_check": chosen.ties.can_check,
        "not_known": "、".join(not_known()),
        "ask_fields": [(name, value) for name in ASK_KEYS if (value := request.GET.get(name, ""))],
        "ask_query": ask_query(request.GET),
        "back": request.GET.urlencode(),
        "facets": _facets(request, choice, answer, reader.in_full),
        "clear_href": f"?{ask_query(request.GET)}",
        "is_narrowed": not choice.filters.is_bare or bool(choice.clear),
    }


def _sorted_cards(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Those worth reading, and the faint ones folded away; a few faint ones stand in when there is nothing better."""
    strong = [card for card in found if card["grade"] != _WEAK]
    weak = [card for card in found if card["grade"] == _WEAK]
    return {"cards": strong or weak[:_WEAK_SHOWN], "weak": weak if strong else weak[_WEAK_SHOWN:]}


def _facets(request: HttpRequest, choice: Choice, answer: Answer, in_full: bool) -> list[dict[str, Any]]:
    """Groups for the filter panel; counts are of all experts that were considered."""
    filters = choice.filters

    def group(
        title: str, name: str, chosen: str, options: Sequence[tuple[str, str, int | None]]
    ) -> dict[str, Any]:
        return {
            "title": title,
            "options": [
                {
                    "label": label,
                    "count": count,
                    "chosen": value == chosen,
                    "href": address(request, **{name: "" if value == chosen else value}),
                }
                for value, label, count in options
            ],
        }

    load = "" if filters.most_load is None else str(filters.most_load)
    return [
        group("关联", "clear", choice.clear, [(key, label, None) for key, label in CLEAR.items()]),
        group("活跃", "active", "1" if filters.active_within_years else "", [("1", "近 5 年有产出或登录", None)]),
        # Who may not read the numbers may not find them out by filtering either
        group("在手", "load", load, [(str(n), f"不超过 {n} 件" if n else "手上没有", None) for n in LOADS if in_full]),
        group("县区", "place", filters.division, [(code, place_name(code) or code, n) for code, n in answer.places]),
        group(
            "技术领域", "field", filters.field,
            [(code, lists.label("field11", code), n) for code, n in answer.fields],
        ),
    ]  # fmt: skip


def _asked_again(request: HttpRequest) -> tuple[User, Asked]:
    """The question that a form sends along."""
    user = me(request)
    return user, choice_of(request.POST).asked(user)


def _back(request: HttpRequest, hash_: str = "") -> HttpResponse:
    return redirect(f"{reverse('expertise:find')}?{request.POST.get('back', '')}{hash_}")


@require_POST
def propose(request: HttpRequest) -> HttpResponse:
    """Put one expert on the shortlist, with what the page showed as the reason."""
    user, asked = _asked_again(request)
    expert = request.POST.get("expert", "")
    chosen = choose(asked, scope_of(user), Filters(), top=200)
    found = next((one for one in chosen.answer.experts if str(one.expert.public_id) == expert), None)
    ties = chosen.ties.asking.get(found.expert.pk, ()) if found else ()
    said = lines(ties, chosen.ties.names, in_full=knows_facts(user))
    try:
        proposal = propose_expert(asked=asked, expert_id=expert, by=user, found=found, conflicts=said)
    except BadInput as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, f"{proposal.expert.title}已列入拟请名单。")
    return _back(request)


@require_POST
def withdraw(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take one off the shortlist."""
    gone = withdraw_proposal(public_id=public_id, by=me(request))
    messages.success(request, f"{gone.expert.title}已移出拟请名单。")
    return _back(request)


@require_GET
def shortlist_xlsx(request: HttpRequest) -> HttpResponse:
    """The shortlist as a table."""
    user = me(request)
    asked = choice_of(request.GET).asked(user)
    out = BytesIO()
    write_shortlist(asked, user, out)
    response = HttpResponse(out.getvalue(), content_type=_XLSX)
    name = quote(f"拟请专家名单-{timezone.localdate():%Y%m%d}.xlsx")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return response
