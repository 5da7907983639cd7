"""Inbox and own records."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from keqiao.people.access import acts_of
from keqiao.people.enums import Act
from keqiao.registry.records.enums import Status
from keqiao.registry.records.flow import FLOWS
from keqiao.registry.records.nouns import has_gate, model_of, noun_of
from keqiao.web.desk.inbox import inbox_of, own_records
from keqiao.web.desk.writing import edit_url
from keqiao.web.rendering import paginate

# The tabs of "my records": key, words, states
MINE_TABS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("", "全部", ()),
    ("draft", "草稿", (Status.DRAFT, Status.WITHDRAWN)),
    ("review", "审核中", (Status.COUNTY_REVIEW, Status.CITY_REVIEW)),
    ("returned", "已退回", (Status.RETURNED,)),
    ("published", "已发布", (Status.PUBLISHED,)),
    ("expired", "已过期、已关闭", (Status.EXPIRED, Status.CLOSED)),
)


@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """What only this user can do now, oldest first."""
    heaps = inbox_of(request.user)
    start = [
        {"label": f"填报{noun_of(kind)}", "href": reverse(f"desk:{kind}-new"), "icon": "plus"}
        for kind in FLOWS
        if Act.CREATE in acts_of(request.user)
    ]
    return render(request, "desk/inbox.html", {"heaps": heaps, "start": start})


@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """The demands and achievements of this user's unit, by state."""
    chosen = request.GET.get("status", "")
    states = {key: wanted for key, _, wanted in MINE_TABS}.get(chosen, ())
    counts: dict[str, int] = dict.fromkeys((key for key, _, _ in MINE_TABS), 0)
    records: list[Any] = []
    for kind in FLOWS:
        for record in own_records(request.user, model_of(kind)).order_by("-updated_at")[:1000]:
            for key, _, wanted in MINE_TABS:
                counts[key] += not wanted or record.status in wanted
            if not states or record.status in states:
                records.append(record)
    records.sort(key=lambda record: record.updated_at, reverse=True)
    tabs = [
        {
            "label": label,
            "href": f"?status={key}" if key else reverse("desk:mine"),
            "count": counts[key],
            "current": key == chosen,
        }
        for key, label, _ in MINE_TABS
    ]
    page = paginate(records, request)
    rows = [
        {"record": record, "noun": noun_of(record.KIND), "edit": edit_url(record.KIND, record)}
        for record in page
    ]
    start = [
        {"label": f"填报{noun_of(kind)}", "href": reverse(f"desk:{kind}-new"), "icon": "plus"}
        for kind in FLOWS
        if has_gate(kind) and Act.CREATE in acts_of(request.user)
    ]
    return render(request, "desk/mine.html", {"tabs": tabs, "page": page, "rows": rows, "start": start})
