"""The officers' side: books with their drafts, versions of one book, what differs between two."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse_lazy
from django.views.decorators.http import require_GET

from keqiao.core.errors import KeqiaoError
from keqiao.rules.access import may_keep, require_reader
from keqiao.rules.actions import version_of
from keqiao.rules.book import Version
from keqiao.rules.lawtable import differences
from keqiao.rules.models import RuleBatch, RuleDraft
from keqiao.web.people.signin import me
from keqiao.web.rules.public import book_of
from keqiao.web.rules.showing import day_of, shelf_rows

CRUMBS: list[dict[str, Any]] = [
    {"label": "工作台", "href": reverse_lazy("desk:inbox")},
    {"label": "规则", "href": reverse_lazy("rules:book-manage")},
]
PEOPLE = ("created_by", "changed_by", "submitted_by", "decided_by")


@require_GET
def book_manage(request: HttpRequest) -> HttpResponse:
    """All books, the drafts that are open, the last run over all firms."""
    user = me(request)
    require_reader(user)
    on, problem = day_of(request.GET.get("on", ""))
    context = {
        "crumbs": [CRUMBS[0], {"label": "规则"}],
        "groups": shelf_rows(on),
        "on": on,
        "problem": problem,
        "drafts": RuleDraft.objects.open().select_related(*PEOPLE),
        "batch": RuleBatch.objects.exclude(finished_at=None).first(),
        "may_keep": may_keep(user),
    }
    return render(request, "rules/manage.html", context)


@require_GET
def book_versions(request: HttpRequest, name: str) -> HttpResponse:
    """The versions of one book, shipped and written here, with where each came from."""
    user = me(request)
    require_reader(user)
    book = book_of(name)
    drafts = list(RuleDraft.objects.filter(book=name).select_related(*PEOPLE))
    written = {one.version_id: one for one in drafts}
    on, _ = day_of("")
    context = {
        "crumbs": [*CRUMBS, {"label": book.title}],
        "book": book,
        "rows": [
            {"version": one, "draft": written.get(one.id), "holds": one.holds_on(on)}
            for one in reversed(book.versions)
        ],
        "others": [one for one in drafts if one.version_id not in {v.id for v in book.versions}],
        "may_keep": may_keep(user),
    }
    return render(request, "rules/versions.html", context)


def _side(name: str, wanted: str) -> Version:
    """A version of the book, published or still a draft. Raises NotFound."""
    draft = RuleDraft.objects.filter(book=name, version_id=wanted).first()
    return version_of(draft) if draft is not None else book_of(name).version(wanted)


@require_GET
def version_diff(request: HttpRequest, name: str) -> HttpResponse:
    """?old= and ?new=: what a reader must know about the difference."""
    require_reader(me(request))
    book = book_of(name)
    ids = [one.id for one in book.versions]
    drafts = list(RuleDraft.objects.open().filter(book=name).values_list("version_id", flat=True))
    choices = [*ids, *drafts]
    old, new = request.GET.get("old", choices[max(0, len(choices) - 2)]), request.GET.get("new", choices[-1])
    context: dict[str, Any] = {
        "crumbs": [
            *CRUMBS,
            {"label": book.title, "href": reverse_lazy("rules:book-versions", args=[name])},
            {"label": "版本对照"},
        ],
        "book": book,
        "choices": choices,
        "old": old,
        "new": new,
    }
    try:
        sides = _side(name, old), _side(name, new)
        context |= {"changes": differences(*sides), "old_title": sides[0].title, "new_title": sides[1].title}
    except KeqiaoError as refusal:
        context["problem"] = refusal.message
    return render(request, "rules/diff.html", context)
