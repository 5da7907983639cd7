"""The firm's side: what it may claim, each award with its reasons, contest, yes or no."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.payment.access import awards_of, unit_of
from keqiao.payment.access import own_award as own_award_for
from keqiao.payment.accounts import accounts_of, add_account
from keqiao.payment.applying import open_rolls
from keqiao.payment.contesting import accept_award, conditions_of, contest, decline_award
from keqiao.payment.enums import CONTESTABLE, AwardState
from keqiao.payment.models import Award
from keqiao.payment.publishing import notice_of, reading_of
from keqiao.people.models import User
from keqiao.policy.claiming import claims_of_unit
from keqiao.web.payment.forms import AccountForm
from keqiao.web.payment.present import award_row, clock_of, conditions
from keqiao.web.people.signin import me
from keqiao.web.rendering import paginate

_ACCEPTS = (AwardState.ASKED, AwardState.BOUNCED)
_DECLINES = (AwardState.CONFIRMED, AwardState.PUBLIC, AwardState.ASKED, AwardState.READY, AwardState.BOUNCED)


def crumbs(*more: str) -> list[dict[str, str]]:
    head = [
        {"label": "工作台", "href": reverse("desk:inbox")},
        {"label": "我的政策", "href": reverse("payment:own-list")},
    ]
    return [*head, *({"label": one} for one in more)]


@never_cache
@require_GET
def own_list(request: HttpRequest) -> HttpResponse:
    """What waits, what was given, and what the firm may claim today."""
    user = me(request)
    unit = unit_of(user)
    if unit is None:
        raise NotFound("我的政策")
    today = timezone.localdate()
    page = paginate(awards_of(user).filter(organisation=unit).order_by("-since"), request)
    rows = [award_row(one) | {"href": href_of(one)} for one in page]
    rolls = {one.item_id: one for one in open_rolls(today)}
    claims = claims_of_unit(unit, today)
    for one in claims:
        one["roll"] = rolls.get(one["item"].pk)
    context = {
        "crumbs": [*crumbs()[:1], {"label": "我的政策"}], "page": page, "rows": rows, "claims": claims, "unit": unit,
        "waiting": [row for row in rows if row["award"].state in (*_ACCEPTS, AwardState.RETURNED)],
    }  # fmt: skip
    return render(request, "payment/own_list.html", context)


def href_of(award: Award) -> str:
    """Where the firm works on it: a draft in its form, everything else on its notice."""
    name = "application" if award.state in (AwardState.DRAFT, AwardState.RETURNED) else "own-award"
    return reverse(f"payment:{name}", args=[award.public_id])


@never_cache
@require_GET
def own_award(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The notice with the reasons."""
    return _page(request, own_award_for(me(request), public_id))


def _page(request: HttpRequest, award: Award, status: int = 200, **more: Any) -> HttpResponse:
    notice = notice_of(award)
    context = {
        "crumbs": crumbs(award.number), "award": award, "row": award_row(award), "conditions": conditions(award),
        "contestable": conditions_of(award) if award.state in CONTESTABLE else (), "contests": award.contests.all(),
        "steps": clock_of(award), "history": award.steps.filter(is_for_firm=True), "notice": notice,
        "clock": reading_of(notice, timezone.localdate(), award) if notice and award.state == AwardState.PUBLIC else None,
        "accounts": accounts_of(award.organisation) if award.state in _ACCEPTS else (), "may_accept": award.state in _ACCEPTS,
        "may_decline": award.state in _DECLINES, "account_form": AccountForm(initial={"holder": award.organisation.name}),
    }  # fmt: skip
    return render(request, "payment/own_award.html", context | more, status=status)


@require_POST
def own_act(request: HttpRequest, public_id: UUID, what: str) -> HttpResponse:
    """One button of the notice."""
    user, award = me(request), own_award_for(me(request), public_id)
    acts: dict[str, tuple[Callable[[], Any], str]] = {
        "contest": (lambda: contest(award=award, condition=request.POST.get("condition", ""), text=request.POST.get("text", ""), by=user), "申诉已提交，答复后会通知您；答复以前这件事项不会继续。"),
        "accept": (lambda: _accept(request, award, user), "已确认，资金随下一批次拨付。"),
        "decline": (lambda: decline_award(award=award, reason=request.POST.get("reason", ""), by=user), "已放弃，资金退回资金包。"),
    }  # fmt: skip
    if what not in acts:
        raise NotFound("这项操作")
    do, done = acts[what]
    try:
        do()
    except (BadInput, NotAllowed) as refusal:
        award = own_award_for(user, public_id)
        form = AccountForm(request.POST) if what == "accept" else AccountForm()
        return _page(
            request, award, 422 if isinstance(refusal, BadInput) else 409, refused=refusal, account_form=form
        )
    messages.success(request, done)
    return redirect("payment:own-award", public_id=public_id)


def _accept(request: HttpRequest, award: Award, user: User) -> Award:
    """To an account that is registered, or to a new one typed below."""
    posted = request.POST
    version = int(posted["version"]) if posted.get("version", "").isdigit() else None
    chosen = next(
        (one for one in accounts_of(award.organisation) if str(one.public_id) == posted.get("account")), None
    )
    if chosen is None:
        chosen = add_account(
            organisation=award.organisation, holder=posted.get("holder", ""), bank=posted.get("bank", ""),
            number=posted.get("number", ""), bank_code=posted.get("bank_code", ""), by=user,
        )  # fmt: skip
    return accept_award(award=award, account=chosen, by=user, version=version)
