"""A draft tried on every firm: before and after, and who changes. Reads firms, decides nothing."""

from collections import Counter
from datetime import date
from typing import Final

from django.db import transaction
from django.utils import timezone

from keqiao.core.audit import record
from keqiao.core.errors import KeqiaoError
from keqiao.people.models import User
from keqiao.rules import firms
from keqiao.rules.access import require_keeper
from keqiao.rules.actions import version_of
from keqiao.rules.book import Version, digest_of
from keqiao.rules.compiling import engine
from keqiao.rules.facts import ready
from keqiao.rules.judging import Outcome
from keqiao.rules.models import RuleDraft, RuleTrial
from keqiao.rules.settling import Settling
from keqiao.rules.shelf import current

LISTED: Final = 500  # firms named in the list of changes
_EVERY: Final = 500  # firms between two signs of life


def against(draft: RuleDraft, on: date, region: str = "") -> Version:
    """The version in force on the day that the draft would replace; the one it was copied from when none is."""
    book = current(draft.book)
    found = book.find(on, region or str(draft.data.get("region") or ""))
    return found or book.version(draft.copied_from)


@transaction.atomic
def begin_trial(*, draft: RuleDraft, on: date, by: User) -> RuleTrial:
    """Ask for a trial; `carry_out` computes it. Raises BadInput when the draft cannot be read."""
    require_keeper(by)
    draft = RuleDraft.objects.get(pk=draft.pk)  # as it is kept, whatever the caller holds
    version_of(draft)
    trial = RuleTrial.objects.create(
        draft=draft,
        digest=digest_of(draft.data),
        against=against(draft, on).id,
        on=on,
        total=firms.count_firms(),
        started_by=by,
    )
    record("rule.tried", by=by, target=draft, changes={"按哪一天": ["", str(on)]})
    return trial


def carry_out(trial: RuleTrial) -> RuleTrial:
    """Compute the trial from the beginning; what stops it is put into words on the row, then raised."""
    rows = RuleTrial.objects.filter(pk=trial.pk)
    rows.update(message="", heartbeat_at=timezone.now(), done=0)
    try:
        new, book = version_of(trial.draft), current(trial.draft.book)
        before: Counter[str] = Counter()
        after: Counter[str] = Counter()
        changes: list[list[str]] = []
        changed = done = 0
        for identity, name, facts in firms.all_firms(trial.on):
            region = str(facts.get("region") or "")
            old = book.find(trial.on, region)
            if not region.startswith(new.region) or (old is not None and len(old.region) > len(new.region)):
                continue  # elsewhere, or a rule of its own place goes before
            seen = ready(facts, trial.on)
            ends = [_outcome(version, seen, trial.on, region) for version in (old, new)]
            before[ends[0]] += 1
            after[ends[1]] += 1
            done += 1
            if ends[0] is not ends[1]:
                changed += 1
                if len(changes) < LISTED:
                    changes.append([str(identity), name, str(ends[0]), str(ends[1])])
            if done % _EVERY == 0:
                rows.update(done=done, heartbeat_at=timezone.now())
    except KeqiaoError as refusal:
        rows.update(message=refusal.message[:300])
        raise
    except Exception:
        rows.update(message="系统出错，试算没有完成。错误已记入日志，请再试一次，多次出现请告诉系统管理员。")
        raise
    rows.update(
        done=done, total=done, before=dict(before), after=dict(after), changed=changed, changes=changes,
        finished_at=timezone.now(), heartbeat_at=timezone.now(),
    )  # fmt: skip
    trial.refresh_from_db()
    return trial


def _outcome(version: Version | None, seen: dict[str, object], on: date, region: str) -> Outcome:
    if version is None:  # where there was no rule, nobody met or failed it
        return Outcome.NOT_APPLICABLE
    compiled = engine(version, on, region)
    return Settling(compiled, compiled.ask(seen), seen).whole()[0]
