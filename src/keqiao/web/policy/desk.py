"""Keeping the library: policies, items with their rules, which firms an item fits."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.people.access import scope_of
from keqiao.people.models import User
from keqiao.policy.access import item_for, may_edit, policy_for
from keqiao.policy.actions import publish_policy, save_item, save_policy, withdraw_policy
from keqiao.policy.amounts import wan_words
from keqiao.policy.claiming import firms_for
from keqiao.policy.enums import PolicyState
from keqiao.policy.freezes import firms_of, freeze_facts, latest_freeze
from keqiao.policy.models import READERS, FactFreeze, Policy, PolicyItem
from keqiao.web.payment.present import OUTCOME_TONES, place_of
from keqiao.web.people.signin import me
from keqiao.web.policy.forms import ItemForm, PolicyForm, as_yaml
from keqiao.web.policy.places import place_name, places
from keqiao.web.policy.public import item_card
from keqiao.web.rendering import paginate, render_part


def crumbs(*more: dict[str, str]) -> list[dict[str, str]]:
    head = [
        {"label": "工作台", "href": reverse("desk:inbox")},
        {"label": "政策库", "href": reverse("policy:desk")},
    ]
    return [*head, *more]


def reader(request: HttpRequest) -> User:
    user = me(request)
    if not scope_of(user).roles & READERS:
        raise NotAllowed("政策库的维护由科技局办理。您可以看公开的惠企政策。", code="policy.role")
    return user


@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """All policies of the officer's area, drafts too."""
    user = reader(request)
    state = request.GET.get("state", "")
    base = Policy.objects.visible_to(scope_of(user)).select_related("successor").prefetch_related("items")
    if state in PolicyState.values:
        base = base.filter(state=state)
    if q := request.GET.get("q", "").strip()[:60]:
        base = base.filter(title__icontains=q)
    page, today = paginate(base.order_by("-valid_from", "pk"), request), timezone.localdate()
    rows = [
        {"policy": one, "place": place_name(one.division_code), "is_in_force": one.is_in_force(today)}
        for one in page
    ]
    context = {
        "crumbs": [*crumbs()[:1], {"label": "政策库"}],
        "page": page,
        "rows": rows,
        "state": state,
        "states": PolicyState.choices,
        "words": q,
        "may_edit": may_edit(user, "") or bool(scope_of(user).prefixes),
        "q": "",
    }
    return render_part(request, "policy/desk.html", "results", context)


def _policy_form(request: HttpRequest, user: User, found: Policy | None) -> PolicyForm:
    names = PolicyForm.base_fields
    initial = {name: getattr(found, name) for name in names} if found else None
    form = PolicyForm(request.POST or None, initial=initial)
    form.fields["division_code"].choices = places(user)  # type: ignore[attr-defined]  # a ChoiceField
    others = Policy.objects.visible_to(scope_of(user)).exclude(pk=found.pk if found else 0)
    form.fields["successor"].queryset = others  # type: ignore[attr-defined]  # a ModelChoiceField
    return form


@require_http_methods(["GET", "POST"])
def policy_new(request: HttpRequest) -> HttpResponse:
    return _policy_page(request, None)


@never_cache
@require_http_methods(["GET", "POST"])
def policy_edit(request: HttpRequest, n: int) -> HttpResponse:
    """One policy with its items; POST changes its head."""
    reader(request)
    return _policy_page(request, policy_for(request.user, n))


def _policy_page(request: HttpRequest, found: Policy | None, refused: Any = None) -> HttpResponse:
    user, status, today = reader(request), 200, timezone.localdate()
    form = _policy_form(request, user, found)
    if request.method == "POST" and refused is None:
        status = 422
        if form.is_valid():
            text = request.POST.get("version", "")
            try:
                made = save_policy(
                    policy=found,
                    values=form.cleaned_data,
                    by=user,
                    version=int(text) if text.isdigit() else None,
                )
                messages.success(request, "已保存。")
                return redirect("policy:policy-edit", n=made.pk)
            except (BadInput, NotAllowed) as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
                status = 422 if isinstance(refusal, BadInput) else 409
    context = {
        "crumbs": crumbs({"label": found.title if found else "新政策"}), "policy": found, "form": form, "refused": refused,
        "cards": [item_card(one, today) for one in found.items.select_related("current")] if found else [],
        "may_edit": found is None or may_edit(user, found.division_code), "q": "",
    }  # fmt: skip
    return render(request, "policy/edit.html", context, status=409 if refused else status)


@require_POST
def policy_act(request: HttpRequest, n: int, what: str) -> HttpResponse:
    """Publish or withdraw."""
    user, found = reader(request), policy_for(request.user, n)
    try:
        if what == "publish":
            publish_policy(policy=found, by=user)
            messages.success(request, "已发布，所有人可以查看和测算。")
        elif what == "withdraw":
            withdraw_policy(policy=found, reason=request.POST.get("reason", ""), by=user)
            messages.success(request, "已撤下。")
        else:
            raise NotFound("这项操作")
    except (BadInput, NotAllowed) as refusal:
        request.method = "GET"
        return _policy_page(request, found, refused=refusal)
    return redirect("policy:policy-edit", n=n)


