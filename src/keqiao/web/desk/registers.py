"""The registries: a dense table with its filters in the address, and what can be done with many rows at once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from keqiao.codes import divisions, lists
from keqiao.core.errors import KeqiaoError, NotAllowed
from keqiao.people.access import acts_of, scope_of
from keqiao.people.enums import OFFICERS, Act, Role
from keqiao.registry.kinds import kind_of
from keqiao.registry.records import actions
from keqiao.registry.records.access import may_create
from keqiao.registry.records.enums import Status
from keqiao.registry.records.models import Record, prefix_range
from keqiao.registry.records.nouns import has_gate
from keqiao.web.desk import register_search
from keqiao.web.rendering import is_part_request, paginate
from keqiao_match import highlight

READERS = OFFICERS | {Role.REGISTRAR, Role.AUDITOR}
MAX_PAGES = 200  # deeper the database only skips rows; the officer is told to narrow the search
SORTS = {
    "new": "-updated_at",
    "old": "updated_at",
    "title": "title",
    "number": "number",
    "until": "valid_until",
}
_SORT_WORDS = {"new": "最近更新", "old": "最早更新", "title": "名称", "number": "编号", "until": "有效期"}
_COUNTED_BELOW = 200_000  # rows up to which the database counts the filters; beyond, the index does
TONES = {
    Status.DRAFT: "outline",
    Status.COUNTY_REVIEW: "amber",
    Status.CITY_REVIEW: "amber",
    Status.RETURNED: "red",
    Status.PUBLISHED: "green",
    Status.EXPIRED: "plain",
    Status.WITHDRAWN: "plain",
    Status.CLOSED: "plain",
    Status.ARCHIVED: "plain",
}


@dataclass(frozen=True, slots=True)
class Query:
    """What the address asks for. Blank means everything."""

    q: str = ""
    status: str = ""
    division: str = ""
    field: str = ""
    year: str = ""
    source: str = ""
    sample: str = ""
    sort: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> "Query":
        given = {name: request.GET.get(name, "").strip()[:120] for name in cls.__slots__}
        if given["sort"] not in SORTS or (given["sort"] == "new" and not given["q"]):
            given["sort"] = ""
        if given["year"] and not given["year"].isdigit():
            given["year"] = ""
        return cls(**given)

    def address(self, **changes: str) -> str:
        """This query's address with some parts changed; "" takes a part away."""
        parts = {name: getattr(self, name) for name in self.__slots__} | changes
        kept = {name: value for name, value in parts.items() if value}
        return f"?{urlencode(kept)}" if kept else "?"

    @property
    def is_narrowed(self) -> bool:
        return any((self.status, self.division, self.field, self.year, self.source, self.sample))


def matching(rows: QuerySet[Any], query: Query) -> QuerySet[Any]:
    """The rows that the filters of a query leave; its words are asked of the index."""
    if query.status:
        rows = rows.filter(status=query.status)
    if query.division:
        rows = rows.filter(prefix_range("division_code", query.division))
    if query.field:
        rows = rows.filter(Q(tags__field11__0__code=query.field) | Q(tags__field11__1__code=query.field))
    if query.year:
        rows = rows.filter(year=int(query.year))
    if query.source:
        rows = rows.filter(Q(source_document=query.source) | Q(origin__file_name=query.source))
    if query.sample:
        rows = rows.filter(is_sample=query.sample == "1")
    return rows


@require_GET
def registry(request: HttpRequest, kind: str) -> HttpResponse:
    """The registry of one kind, for those who work with it."""
    _check_reader(request)
    found = kind_of(kind)
    query = Query.of(request)
    context = {
        "kind": found,
        "query": query,
        **(_searched if query.q else _listed)(request, found.model, query),
        "hidden": [
            {"name": name, "value": getattr(query, name)}
            for name in ("status", "division", "field", "year", "source", "sample")
            if getattr(query, name)
        ],
        "bulk": _bulk_moves(kind) if _can_act(request) else [],
        "can_create": may_create(request.user, kind) is None,
        "crumbs": [
            {"label": "工作台", "href": reverse("desk:inbox")},
            {"label": f"{found.label}登记簿", "href": ""},
        ],
    }
    template = "desk/registry.html#results" if is_part_request(request) else "desk/registry.html"
    return render(request, template, context)


