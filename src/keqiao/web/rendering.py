"""How a view answers: a whole page or the one part that htmx asked for, in pages of a fair length."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.urls import NoReverseMatch, reverse
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject

PER_PAGE = 20
PER_PAGE_CHOICES = (20, 50, 100)

# The halls, in the order of the header. One whose address does not exist (yet) is left out.
HALLS = (
    ("成果", "market:achievement-list"),
    ("需求", "market:demand-list"),
    ("专家", "market:expert-list"),
    ("资源", "market:resource-list"),
    ("活动", "market:event-list"),
    ("办事", "market:service-list"),
)


@dataclass(frozen=True)
class HeaderAccount:
    """signed_in False: only `sign_in` counts. links: {label, href, icon} in the menu's order."""

    signed_in: bool
    name: str
    sign_in: str
    sign_out: str
    links: list[dict[str, str]]


def is_part_request(request: HttpRequest) -> bool:
    """htmx asks for a part; not when it restores a page from history or follows a boosted link."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-History-Restore-Request") != "true"
        and headers.get("HX-Boosted") != "true"
    )


def render_part(
    request: HttpRequest,
    template: str,
    part: str,
    context: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """`template#part` for htmx, the whole page otherwise. `part` is a partial of `template` and its DOM id."""
    name = f"{template}#{part}" if is_part_request(request) else template
    response = render(request, name, dict(context or {}), status=status)
    patch_vary_headers(response, ["HX-Request", "HX-History-Restore-Request", "HX-Boosted"])
    return response


if TYPE_CHECKING:  # the stubs' Paginator is generic, the class at run time is not
    _AnyPaginator = Paginator[Any]
else:
    _AnyPaginator = Paginator


class _KnownCount(_AnyPaginator):
    """A paginator that was told how many there are, when counting the query would cost more than showing it."""

    def __init__(self, object_list: Any, per_page: int, total: int) -> None:
        super().__init__(object_list, per_page)
        self._total = total

    @property
    def count(self) -> int:
        return self._total


def paginate(
    items: "QuerySet[Any] | Sequence[Any]",
    request: HttpRequest,
    *,
    per_page: int = PER_PAGE,
    count: int | None = None,
    max_pages: int | None = None,
) -> "Page[Any]":
    """The page that `?page=` and `?per_page=` ask for; the nearest one when there is no such page.

    count: the total when it is already known (facet counts, the search index), to save a COUNT(*).
    max_pages: no page beyond this one (a deep OFFSET on a million rows is slow); the reader is told to narrow the search.
    """
    wanted = request.GET.get("per_page", "")
    size = int(wanted) if wanted in map(str, PER_PAGE_CHOICES) else per_page
    paginator = Paginator(items, size) if count is None else _KnownCount(items, size, count)
    number = request.GET.get("page", "1")
    page = paginator.get_page(number)
    if max_pages is not None and page.number > max_pages:
        page = paginator.get_page(max_pages)
    page.last_shown = min(paginator.num_pages, max_pages or paginator.num_pages)  # type: ignore[attr-defined]
    return page


def url_or_none(name: str) -> str | None:
    """The address of a named page, or None when that room is not installed."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return None


def nav_for(path: str) -> list[dict[str, Any]]:
    """The halls for the header: {label, href, current}. current: `path` is that hall or inside it."""
    found = [(label, url_or_none(name)) for label, name in HALLS]
    return [{"label": label, "href": href, "current": path.startswith(href)} for label, href in found if href]


def account_for(request: HttpRequest) -> HeaderAccount:
    """The header's account menu. Reads `request.user`, so it is only called when a template asks."""
    sign_in = resolve_url(settings.LOGIN_URL) if url_or_none(str(settings.LOGIN_URL)) else "/account/sign-in/"
    sign_out = url_or_none("people:sign-out") or "/account/sign-out/"
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return HeaderAccount(signed_in=False, name="", sign_in=sign_in, sign_out=sign_out, links=[])
    wanted = (
        ("工作台", "desk:inbox", "inbox"),
        ("我的账号", "people:account", "user"),
        ("我的消息", "message:message-list", "mail"),
        ("我的订阅", "market:subscription-list", "bell"),
    )
    links = [
        {"label": label, "href": href, "icon": icon}
        for label, name, icon in wanted
        if (href := url_or_none(name)) is not None
    ]
    name = str(getattr(user, "display_name", "") or user.get_full_name() or user.get_username())
    return HeaderAccount(signed_in=True, name=name, sign_in=sign_in, sign_out=sign_out, links=links)


def site(request: HttpRequest) -> dict[str, Any]:
    """Context of every page: the names of the site, the header's nav, account menu and search.

    A view overrides any of these by giving its own. Costs no query until the template reads `account`.
    """
    return {
        "site_name": getattr(settings, "KEQIAO_SITE_NAME", "科桥"),
        "bureau_name": getattr(settings, "KEQIAO_BUREAU_NAME", "市科学技术局"),
        "demo": getattr(settings, "KEQIAO_DEMO", False),
        "home_url": url_or_none("market:home") or "/",
        "search_url": url_or_none("market:search") or "/search",
        "nav": SimpleLazyObject(lambda: nav_for(request.path)),
        "account": SimpleLazyObject(lambda: account_for(request)),
    }
