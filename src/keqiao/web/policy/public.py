"""The library for everybody: list, one policy, the calculator."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from keqiao.core.errors import BadInput, NotFound
from keqiao.firm.facts import facts_of
from keqiao.payment.access import unit_of
from keqiao.policy.amounts import wan_words, with_unit
from keqiao.policy.claiming import claims_by_facts, firm_of, items_in_force, successor_of, terms_of_item
from keqiao.policy.enums import Service
from keqiao.policy.models import Policy, PolicyItem
from keqiao.registry.enterprise.models import Enterprise
from keqiao.rules.book import Clause, Version
from keqiao.rules.facts import FACTS, fact_of, read_value, title_of
from keqiao.web.policy.places import place_name
from keqiao.web.rendering import paginate, render_part

_WHENS = (("current", "现行有效"), ("past", "已失效"))
TITLES = (("tech_sme", "科技型中小企业"), ("innovative_sme", "创新型中小企业"), ("hnte", "高新技术企业"), ("srdi", "专精特新"),
          ("giant", "小巨人"), ("eagle", "雏鹰"), ("gazelle", "瞪羚"))  # fmt: skip


def _crumbs(*labels: str) -> list[dict[str, str]]:
    head = [
        {"label": "首页", "href": reverse("market:home")},
        {"label": "惠企政策", "href": reverse("policy:policy-list")},
    ]
    return [*head, *({"label": label} for label in labels)]


_OPS = {">=": "不低于", ">": "高于", "<=": "不超过", "<": "低于", "==": "为", "!=": "不为"}


def _condition_words(clause: Clause, version: Version) -> str:
    """研发费用占销售收入不低于 3%; the title alone for other kinds of conditions."""
    if clause.kind != "compare":
        return clause.title
    value = next((one.value for one in version.values if one.name == clause.bound), clause.bound)
    shown = with_unit(value, clause.unit) if isinstance(value, Decimal) else f"{value} {clause.unit}".strip()
    return f"{clause.title}{_OPS.get(clause.op, clause.op)} {shown}"


def item_card(item: PolicyItem, day: Any) -> dict[str, Any]:
    """One article as people read it: numbers with their marks, conditions in the law's words."""
    terms = terms_of_item(item) if item.current is not None else None
    return {
        "item": item, "is_open": item.is_open(day), "service": item.get_service_display(),
        "numbers": [(one.title, one.words, one.verify) for one in terms.formula.numbers.values()] if terms else [],
        "conditions": [(_condition_words(one, terms.version), one.where.article, one.where.verify) for one in terms.version.conditions] if terms else [],
        "asked": [one.title for one in terms.formula.asked.values()] if terms else [],
    }  # fmt: skip


def _with(asked: QueryDict, when: str) -> str:
    """The filters of the address for another tab, from its first page."""
    kept = {key: value for key in ("place", "service", "q") if (value := asked.get(key, "").strip())}
    return urlencode({"when": when} | kept)


@login_not_required
@require_GET
def policy_list(request: HttpRequest) -> HttpResponse:
    """In force first; expired ones stay, grey, with the way to the successor. `?when= &place= &service= &q=`."""
    today, asked = timezone.localdate(), request.GET
    base = Policy.objects.public().select_related("successor").prefetch_related("items")
    codes = Policy.objects.public().exclude(division_code="").order_by("division_code")
    there = [(code, place_name(code)) for code in codes.values_list("division_code", flat=True).distinct()]
    if (place := asked.get("place", "")) in dict(there):
        base = base.valid_in(place)
    if (service := asked.get("service", "")) in Service.values:
        base = base.filter(items__service=service).distinct()
    if q := asked.get("q", "").strip()[:60]:
        base = (
            base.filter(title__icontains=q)
            | base.filter(items__title__icontains=q)
            | base.filter(document_no__icontains=q)
        ).distinct()
    now = base.in_force_on(today)
    heaps = {"current": now, "past": base.filter(valid_to__lt=today)}
    when = asked.get("when", "current") if asked.get("when") in heaps else "current"
    page = paginate(heaps[when].order_by("-valid_from", "pk"), request)
    rows = [
        {
            "policy": one,
            "place": place_name(one.division_code),
            "items": list(one.items.all()),
            "successor": successor_of(one) if when == "past" else None,
        }
        for one in page
    ]
    context = {
        "crumbs": [*_crumbs()[:1], {"label": "惠企政策"}], "page": page, "rows": rows, "words": q, "when": when, "service": service,
        "place": place, "places": there,
        "services": Service.choices, "q": "",
        "tabs": [{"label": label, "href": f"?{_with(asked, key)}", "count": heaps[key].count(), "current": key == when} for key, label in _WHENS],
    }  # fmt: skip
    return render_part(request, "policy/list.html", "results", context)


