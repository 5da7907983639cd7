"""Public pages that every visitor gets alike are made once for as long as nothing behind them changes.

A page is kept under the state of the registries it shows: the newest commit of their indexes and the newest change
that the index has not heard of. A saved record is a change in its own transaction, so a page that is out of date is
never served; what changes without either (a renewed name of the site, the words of a template) is at most a minute old.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.conf import settings
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from keqiao.matching.index import mark_of
from keqiao.registry.kinds import KINDS
from keqiao.registry.records.models import Change
from keqiao.web.rendering import is_part_request

_KEPT = 256  # pages of some 30 KB in each process
_SECONDS = 60
_PERSONAL = (settings.SESSION_COOKIE_NAME, "messages")
_pages: OrderedDict[Any, tuple[float, bytes, dict[str, str]]] = OrderedDict()

View = Callable[..., HttpResponse]


def kept_for_visitors(view: View) -> View:
    """Serve a visitor without a session the page as it was made; everybody else, and answers but 200, pass through.

    The view marks a page that must be made each time (it counts something) by the header `Cache-Control: no-store`.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "GET" or any(name in request.COOKIES for name in _PERSONAL):
            return view(request, *args, **kwargs)
        key = (
            request.get_host(), request.is_secure(), request.get_full_path(), is_part_request(request), _state(),
        )  # fmt: skip
        known = _pages.get(key)
        if known is not None and time.monotonic() - known[0] < _SECONDS:
            return HttpResponse(known[1], headers=known[2])
        response = view(request, *args, **kwargs)
        if response.status_code == 200 and "no-store" not in response.get("Cache-Control", ""):
            _pages[key] = (time.monotonic(), response.content, dict(response.items()))
            while len(_pages) > _KEPT:
                _pages.popitem(last=False)
        return response

    return wrapped


def _state() -> tuple[Any, ...]:
    """Changes whenever a record does, at once; and with the day, as listings expire."""
    return (str(settings.KEQIAO_INDEX), timezone.localdate(), _newest_change(), *_marks(KINDS))


def _marks(kinds: Iterable[str]) -> list[tuple[str, int]]:
    return [mark_of(kind) for kind in kinds]


def _newest_change() -> int:
    newest: int | None = Change.objects.aggregate(newest=Max("pk"))["newest"]
    return newest or 0
