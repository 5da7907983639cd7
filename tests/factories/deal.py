"""Cases as the desk's own action makes them: `a_case(by=officer)`, `an_agreed_case(by=officer)`."""

from typing import Any

from keqiao.deal.enums import How, Opening, Side
from keqiao.deal.models import Case
from keqiao.deal.opening import open_case
from keqiao.deal.parties import consent_sha256, give_consent
from keqiao.people.models import User
from keqiao.registry.achievement.models import Achievement
from keqiao.registry.demand.models import Demand
from tests.factories.registry import AchievementFactory, DemandFactory


def a_case(by: User | None, **facts: Any) -> Case:
    """A case opened from a match of a masked demand in 固镇县 with a public achievement."""
    demand: Demand = facts.pop("demand", None) or DemandFactory(published=True, masked=True)
    other: Achievement = facts.pop("other", None) or AchievementFactory(published=True)
    return open_case(opening=facts.pop("opening", Opening.MATCH), by=by, demand=demand, other=other, **facts)


def agree(case: Case, by: User, *sides: Side) -> None:
    """The officer registers that these sides (both, when none is named) agreed on the telephone."""
    for side in sides or tuple(Side):
        give_consent(
            case=case, side=side, by=by, sha256=consent_sha256(), how=How.PHONE, note="11 月 20 日电话同意"
        )
