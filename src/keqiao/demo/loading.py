"""The demo's files through the intake, once; the second start finds them done."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from keqiao.registry.intake.models import IntakeRun, RunMode, RunState
from keqiao.registry.intake.runner import receive_path, sha256_of, start, write
from keqiao.registry.records.enums import Status

DATA = Path(__file__).resolve().parent / "data"
FILES = (  # organisations before what belongs to them, experts before their works
    ("institution", "机构.jsonl"),
    ("enterprise", "企业.jsonl"),
    ("expert", "专家.jsonl"),
    ("resource", "资源.jsonl"),
    ("event", "活动.jsonl"),
    ("achievement", "成果.jsonl"),
    ("demand", "需求.jsonl"),
    ("work", "科研产出.jsonl"),
)
Progress = Callable[[str, IntakeRun], None]


def load_demo(progress: Progress) -> list[IntakeRun]:
    """Load what has not been loaded; returns the runs that were needed."""
    runs = []
    for kind, name in FILES:
        path = DATA / name
        digest = sha256_of(path)
        earlier = IntakeRun.objects.filter(origin__source="demo", kind=kind, origin__sha256=digest)
        if earlier.filter(state=RunState.DONE).exists():
            continue
        run = earlier.filter(state=RunState.WRITING).first() or receive_path(
            path=path, by=None, kind=kind, source="demo"
        )
        if run.state != RunState.WRITING:
            run = start(run=run, mode=RunMode.GOOD_ROWS, land_as=Status.PUBLISHED, by=None)
        write(run, progress=partial(progress, name))
        runs.append(run)
    return runs
