"""我要对接: somebody asks for what a page offers, with an account or without one."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.deal.actions import desk_people
from keqiao.deal.clock import clock_of_case
from keqiao.deal.enums import Opening, Side
from keqiao.deal.models import Case
from keqiao.deal.opening import SUPPLY_KINDS, Enquirer, open_case
from keqiao.deal.steps import open_title, tell
from keqiao.matching.masking import owner_of, shown_title
from keqiao.people.access import scope_of
from keqiao.people.enums import MEMBERS
from keqiao.people.models import User
from keqiao.people.signin import client_ip
from keqiao.registry.demand.models import Demand
from keqiao.registry.records.access import record_for
from keqiao.registry.records.enums import Status
from keqiao.registry.records.models import Record
from keqiao.web.deal.forms import EnquiryForm, VisitorForm
from keqiao.web.market.halls import detail_url, hall_of
from keqiao.web.people.signin import me

_A_DAY = 24 * 3600
_PER_ADDRESS = 5  # enquiries a day from one network address without an account; robots stop here


def _asked(request: HttpRequest, kind: str, public_id: UUID) -> Record:
    if kind not in (*SUPPLY_KINDS, "demand"):
        raise NotFound("栏目", kind)
    record = record_for(request.user, kind, public_id)
    if record.status != Status.PUBLISHED:
        raise NotFound(hall_of(kind).label)
    return record


@require_http_methods(["GET", "POST"])
def enquire(request: HttpRequest, kind: str, public_id: UUID) -> HttpResponse:
    """The form for a signed-in member; what he sends becomes a case of the office of its place."""
    user, record = me(request), _asked(request, kind, public_id)
    if not scope_of(user).roles & MEMBERS:
        raise NotAllowed(
            "“我要对接”由企业、高校院所、技术经理人和专家使用。工作人员请用“建立对接事项”。",
            code="case.enquire",
        )
    demands = _own_demands(user) if kind != "demand" else []
    data = request.POST if request.method == "POST" else None
    initial = {"contact_name": user.name, "contact_phone": user.phone}
    form = EnquiryForm(
        data,
        demands=[(str(one.pk), f"{one.number or '草稿'} {one.title}") for one in demands],
        initial=initial,
    )
    if request.method == "POST" and form.is_valid() and _can_be_reached(form, user):
        typed = form.cleaned_data
        wanted = next((one for one in demands if str(one.pk) == typed.get("demand")), None)
        who = Enquirer(
            name=typed["contact_name"] or user.name,
            phone=typed["contact_phone"] or user.phone,
            email=user.email,
            user=user,
        )
        case = _opened(request, form, record, who, wanted)
        if case is not None:
            messages.success(request, f"已建立 {case.number}，由科技局跟进。谁在办、什么时候办，都在这一页。")
            return redirect("deal:case", public_id=case.public_id)
    return _page(request, form, record, 422 if request.method == "POST" else 200)


def _can_be_reached(form: EnquiryForm, user: User) -> bool:
    """Whether the other side can reach him once both agreed; False, with the reason on the form, when it could not."""
    if form.cleaned_data["contact_phone"] or user.phone or user.email:
        return True
    form.add_error("contact_phone", "您的账号里没有手机和邮箱。请写一个电话，双方同意后对方才能联系到您。")
    return False


def _own_demands(user: User) -> list[Demand]:
    found = Demand.objects.published().filter(organisation_id__in=scope_of(user).organisations)
    return list(found.order_by("-published_at")[:50])


@login_not_required
@require_http_methods(["GET", "POST"])
def visitor_enquire(request: HttpRequest, kind: str, public_id: UUID) -> HttpResponse:
    """The form for somebody without an account; he gets an address of his own to look after it."""
    record = _asked(request, kind, public_id)
    if request.user.is_authenticated:
        return redirect("deal:enquire", kind=kind, public_id=public_id)
    form = VisitorForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        if not (typed["contact_phone"] or typed["contact_email"]):
            form.add_error("contact_phone", "手机和邮箱至少写一个，否则没有办法告诉您结果。")
        elif not typed["website"] and _counted(request, form):
            who = Enquirer(
                typed["organisation_name"],
                typed["contact_name"],
                typed["contact_phone"],
                typed["contact_email"],
            )
            case = _opened(request, form, record, who, None)
            if case is not None:
                return redirect("deal:enquiry", token=case.token)
    return _page(request, form, record, 422 if request.method == "POST" else 200)


def _counted(request: HttpRequest, form: EnquiryForm) -> bool:
    """Counts the sender's address; False, with the reason on the form, when it has asked enough today."""
    key = f"enquiry:{client_ip(request)}"
    store = caches["limits"]
    store.add(key, 0, _A_DAY)
    if int(store.incr(key)) <= _PER_ADDRESS:
        return True
    form.add_error(
        None, f"同一网络今天已经提交了 {_PER_ADDRESS} 次。请明天再来，或注册单位账号后提交，没有次数限制。"
    )
    return False


def _opened(
    request: HttpRequest, form: EnquiryForm, record: Record, who: Enquirer, wanted: Demand | None
) -> Case | None:
    """The case, with the office told; None with the reason on the form when it was refused."""
    by = request.user if isinstance(request.user, User) else None
    if len(form.cleaned_data["wish"].strip()) < 10:
        form.add_error("wish", "请至少用十个字写清想解决什么，承办人才能判断找谁。")
        return None
    asks_demand = record.KIND == "demand"
    place = (
        who.user.organisation.division_code if who.user and who.user.organisation else record.division_code
    )
    try:
        case = open_case(
            opening=Opening.ENQUIRY, by=by, wish=form.cleaned_data["wish"],
            demand=record if isinstance(record, Demand) else wanted, other=None if asks_demand else record,
            enquirer=who, enquirer_side=Side.SUPPLY if asks_demand else Side.DEMAND, division_code=place,
        )  # fmt: skip
    except (BadInput, NotAllowed) as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return None
    tell(desk_people(case.division_code)[:5], case=case, by=by, key="enquiry", subject=f"新的对接询问 {case.number}",
         text=f"“{open_title(case)}”有人要对接，等您分派承办人。承诺最晚 {case.due_on}。")  # fmt: skip
    return case


def _page(request: HttpRequest, form: EnquiryForm, record: Record, status: int) -> HttpResponse:
    scope = scope_of(request.user)
    hall = hall_of(record.KIND)
    context: dict[str, Any] = {
        "form": form,
        "record": record,
        "title": shown_title(record, scope),
        "owner": owner_of(record, scope),
        "hall": hall,
        "back": detail_url(record.KIND, record.public_id),
        "sign_in": f"{reverse('people:sign-in')}?next={reverse('deal:enquire', args=[record.KIND, record.public_id])}",
        "crumbs": [
            {"label": "首页", "href": "/"},
            {"label": hall.label, "href": hall.list_url},
            {"label": "我要对接"},
        ],
    }
    return render(request, "deal/enquire.html", context, status=status)


@login_not_required
@require_GET
def enquiry_state(request: HttpRequest, token: str) -> HttpResponse:
    """The enquirer's own page: the clock and nothing of the other side. The address is his only key."""
    case = Case.objects.filter(token=token, opening=Opening.ENQUIRY).select_related("demand").first()
    if case is None:
        raise NotFound("对接询问")
    context = {
        "case": case,
        "title": open_title(case),
        "clock": clock_of_case(case),
        "url": request.build_absolute_uri(),
        "crumbs": [{"label": "首页", "href": "/"}, {"label": case.number}],
    }
    return render(request, "deal/enquiry.html", context)
