"""Checking and writing behind the request: a thread started by it, whose end nobody has to wait for.

A thread dies with its process; what it has settled stays, and `begin_writing` goes on from there.
"""

import contextvars
import json
import logging
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from keqiao.core.errors import KeqiaoError
from keqiao.people.models import User
from keqiao.registry.intake.models import IntakeRun, RunMode, RunState
from keqiao.registry.intake.runner import (
    STALLED_AFTER,
    CheckReport,
    check,
    plain_cells,
    plain_problems,
    start,
    write,
)

log = logging.getLogger(__name__)

AT_ONCE = 300  # rows; fewer are checked and written while the request waits
BATCH = 250  # rows settled together: small enough for a lively bar
SHOWN = 100  # problem rows that the page lists
_CHECK_STALLED = timedelta(seconds=60)


def spawn(job: Callable[[], None]) -> None:
    """Run `job` in a thread of its own, with the request's context (audit origin) and its own connections."""
    context = contextvars.copy_context()

    def alone() -> None:
        try:
            context.run(job)
        finally:
            connections.close_all()

    threading.Thread(target=alone, name="intake", daemon=True).start()


# --- checking ----------------------------------------------------------------------------------------------------


@dataclass
class StoredCheck:
    """What a check found, kept beside the file until the mapping changes.

    done: rows read so far while it is running. rows: up to SHOWN of {number, where, cells, problems}, bad ones first.
    error: why the file could not be checked. at: ISO moment of the last sign of life.
    """

    is_running: bool = True
    done: int = 0
    good: int = 0
    bad: int = 0
    warned: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)
    error: str = ""
    at: str = ""

    @property
    def total(self) -> int:
        return self.good + self.bad

    @property
    def is_stalled(self) -> bool:
        moment = parse_datetime(self.at) if self.at else None
        return self.is_running and (moment is None or timezone.now() - moment > _CHECK_STALLED)


def _kept(run: IntakeRun) -> Path:
    return Path(settings.MEDIA_ROOT) / "intake" / "checks" / f"{run.public_id}.json"


def forget_check(run: IntakeRun) -> None:
    """The mapping changed: what was found no longer holds."""
    _kept(run).unlink(missing_ok=True)


def stored_check(run: IntakeRun) -> StoredCheck | None:
    """The last check of this run, running or finished; None when there is none."""
    try:
        return StoredCheck(**json.loads(_kept(run).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def _keep(run: IntakeRun, found: StoredCheck) -> None:
    path = _kept(run)
    path.parent.mkdir(parents=True, exist_ok=True)
    found.at = timezone.now().isoformat()
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps(asdict(found), ensure_ascii=False, default=str), encoding="utf-8")
    draft.replace(path)


def begin_check(run: IntakeRun, by: User) -> None:
    """Check the whole file: at once when it is small, otherwise behind the request."""
    _keep(run, StoredCheck())

    def job() -> None:
        mine = IntakeRun.objects.select_related("origin", "by").get(pk=run.pk)
        try:
            report = check(mine, by=by, progress=lambda done: _keep(mine, StoredCheck(done=done)))
        except KeqiaoError as refusal:
            _keep(mine, StoredCheck(is_running=False, error=refusal.message))
        except Exception:
            _keep(
                mine,
                StoredCheck(
                    is_running=False, error="系统出错，没有检查完，也没有写入。错误已记入日志，请稍后重试。"
                ),
            )
            log.exception("intake check failed", extra={"run": mine.pk})
            raise
        else:
            _keep(mine, _stored(report))

    if run.row_total is not None and run.row_total <= AT_ONCE:
        job()
    else:
        spawn(job)


def _stored(report: CheckReport) -> StoredCheck:
    rows = sorted(report.problem_rows, key=lambda one: not any(p.is_error for p in one[1]))
    return StoredCheck(
        is_running=False,
        done=report.total,
        good=report.good,
        bad=report.bad,
        warned=report.warned,
        rows=[
            {
                "number": raw.number,
                "where": raw.where,
                "cells": plain_cells(raw),
                "problems": plain_problems(found),
            }
            for raw, found in rows[:SHOWN]
        ],
    )


# --- writing -----------------------------------------------------------------------------------------------------


def begin_writing(run: IntakeRun, *, mode: str, land_as: str, by: User) -> None:
    """Commit to writing, then write: small files while the request waits, others behind it.

    Raises what `start` raises; a large file in ALL_OR_NONE mode is checked once more behind the request.
    """
    if mode == RunMode.ALL_OR_NONE and not _is_small(run):
        _keep(run, StoredCheck())

        def job() -> None:
            mine = IntakeRun.objects.select_related("origin", "by").get(pk=run.pk)
            try:
                mine = start(run=mine, mode=mode, land_as=land_as, by=by)
            finally:
                forget_check(mine)
            _write(mine)

        spawn(job)
        return
    started = start(run=run, mode=mode, land_as=land_as, by=by)
    resume_writing(started)


def resume_writing(run: IntakeRun) -> None:
    """Go on from the checkpoint. Nothing when the run is not being written."""
    if run.state != RunState.WRITING:
        return
    IntakeRun.objects.filter(pk=run.pk).update(message="", heartbeat_at=timezone.now())

    def job() -> None:
        _write(IntakeRun.objects.select_related("origin", "by").get(pk=run.pk))

    if _is_small(run):
        job()
    else:
        spawn(job)


def _is_small(run: IntakeRun) -> bool:
    return run.row_total is not None and run.row_total <= AT_ONCE


def _write(run: IntakeRun) -> None:
    """Write to the end; what stops it is put into words on the run, which stays open for another try."""
    if run.state != RunState.WRITING:
        return
    try:
        write(run, batch_rows=BATCH)
    except KeqiaoError as refusal:
        if refusal.code != "intake.taken":  # another process writes it: all is well
            _say(run, f"写入中断：{refusal.message}")
    except Exception:
        _say(
            run,
            "写入中断：系统出错，已写入的部分保留。错误已记入日志，请点“继续”，多次出现请告诉系统管理员。",
        )
        log.exception("intake write failed", extra={"run": run.pk})
        raise


def _say(run: IntakeRun, message: str) -> None:
    IntakeRun.objects.filter(pk=run.pk, state=RunState.WRITING).update(message=message)


def is_stopped(run: IntakeRun) -> bool:
    """Whether a run that should be writing is not: it said why, or its process has gone silent."""
    silent = timezone.now() - run.heartbeat_at > STALLED_AFTER
    return run.state == RunState.WRITING and (silent or bool(run.message))
