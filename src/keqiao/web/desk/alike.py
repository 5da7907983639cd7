"""Records that look alike, one pair a page: the difference field by field, and what the officer makes of it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from keqiao.core.errors import NotAllowed
from keqiao.matching import pairs
from keqiao.matching.models import AlikePair, PairState
from keqiao.registry.records.display import written
from keqiao.registry.records.history import content_of, diff, values_of
from keqiao.registry.records.models import Record
from keqiao.registry.records.nouns import noun_of
from keqiao.web.desk.registers import TONES
from keqiao.web.rendering import paginate

_SAID = {
    "merge": "已合并，另一条已归档，可以在它的“版本”里看到原文。",
    "different": "已记为“不是重复”，这一对不会再出现。",
    "later": f"已放下，{pairs.LATER_DAYS} 天后再提醒。",
}


@require_GET
def alike_list(request: HttpRequest) -> HttpResponse:
    """Every pair that waits, oldest first."""
    page = paginate(pairs.waiting_for(request.user), request)
    titles = pairs.titles_of(page)
    rows = [
        {
            "cells": [
                {"text": titles[pair.pk][1] or "（已删除）", "href": _url(pair), "sub": titles[pair.pk][0]},
                noun_of(pair.kind),
                f"{round(pair.similarity * 100)}%",
                f"{pair.found_at:%Y-%m-%d}",
            ]
        }
        for pair in page
    ]
    columns = [
        {"label": "较晚的一条，下面是较早的", "main": True},
        {"label": "类型", "nowrap": True},
        {"label": "相同", "num": True},
        {"label": "发现", "nowrap": True},
    ]
    table = {"caption": "相近记录", "hide_caption": True, "columns": columns, "rows": rows}
    return render(request, "desk/alike_list.html", {"page": page, "table": table, "crumbs": _crumbs()})


@require_GET
def alike_pair(request: HttpRequest, public_id: UUID) -> HttpResponse:
    pair, first, second = pairs.pair_for(request.user, public_id)
    model = type(first)
    fields = diff(model, values_of(model, content_of(first)), values_of(model, content_of(second)))
    context = {
        "pair": pair,
        "sides": [_side("first", "较早的一条", first), _side("second", "较晚的一条", second)],
        "similar": f"{round(pair.similarity * 100)}%",
        "changes": [{"label": f.label, "old": f.before, "new": f.after} for f in fields],
        "same": _same(first, second),
        "waits": pair.state == PairState.WAITING,
        "left": pairs.waiting_for(request.user).exclude(pk=pair.pk).count(),
        "crumbs": [*_crumbs(), {"label": "一对相近记录"}],
    }
    return render(request, "desk/alike_pair.html", context)


def _side(key: str, label: str, record: Record) -> dict[str, Any]:
    return {
        "key": key,
        "label": label,
        "record": record,
        "tone": TONES.get(record.status, ""),  # type: ignore[call-overload]  # a column holds the plain string
        "href": reverse("desk:record", args=[record.KIND, record.public_id]),
        "source": record.source_document or (record.origin.file_name if record.origin else "网上填报"),
        "day": f"{record.created_at:%Y-%m-%d}",
    }


def _same(first: Record, second: Record) -> list[tuple[str, str]]:
    """(label, text) of what both say: the officer sees what made them a pair."""
    mine, theirs = content_of(first), content_of(second)
    found = []
    for name in first.TEXT_FIELDS:
        if mine.get(name) and mine.get(name) == theirs.get(name):
            label = str(getattr(type(first)._meta.get_field(name), "verbose_name", name))
            found.append((label, written(type(first), name, mine[name])))
    return found


@require_POST
def alike_decide(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """合并 / 不是重复 / 以后再说, then on to the next pair."""
    pair, _, _ = pairs.pair_for(request.user, public_id)
    if not pairs.waiting_for(request.user).filter(pk=pair.pk).exists() and pair.state == PairState.WAITING:
        raise NotAllowed("这一对现在不由您判断，或已放下。请回到待办。", code="pair.not_yours")
    verdict, _, keep = request.POST.get("verdict", "").partition(":")
    pairs.decide(pair=pair, verdict=verdict, by=request.user, keep=keep)
    messages.success(request, _SAID[verdict])
    following = pairs.waiting_for(request.user).first()
    return redirect(_url(following) if following is not None else reverse("desk:inbox"))


def _url(pair: AlikePair) -> str:
    return reverse("desk:alike-pair", args=[pair.public_id])


def _crumbs() -> list[dict[str, str]]:
    return [
        {"label": "工作台", "href": reverse("desk:inbox")},
        {"label": "相近记录", "href": reverse("desk:alike-list")},
    ]
