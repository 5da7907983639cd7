"""The second factor: shown at sign-in, enrolled, replaced, taken off."""

import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django_otp import login as remember_device

from keqiao.core.errors import NotAllowed
from keqiao.people import actions
from keqiao.people.models import User
from keqiao.people.signin import (
    AccountBackend,
    begin_session,
    confirm_factor,
    confirmed_factor,
    new_recovery_codes,
    pending_factor,
    verify_factor,
)
from keqiao.web.people.forms import FactorForm
from keqiao.web.people.signin import me, where_next

MAX_TRIES = 5


def qr_svg(text: str) -> SafeString:
    """The QR code as inline SVG, black on white in any theme, without style attributes (CSP)."""
    svg = segno.make(text, error="m").svg_inline(
        scale=5, border=3, light="#fff", svgclass="qr-code", lineclass=None
    )
    return mark_safe(svg)  # segno's own markup; the text is drawn, not written


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """After the password: the code. Five wrong ones and the password is asked again."""
    half = request.session.get("half")
    user = AccountBackend().get_user(half["user"]) if half else None
    is_signed_in = request.user.is_authenticated
    if user is None and not is_signed_in:
        messages.info(request, "登录步骤已超过 5 分钟，请重新输入用户名和密码。")
        return redirect("people:sign-in")
    form = FactorForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        person = user if isinstance(user, User) else me(request)
        device = verify_factor(person, form.cleaned_data["code"])
        if device is not None and is_signed_in:
            remember_device(request, device)
            return redirect(where_next(request, ""))
        if device is not None:
            wanted = request.session.pop("half")["next"]
            request.session.set_expiry(None)
            begin_session(request, person, device)
            return redirect(where_next(request, wanted))
        if half and half["tries"] + 1 >= MAX_TRIES:
            request.session.flush()
            messages.error(request, "验证码连续输错 5 次，请重新输入用户名和密码。")
            return redirect("people:sign-in")
        if half:
            request.session["half"] = half | {"tries": half["tries"] + 1}
        form.add_error("code", "验证码不对、已用过，或刚输错还须稍等几秒。请等验证器换一个新码再输。")
    return render(request, "people/second_factor.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
def second_factor_setup(request: HttpRequest) -> HttpResponse:
    user = me(request)
    if confirmed_factor(user) is not None:
        is_verified = user.is_verified()  # type: ignore[attr-defined]  # put there by OTPMiddleware
        return redirect("people:account" if is_verified else "people:second-factor")
    form = FactorForm(request.POST if request.method == "POST" else None)
    form.fields["code"].help_text = "扫码后，身份验证器上显示的 6 位数字"
    if form.is_valid():
        codes = confirm_factor(by=user, code=form.cleaned_data["code"])
        if codes is not None:
            remember_device(request, confirmed_factor(user))
            return render(request, "people/second_factor_codes.html", {"codes": codes, "is_new": True})
        form.add_error("code", "验证码不对。请核对手机的时间是否准确，等换一个新码再输。")
    device = pending_factor(user)
    context = {
        "form": form,
        "qr": qr_svg(device.config_url),
        "secret": _in_fours(device.config_url.partition("secret=")[2].partition("&")[0]),
        "is_forced": settings.SECURITY_LEVEL >= 3 and user.is_desk_user,
    }
    return render(request, "people/second_factor_setup.html", context, status=422 if form.errors else 200)


def _in_fours(secret: str) -> str:
    """ABCDEFGH -> ABCD EFGH, to be typed by hand."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def _require_verified(user: User) -> None:
    if confirmed_factor(user) is None:
        raise NotAllowed("您还没有启用第二因素。请先到“我的信息”启用。", code="factor.none")
    if not user.is_verified():  # type: ignore[attr-defined]  # put there by OTPMiddleware
        raise NotAllowed("请先输入验证码完成登录，再更改第二因素。", code="factor.unverified")


@never_cache
@require_POST
def second_factor_codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes; the old ones die."""
    user = me(request)
    _require_verified(user)
    return render(
        request, "people/second_factor_codes.html", {"codes": new_recovery_codes(user), "is_new": False}
    )


@require_POST
def second_factor_remove(request: HttpRequest) -> HttpResponse:
    user = me(request)
    _require_verified(user)
    if settings.SECURITY_LEVEL >= 3 and user.is_desk_user:
        raise NotAllowed("本系统按三级等保运行，工作人员必须使用第二因素，不能取消。", code="factor.forced")
    actions.remove_second_factor(user=user, by=user, reason="本人取消")
    messages.success(request, "第二因素已取消。下次登录只需要密码。")
    return redirect("people:account")
