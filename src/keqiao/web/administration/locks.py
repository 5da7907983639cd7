"""Locked accounts, for the security administrator."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from keqiao.people import actions
from keqiao.people.enums import Act
from keqiao.people.signin import locked_usernames
from keqiao.web.administration.forms import UnlockForm
from keqiao.web.administration.permits import permit
from keqiao.web.people.signin import me


@require_GET
@permit(Act.UNLOCK)
def lock_list(request: HttpRequest) -> HttpResponse:
    locked = [{"username": username, "until": until} for username, until in locked_usernames()]
    return render(request, "administration/lock_list.html", {"locked": locked})


@require_POST
@permit(Act.UNLOCK)
def unlock(request: HttpRequest) -> HttpResponse:
    form = UnlockForm(request.POST)
    if form.is_valid():
        username = form.cleaned_data["username"]
        count = actions.unlock_account(username=username, by=me(request))
        if count:
            messages.success(request, f"用户名“{username}”已解锁，可以重新登录。")
        else:
            messages.info(
                request, f"用户名“{username}”没有被锁定；对方仍不能登录的，可能是地址被锁，请过 30 分钟再试。"
            )
    return redirect("administration:lock-list")
