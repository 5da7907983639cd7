"""Testing a draft: on an example that the officer types in, and on every firm of the registry."""

import logging
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_GET, require_POST

from keqiao.core.errors import BadInput, KeqiaoError
from keqiao.rules import firms
from keqiao.rules.access import draft_for, trial_for
from keqiao.rules.actions import version_of
from keqiao.rules.book import Version
from keqiao.rules.compiling import engine
from keqiao.rules.facts import NAMES, read_value, title_of
from keqiao.rules.judging import Outcome, judge
from keqiao.rules.lawtable import TITLES
from keqiao.rules.models import RuleTrial
from keqiao.rules.trying import against, begin_trial, carry_out
from keqiao.web.intake.jobs import spawn
from keqiao.web.people.signin import me
from keqiao.web.rendering import render_part
from keqiao.web.rules.drafts import crumbs_of
from keqiao.web.rules.showing import counts, day_of, judgement_rows

log = logging.getLogger(__name__)
AT_ONCE = 3000  # firms; as many are tried while the request waits


def asked_facts(*versions: Version) -> list[str]:
    """The facts that these versions ask for, in the order of the list of facts."""
    wanted: set[str] = set()
    for version in versions:
        wanted |= set(engine(version, version.valid_from, version.region).names)
        wanted |= {one.fact for one in version.score_items() if one.fact}
    if wanted & {"age_days", "age_years", "age_years_begun"}:
        wanted.add("founded_on")
    return [name for name in NAMES if name in wanted]


def fact_rows(names: list[str], given: Mapping[str, str], year: int) -> list[dict[str, Any]]:
    """The facts as inputs: {name, title, unit, help, kind, value}."""
    rows = []
    for name in names:
        fact, _ = NAMES[name]
        help_text = (
            fact.help
            if fact.kind != "words"
            else "、".join(f"{code} {title}" for code, title in TITLES.items())
        )
        rows.append(
            {
                "name": name,
                "title": title_of(name, year),
                "unit": fact.unit,
                "kind": fact.kind,
                "help": help_text,
                "value": given.get(name, ""),
            }
        )
    return rows


@require_GET
def draft_example(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One firm as typed in, under the version in force and under the draft, side by side. The address keeps it."""
    draft = draft_for(me(request), public_id)
    on, problem = day_of(request.GET.get("on", "") or str(version_of(draft).valid_from))
    new, old = version_of(draft), against(draft, on)
    facts, errors = {}, []
    for name in asked_facts(old, new):
        try:
            value = read_value(name, request.GET.get(name, ""))
        except BadInput as refusal:
            errors.append(refusal.message)
        else:
            if value is not None:
                facts[name] = value
    context: dict[str, Any] = {
        "crumbs": crumbs_of(draft, "用例子试算"),
        "draft": draft,
        "on": on,
        "problem": problem,
        "errors": errors,
        "facts": fact_rows(asked_facts(old, new), request.GET.dict(), on.year - 1),
        "old_title": old.title,
        "new_title": new.title,
    }
    if facts and not errors:
        context["sides"] = [
            {"title": f"现行：{old.title}", "found": judgement_rows(judge(old, facts, on=on))},
            {"title": f"草案：{new.title}", "found": judgement_rows(judge(new, facts, on=on))},
        ]
    return render(request, "rules/example.html", context)


@require_POST
def trial_begin(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Try the draft on every firm."""
    user = me(request)
    draft = draft_for(user, public_id)
    if not firms.is_known():
        messages.error(request, "企业档案还没有接入规则，不能在全部企业上试算。请先用例子试算。")
        return redirect("rules:draft-detail", public_id=public_id)
    on, _ = day_of(request.POST.get("on", ""))
    trial = begin_trial(draft=draft, on=on, by=user)

    def job() -> None:
        try:
            carry_out(RuleTrial.objects.select_related("draft").get(pk=trial.pk))
        except KeqiaoError:
            log.info("rule trial refused", extra={"trial": trial.pk})  # the page says why
        except Exception:
            log.exception("rule trial failed", extra={"trial": trial.pk})

    if trial.total is not None and trial.total <= AT_ONCE:
        job()
    else:
        spawn(job)
    return redirect("rules:trial-detail", public_id=trial.public_id)


@require_GET
def trial_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """How far it has come; then before, after and who changes."""
    trial = trial_for(me(request), public_id)
    before, after = counts(trial.before), counts(trial.after)
    labels = {str(one): one.label for one in Outcome}
    context = {
        "crumbs": [*crumbs_of(trial.draft), {"label": "全部企业试算"}],
        "trial": trial,
        "rows": [
            {"label": label, "before": old, "after": new, "more": new - old}
            for (label, old), (_, new) in zip(before, after, strict=True)
            if old or new
        ],
        "changes": [
            {
                "id": identity,
                "name": name,
                "before": labels.get(old, old),
                "after": labels.get(new, new),
                "href": firm_address(identity),
            }
            for identity, name, old, new in trial.changes
        ],
        "progress": {
            "label": "试算中断" if trial.is_stopped else "正在逐家试算",
            "done": trial.done,
            "total": trial.total,
            "percent": min(99, trial.done * 100 // trial.total) if trial.total else None,
            "note": "" if trial.is_stopped else "可以离开本页，算完再来看。",
        },
    }
    return render_part(request, "rules/trial.html", "trial", context)


def firm_address(identity: str) -> str:
    """The firm's page, "" when that room is not installed or the id is of another kind."""
    try:
        return reverse("firm:firm", args=[identity])
    except NoReverseMatch:
        return ""
