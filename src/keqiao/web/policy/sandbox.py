"""The threshold sandbox: move a number, see who wins, who loses and what it costs; keep it; compare two."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from keqiao.codes import lists
from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.people.access import scope_of
from keqiao.policy.access import item_for, may_edit, trial_for
from keqiao.policy.actions import keep_trial
from keqiao.policy.amounts import wan_words
from keqiao.policy.claiming import terms_of_item
from keqiao.policy.freezes import firms_of
from keqiao.policy.models import FactFreeze, Policy, PolicyItem, Trial
from keqiao.policy.sandbox import dials_of, moved, read_changes, run
from keqiao.web.payment.present import place_of, short, wan
from keqiao.web.policy.desk import crumbs, reader
from keqiao.web.rendering import paginate, render_part

_SHOWN = 30
_GROUPS = 14  # counties or industries before the rest


def _crumbs(*more: dict[str, str]) -> list[dict[str, str]]:
    return [*crumbs()[:1], {"label": "门槛测算", "href": reverse("policy:sandbox")}, *more]


@require_GET
def sandbox(request: HttpRequest) -> HttpResponse:
    """Items that can be tried, and the trials that were kept."""
    user = reader(request)
    policies = Policy.objects.visible_to(scope_of(user))
    items = PolicyItem.objects.filter(policy__in=policies, current__isnull=False).select_related("policy")
    trials = (
        Trial.objects.select_related("item__policy", "author", "freeze")
        .defer("freeze__packed")
        .filter(item__policy__in=policies)
    )
    page = paginate(trials, request)
    context = {
        "crumbs": [*crumbs()[:1], {"label": "门槛测算"}], "items": [one for one in items if may_edit(user, one.policy.division_code)],
        "page": page, "rows": [{"trial": one, "cost": wan_words(one.result["after"][1]), "change": _signed(one.result["after"][1] - one.result["before"][1])} for one in page],
        "freeze": FactFreeze.objects.defer("packed").first(), "q": "",
    }  # fmt: skip
    return render(request, "policy/sandbox.html", context)


def _signed(fen: int) -> str:
    return f"+{wan_words(fen)}" if fen > 0 else wan_words(fen) if fen else "不变"


def _field(code: str) -> str:
    """The industry division (two digits after the letter) in words."""
    if not code:
        return "行业未填"
    if code.startswith("其余"):
        return f"{code}行业"
    return lists.label("gbt4754", code) or code


def shown(result: dict[str, Any], budget_fen: int | None) -> dict[str, Any]:
    """A result as the page shows it."""
    before, after = result["before"], result["after"]
    return {
        "stats": [
            {"label": "得到支持的企业", "value": after[0], "unit": "家", "note": f"现行 {before[0]} 家"},
            {"label": "所需资金", "value": short(wan(after[1])), "unit": "万元", "note": f"现行 {wan_words(before[1])}，{_signed(after[1] - before[1])}",
             "tone": "red" if budget_fen is not None and after[1] > budget_fen else ""},
            {"label": "得到更多", "value": result["winner_count"], "unit": "家", "tone": "green" if result["winner_count"] else ""},
            {"label": "得到更少", "value": result["loser_count"], "unit": "家", "tone": "amber" if result["loser_count"] else ""},
        ],
        "over": wan_words(after[1] - budget_fen) if budget_fen is not None and after[1] > budget_fen else "",
        "spare": wan_words(budget_fen - after[1]) if budget_fen is not None and after[1] <= budget_fen else "",
        "by_place": _shares(result["by_place"], _place, budget_fen), "by_field": _shares(result["by_field"], _field, budget_fen),
        "has_budget": bool(budget_fen), "whole_of_budget": _percent_of(after[1], budget_fen),
        "firms": after[0], "cost": wan_words(after[1]), "change": _signed(after[1] - before[1]),
        "winners": _changes(result["winners"]), "losers": _changes(result["losers"]), "looked_at": result["looked_at"], "unknown": result["unknown"],
        "more_winners": max(0, result["winner_count"] - _SHOWN), "more_losers": max(0, result["loser_count"] - _SHOWN),
    }  # fmt: skip


def _shares(rows: Sequence[Sequence[Any]], name: Any, budget_fen: int | None) -> list[dict[str, Any]]:
    """The groups as rows, the largest first; past the first ones the rest in one row, so that the sum is whole."""
    kept = [list(one) for one in rows[:_GROUPS]]
    if len(rows) > _GROUPS:
        rest = rows[_GROUPS:]
        kept.append([f"其余 {len(rest)} 个", *(sum(one[at] for one in rest) for at in range(1, 5))])
    most = max((max(c, d) for _, _, _, c, d in kept), default=1) or 1
    return [
        {"label": name(code), "firms_before": a, "firms_after": b, "before": wan_words(c), "after": wan_words(d),
         "change": _signed(d - c), "value": d, "most": most, "tone": "green" if d > c else "amber" if d < c else "",
         "of_budget": _percent_of(d, budget_fen)}
        for code, a, b, c, d in kept
    ]  # fmt: skip


def _percent_of(fen: int, budget_fen: int | None) -> str:
    """How much of the budget a group takes, in percent; empty without a budget."""
    return f"{fen * 100 / budget_fen:.1f}%" if budget_fen else ""


def _place(code: str) -> str:
    """The county of a six-digit code; a row of the rest keeps its words."""
    return place_of(code.ljust(12, "0")) if code.isdigit() else code


def _changes(rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "place": place_of(division),
            "before": wan_words(before),
            "after": wan_words(after),
            "change": _signed(after - before),
        }
        for _, name, division, before, after in rows[:_SHOWN]
    ]


@require_http_methods(["GET", "POST"])
def tryout(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The dials of an item. GET tries what the address says and keeps nothing; POST keeps it under a name."""
    user = reader(request)
    item = item_for(user, public_id)
    if not may_edit(user, item.policy.division_code) or item.current is None:
        raise NotFound("政策条款")
    asked = request.POST if request.method == "POST" else request.GET
    terms, freezes = terms_of_item(item), list(FactFreeze.objects.defer("packed")[:12])
    chosen = next(
        (one for one in freezes if str(one.public_id) == asked.get("data")), freezes[0] if freezes else None
    )
    errors: dict[str, str] = {}
    changes: dict[str, str] = {}
    budget: int | None = None
    try:
        changes = read_changes(terms, {key: asked.get(key, "") for key in asked})
        budget = _budget(asked.get("budget", ""))
        if request.method == "POST" and chosen is not None:
            kept = keep_trial(
                item=item,
                freeze=FactFreeze.objects.get(pk=chosen.pk),
                changes=changes,
                name=asked.get("name", ""),
                by=user,
                budget_fen=budget,
                note=asked.get("note", ""),
            )
            messages.success(request, "测算已保存，随时可以和另一份比较。")
            return redirect("policy:trial", public_id=kept.public_id)
    except (BadInput, NotAllowed) as refusal:
        errors[refusal.field or ""] = refusal.message
    result = None
    if chosen is not None and not set(errors) - {"name", ""}:
        firms = firms_of(FactFreeze.objects.get(pk=chosen.pk))
        after = moved(item.current.book, item.current.formula, changes, item.title)
        found = run(
            terms,
            after,
            firms,
            on=chosen.on,
            place=item.policy.division_code.rstrip("0"),
            budget=Decimal(budget) / 1_000_000 if budget else None,
        )
        result = shown(found.as_json(), budget)
    context = {
        "crumbs": _crumbs({"label": item.title}), "item": item, "freeze": chosen, "freezes": freezes, "errors": errors, "result": result, "changes": changes,
        "dials": [{"dial": one, "value": changes.get(one.key, ""), "error": errors.get(one.key, "")} for one in dials_of(terms)],
        "budget": asked.get("budget", ""), "name": asked.get("name", ""), "query": request.GET.urlencode(), "q": "",
    }  # fmt: skip
    return render_part(request, "policy/tryout.html", "results", context, status=422 if errors else 200)


