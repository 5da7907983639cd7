"""How often somebody may ask: per address, and per user behind a token (security notes §8.4).

The library's throttles keep the request at hand on themselves, which threads of one process share, and they come
after the token is looked up; so the rate is read by the library and counted here. The counts live in a cache that
the server's processes share (settings: CACHES["limits"]). They are a courtesy among neighbours, not a wall: two
requests at the same instant may both pass.
"""

import time
from functools import cache

from django.conf import settings
from django.core.cache import caches
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from ninja.errors import Throttled
from ninja.throttling import SimpleRateThrottle

from keqiao.people.models import User
from keqiao.people.signin import client_ip


@cache
def _parsed(rate: str) -> tuple[int, int]:
    """(requests, seconds) of "60/m"."""
    try:
        most, seconds = SimpleRateThrottle(rate).parse_rate(rate)
    except ValueError:
        raise ImproperlyConfigured(
            f"接口限额 {rate!r} 看不懂：请写 60/m、600/h 这样的形式，留空为不限。"
        ) from None
    return int(most or 0), int(seconds or 1)


def count_address(request: HttpRequest) -> None:
    """One more request of this network address, with or without a token. Raises Throttled over the limit."""
    _count("address", settings.KEQIAO_API_ADDRESS_RATE, client_ip(request))


def count_user(user: User) -> None:
    """One more request of this user, over all his tokens. Raises Throttled over the limit."""
    _count("user", settings.KEQIAO_API_USER_RATE, str(user.pk))


def _count(what: str, rate: str, who: str) -> None:
    if not rate:
        return
    most, seconds = _parsed(rate)
    store, key, now = caches["limits"], f"{what}:{who}", time.time()
    recent = [moment for moment in store.get(key, ()) if moment > now - seconds]
    if len(recent) >= most:
        raise Throttled(wait=int(recent[len(recent) - most] + seconds - now) + 1)
    store.set(key, [*recent, now], seconds)
