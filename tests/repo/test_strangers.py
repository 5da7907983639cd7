"""Every URL refuses strangers unless it says otherwise."""

import uuid
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

SAMPLE = {"uuid": str(uuid.UUID(int=1)), "int": "1", "str": "x", "slug": "demands", "path": "x"}


def _patterns(
    resolver: URLResolver, prefix: str = "", space: str = ""
) -> Iterator[tuple[str, str, URLPattern]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            inner = ":".join(part for part in (space, entry.namespace or "") if part)
            yield from _patterns(entry, prefix + str(entry.pattern), inner)
        else:
            yield f"{space}:{entry.name}", prefix + str(entry.pattern), entry


def _address(route: str, pattern: URLPattern) -> str:
    filled = route
    for name, converter in pattern.pattern.converters.items():
        word = next(
            key for key in ("uuid", "int", "slug", "path", "str") if key in type(converter).__name__.lower()
        )
        filled = filled.replace(f"<{word}:{name}>", SAMPLE[word]).replace(f"<{name}>", SAMPLE[word])
    return "/" + filled


ALL = list(_patterns(get_resolver()))


def _says_otherwise(pattern: URLPattern) -> bool:
    return getattr(pattern.callback, "login_required", True) is False


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "route", "pattern"), [pytest.param(*one, id=one[0] + " " + one[1]) for one in ALL]
)
def test_a_stranger_is_sent_to_sign_in_or_the_page_says_that_it_is_public(
    name: str, route: str, pattern: URLPattern
) -> None:
    if _says_otherwise(pattern):
        assert not route.startswith("desk/"), "nothing of the working side is public"
        return
    for method in ("get", "post"):
        response = getattr(Client(), method)(_address(route, pattern))
        assert response.status_code in (302, 401, 403), f"{method} {route} answered {response.status_code}"
        if response.status_code == 302:
            assert response["Location"].startswith("/account/sign-in")


def test_there_are_addresses_to_test() -> None:
    assert len(ALL) > 30
