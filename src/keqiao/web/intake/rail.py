"""The room's lines of the rail."""

from typing import Any

from keqiao.people.enums import Act
from keqiao.registry.intake.models import IntakeRun, RunState
from keqiao.web.desk.rail import RailItem


def open_runs(user: Any) -> int:
    """Runs of this person that wait for his decision."""
    return IntakeRun.objects.filter(by=user, state__in=(RunState.RECEIVED, RunState.CHECKED)).count()


RAIL_TITLE = "清单"
RAIL: list[RailItem] = [RailItem("表格导入", "intake:run-list", acts=(Act.INTAKE,), count=open_runs)]