@require_http_methods(["GET", "POST"])
def item_new(request: HttpRequest, n: int) -> HttpResponse:
    reader(request)
    return _item_page(request, policy_for(request.user, n), None)


@never_cache
@require_http_methods(["GET", "POST"])
def item_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One article with its rule as text; a changed rule becomes a new version."""
    reader(request)
    found = item_for(request.user, public_id)
    return _item_page(request, found.policy, found)


_BLANK = {
    "book": "id: item\nsource: 文件名称\nvalid_from: 2026-01-01\nvalues:\n  least: {title: 研发经费下限, value: 100, unit: 万元, verify: true}\nconditions:\n"
    "  - {id: title, title: 有效的高新技术企业, test: \"contains(titles, 'hnte')\", article: 第五条}\n"
    "  - {id: rd, title: 研发经费, measure: rd_stat, op: \">=\", bound: least, unit: 万元, article: 第五条}\n",
    "formula": "amount: min([rate * rd_stat, cap])\nnumbers:\n  rate: {title: 补助比例, value: 10, unit: \"%\"}\n  cap: {title: 上限, value: 100, verify: true}\n"
    "says: \"{rd_stat} × {rate}，最高 {cap}\"\n",
}  # fmt: skip


def _initial(found: PolicyItem | None) -> dict[str, Any]:
    if found is None:
        return dict(_BLANK)
    first = {
        name: getattr(found, name)
        for name in ItemForm.base_fields
        if name not in ("book", "formula", "materials", "second_over_fen")
    }
    first["materials"] = "\n".join(
        one["title"] + ("*" if one.get("is_required") else "") for one in found.materials
    )
    first["second_over_fen"] = "" if found.second_over_fen is None else found.second_over_fen // 100
    if found.current is not None:
        first |= {"book": as_yaml(found.current.book), "formula": as_yaml(found.current.formula)}
    return first


def _item_page(request: HttpRequest, policy: Policy, found: PolicyItem | None) -> HttpResponse:
    user, status = reader(request), 200
    form = ItemForm(request.POST or None, initial=_initial(found))
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = dict(form.cleaned_data)
            book, formula = data.pop("book"), data.pop("formula")
            try:
                made = save_item(policy=policy, item=found, values=data, book=book, formula=formula, by=user)
                messages.success(
                    request,
                    f"“{made.title}”已保存"
                    + (f"，规则第 {made.current.number} 版。" if made.current else "，还没有规则。"),
                )
                return redirect("policy:policy-edit", n=policy.pk)
            except (BadInput, NotAllowed) as refusal:
                field = (
                    refusal.field
                    if refusal.field in form.fields
                    else "book"
                    if (refusal.code or "").startswith("rules.")
                    else None
                )
                form.add_error(field, refusal.message)
                status = 422 if isinstance(refusal, BadInput) else 409
    context = {
        "crumbs": crumbs({"label": policy.title, "href": reverse("policy:policy-edit", args=[policy.pk])}, {"label": found.title if found else "新条款"}),
        "policy": policy, "item": found, "form": form, "rules": found.rules.all()[:20] if found else [], "may_edit": may_edit(user, policy.division_code), "q": "",
    }  # fmt: skip
    return render(request, "policy/item.html", context, status=status)


@require_GET
def item_firms(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Which firms the item fits, on the newest frozen data."""
    reader(request)
    found = item_for(request.user, public_id)
    if found.current is None:
        raise NotAllowed(f"“{found.title}”还没有规则，找不出企业。请先写条件和金额。", code="policy.rule")
    newest = latest_freeze()
    rows: list[dict[str, Any]] = []
    if newest is not None:
        frozen = FactFreeze.objects.get(pk=newest.pk)
        scope = scope_of(request.user)
        firms = [one for one in firms_of(frozen) if scope.covers(one.division)]
        rows = [
            {
                "firm": firm,
                "claim": one,
                "place": place_of(firm.division),
                "tone": OUTCOME_TONES[str(one.outcome)],
            }
            for firm, one in firms_for(found, firms, newest.on)
        ]
    page = paginate(rows, request, per_page=50)
    context = {
        "crumbs": crumbs({"label": found.policy.title, "href": reverse("policy:policy-edit", args=[found.policy.pk])}, {"label": "符合的企业"}),
        "item": found, "freeze": newest, "page": page, "hits": sum(one["claim"].is_hit for one in rows), "unknown": sum(not one["claim"].is_hit for one in rows),
        "sum_words": wan_words(sum(one["claim"].fen or 0 for one in rows if one["claim"].is_hit)), "q": "",
    }  # fmt: skip
    return render(request, "policy/firms.html", context)


@require_POST
def freeze(request: HttpRequest) -> HttpResponse:
    """Take today's data."""
    made = freeze_facts(on=timezone.localdate(), by=reader(request))
    messages.success(request, f"已固定 {made.firm_count} 家企业截至 {made.on} 的数据。")
    back = request.POST.get("next", "")
    return redirect(back if back.startswith("/desk/") else "policy:sandbox")
