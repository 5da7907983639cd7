"""Institutions' pages: universities, institutes, hospitals, service bodies, built from their works before they log in."""

from collections import Counter
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from keqiao.core.errors import NotFound
from keqiao.matching.facets import FIELD, PLACE
from keqiao.matching.search import FacetGroup, SearchPage, SearchQuery, Value, place_level, search
from keqiao.people.access import Scope, scope_of
from keqiao.people.enums import OrganisationKind
from keqiao.people.models import Organisation
from keqiao.registry.enterprise.models import Enterprise
from keqiao.web.market.claim import claim_actions
from keqiao.web.market.halls import HALLS, detail_url
from keqiao.web.market.lists import RESULTS, clear_href, toggle_href
from keqiao.web.market.present import place_name, result_row
from keqiao.web.market.profile import field_bars, year_chart
from keqiao.web.rendering import paginate, render_part
from keqiao_match import highlight
from keqiao_match.text import fold

SHOWN_KINDS = (
    OrganisationKind.UNIVERSITY, OrganisationKind.INSTITUTE, OrganisationKind.HOSPITAL, OrganisationKind.SERVICE,
    OrganisationKind.DEPARTMENT,
)  # fmt: skip
_WORKS, _PEOPLE, _ACHIEVEMENTS = 8, 8, 6
_LONGEST_WORDS = 60


def institutions(words: str = "") -> QuerySet[Organisation]:
    """Institutions with a page of their own: not enterprises, not merged away. Every word must be in the name, a
    former name, the pinyin or the credit code; traditional characters and full-width letters are read as plain ones.
    """
    rows = Organisation.objects.filter(kind__in=SHOWN_KINDS, merged_into=None)
    asked = fold(words.strip()[:_LONGEST_WORDS]).replace("(", "（").replace(")", "）")  # as names are stored
    together = "".join(asked.split())
    # beng bu xue yuan is one name in pieces
    for word in [together] if together.isascii() and together.isalpha() else asked.split():
        found = Q(name__icontains=word) | Q(names__name__icontains=word)
        if word.isascii():
            found |= Q(pinyin__icontains=word) | Q(uscc__istartswith=word)
        rows = rows.filter(pk__in=Organisation.objects.filter(found).values("pk"))
    return rows


def institution_count(words: str = "") -> int:
    return institutions(words).count()


def institution_rows(words: str, limit: int) -> list[dict[str, Any]]:
    return [_row(one, words) for one in institutions(words).order_by("name")[:limit]]


def _row(one: Organisation, words: str) -> dict[str, Any]:
    chips = [{"text": str(OrganisationKind(one.kind).label), "tone": ""}]
    if one.is_sample:
        chips.append({"text": "示例", "tone": "plain"})
    return {
        "href": detail_url("institution", one.public_id),
        "title": highlight(one.name, words) if words else one.name,
        "chips": chips,
        "meta": [text for text in (place_name(one.division_code),) if text],
        "snippet": one.intro,
    }


@login_not_required
@require_GET
def institution_list(request: HttpRequest) -> HttpResponse:
    """The list with two facets, kind and place, counted by the database. Places: the home city's counties, then
    provinces; one level below what is chosen, as in the other halls.
    """
    words = request.GET.get("q", "")
    rows = institutions(words)
    kinds = [value for value in request.GET.getlist("unit") if value in OrganisationKind.values]
    places = [
        value for value in request.GET.getlist("place") if value.isdecimal() and len(value) in (2, 4, 6)
    ]
    by_kind = Q(kind__in=kinds) if kinds else Q()
    by_place = Q()
    for place in places:
        by_place |= Q(division_code__startswith=place)
    kind_counts = dict(
        rows.filter(by_place).values_list("kind").annotate(n=Count("pk")).values_list("kind", "n")
    )
    place_counts = _places(rows.filter(by_kind), places)
    groups = (
        _group(
            request,
            "单位类型",
            "unit",
            {k: (str(OrganisationKind(k).label), n) for k, n in kind_counts.items()},
            kinds,
        ),
        _group(request, "所在地", "place", {c: (PLACE.label(c), n) for c, n in place_counts.items()}, places),
    )
    page = paginate(rows.filter(by_kind & by_place).order_by("name", "pk"), request)
    context = {
        "hall": HALLS["institution"],
        "q": words,
        "rows": [_row(one, words) for one in page.object_list],
        "facets": [group for group in groups if group["options"]],
        "clear_href": clear_href(request),
        "kept": [
            (key, value)
            for key, values in request.GET.lists()
            if key not in ("q", "page")
            for value in values
        ],
        "page": page,
        "is_filtered": bool(words or kinds or places),
        "crumbs": [{"label": "首页", "href": "/"}, {"label": "机构"}],
        "now": timezone.now(),
        "url": request.build_absolute_uri(),
    }
    return render_part(request, "market/record_list.html", RESULTS, context)