def _budget(text: str) -> int | None:
    """Typed in 万元, kept in fen."""
    text = text.strip().replace(",", "")
    if not text:
        return None
    try:
        fen = int(Decimal(text) * 1_000_000)
    except (ArithmeticError, ValueError):
        raise BadInput(f"预算写的是“{text[:30]}”，不是数字，单位万元。", field="budget") from None
    if not 0 < fen < 10**15:
        raise BadInput("预算须大于 0。", field="budget")
    return fen


@require_GET
def trial(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A kept trial, as it came out."""
    reader(request)
    found = trial_for(request.user, public_id)
    others = Trial.objects.filter(item=found.item).exclude(pk=found.pk).defer("result")[:20]
    context = {
        "crumbs": _crumbs({"label": found.name}),
        "trial": found,
        "result": shown(found.result, found.budget_fen),
        "numbers": _numbers(found),
        "others": others,
        "q": "",
    }
    return render(request, "policy/trial.html", context)


def _numbers(found: Trial) -> list[tuple[str, str, str]]:
    """(title, value in force, value tried) of each number."""
    terms = moved(found.rule.book, found.rule.formula, {}, found.item.title)
    after = {
        one.key: one
        for one in dials_of(moved(found.rule.book, found.rule.formula, found.changes, found.item.title))
    }
    return [
        (one.title, one.words, after[one.key].words if one.key in found.changes else "")
        for one in dials_of(terms)
    ]


@require_GET
def compare(request: HttpRequest) -> HttpResponse:
    """Two kept trials side by side, number by number, county by county."""
    user = reader(request)
    try:
        first, second = (trial_for(user, UUID(request.GET.get(name, ""))) for name in ("a", "b"))
    except ValueError:
        raise NotFound("政策测算") from None
    numbers = {title: [now, a or now, ""] for title, now, a in _numbers(first)}
    for title, now, b in _numbers(second):
        numbers.setdefault(title, [now, "—", ""])[2] = b or now
    context = {
        "crumbs": _crumbs({"label": "比较"}), "a": first, "b": second, "numbers": [(title, *values) for title, values in numbers.items()],
        "a_result": shown(first.result, first.budget_fen), "b_result": shown(second.result, second.budget_fen), "same_data": first.freeze_id == second.freeze_id,
        "tables": [
            {"title": "各县区", "head": "县区", "rows": _side_by_side(first, second, "by_place", _place)},
            {"title": "各行业", "head": "行业", "rows": _side_by_side(first, second, "by_field", _field)},
        ],
        "whole": _whole(first, second), "budgets": _budgets(first, second),
        **_between(first, second),
        "difference": _signed(second.result["after"][1] - first.result["after"][1]), "q": "",
    }  # fmt: skip
    return render(request, "policy/compare.html", context)


def _side_by_side(first: Trial, second: Trial, key: str, name: Any) -> list[dict[str, Any]]:
    """Each county or industry under both drafts, the dearest first, the rest in one row."""
    sides = [{row[0]: (row[2], row[4]) for row in one.result[key]} for one in (first, second)]
    groups = [
        (code, *(side.get(code, (0, 0)) for side in sides)) for code in dict.fromkeys([*sides[0], *sides[1]])
    ]
    groups.sort(key=lambda one: (-max(one[1][1], one[2][1]), one[0]))
    if rest := groups[_GROUPS:]:
        a, b = (tuple(sum(one[at][part] for one in rest) for part in (0, 1)) for at in (1, 2))
        groups = [*groups[:_GROUPS], (f"其余 {len(rest)} 个", (a[0], a[1]), (b[0], b[1]))]
    return [_compared(name(code), a, b) for code, a, b in groups]


def _compared(label: str, a: tuple[int, int], b: tuple[int, int]) -> dict[str, Any]:
    return {
        "label": label,
        "a_firms": a[0],
        "a": wan_words(a[1]),
        "b_firms": b[0],
        "b": wan_words(b[1]),
        "change": _signed(b[1] - a[1]),
    }


def _whole(first: Trial, second: Trial) -> dict[str, Any]:
    a, b = first.result["after"], second.result["after"]
    return _compared("合计", (a[0], a[1]), (b[0], b[1]))


def _budgets(first: Trial, second: Trial) -> list[str]:
    """Each draft against its budget: 预算 500万元，超出 20万元."""
    found = []
    for one in (first, second):
        if one.budget_fen is None:
            found.append("没有写预算")
            continue
        left = one.budget_fen - one.result["after"][1]
        words = f"还余 {wan_words(left)}" if left >= 0 else f"超出 {wan_words(-left)}"
        found.append(f"预算 {wan_words(one.budget_fen)}，{words}")
    return found


def _between(first: Trial, second: Trial) -> dict[str, Any]:
    """Who gets more and who less under the second draft than under the first, of the firms that either draft changes.

    What a draft does not list it leaves as it is in force; is_whole: both lists were kept whole.
    """
    listed = [
        {row[0]: row for row in (*one.result["winners"], *one.result["losers"])} for one in (first, second)
    ]
    moves = []
    for code in dict.fromkeys([*listed[0], *listed[1]]):
        rows = [side.get(code) for side in listed]
        known = next(row for row in rows if row is not None)
        a, b = (row[4] if row is not None else known[3] for row in rows)
        if a != b:
            moves.append((known[1], known[2], a, b))
    moves.sort(key=lambda one: (-abs(one[3] - one[2]), one[0]))
    counted = [one.result["winner_count"] + one.result["loser_count"] for one in (first, second)]
    shown_moves = [
        {
            "name": name,
            "place": place_of(division),
            "before": wan_words(a),
            "after": wan_words(b),
            "more": b > a,
        }
        for name, division, a, b in moves
    ]
    return {
        "winners": [one for one in shown_moves if one["more"]][:_SHOWN],
        "losers": [one for one in shown_moves if not one["more"]][:_SHOWN],
        "winner_count": sum(one["more"] for one in shown_moves),
        "loser_count": sum(not one["more"] for one in shown_moves),
        "is_whole": counted == [len(listed[0]), len(listed[1])],
    }
