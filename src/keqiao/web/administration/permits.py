"""Refusing at the door of a view, with the reason."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

from keqiao.people.doors import require
from keqiao.web.people.signin import me

View = Callable[..., HttpResponse]


def permit(*acts: str) -> Callable[[View], View]:
    """The view is for whoever may do one of the acts; NotAllowed with the reason for everybody else."""

    def around(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            require(me(request), *acts)
            return view(request, *args, **kwargs)

        return guarded

    return around
