"""How a batch run's scores spread, kept when it ends, so that drift can be seen after its pairs are gone."""

from typing import Any

from keqiao.matching.models import MatchRun, Recommendation
from keqiao.verdict.models import ScoreSpread

STEPS = 10


def keep_spread(run: MatchRun) -> ScoreSpread | None:
    """Count the run's pairs in ten steps of the score. None while the run has not ended. Ten counts by the database."""
    if run.finished_at is None:
        return None
    pairs = Recommendation.objects.filter(run=run)
    below = [pairs.filter(score__lt=at / STEPS).count() for at in range(1, STEPS)] + [pairs.count()]
    steps = [below[0], *(below[at] - below[at - 1] for at in range(1, STEPS))]
    spread, _ = ScoreSpread.objects.update_or_create(
        run_id=run.pk,
        defaults={
            "kind_from": run.kind_from, "kind_to": run.kind_to, "engine": run.engine,
            "finished_at": run.finished_at, "steps": steps,
        },
    )  # fmt: skip
    return spread


def when_a_run_ends(sender: Any, instance: MatchRun, update_fields: Any = None, **_: Any) -> None:
    """Signal receiver for saved runs: the save that sets `finished_at` keeps the spread."""
    if instance.finished_at is not None and (update_fields is None or "finished_at" in update_fields):
        keep_spread(instance)
