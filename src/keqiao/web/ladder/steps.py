"""差一步 for one firm: every rung it does not hold, the cheapest way there, what cannot be bought."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from keqiao.core.errors import BadInput
from keqiao.firm.access import firm_for, is_officer, may_write
from keqiao.firm.enums import TitleKind
from keqiao.firm.facts import data_year, facts_of
from keqiao.ladder.actions import propose
from keqiao.ladder.distances import advices
from keqiao.ladder.enums import RUNGS, PoolKind
from keqiao.ladder.levers import levers_on
from keqiao.ladder.models import PoolMember
from keqiao.web.ladder.present import shown_advice
from keqiao.web.people.signin import me


@require_GET
def steps(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The firm's way up."""
    user = me(request)
    firm, today = firm_for(user, public_id), timezone.localdate()
    facts = facts_of(firm, today)
    members = {one.pool: one for one in PoolMember.objects.filter(enterprise=firm)}
    context = {
        "firm": firm,
        "year": data_year(today),
        "results": [shown_advice(rung, advice) for rung, advice in advices(facts, today)],
        "held": [TitleKind(kind).label for kind in facts["titles"] if kind in TitleKind.values],
        "prices": levers_on(today),
        "has_figures": any(name in facts for name in ("sales", "staff")),
        "works": is_officer(user, firm),
        "keep_url": reverse("firm:verdict-keep", args=[firm.public_id]) if may_write(user, firm) else "",
        "pools": [(kind, label, members.get(kind)) for kind, label in PoolKind.choices],
        "rungs": len(RUNGS),
        "crumbs": [
            {"label": "工作台", "href": reverse("desk:inbox")},
            {"label": firm.title, "href": reverse("firm:firm", args=[firm.public_id])},
            {"label": "差一步"},
        ],
    }
    return render(request, "ladder/steps.html", context)


@require_POST
def pool_propose(request: HttpRequest, public_id: UUID, kind: str) -> HttpResponse:
    """Propose the firm for a pool from its page."""
    user: Any = me(request)
    firm = firm_for(user, public_id, to_write=True)
    try:
        member = propose(firm=firm, pool=kind, by=user)
    except BadInput as refusal:
        messages.error(request, refusal.message)
        return redirect("ladder:steps", public_id=public_id)
    messages.success(request, f"已推荐“{firm.title}”，等待同意入库。")
    return redirect("ladder:member", public_id=member.public_id)
