"""What anybody may read: the books, one book as it was on any day."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from keqiao.core.errors import NotFound
from keqiao.rules.access import may_keep
from keqiao.rules.book import Book
from keqiao.rules.shelf import current, names
from keqiao.web.rules.showing import day_of, region_of, shelf_rows, version_context


def book_of(name: str) -> Book:
    """The book of that name as it is in force here. Raises NotFound."""
    if name not in names():
        raise NotFound("规则", name)
    return current(name)


@login_not_required
@require_GET
def book_list(request: HttpRequest) -> HttpResponse:
    """All books with the version of the asked day and place."""
    on, problem = day_of(request.GET.get("on", ""))
    region = region_of(request.GET.get("region", ""))
    context = {
        "groups": shelf_rows(on, region),
        "on": on,
        "region": region,
        "problem": problem,
        "may_keep": may_keep(request.user),
    }
    return render(request, "rules/list.html", context)


@login_not_required
@require_GET
def book_detail(request: HttpRequest, name: str) -> HttpResponse:
    """One book as a table of the law. ?on= a day, ?region= a place, or ?version= one version by its id."""
    book = book_of(name)
    on, problem = day_of(request.GET.get("on", ""))
    region = region_of(request.GET.get("region", ""))
    wanted = request.GET.get("version", "")
    version = book.version(wanted) if wanted else book.find(on, region)
    context = {"book": book, "on": on, "region": region, "problem": problem, "versions": book.versions}
    if version is not None:
        context |= version_context(book, version, on, region)
    return render(request, "rules/book.html", context)
