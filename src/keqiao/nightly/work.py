"""The steps of a night, one after the other, each noted when it is done."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from keqiao.contract.followup import ask_due
from keqiao.core import audit
from keqiao.core.errors import NotAllowed
from keqiao.deal.reminders import climb
from keqiao.freshness.actions import ask, refresh
from keqiao.ladder.distances import refresh as refresh_distances
from keqiao.ladder.expiry import warn
from keqiao.ladder.standings import keep_standings
from keqiao.matching.index import drain
from keqiao.message.delivery import deliver
from keqiao.nightly.matching import DIRECTIONS, match_changed
from keqiao.nightly.models import Night
from keqiao.nightly.telling import tell
from keqiao.payment.contesting import remind_silent
from keqiao.payment.publishing import end_due
from keqiao.radar.runs import latest_run as latest_radar
from keqiao.radar.runs import run_radar
from keqiao.registry.kinds import kind_of
from keqiao.registry.records.moves import expire_due
from keqiao.voucher import expiring

Progress = Callable[[str, int, int], None]  # what, done, total
_STILL_TONIGHT = timedelta(
    hours=18
)  # an interrupted night older than this is given up; the next covers its days
_RADAR_EVERY = timedelta(days=6, hours=12)
_NIGHTS_KEPT = 60


def work(*, progress: Progress | None = None) -> Night:
    """Do the night's work, or go on with one that was killed. NotAllowed while another process is at it."""
    with _alone():
        night = _night()
        steps = _steps(progress or (lambda what, done, total: None))
        for number, (name, step) in enumerate(steps):
            if number < night.step:
                continue
            night.report = night.report | {name: step(night)}
            night.step, night.last_id = number + 1, 0
            night.save(update_fields=["report", "step", "last_id"])
        night.finished_at = timezone.now()
        night.save(update_fields=["finished_at"])
        old = Night.objects.order_by("-pk").values_list("pk", flat=True)[_NIGHTS_KEPT:]
        Night.objects.filter(pk__in=list(old)).delete()
        audit.record(
            "night.worked", target=night, row_count=night.pairs.count(), changes={"report": night.report}
        )
    return night


def latest_night() -> Night | None:
    """The newest night whose pairs are complete."""
    return Night.objects.filter(finished_at__isnull=False).order_by("-finished_at", "-pk").first()


@contextmanager
def _alone() -> Iterator[None]:
    path = settings.VAR / "nightly.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotAllowed(
                "夜间作业正由另一个进程进行，没有重复开始。请等它完成，进度见它的窗口。",
                code="night.busy",
                conflict=True,
            ) from None
        yield


def _night() -> Night:
    """The one that was broken off today, or a new one that covers what changed since the last finished one began."""
    broken = Night.objects.filter(finished_at=None).order_by("-pk").first()
    if broken is not None and broken.started_at > timezone.now() - _STILL_TONIGHT:
        return broken
    Night.objects.filter(finished_at=None).delete()
    before = latest_night()
    return Night.objects.create(since=before.started_at if before else None)


def _steps(progress: Progress) -> list[tuple[str, Callable[[Night], int]]]:
    """(key in the report, what to do: gives a number). A step may be done twice without harm."""

    def matching(number: int) -> Callable[[Night], int]:
        words = "匹配" + "和".join(kind_of(kind).label for kind in DIRECTIONS[number])
        return lambda night: match_changed(
            night, number, progress=lambda done, total: progress(words, done, total)
        )

    def index(night: Night) -> int:
        return drain(progress=lambda done, total: progress("补齐索引", done, total))

    def radar(night: Night) -> int:
        newest = latest_radar()
        if newest is not None and newest.started_at > night.started_at - _RADAR_EVERY:
            return newest.needs_found
        return run_radar(progress=lambda done, total: progress("查找共性需求", done, total)).needs_found

    def letters(night: Night) -> int:
        sent = 0
        while (done := deliver(progress=lambda at, total: progress("发送消息", at, total))).total:
            sent += done.sent
        return sent

    def vouchers(night: Night) -> int:
        warned = expiring.warn_soon(timezone.localdate())
        return warned + sum(expiring.expire_due(timezone.now()))

    def awards(night: Night) -> int:
        today = timezone.localdate()
        return end_due(today) + remind_silent(by=None, today=today)

    return [
        ("expired", lambda night: expire_due(timezone.localdate())),
        ("indexed", index),
        *((f"new_{kind}_{other}", matching(number)) for number, (kind, other) in enumerate(DIRECTIONS)),
        ("told", tell),
        ("pulses", lambda night: refresh()),
        ("asked", lambda night: ask(progress=lambda done, total: progress("询问时效", done, total))),
        ("needs", radar),
        ("reminded", lambda night: climb(timezone.now()).total),
        ("results_asked", lambda night: ask_due(timezone.localdate())),
        ("vouchers", vouchers),
        ("awards", awards),
        ("titles_warned", lambda night: warn(timezone.localdate())),
        (
            "distances",
            lambda night: refresh_distances(
                progress=lambda done, total: progress("计算企业差距", done, total)
            ),
        ),
        ("standings", lambda night: keep_standings(timezone.localdate())),
        ("sent", letters),
    ]
