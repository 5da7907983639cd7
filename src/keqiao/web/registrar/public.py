"""Anybody may ask whether a certificate is genuine."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from keqiao.contract.certificate import verify

# key -> (tone of the notice, what it says, what to do)
_SAYS = {
    "genuine": ("good", "证明真实有效。", "请核对下列内容与手中的证明一致，不一致的以本页为准。"),
    "older": ("warn", "证明真实，内容已变更。", "这是变更前的版本，请向持证人索取新版证明。"),
    "objected": ("warn", "证明真实，正在复核。", "这份登记有异议在复核，结果以登记机构的决定为准。"),
    "ended": ("bad", "登记已经失效。", "这份登记已注销或撤销，证明不能再使用。"),
    "changed": ("bad", "内容与摘要不符。", "登记库里的内容与发证时的摘要对不上，请联系登记机构核对，不要采用这份证明。"),
    "unknown": ("bad", "没有查到这份证明。", "请核对查验码：登记编号、短横线、十二位字母数字。确认无误仍查不到的，证明不是本机构出具的。"),
}  # fmt: skip


@login_not_required
@require_GET
def verify_form(request: HttpRequest) -> HttpResponse:
    """Where the code of a certificate can be typed in: ?code=…"""
    code = request.GET.get("code", "").strip()[:60]
    if code and "/" not in code:
        return redirect("registrar:verify", code=code)
    return render(request, "registrar/verify.html", {"crumbs": _crumbs(), "code": code})


@login_not_required
@never_cache
@require_GET
def verify_page(request: HttpRequest, code: str) -> HttpResponse:
    """Genuine, changed, ended or unknown (404)."""
    answer = verify(code[:60])
    tone, title, text = _SAYS[answer.key]
    context = {
        "crumbs": _crumbs(),
        "code": code[:60],
        "answer": answer,
        "tone": tone,
        "title": title,
        "text": text,
        "url": request.build_absolute_uri(),
    }
    status = 404 if answer.key == "unknown" else 200
    return render(request, "registrar/verify.html", context, status=status)


def _crumbs() -> list[dict[str, str]]:
    return [{"label": "首页", "href": reverse("market:home")}, {"label": "登记证明查验"}]
