"""Kept verdicts of a firm: the list, one with everything it rested on, and giving it again from that."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from keqiao.core.errors import BadInput
from keqiao.firm.access import firm_for, may_write
from keqiao.firm.facts import facts_of
from keqiao.firm.verdicts import books_for, keep_verdict, verdict_for, verdicts_of
from keqiao.registry.enterprise.models import Enterprise
from keqiao.rules.assessing import inputs_of, replayed
from keqiao.rules.book import Clause, ScoreItem, Version, parse_version
from keqiao.rules.facts import fact_of, of_year, title_of, unit_of
from keqiao.rules.judging import Condition, Judgement, Outcome
from keqiao.rules.models import Assessment
from keqiao.rules.saying import shown
from keqiao.rules.shelf import current, shipped
from keqiao.web.firm.file import fact_words
from keqiao.web.people.signin import me
from keqiao.web.rendering import paginate
from keqiao.web.rules.showing import TONES, day_of, version_context

_OPS = {">=": "不低于", ">": "高于", "<=": "不超过", "<": "低于", "==": "等于", "!=": "不等于"}


def _crumbs(firm: Enterprise, here: str, *, within: bool = False) -> list[dict[str, Any]]:
    above = [{"label": "工作台", "href": reverse("desk:inbox")},
             {"label": firm.title, "href": reverse("firm:firm", args=[firm.public_id])}]  # fmt: skip
    if within:
        above.append({"label": "留存的结论", "href": reverse("firm:verdicts", args=[firm.public_id])})
    return [*above, {"label": here}]


def verdict_line(one: Assessment) -> dict[str, Any]:
    """A kept verdict as one line of a list."""
    outcome = Outcome(one.outcome)
    version = one.text.data
    return {
        "one": one,
        "book": shipped(one.book).title,
        "version": version.get("title") or one.text.version_id,
        "outcome": outcome.label,
        "tone": TONES[outcome],
    }


@require_GET
def verdicts(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The verdicts kept on a firm, newest first, and the form for one more."""
    user = me(request)
    firm = firm_for(user, public_id)
    page = paginate(verdicts_of(firm), request, per_page=50)
    today = timezone.localdate()
    context = {
        "firm": firm,
        "page": page,
        "rows": [verdict_line(one) for one in page],
        "books": books_for(firm, today) if may_write(user, firm) else [],
        "chosen": request.GET.get("book", ""),
        "today": today,
        "crumbs": _crumbs(firm, "留存的结论"),
    }
    return render(request, "firm/verdicts.html", context)


