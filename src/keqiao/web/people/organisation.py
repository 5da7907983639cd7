"""The own unit: its names, its people, invitations."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from keqiao.people import actions
from keqiao.people.access import acts_of
from keqiao.people.doors import invitation_for, own_organisation
from keqiao.people.enums import Act
from keqiao.people.models import User
from keqiao.web.people.forms import InviteForm
from keqiao.web.people.places import place_name
from keqiao.web.people.signin import me


def _page(request: HttpRequest, form: InviteForm, link: str = "", status: int = 200) -> HttpResponse:
    user = me(request)
    unit = own_organisation(user)
    context = {
        "organisation": unit,
        "place": place_name(unit.division_code),
        "names": unit.names.order_by("-valid_to", "name"),
        "colleagues": User.objects.filter(organisation=unit, is_active=True).order_by("name"),
        "invitations": unit.invitations.filter(accepted_at=None, revoked_at=None).select_related(
            "invited_by"
        ),
        "may_invite": Act.INVITE in acts_of(user),
        "form": form,
        "link": link,
    }
    return render(request, "people/organisation.html", context, status=status)


@require_GET
def organisation(request: HttpRequest) -> HttpResponse:
    return _page(request, InviteForm())


@never_cache
@require_POST
def colleague_invite(request: HttpRequest) -> HttpResponse:
    """The link is shown in this answer and never again: only its hash is kept."""
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    _, token = actions.invite_colleague(name=form.cleaned_data["name"], by=me(request))
    return _page(
        request, InviteForm(), link=request.build_absolute_uri(reverse("people:invitation", args=[token]))
    )


@require_POST
def invitation_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    user = me(request)
    invitation = invitation_for(user, pk)
    actions.revoke_invitation(invitation=invitation, by=user)
    messages.success(request, f"给“{invitation.name}”的邀请已撤销，链接不能再用。")
    return redirect("people:organisation")