@login_not_required
@require_GET
def policy_detail(request: HttpRequest, n: int) -> HttpResponse:
    """One policy, article by article; an expired one leads to its successor."""
    found = Policy.objects.public().filter(pk=n).select_related("successor").first()
    if found is None:
        raise NotFound("政策")
    today = timezone.localdate()
    context = {
        "crumbs": _crumbs(found.title), "policy": found, "is_in_force": found.is_in_force(today), "is_over": found.valid_to is not None and found.valid_to < today,
        "successor": successor_of(found), "place": place_name(found.division_code),
        "cards": [item_card(one, today) for one in found.items.select_related("current")],
    }  # fmt: skip
    return render(request, "policy/detail.html", context)


def _needed(items: list[PolicyItem]) -> list[str]:
    """Facts and typed values that the items ask for, each once, in order of use."""
    names: dict[str, None] = {}
    for item in items:
        terms = terms_of_item(item)
        for clause in terms.version.conditions:
            names |= dict.fromkeys(clause.names)
        names |= dict.fromkeys(one for one in terms.formula.names if one not in terms.formula.numbers)
    return [
        name
        for name in names
        if name
        not in ("titles", "pool_total", "budget", "region", "age_days", "age_years", "age_years_begun")
    ]


@login_not_required
@require_GET
def calculator(request: HttpRequest) -> HttpResponse:
    """What a firm may claim: facts typed in, or one's own firm's. Nothing is stored; the address holds the answers."""
    today, asked = timezone.localdate(), request.GET
    unit = unit_of(request.user) if request.user.is_authenticated else None
    firm = firm_of(unit) if unit is not None else None
    items = list(items_in_force(today, firm.division_code if firm else ""))
    typed, errors = _typed(asked, items)
    facts = (facts_of(firm, today) if firm and asked.get("own") != "no" else {}) | typed
    claims = claims_by_facts(items, facts, today, typed) if (asked or firm) and not errors else []
    hits = [one for one in claims if one["claim"].is_hit]
    context = {
        "crumbs": _crumbs("能享受哪些"), "firm": firm, "fields": _fields(items, facts, errors, firm), "titles": TITLES, "chosen": facts.get("titles") or [],
        "claims": claims, "hits": len(hits), "total": wan_words(sum(one["claim"].fen or 0 for one in hits)), "errors": errors,
        "is_asked": bool(claims), "has_typed": any(not fact_of(name) for name in typed), "count": len(items), "q": "",
    }  # fmt: skip
    return render_part(request, "policy/calculator.html", "results", context)


def _typed(asked: Any, items: list[PolicyItem]) -> tuple[dict[str, Any], dict[str, str]]:
    """Facts from the address, and what is wrong with which."""
    found: dict[str, Any] = {}
    errors: dict[str, str] = {}
    if asked.getlist("titles") or "asked" in asked:
        found["titles"] = [one for one in asked.getlist("titles") if one in dict(TITLES)]
    for name in _needed(items):
        text = asked.get(name, "").strip()
        if not text:
            continue
        try:
            found[name] = read_value(name, text) if fact_of(name) else _typed_number(text)
        except BadInput as refusal:
            errors[name] = refusal.message
    return found, errors


def _typed_number(text: str) -> Any:
    if text in ("是", "否"):
        return text == "是"
    try:
        value = Decimal(text.replace(",", ""))
    except ArithmeticError:
        raise BadInput(f"“{text[:30]}”不是数字，请只写数字。") from None
    if not value.is_finite() or abs(value) >= Decimal(10) ** 10:
        raise BadInput(f"“{text[:30]}”太大，请核对单位。")
    return value


def _fields(
    items: list[PolicyItem], facts: dict[str, Any], errors: dict[str, str], firm: Enterprise | None
) -> list[dict[str, Any]]:
    """The questions: what the items in force need, with what is known."""
    asked = {name: one for item in items for name, one in terms_of_item(item).formula.asked.items()}
    rows = []
    for name in _needed(items):
        known = fact_of(name)
        kind = FACTS[known[0].name].kind if known else asked[name].kind if name in asked else "number"
        value = facts.get(name)
        rows.append({
            "name": name, "title": title_of(name, timezone.localdate().year - 1) if known else asked[name].title if name in asked else name,
            "unit": known[0].unit if known else asked[name].unit if name in asked else "", "kind": kind, "error": errors.get(name, ""),
            "value": "是" if value is True else "否" if value is False else "" if value is None else value,
            "is_own": firm is not None and value is not None, "is_typed_only": not known,
        })  # fmt: skip
    return rows
