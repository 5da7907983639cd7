"""Addresses at /api/. Public unless the operation itself asks for a token, so every view says login_not_required."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.decorators.csrf import csrf_exempt
from ninja.errors import Throttled

from keqiao.api.docs import docs
from keqiao.api.errors import no_such_address, too_many, wrong_method
from keqiao.api.limits import count_address
from keqiao.api.v1.api import api

View = Callable[..., HttpResponse]


def _public(view: View) -> View:
    """The view without sign-in and without forms' tokens (no cookie is looked at), counted, its 405 in our shape."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            count_address(request)
        except Throttled as error:
            return too_many(error)
        response = view(request, *args, **kwargs)
        if isinstance(response, HttpResponseNotAllowed):
            return wrong_method(request, response.headers["Allow"])
        return response

    return csrf_exempt(login_not_required(answer))


def _opened(patterns: list[URLPattern | URLResolver]) -> list[URLPattern | URLResolver]:
    for pattern in patterns:
        assert isinstance(pattern, URLPattern)  # the library nests nothing
        # Its own root raises a 404 of Django's shape; it only has to be named
        pattern.callback = _public(no_such_address if pattern.name == "api-root" else pattern.callback)
    return patterns


_v1, _app, _space = api.urls

urlpatterns: list[URLPattern | URLResolver] = [
    path("docs", docs, name="api-docs"),
    path("v1/", include((_opened(_v1), _app), namespace=_space)),
    re_path(
        r"^[\s\S]*$", _public(no_such_address), name="api-unknown"
    ),  # a line break too, which <path:> would not take
]
