"""Registration of a unit, the privacy notice, invitations."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from keqiao.codes import divisions
from keqiao.core.errors import BadInput, NotFound
from keqiao.people import actions, notice
from keqiao.people.models import OrganisationApplication
from keqiao.people.registration import open_invitation
from keqiao.people.signin import client_ip
from keqiao.web.people.forms import ConsentForm, InvitationForm, RegisterForm, show_refusal
from keqiao.web.people.signin import me, where_next


def place_options(text: str = "") -> list[str]:
    """Names of places to choose from: what the text may mean, else the counties of the home city."""
    home = settings.KEQIAO_HOME_DIVISION
    if text.strip():
        found = divisions.resolve(text, home)
        if found.division is None and not found.candidates:
            found = divisions.resolve(text)
        rows = [found.division] if found.division else list(found.candidates[:12])
        return [row.full_name for row in rows]
    return [row.full_name for row in divisions.children(home)] if home else []


@login_not_required
@require_GET
def division_options(request: HttpRequest) -> HttpResponse:
    """The options of the place field, for htmx while one types."""
    text = request.GET.get("division_code", "")[:60]
    return render(request, "people/register.html#division-options", {"places": place_options(text)})


@login_not_required
@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    form = RegisterForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        facts: dict[str, Any] = form.cleaned_data
        try:
            application = actions.apply_for_organisation(
                name=facts["organisation"],
                kind=facts["kind"],
                uscc=facts["uscc"],
                division_code=facts["division_code"],
                contact_name=facts["name"],
                contact_phone=facts["phone"],
                contact_email=facts["email"],
                username=facts["username"],
                password=facts["password"],
                note=facts["note"],
                shown_at=facts["shown"],
                ip=client_ip(request),
            )
        except BadInput as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "申请已提交。请收藏本页，凭这个地址随时查看审核结果。")
            return redirect("people:application-status", application.public_id)
    context = {"form": form, "places": place_options(), "notice": notice}
    return render(request, "people/register.html", context, status=422 if form.errors else 200)


@login_not_required
@never_cache
@require_GET
def application_status(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What became of an application: for whoever has its address."""
    application = OrganisationApplication.objects.filter(public_id=public_id).first()
    if application is None:
        raise NotFound("注册申请")
    place = divisions.division(application.division_code)
    return render(request, "people/application_status.html", {"application": application, "place": place})


@login_not_required
@require_GET
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "people/privacy.html", {"notice": notice, "sha256": notice.notice_sha256()})


@never_cache
@require_http_methods(["GET", "POST"])
def consent(request: HttpRequest) -> HttpResponse:
    """Asked at sign-in when this version has not been agreed to."""
    user = me(request)
    form = ConsentForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        shown: datetime = form.cleaned_data["shown"]
        actions.record_consent(scene="sign_in", by=user, shown_at=shown, ip=client_ip(request))
        request.session["consent_due"] = False
        return redirect(where_next(request, request.GET.get("next", "")))
    context = {"form": form, "notice": notice, "sha256": notice.notice_sha256()}
    return render(request, "people/consent.html", context, status=422 if form.errors else 200)


@login_not_required
@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "POST"])
def invitation_accept(request: HttpRequest, token: str) -> HttpResponse:
    invitation = open_invitation(token)
    form = InvitationForm(
        request.POST if request.method == "POST" else None, initial={"name": invitation.name}
    )
    if form.is_valid():
        facts = form.cleaned_data
        try:
            actions.accept_invitation(
                token=token,
                username=facts["username"],
                name=facts["name"],
                password=facts["password"],
                phone=facts["phone"],
                email=facts["email"],
                shown_at=facts["shown"],
                ip=client_ip(request),
            )
        except BadInput as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, f"账号已建立，您已加入“{invitation.organisation}”。请登录。")
            return redirect("people:sign-in")
    context = {"form": form, "invitation": invitation, "notice": notice}
    return render(request, "people/invitation.html", context, status=422 if form.errors else 200)