def _listed(request: HttpRequest, model: type[Record], query: Query) -> dict[str, Any]:
    """Without words: the database's list, which knows every order."""
    base = model.objects.in_scope(scope_of(request.user))
    if has_gate(model.KIND):
        base = base.exclude(Q(status=Status.DRAFT) & ~Q(created_by_id=request.user.pk))
    rows = matching(base, query).select_related("organisation", "origin")
    count = rows.count()
    ordered = rows.order_by(*_order(model, query, count))
    page = paginate(ordered, request, per_page=register_search.PER_PAGE, count=count, max_pages=MAX_PAGES)
    if count <= _COUNTED_BELOW:
        facets = _facets(base, query)
    else:
        groups = register_search.groups(request, model.KIND, query)
        facets = list(register_search.facet_options(groups, partial(_option, query)))
    has_until = hasattr(model, "valid_until")
    return {
        "page": page,
        "table": _table(model.KIND, page, query, can_act=_can_act(request)),
        "facets": facets,
        "sorts": [
            {"value": "" if key == "new" else key, "label": _SORT_WORDS[key]}
            for key in SORTS
            if key != "until" or has_until
        ],
    }


def _searched(request: HttpRequest, model: type[Record], query: Query) -> dict[str, Any]:
    """With words: what the index finds, the hits marked."""
    found = register_search.find(request, model.KIND, query)
    records = [row.record for row in found.rows]
    snippets = {row.record.pk: (row.snippet_field, row.snippet) for row in found.rows if row.snippet}
    return {
        "page": register_search.page_of(request, found),
        "table": _table(model.KIND, records, query, can_act=_can_act(request), snippets=snippets),
        "facets": list(register_search.facet_options(found.facets, partial(_option, query))),
        "sorts": register_search.sorts(_SORT_WORDS, hasattr(model, "valid_until")),
        "relaxed": found.relaxed,
    }


def _order(model: type[Record], query: Query, count: int) -> tuple[str, ...]:
    """The sort that was asked for. A very large registry goes by entry, which needs no sorting of all rows."""
    if query.sort == "until" and not hasattr(model, "valid_until"):
        return ("-updated_at", "pk")
    sort = query.sort or "new"
    if count > _COUNTED_BELOW and sort in ("new", "old"):
        return ("-pk",) if sort == "new" else ("pk",)
    return (SORTS[sort], "pk")


def _check_reader(request: HttpRequest) -> None:
    if not scope_of(request.user).roles & READERS:
        raise NotAllowed(
            "登记簿供县区和市科技局使用。您可以在“我的填报”里查看本单位的需求和成果。", code="registry.role"
        )


def _can_act(request: HttpRequest) -> bool:
    return Act.WITHDRAW in acts_of(request.user) and bool(scope_of(request.user).roles & OFFICERS)


def _bulk_moves(kind: str) -> list[dict[str, str]]:
    moves = [{"value": "withdraw", "label": "撤回" if has_gate(kind) else "撤下"}]
    if has_gate(kind):
        moves.insert(0, {"value": "renew", "label": "续期一年"})
    else:
        moves.append({"value": "restore", "label": "重新发布"})
    return moves


def _table(
    kind: str,
    records: Iterable[Any],
    query: Query,
    *,
    can_act: bool,
    snippets: Mapping[int, tuple[str, Sequence[tuple[str, bool]]]] | None = None,
) -> dict[str, Any]:
    """The rows as the table part takes them. snippets: of found rows, (field, marked pieces) by primary key."""
    gated = has_gate(kind)
    snippets = snippets or {}
    columns = [
        {"label": "名称、编号、单位", "main": True, **({} if query.q else _sortable(query, "title"))},
        {"label": "县区"},
        {"label": "状态"},
        {"label": "有效期至", **_sortable(query, "until")} if gated else {"label": "来源"},
        {"label": "更新", **_sortable(query, "old", "new")},
    ]
    rows = [
        {
            "id": str(record.public_id),
            "cells": [
                {
                    "text": highlight(record.title, query.q) if query.q else record.title,
                    "href": reverse("desk:record", kwargs={"kind": kind, "public_id": record.public_id}),
                    "sub": _under_title(record, query, snippets.get(record.pk)),
                },
                _short_place(record.division_code) or "—",
                {"chip": Status(record.status).label, "tone": TONES[Status(record.status)]},
                str(record.valid_until or "—")
                if gated
                else (record.source_document or _file_of(record) or "—"),
                f"{record.updated_at:%Y-%m-%d}",
            ],
        }
        for record in records
    ]
    return {
        "id": "registry-table",
        "caption": "登记簿",
        "hide_caption": True,
        "columns": columns,
        "rows": rows,
        "selectable": can_act,
    }


