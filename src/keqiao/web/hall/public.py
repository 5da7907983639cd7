"""What anybody may read in the hall: the list, a listing with its live board, notices, the log; and objecting."""

import json
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.hall.access import notice_for, objection_by_token, seat_of
from keqiao.hall.enums import EventKind, NoticeKind, Way
from keqiao.hall.ledger import as_document, at_words, play
from keqiao.hall.log import digest_of, entries_of, reading_of
from keqiao.hall.models import HallEvent, Listing, Result
from keqiao.hall.objecting import object_to
from keqiao.hall.phase import clock_words
from keqiao.people.signin import client_ip
from keqiao.registry.records.models import prefix_range
from keqiao.registry.records.nouns import model_of
from keqiao.web.hall.forms import ObjectionForm
from keqiao.web.hall.present import board_of, row_of, terms_of
from keqiao.web.market.halls import detail_url
from keqiao.web.rendering import is_part_request, paginate, render_part

_WHENS = (("current", "正在进行"), ("upcoming", "即将报价"), ("past", "已结束"))
_OBJECTIONS_AN_HOUR = 5


def _crumbs(*more: dict[str, str]) -> list[dict[str, str]]:
    return [
        {"label": "首页", "href": reverse("market:home")},
        {"label": "交易大厅", "href": reverse("hall:hall-list")},
        *more,
    ]


def public_listing(public_id: UUID) -> Listing:
    """An announced listing; anything else is not found, whoever asks."""
    found = Listing.objects.public().select_related("owner").filter(public_id=public_id).first()
    if found is None:
        raise NotFound("挂牌项目")
    return found


@login_not_required
@require_GET
def hall_list(request: HttpRequest) -> HttpResponse:
    """Current, upcoming, past; `?when= &way= &place= &q=` live in the address."""
    now = timezone.now()
    asked = request.GET
    base = Listing.objects.public().select_related("owner")
    if (way := asked.get("way", "")) in Way.values:
        base = base.filter(way=way)
    if (place := asked.get("place", "")).isdigit():
        base = base.filter(prefix_range("division_code", place))
    if q := asked.get("q", "").strip()[:60]:
        base = base.filter(title__icontains=q) | base.filter(number__icontains=q)
    heaps = {"current": base.current_at(now), "upcoming": base.upcoming_at(now), "past": base.past()}
    when = asked.get("when", "current") if asked.get("when") in heaps else "current"
    page = paginate(heaps[when].order_by("-published_at", "-pk"), request)
    context = {
        "crumbs": [*_crumbs()[:-1], {"label": "交易大厅"}], "page": page, "rows": [row_of(one, now) for one in page],
        "q": "", "words": q, "way": way, "when": when, "place": place, "ways": Way.choices,
        "tabs": [
            {"label": label, "href": f"?when={key}" + (f"&way={way}" if way in Way.values else ""),
             "count": heaps[key].count(), "current": key == when}
            for key, label in _WHENS
        ],
    }  # fmt: skip
    return render_part(request, "hall/list.html", "results", context)


