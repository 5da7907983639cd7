"""Subscriptions to a search: asked for, confirmed by a link, and answered only when something worth reading changed."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q
from django.http import QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from keqiao.core import audit
from keqiao.core.crypto import lookup_hash
from keqiao.core.errors import BadInput, NotFound
from keqiao.core.masks import mask_email
from keqiao.freshness.reading import silence_of
from keqiao.matching.address import canonical, query_of
from keqiao.matching.masking import owner_of, shown_title
from keqiao.matching.models import Cadence, Subscription
from keqiao.matching.reading import visible_records
from keqiao.matching.search import found_ids
from keqiao.people.access import VISITOR, Scope, scope_of
from keqiao.people.models import User
from keqiao.registry.kinds import kind_of
from keqiao.registry.records.models import Record

_SIGNS = re.compile(r"[\W_]+")
_MOST_RESULTS = 500  # of a search that are watched; a wider search should be narrowed
_MOST_OPEN = 20  # subscriptions an address may hold
_UNCONFIRMED_DAYS = 7
_BETWEEN_LINKS = timedelta(minutes=10)
_PERIOD = {Cadence.DAILY: timedelta(days=1), Cadence.WEEKLY: timedelta(days=7)}
_SLACK = timedelta(hours=1)  # a job that runs at the same hour every day is never a few seconds too early


# -- asking and ending ------------------------------------------------------------------------------------------


@transaction.atomic
def subscribe(
    *, kind: str, query: str, email: str, cadence: str, title: str, by: User | None
) -> Subscription:
    """Ask for the news of a search. A signed-in user's own address needs no link; any other gets one by mail.

    Asking again for the same search gives the subscription that is there (and mails the link again).
    """
    kind_of(kind)
    email = email.strip()
    try:
        validate_email(email)
    except ValidationError:
        raise BadInput(
            f"邮箱“{email[:60]}”不是有效的地址，订阅没有保存。请检查后重填，例如 name@example.cn。",
            field="email",
        ) from None
    if cadence not in Cadence.values:
        raise BadInput(f"频率“{cadence}”不可用。请选每天或每周。", field="cadence")
    mail_hash, query = lookup_hash(email.lower()), canonical(query)
    held = Subscription.objects.filter(email_hash=mail_hash, ended_at=None)
    existing = held.filter(kind=kind, query=query).first()
    if existing is None and held.count() >= _MOST_OPEN:
        raise BadInput(
            f"这个邮箱已有 {_MOST_OPEN} 个订阅，不能再加。请先退订不用的，退订链接在每封通知邮件的末尾。",
            field="email",
        )
    is_own = by is not None and by.email.strip().lower() == email.lower()
    subscription = existing or Subscription.objects.create(
        user=by if is_own else None, email=email, email_hash=mail_hash, kind=kind, query=query,
        cadence=cadence, title=title[:200], confirmed_at=timezone.now() if is_own else None,
    )  # fmt: skip
    now = timezone.now()
    if subscription.confirmed_at is None:
        # Nobody can make us fill a stranger's mailbox by asking over and over
        if subscription.last_sent_at is None or subscription.last_sent_at < now - _BETWEEN_LINKS:
            subscription.last_sent_at = now
            subscription.save(update_fields=["last_sent_at"])
            transaction.on_commit(lambda: _mail_confirmation(subscription))
    elif existing is None:
        _remember(subscription)
    audit.record("subscription.asked", by=by, target=subscription, changes={"email": ["", mask_email(email)]})
    return subscription


@transaction.atomic
def confirm(token: str) -> Subscription:
    """The link in the mail was followed. NotFound for a token that nobody holds or that is too old."""
    subscription = by_token(token)
    if subscription.confirmed_at is None:
        if subscription.created_at < timezone.now() - timedelta(days=_UNCONFIRMED_DAYS):
            raise NotFound("订阅")
        subscription.confirmed_at = timezone.now()
        subscription.save(update_fields=["confirmed_at"])
        _remember(subscription)
        audit.record("subscription.confirmed", target=subscription)
    return subscription


@transaction.atomic
def unsubscribe(token: str, *, everything: bool = False) -> Subscription:
    """End it, or everything the same address holds. Following the link twice is no error."""
    subscription = any_by_token(token)
    chosen = Q(email_hash=subscription.email_hash) if everything else Q(pk=subscription.pk)
    for one in Subscription.objects.filter(chosen, ended_at=None):
        one.ended_at, one.seen = timezone.now(), {}
        one.save(update_fields=["ended_at", "seen"])
        audit.record("subscription.ended", target=one)
    return subscription


def by_token(token: str) -> Subscription:
    """The subscription in force with this token, confirmed or not. NotFound otherwise."""
    found = any_by_token(token)
    if found.ended_at is not None:
        raise NotFound("订阅")
    return found


def any_by_token(token: str) -> Subscription:
    """The subscription with this token, ended ones too. NotFound when there never was one."""
    found = Subscription.objects.filter(token=token).first()
    if found is None:
        raise NotFound("订阅")
    return found


# -- what is worth a mail ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class News:
    """A record that is new to the subscriber, or changed in what matters."""

    record: Any
    title: str
    owner: str
    is_new: bool
    link: str


def fingerprint(record: Record) -> str:
    """Changes with title, text, money and state; not with punctuation, blanks or anything else."""
    money = getattr(record, "budget_yuan", None) or getattr(record, "price_yuan", None)
    words = "".join(_SIGNS.sub("", text) for text in (record.title, *(text for _, text in record.texts())))
    amount = "" if money is None else f"{money:.0f}"
    return hashlib.sha256(f"{words}|{amount}|{record.status}".casefold().encode()).hexdigest()[:16]


def _results(subscription: Subscription) -> dict[str, Record]:
    scope = _scope(subscription)
    ids = found_ids(query_of(subscription.kind, QueryDict(subscription.query)), scope, _MOST_RESULTS)
    found = visible_records(subscription.kind, ids, scope, published_only=True)
    return {str(pk): found[pk] for pk in ids if pk in found}


def _scope(subscription: Subscription) -> Scope:
    return scope_of(subscription.user) if subscription.user else VISITOR


def _remember(subscription: Subscription) -> None:
    """What is there when somebody subscribes is no news."""
    subscription.seen = {key: fingerprint(record) for key, record in _results(subscription).items()}
    subscription.last_sent_at = timezone.now()
    subscription.save(update_fields=["seen", "last_sent_at"])


def _news(subscription: Subscription, results: Mapping[str, Record]) -> list[News]:
    scope = _scope(subscription)
    changed = [
        (key, record) for key, record in results.items() if subscription.seen.get(key) != fingerprint(record)
    ]
    changed.sort(
        key=lambda item: bool(silence_of(item[1]))
    )  # what moved up without a sign of life comes last
    return [
        News(
            record,
            shown_title(record, scope),
            owner_of(record, scope).name,
            key not in subscription.seen,
            link_to(record),
        )
        for key, record in changed
    ]


def due(now: datetime) -> list[Subscription]:
    """Active subscriptions whose day or week is over at `now`."""
    active = Subscription.objects.active().select_related("user").order_by("pk")
    return [
        one
        for one in active
        if one.last_sent_at is None or one.last_sent_at + _PERIOD[Cadence(one.cadence)] - _SLACK <= now
    ]


# -- sending ----------------------------------------------------------------------------------------------------


def send_due(now: datetime | None = None, *, progress: Callable[[int, int], None] | None = None) -> int:
    """One mail to each subscriber who has news in any of his due subscriptions; returns how many mails went out.

    A subscription moves on only after its mail was handed over, so a mail server that is down loses nothing.
    """
    moment = now or timezone.now()
    # An address that nobody confirmed is not kept
    Subscription.objects.filter(
        confirmed_at=None, created_at__lt=moment - timedelta(days=_UNCONFIRMED_DAYS)
    ).delete()
    by_person: dict[str, list[Subscription]] = defaultdict(list)
    for one in due(moment):
        by_person[one.email_hash].append(one)
    sent = 0
    with get_connection() as connection:
        for done, subscriptions in enumerate(by_person.values(), 1):
            sent += _send_one(subscriptions, moment, connection)
            if progress:
                progress(done, len(by_person))
    return sent


def _send_one(subscriptions: Sequence[Subscription], moment: datetime, connection: Any) -> int:
    results = [(one, _results(one)) for one in subscriptions]
    sections = [(one, news) for one, found in results if (news := _news(one, found))]
    if sections:
        _mail_news(sections, connection)
    with transaction.atomic():
        for one, found in results:
            one.seen = {key: fingerprint(record) for key, record in found.items()}
            one.last_sent_at = moment
            one.save(update_fields=["seen", "last_sent_at"])
        if sections:
            count = sum(len(news) for _, news in sections)
            audit.record("subscription.sent", target=sections[0][0], row_count=count)
    return int(bool(sections))


def _mail_news(sections: Iterable[tuple[Subscription, list[News]]], connection: Any) -> None:
    shown = [
        {
            "title": one.title,
            "news": news,
            "stop": link("market:subscription-stop", one.token),
            "search": search_link(one),
        }
        for one, news in sections
    ]
    count = sum(len(section["news"]) for section in shown)
    stop = f"{shown[0]['stop']}?all=1"  # the mail program's own button ends all that this mail is about
    _send(
        "subscription-news", next(iter(sections))[0].email, {"sections": shown, "count": count}, connection,
        {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    )  # fmt: skip


def _mail_confirmation(subscription: Subscription) -> None:
    context = {
        "subscription": subscription,
        "confirm": link("market:subscription-confirm", subscription.token),
        "stop": link("market:subscription-stop", subscription.token),
        "days": _UNCONFIRMED_DAYS,
    }
    _send("subscription-confirm", subscription.email, context, None, {})


def _send(event: str, to: str, context: dict[str, Any], connection: Any, headers: dict[str, str]) -> None:
    context = context | {"site_name": settings.KEQIAO_SITE_NAME, "bureau_name": settings.KEQIAO_BUREAU_NAME}
    subject = " ".join(render_to_string(f"mail/{event}.subject.txt", context).split())
    body = render_to_string(f"mail/{event}.body.txt", context)
    EmailMessage(subject, body, to=[to], connection=connection, headers=headers).send()


def link(name: str, *parts: object) -> str:
    """The full address of a page, for mails."""
    return settings.KEQIAO_SITE_URL.rstrip("/") + reverse(name, args=parts)


def link_to(record: Record) -> str:
    """The full address of a record's page."""
    return link(f"market:{record.KIND}-detail", record.public_id)


def search_link(subscription: Subscription) -> str:
    """The full address of the search itself."""
    address = link(f"market:{subscription.kind}-list")
    return f"{address}?{subscription.query}" if subscription.query else address
