"""The link in a message that ends its kind, without signing in."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from keqiao.message import actions


@csrf_exempt  # mail programs post here without a page of ours (RFC 8058); the token in the address is the permission
@login_not_required
@require_http_methods(["GET", "POST"])
def message_stop(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, so that a mail scanner that opens links ends nothing; POST ends it."""
    if request.method == "POST":
        return render(request, "message/stop.html", {"kind": actions.stop(token), "is_done": True})
    _, _, kind = actions.read_token(token)
    return render(request, "message/stop.html", {"kind": kind, "is_done": False})