@login_not_required
@never_cache
@require_GET
def listing(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The listing with its clock and board; htmx asks for the board alone every few seconds."""
    found = public_listing(public_id)
    board = board_of(found, timezone.now())
    context = {"listing": found, "board": board, "terms": terms_of(found)}
    if not is_part_request(request):
        result = Result.objects.filter(listing=found).select_related("notice").first()
        context |= {
            "crumbs": _crumbs({"label": found.number or ""}), "notices": found.notices.all(), "result": result,
            "seat": seat_of(request.user, found), "may_object": board["clock"].reading and not board["clock"].reading.is_over
            and found.state == "published", "record_href": _record_href(found),
            "events": HallEvent.objects.filter(listing=found).order_by("-seq")[:30], "kinds": dict(EventKind.choices),
            "url": request.build_absolute_uri(reverse("hall:listing", args=[found.public_id])),
        }  # fmt: skip
    return render_part(request, "hall/listing.html", "live", context)


def _record_href(found: Listing) -> str:
    public_id = (
        model_of(found.record_kind)
        .objects.open_to_strangers()
        .filter(pk=found.record_id)
        .values_list("public_id", flat=True)
        .first()
    )
    return detail_url(found.record_kind, public_id) if public_id else ""


@login_not_required
@require_GET
def notice(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A numbered notice as it was frozen; its digest is computed anew and compared."""
    found = notice_for(public_id)
    reading = reading_of(found, timezone.localdate())
    context = {
        "crumbs": _crumbs({"label": found.listing.number or "", "href": reverse("hall:listing", args=[found.listing.public_id])},
                          {"label": found.number}),
        "notice": found, "is_unchanged": digest_of(found.content) == found.digest, "rule": found.rule,
        "clock_words": clock_words(reading, found.rule) if reading and found.rule else "",
        "url": request.build_absolute_uri(reverse("hall:notice", args=[found.public_id])),
        "is_listing_notice": found.kind == NoticeKind.LISTING,
    }  # fmt: skip
    return render(request, "hall/notice.html", context)


@login_not_required
@never_cache
@require_GET
def log_file(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The log as it can be replayed by `keqiao hall replay`."""
    found = public_listing(public_id)
    document = as_document(found.number or "", found.title, entries_of(found))
    response = HttpResponse(
        json.dumps(document, ensure_ascii=False, indent=1), content_type="application/json; charset=utf-8"
    )
    response["Content-Disposition"] = (
        f'attachment; filename="hall-{found.published_at:%Y%m%d}-{str(found.public_id)[:8]}.json"'
    )
    return response


@login_not_required
@never_cache
@require_GET
def replay(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The log, played again on the screen."""
    found = public_listing(public_id)
    entries = entries_of(found)
    played = play(found.number or "", entries)
    faults: dict[int, list[str]] = {}
    for seq, words in played.faults:
        faults.setdefault(seq, []).append(words)
    kinds = dict(EventKind.choices)
    lines = [
        {"seq": one.seq, "at": one.at, "utc": at_words(one.at), "kind": kinds.get(one.kind, one.kind), "hash": one.hash,
         "words": _words(one.data), "faults": faults.get(one.seq, ())}
        for one in entries
    ]  # fmt: skip
    context = {
        "crumbs": _crumbs({"label": found.number or "", "href": reverse("hall:listing", args=[found.public_id])}, {"label": "重放日志"}),
        "listing": found, "played": played, "lines": lines, "whole": faults.get(0, ()),
    }  # fmt: skip
    return render(request, "hall/replay.html", context)


_SHOWN = {
    "alias": "代号",
    "amount": "金额",
    "receipt": "回执",
    "notice": "公告",
    "objection": "异议",
    "reason": "原因",
    "decision": "结果",
    "nonce": "随机数",
}


def _words(data: Any) -> str:
    parts = [f"{label} {data[key]}" for key, label in _SHOWN.items() if data.get(key)]
    parts += [
        f"第 {one['seq']} 条 {one['amount']} 元（随机数 {one['nonce']}）" for one in data.get("bids") or ()
    ]
    return "；".join(parts)


@login_not_required
@require_http_methods(["GET", "POST"])
def object_to_notice(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Raise an objection, signed; its sender gets a number and a page of his own."""
    found = public_listing(public_id)
    form = ObjectionForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _require_not_too_often(request)
                target = found.notices.get(kind=NoticeKind.LISTING)
                made = object_to(notice=target, **form.cleaned_data)
                _count(request)
                return redirect("hall:objection-state", token=made.token)
            except (BadInput, NotAllowed) as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
                status = 422 if isinstance(refusal, BadInput) else 409
    context = {
        "crumbs": _crumbs({"label": found.number or "", "href": reverse("hall:listing", args=[found.public_id])}, {"label": "提出异议"}),
        "listing": found, "form": form, "board": board_of(found, timezone.now()),
    }  # fmt: skip
    return render(request, "hall/object.html", context, status=status)


def _count_key(request: HttpRequest) -> str:
    return f"hall-objection-{client_ip(request)}"


def _require_not_too_often(request: HttpRequest) -> None:
    """A few an hour from one address: an objection stops a clock, so nobody floods it."""
    if caches["limits"].get(_count_key(request), 0) >= _OBJECTIONS_AN_HOUR:
        raise NotAllowed(
            "一小时内从这个网络提出的异议已经很多，请一小时后再试，或直接联系科技局。", code="hall.flood"
        )


def _count(request: HttpRequest) -> None:
    key = _count_key(request)
    caches["limits"].set(key, caches["limits"].get(key, 0) + 1, 3600)


@login_not_required
@never_cache
@require_GET
def objection_state(request: HttpRequest, token: str) -> HttpResponse:
    """What became of an objection, for whoever holds its link; says nobody's name."""
    found = objection_by_token(token)
    return render(
        request,
        "hall/objection_state.html",
        {"crumbs": _crumbs({"label": found.number}), "objection": found, "listing": found.notice.listing},
    )
