"""Every write of this room: signs of life, the one question, its answer."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.apps import apps
from django.core import signing
from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone

from keqiao.core import audit
from keqiao.core.errors import NotFound
from keqiao.freshness.models import Pulse, Question
from keqiao.freshness.reading import freshness_of, silence_of, with_pulse
from keqiao.freshness.rules import decay_on, is_due
from keqiao.message.actions import send
from keqiao.people.models import User
from keqiao.registry.records import moves
from keqiao.registry.records.enums import Status
from keqiao.registry.records.models import Listed
from keqiao.registry.records.nouns import listed_models, model_of, noun_of

_SIGNER = signing.TimestampSigner(salt="keqiao.freshness.question")
_BATCH = 500
_MOST_ASKED = 10  # listings in one question; the rest waits for another night
Progress = Callable[[int, int], None]


# -- signs of life ----------------------------------------------------------------------------------------------


def note_alive(kind: str, record_id: int, at: dt.datetime | None = None) -> None:
    """The owner did something for this listing that is no edit of it (answered a match, came to a talk)."""
    moment = at or timezone.now()
    Pulse.objects.update_or_create(kind=kind, record_id=record_id, defaults={"alive_at": moment})


def refresh() -> int:
    """Take up who was here: the newest sign-in of each owner's unit, the newest answer of each owner's side.

    Every night; returns how many listings have a pulse. A person's own page never shows who it was.
    """
    users = User.objects.filter(is_active=True, organisation__isnull=False, last_seen_at__isnull=False)
    seen: dict[int | None, dt.datetime | None] = dict(
        users.values_list("organisation_id").annotate(Max("last_seen_at")).order_by()
    )
    done = 0
    for model in listed_models():
        rows = (
            model.objects.filter(status=Status.PUBLISHED).order_by("pk").values_list("pk", "organisation_id")
        )
        answered = _answered(model.KIND)
        wanted = {
            pk: (answered.get(pk), seen.get(unit) if unit is not None else None)
            for pk, unit in rows.iterator(chunk_size=2000)
            if pk in answered or unit in seen
        }
        done += _take_up(model.KIND, wanted)
    return done


def _answered(kind: str) -> dict[int, dt.datetime]:
    """Record -> when its own side last answered a match. The room of answers lies above; it is asked by name."""
    if not apps.is_installed("keqiao.verdict"):
        return {}
    answers = apps.get_model("verdict", "Answer")._default_manager.filter(speaker="owner")
    out: dict[int, dt.datetime] = {}
    for side in ("need", "offer"):
        rows = (
            answers.filter(side=side, **{f"{side}_kind": kind}).values_list(f"{side}_id").annotate(Max("at"))
        )
        for pk, at in rows.order_by():
            out[pk] = max(at, out.get(pk, at))
    return out


def _take_up(kind: str, wanted: dict[int, tuple[dt.datetime | None, dt.datetime | None]]) -> int:
    ids = sorted(wanted)
    for start in range(0, len(ids), _BATCH):
        part = ids[start : start + _BATCH]
        with transaction.atomic():
            known = {one.record_id: one for one in Pulse.objects.filter(kind=kind, record_id__in=part)}
            fresh = [Pulse(kind=kind, record_id=pk) for pk in part if pk not in known]
            Pulse.objects.bulk_create(fresh, ignore_conflicts=True)
            rows = list(Pulse.objects.filter(kind=kind, record_id__in=part))
            for one in rows:
                alive, seen = wanted[one.record_id]
                one.seen_at = seen
                if alive is not None and (one.alive_at is None or alive > one.alive_at):
                    one.alive_at = alive
            Pulse.objects.bulk_update(rows, ["seen_at", "alive_at"])
    return len(ids)


# -- the question -----------------------------------------------------------------------------------------------


def ask(*, now: dt.datetime | None = None, progress: Progress | None = None) -> int:
    """Ask the owners of faded listings whether they go on: one message an owner, at most ten listings in it.

    Returns how many owners were asked. A listing that was asked about within `ask_again_days` is left alone; so is one
    whose owner has neither account nor address. Run every night; a kill in the middle asks nobody twice.
    """
    moment = now or timezone.now()
    owners = _due(moment)
    for at, (to, rows) in enumerate(owners, 1):
        _ask_one(to, rows[:_MOST_ASKED], moment)
        if progress:
            progress(at, len(owners))
    return len(owners)


def _due(moment: dt.datetime) -> list[tuple[User | str, list[Listed]]]:
    """Owner -> his faded listings, the most silent first."""
    decay = decay_on(timezone.localdate(moment))
    faded: list[tuple[float, Listed]] = []
    oldest = moment - dt.timedelta(days=decay.say_from_days)
    for model in listed_models():
        asked = dict(
            Pulse.objects.filter(kind=model.KIND, asked_at__isnull=False).values_list("record_id", "asked_at")
        )
        rows = model.objects.published().filter(updated_at__lt=oldest).order_by("pk")
        for row in with_pulse(rows).select_related("organisation", "created_by").iterator(chunk_size=_BATCH):
            fresh = freshness_of(row, moment)
            if is_due(fresh, asked.get(row.pk), moment, decay):
                faded.append((fresh, row))
    units = {row.organisation_id for _, row in faded if row.organisation_id is not None}
    contacts = _contacts(units)
    found: dict[User | str, list[Listed]] = defaultdict(list)
    for _, row in sorted(faded, key=lambda item: (item[0], item[1].KIND, item[1].pk)):
        if (to := _owner(row, contacts)) is not None:
            found[to].append(row)
    return list(found.items())


def _contacts(units: Iterable[int]) -> dict[int, User]:
    """Unit -> the active user of it who was here last."""
    users = User.objects.filter(organisation_id__in=list(units), is_active=True).order_by(
        "last_seen_at", "pk"
    )
    return {user.organisation_id: user for user in users if user.organisation_id is not None}


def _owner(row: Any, contacts: dict[int, User]) -> User | str | None:
    """Who wrote it if he belongs to the unit; another of the unit; the printed address. Never an officer."""
    writer = row.created_by
    if (
        writer is not None
        and writer.is_active
        and row.organisation_id
        and writer.organisation_id == row.organisation_id
    ):
        return writer  # type: ignore[no-any-return]  # the shared queryset is typed for every kind
    if row.organisation_id in contacts:
        return contacts[row.organisation_id]
    address = str(getattr(row, "contact_email", "") or "").strip()
    return address if "@" in address else None


@transaction.atomic
def _ask_one(to: User | str, rows: Sequence[Listed], moment: dt.datetime) -> None:
    question = Question.objects.create(user=to if isinstance(to, User) else None, asked_at=moment)
    for row in rows:
        Pulse.objects.update_or_create(
            kind=row.KIND, record_id=row.pk, defaults={"asked_at": moment, "question": question}
        )
    lines = "\n".join(f"· {row.title}（{noun_of(row.KIND)}，{silence_of(row, moment)}）" for row in rows)
    send(
        to=to,
        kind="freshness",
        subject=f"还在做吗？“{rows[0].title[:40]}”" + (f"等 {len(rows)} 项" if len(rows) > 1 else ""),
        text="您发布的下列内容很久没有动静，请点开链接告诉我们是否继续，不用登录。还在做的点“还在做”，不做了的点“不做了”，"
        f"不再打扰别人。\n\n{lines}\n\n不答复也可以，它会排到后面；{decay_on(moment.date()).ask_again_days} 天内不再问。",
        link=answer_path(question),
        key=f"question {question.public_id}",
    )
    audit.record("freshness.asked", target=question, changes={"listings": ["", len(rows)]})


def answer_path(question: Question) -> str:
    """The path of the page that takes the answer, signed, good for `link_days`."""
    return reverse("freshness:still", args=[_SIGNER.sign(question.public_id.hex)])


def question_of(token: str) -> Question:
    """The question of a signed link. NotFound when the link was not made here or is too old."""
    days = decay_on(timezone.localdate()).link_days
    try:
        public_id = _SIGNER.unsign(token, max_age=dt.timedelta(days=days))
    except signing.BadSignature:
        raise NotFound("这次询问", code="freshness.link") from None
    found = Question.objects.filter(public_id=public_id).first()
    if found is None:
        raise NotFound("这次询问", code="freshness.link")
    return found


def listings_of(question: Question) -> list[Listed]:
    """What it asked about and is still there, in a fixed order."""
    out: list[Listed] = []
    for pulse in question.pulses.order_by("kind", "record_id"):
        row = model_of(pulse.kind).objects.filter(pk=pulse.record_id).first()
        if row is not None:
            out.append(row)
    return out


@transaction.atomic
def answer(*, token: str, kind: str, public_id: object, is_going_on: bool, reason: str = "") -> Listed:
    """The owner's click: 还在做 counts as a sign of life and renews what ends soon, 不做了 closes the listing.

    The signed link is the permission. NotFound for a listing that the question was not about; a second click on the
    same listing, or one that is no longer published, changes nothing.
    """
    question = question_of(token)
    row = next(
        (one for one in listings_of(question) if kind == one.KIND and str(one.public_id) == str(public_id)),
        None,
    )
    if row is None:
        raise NotFound("这条内容")
    pulse = Pulse.objects.select_for_update().get(kind=kind, record_id=row.pk)
    answered = pulse.alive_at is not None and pulse.asked_at is not None and pulse.alive_at > pulse.asked_at
    if row.status != Status.PUBLISHED or (answered and is_going_on):
        return row
    pulse.alive_at = timezone.now()
    pulse.save(update_fields=["alive_at"])
    decay, today = decay_on(timezone.localdate()), timezone.localdate()
    done: Any = row
    if not is_going_on:
        done = moves.close(record=row, by=None, reason=reason.strip()[:150] or "单位答复：不做了")
    elif row.valid_until is not None and (row.valid_until - today).days <= decay.renew_within_days:
        done = moves.renew(record=row, by=None)
    audit.record(
        "freshness.answered", by=question.user, target=row, reason="从询问链接答复，未登录",
        changes={"answer": ["", "还在做" if is_going_on else "不做了"]},
    )  # fmt: skip
    return done  # type: ignore[no-any-return]  # the moves are typed for every record