def _under_title(
    record: Record, query: Query, snippet: tuple[str, Sequence[tuple[str, bool]]] | None
) -> list[tuple[str, bool]]:
    """Number and unit, and where the words were found if not there; the hits marked."""
    line = " · ".join(
        filter(None, (record.number, record.organisation_name, "示例" if record.is_sample else ""))
    )
    pieces = highlight(line, query.q) if query.q else [(line, False)]
    if snippet is None:
        return pieces
    name, found = snippet
    return [*pieces, (f" · {name}：", False), *found]


def _sortable(query: Query, ascending: str, descending: str = "") -> dict[str, str]:
    sort = query.sort or ("" if query.q else "new")
    if sort == ascending:
        return {"sort": query.address(sort=descending or "new"), "sorted": "ascending"}
    if descending and sort == descending:
        return {"sort": query.address(sort=ascending), "sorted": "descending"}
    return {"sort": query.address(sort=descending or ascending)}


def _short_place(code: str) -> str:
    """固镇县: the place's own name, without the city it lies in."""
    row = divisions.division(code) if code else None
    return row.name if row is not None else code


def _file_of(record: Record) -> str:
    return record.origin.file_name if record.origin is not None else ""


def _facets(base: QuerySet[Any], query: Query) -> list[dict[str, Any]]:
    """The filters with how many each would leave, counted by the database over what the reader may work on."""
    groups: list[tuple[str, str, str, Callable[[Any], str]]] = [
        ("状态", "status", "status", lambda value: str(Status(value).label)),
        ("县区", "division", "division_code", _short_place),
        ("年度", "year", "year", str),
        ("来源文件", "source", "source_document", str),
        ("示例", "sample", "is_sample", lambda value: "示例" if value else "正式"),
    ]
    facets = []
    for title, name, column, words in groups:
        found = _counted(base, query, column)
        options = [
            _option(query, name, value, n, words(value)) for value, n in found if value not in ("", None)
        ]
        facets.append({"title": title, "options": options})
    fields = [_option(query, "field", item.code, None, item.name) for item in lists.items("field11")]
    facets.insert(2, {"title": "技术领域", "options": fields})
    return facets


def _counted(base: QuerySet[Any], query: Query, column: str) -> list[tuple[Any, int | None]]:
    """(value, how many) of a column under the other filters, most frequent first."""
    own = {
        "status": "status",
        "division_code": "division",
        "year": "year",
        "source_document": "source",
        "is_sample": "sample",
    }[column]
    narrowed = matching(
        base, Query(**{name: "" if name == own else getattr(query, name) for name in Query.__slots__})
    )
    found = narrowed.order_by().values_list(column).annotate(total=Count("pk")).order_by("-total")[:30]
    return [(value, total) for value, total in found]


def _option(query: Query, name: str, value: Any, total: int | None, label: str) -> dict[str, Any]:
    text = {True: "1", False: "0"}.get(value, str(value)) if isinstance(value, bool) else str(value)
    chosen = getattr(query, name) == text
    return {
        "label": label,
        "count": total,
        "href": query.address(**{name: "" if chosen else text}),
        "chosen": chosen,
    }


@require_POST
def registry_bulk(request: HttpRequest, kind: str) -> HttpResponse:
    """One move for every chosen row. Each is its own action; those that were refused are named with the reason."""
    _check_reader(request)
    model, move = kind_of(kind).model, request.POST.get("move", "")
    known = {one["value"]: one["label"] for one in _bulk_moves(kind)}
    back = HttpResponseRedirect(reverse("desk:registry", kwargs={"kind": kind}) + _safe_query(request))
    if move not in known:
        messages.error(request, "没有选择要办理的操作，什么也没有改。请勾选几行，再选操作。")
        return back
    chosen = [value for value in request.POST.getlist("chosen") if len(value) == 36][:200]
    records = list(model.objects.in_scope(scope_of(request.user)).filter(public_id__in=chosen))
    done, refused = 0, []
    for record in records:
        try:
            getattr(actions, move)(record=record, by=request.user)
            done += 1
        except KeqiaoError as error:
            refused.append(f"“{record.title[:24]}”{error.message}")
    if done:
        messages.success(request, f"{known[move]}：已办理 {done} 条。")
    if refused:
        rest = f"等 {len(refused)} 条" if len(refused) > 3 else ""
        messages.warning(request, f"没有办理{rest}：" + "；".join(refused[:3]))
    if not done and not refused:
        messages.warning(request, "没有选中任何一行，什么也没有改。请先勾选。")
    return back


def _safe_query(request: HttpRequest) -> str:
    """The filters to return to: a query string only, never an address."""
    given = request.POST.get("back", "")
    return given if given.startswith("?") and "\n" not in given else ""