@require_POST
def verdict_keep(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Judge by one book and keep it."""
    user = me(request)
    firm = firm_for(user, public_id, to_write=True)
    on, problem = day_of(request.POST.get("on", ""))
    try:
        if problem:
            raise BadInput(problem.split("。")[0] + "。", code="verdict.day")
        kept = keep_verdict(
            firm=firm,
            book=request.POST.get("book", ""),
            on=on,
            by=user,
            purpose=request.POST.get("purpose", ""),
        )
    except BadInput as refusal:
        messages.error(request, refusal.message)
        return redirect("firm:verdicts", public_id=public_id)
    messages.success(request, "结论已留存，连同当时的规则全文和所用数据。")
    return redirect("firm:verdict", public_id=public_id, verdict_id=kept.public_id)


@require_GET
def verdict(request: HttpRequest, public_id: UUID, verdict_id: UUID) -> HttpResponse:
    """One kept verdict with everything it rested on; ?again=1 gives it once more from that."""
    user = me(request)
    firm, kept = verdict_for(user, public_id, verdict_id)
    version = parse_version(kept.text.data, kept.book, f"“{kept.book}”")
    said = Judgement.from_json(kept.judgement)
    inputs = _inputs(firm, kept, version)
    title, since = shipped(kept.book).title, _since(kept, firm)
    again = replayed(kept) if request.GET.get("again") else None
    routes = {one.id: one.title for one in version.routes}
    law = version_context(shipped(kept.book), version, kept.on, firm.division_code[:6])
    wants = {line.id: line.wants for section in law["sections"] for line in section["lines"]}
    context = law | {
        "firm": firm,
        "kept": kept,
        "said": said,
        "title": title,
        "outcome": said.outcome.label,
        "tone": TONES[said.outcome],
        "conditions": [_condition(one, routes, wants) for one in said.conditions],
        "scores": [{"one": one, "value": _amount(one.value, one.unit)} for one in said.scores],
        "used": [one for one in inputs if one["used"]],
        "unused": [one for one in inputs if not one["used"]],
        "moved_count": sum(1 for one in inputs if one["used"] and one["is_moved"]),
        "since": since,
        "since_words": f"{since}这里的结论和条文都是留存时的。" if since else "",
        "again": again,
        "again_words": f"用留存的规则全文（{version.id}）和数据，逐条核对了 {len(said.conditions)} 条条件、{len(said.scores)} 项评分，"
        f"结论“{said.outcome.label}”、数值、界限和余量都相同。",
        "crumbs": _crumbs(firm, f"{title} {kept.on}", within=True),
    }
    return render(request, "firm/verdict.html", context)


def _amount(value: Any, unit: str) -> str:
    if value is None:
        return "—"
    text = shown(value)
    return text + (unit if unit in ("%", "") else f" {unit}")


def _condition(one: Condition, routes: Mapping[str, str], wants: Mapping[str, str]) -> dict[str, Any]:
    """value and bound as judged; where nothing is measured the requirement in words."""
    bound = (
        wants.get(one.id, "")
        if one.bound is None
        else f"{_OPS.get(one.op, '')} {_amount(one.bound, one.unit)}".strip()
    )
    return {
        "one": one,
        "label": one.outcome.label,
        "tone": TONES[one.outcome],
        "way": f"路径：{routes[one.route]}" if one.route in routes and not one.parent else "",
        "value": _amount(one.value, one.unit),
        "bound": bound or "—",
        "margin": "" if one.margin is None else _margin(one.margin, one.unit),
    }


def _margin(margin: Decimal, unit: str) -> str:
    words = "个百分点" if unit == "%" else unit
    return f"{'余' if margin >= 0 else '差'} {shown(abs(margin))} {words}".rstrip()


def _inputs(firm: Enterprise, kept: Assessment, version: Version) -> list[dict[str, Any]]:
    """The kept data beside what the file says today; those that the book asks for are marked."""
    asked = _asked(version)
    now = inputs_of(facts_of(firm, kept.on))
    year = int(kept.inputs.get("data_year") or kept.on.year - 1)
    names = [
        name for name in {*kept.inputs, *asked} if fact_of(name) and not _is_worked_out(name, kept.inputs)
    ]
    return [
        {
            "title": title_of(name, year),
            "value": _words(name, kept.inputs.get(name)),
            "now": _words(name, now.get(name)),
            "is_moved": kept.inputs.get(name) != now.get(name),
            "used": name in asked,
        }
        for name in sorted(names, key=_order)
    ]


def _is_worked_out(name: str, inputs: Mapping[str, Any]) -> bool:
    """Net assets that nobody filled in: they come from assets and liabilities."""
    return name.startswith("net_assets") and name not in inputs and name.replace("net_", "") in inputs


def _order(name: str) -> tuple[str, int]:
    found = fact_of(name)
    return (found[0].name, found[1]) if found else (name, 0)


def _asked(version: Version) -> set[str]:
    """Names of the facts that the version asks for, and the founding day, from which ages come."""
    names = {"founded_on"}
    for clause in version.clauses():
        names |= {*clause.names, *clause.when_names}
    measured_parts: list[Clause | ScoreItem] = [*version.clauses(), *version.score_items()]
    for measured in measured_parts:
        names |= set(measured.names)
        if measured.measure is not None and measured.measure.years:
            names |= {of_year(measured.measure.of, back) for back in range(measured.measure.years + 1)}
    for name in [one for one in names if one.startswith("net_assets")]:
        back = name.removeprefix("net_assets")
        names |= {f"assets{back}", f"liabilities{back}"}
    return names


def _words(name: str, value: Any) -> str:
    if value is None:
        return "没有数据"
    found = fact_of(name)
    kind = found[0].kind if found else "text"
    if kind in ("flag", "words"):
        return fact_words(found[0].name if found else name, value)
    unit = unit_of(name)
    if kind == "points" and isinstance(value, list):
        value = "—".join(dict.fromkeys(map(str, value)))
    return f"{value} {unit}".rstrip()


def _since(kept: Assessment, firm: Enterprise) -> str:
    """What became of the rule since: changed for the same day, another version today, or nothing."""
    book, today = current(kept.book), timezone.localdate()
    region = firm.division_code[:6]
    same_day, now = book.find(kept.on, region), book.find(today, region)
    if same_day is None or same_day.digest != kept.text.digest:
        found = f"“{same_day.title}”（{same_day.id}）" if same_day is not None else "没有有效版本"
        return f"留存以后，{kept.on} 这一天适用的规则已改为{found}。"
    if now is None or now.digest != kept.text.digest:
        found = f"“{now.title}”（{now.id}）" if now is not None else "没有有效版本"
        return f"今天（{today}）适用的是{found}。"
    return ""