def _places(rows: QuerySet[Organisation], picked: list[str]) -> dict[str, int]:
    """Place -> how many, most first."""
    counts: Counter[str] = Counter()
    for code, n in (
        rows.exclude(division_code="").order_by().values_list("division_code").annotate(n=Count("pk"))
    ):
        for length in (2, 4, 6):
            if len(code) >= length and code[length - 2 : length] != "00":
                counts[code[:length]] += n
    shown = place_level(dict(counts.most_common()), picked)
    return shown | {code: counts[code] for code in picked}


def _group(
    request: HttpRequest, title: str, key: str, counts: dict[str, tuple[str, int]], chosen: list[str]
) -> dict[str, Any]:
    options = [
        {
            "label": label,
            "count": n,
            "chosen": code in chosen,
            "href": toggle_href(request, key, code, is_on=code in chosen),
        }
        for code, (label, n) in counts.items()
    ]
    return {"title": title, "options": options if len(options) > 1 or chosen else []}


@login_not_required
@require_GET
def institution_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A profile from works, achievements and experts. Renamed and merged ones lead to the one in force."""
    one = Organisation.objects.filter(public_id=public_id).select_related("merged_into", "parent").first()
    if one is None:
        raise NotFound("机构")
    if one.merged_into is not None:
        return redirect("market:institution-detail", one.merged_into.public_id)
    scope = scope_of(request.user)
    if one.kind not in SHOWN_KINDS:
        return _enterprise_page(one, scope)
    works, achievements, experts = (
        _of_unit(kind, one, scope, size)
        for kind, size in (("work", _WORKS), ("achievement", _ACHIEVEMENTS), ("expert", _PEOPLE))
    )
    years = {value.code: value.count for value in _values(works, "year")}
    context = {
        "one": one,
        "kind_label": str(OrganisationKind(one.kind).label),
        "place": place_name(one.division_code),
        "former": list(one.names.filter(is_former=True).values_list("name", flat=True)),
        "works": [result_row(row, with_snippet=False) for row in works.rows],
        "achievements": [result_row(row, with_snippet=False) for row in achievements.rows],
        "experts": experts.rows,
        "totals": {"work": works.total, "achievement": achievements.total, "expert": experts.total},
        "stats": _stats(one, works, achievements, experts),
        "chart": year_chart(years, "科研产出") if len(years) > 1 else None,
        "year_words": "、".join(f"{year} 年 {n} 项" for year, n in sorted(years.items())),
        "fields": field_bars({value.label: value.count for value in _values(works, FIELD.key)}),
        "types": _values(works, "work_type"),
        "claim": claim_actions(request, organisation=one),
        "crumbs": [
            {"label": "首页", "href": "/"},
            {"label": "机构", "href": HALLS["institution"].list_url},
            {"label": one.name},
        ],
        "url": request.build_absolute_uri(),
        "now": timezone.now(),
    }
    return render(request, "market/institution_detail.html", context)


def _enterprise_page(one: Organisation, scope: Scope) -> HttpResponse:
    page = Enterprise.objects.visible_to(scope).filter(organisation=one).first()
    if page is None:
        raise NotFound("机构")
    return redirect("market:enterprise-detail", page.public_id)


def _of_unit(kind: str, one: Organisation, scope: Scope, size: int) -> SearchPage:
    return search(SearchQuery(kind, chosen={"owner": (str(one.pk),)}, order="newest", per_page=size), scope)


def _values(page: SearchPage, key: str) -> tuple[Value, ...]:
    groups: dict[str, FacetGroup] = {group.key: group for group in page.facets}
    return groups[key].values if key in groups else ()


def _stats(
    one: Organisation, works: SearchPage, achievements: SearchPage, experts: SearchPage
) -> list[dict[str, Any]]:
    """The three totals, each leading to its list."""
    return [
        {"label": HALLS[kind].label, "value": page.total, "unit": HALLS[kind].unit,
         "href": f"{HALLS[kind].list_url}?owner={one.pk}" if page.total else ""}
        for kind, page in (("achievement", achievements), ("expert", experts), ("work", works))
    ]  # fmt: skip
