"""Signing in and out, changing and resetting a password."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from keqiao.core import audit
from keqiao.core.errors import BadInput, NotFound
from keqiao.people import actions
from keqiao.people.accounts import user_of_reset
from keqiao.people.models import User, UserSession
from keqiao.people.passwords import must_change_password
from keqiao.people.signin import Refused, begin_session, check_credentials, confirmed_factor
from keqiao.web.people.forms import PasswordChangeForm, SignInForm, TwicePasswordForm, show_refusal
from keqiao.web.rendering import url_or_none


def me(request: HttpRequest) -> User:
    """The signed-in user; only for views that refuse strangers."""
    assert isinstance(request.user, User)
    return request.user


def keep_answer(request: HttpRequest, response: HttpResponse, credentials: Any = None) -> HttpResponse:
    """axes asks what to answer when locked: the sign-in page has already said it."""
    return response


def where_next(request: HttpRequest, wanted: str) -> str:
    """The page that was asked for, on this host only; the desk otherwise."""
    if wanted and url_has_allowed_host_and_scheme(
        wanted, {request.get_host()}, require_https=request.is_secure()
    ):
        return wanted
    return url_or_none(str(settings.LOGIN_REDIRECT_URL)) or resolve_url("people:account")


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    wanted = request.POST.get("next") or request.GET.get("next", "")
    if request.method == "GET" and request.user.is_authenticated:
        return redirect(where_next(request, wanted))
    form, refused = SignInForm(request.POST if request.method == "POST" else None), None
    if form.is_valid():
        found = check_credentials(request, **form.cleaned_data)
        if isinstance(found, User):
            return _let_in(request, found, wanted)
        refused = found
    status = _status(refused, is_bad=form.is_bound)
    return render(
        request, "people/sign_in.html", {"form": form, "refused": refused, "next": wanted}, status=status
    )


def _status(refused: Refused | None, *, is_bad: bool) -> int:
    if refused is not None and refused.is_locked:
        return 429
    return 422 if is_bad else 200


def _let_in(request: HttpRequest, user: User, wanted: str) -> HttpResponse:
    """In at once, or half in until the second factor is shown."""
    if confirmed_factor(user) is not None:
        request.session.flush()
        request.session["half"] = {"user": user.pk, "next": wanted, "tries": 0}
        request.session.set_expiry(300)
        return redirect("people:second-factor")
    begin_session(request, user)
    return redirect(where_next(request, wanted))


@login_not_required
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        audit.record("signin.ended", by=request.user, target=me(request))
        UserSession.objects.filter(session_key=request.session.session_key).delete()
    logout(request)  # flushes the session: nothing of it is left
    return redirect(url_or_none(str(settings.LOGOUT_REDIRECT_URL)) or resolve_url("people:sign-in"))


@never_cache
@sensitive_post_parameters("old", "password", "again")
@require_http_methods(["GET", "POST"])
def password_change(request: HttpRequest) -> HttpResponse:
    user = me(request)
    form = PasswordChangeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if not user.check_password(form.cleaned_data["old"]):
            form.add_error("old", "现在的密码不对，请重新输入。")
        elif _change(request, form, user):
            messages.success(request, "密码已修改，其他地方的登录已退出。")
            return redirect("people:account")
    is_forced = must_change_password(user, is_staff=user.is_desk_user)
    context = {"form": form, "is_forced": is_forced, "is_first": user.must_change_password}
    return render(request, "people/password_change.html", context, status=422 if form.errors else 200)


def _change(request: HttpRequest, form: PasswordChangeForm, user: User) -> bool:
    try:
        actions.change_password(user=user, new=form.cleaned_data["password"], by=user)
    except BadInput as refusal:
        show_refusal(form, refusal)
        return False
    old_key = request.session.session_key
    update_session_auth_hash(request, User.objects.get(pk=user.pk))
    UserSession.objects.filter(session_key=old_key).update(session_key=request.session.session_key)
    actions.end_sessions(user=user, except_key=request.session.session_key or "")
    return True


@login_not_required
@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "POST"])
def password_reset(request: HttpRequest, uid: str, token: str) -> HttpResponse:
    user = user_of_reset(uid, token)
    if user is None:
        raise NotFound("这个重置链接（可能已用过或超过 15 分钟，请向开具的人员再要一次）")
    form = TwicePasswordForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            actions.change_password(user=user, new=form.cleaned_data["password"], by=user)
        except BadInput as refusal:
            show_refusal(form, refusal)
        else:
            actions.end_sessions(user=user)
            messages.success(request, "新密码已生效，请用它登录。")
            return redirect("people:sign-in")
    context = {"form": form, "username": user.username}
    return render(request, "people/password_reset.html", context, status=422 if form.errors else 200)
