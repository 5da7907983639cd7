"""What the tests of experts share."""

from collections.abc import Callable

import pytest

from keqiao.matching import index
from keqiao.registry.expert.models import Expert
from keqiao.registry.work.models import Authorship, Work
from tests.factories.registry import ExpertFactory, WorkFactory


@pytest.fixture
def indexed(db: None) -> Callable[[], None]:
    """Call it when the records are there: the indexes that find experts then hold their registries."""

    def bring_up() -> None:
        for kind in ("work", "expert", "achievement"):
            index.rebuild(kind)

    return bring_up


def signed(work: Work, *experts: Expert) -> Work:
    """The work with these experts as its authors, in order."""
    for order, one in enumerate(experts, start=1):
        Authorship.objects.create(
            work=work, order=order, name=one.title, organisation_name=one.organisation_name, expert=one,
            organisation=one.organisation,
        )  # fmt: skip
    return work


def work_by(*experts: Expert, **facts: object) -> Work:
    """A published work that these experts made."""
    return signed(WorkFactory(published=True, people=[one.title for one in experts], **facts), *experts)


def expert(name: str, **facts: object) -> Expert:
    """A published expert whose own page says little, so that the works must speak."""
    return ExpertFactory(
        **({"published": True, "title": name, "research": "", "intro": "", "contact_phone": ""} | facts)
    )
