"""What the tests of the API share: a small market with hidden records in it, and machines with tokens."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client

from keqiao.matching import index
from keqiao.people.models import User
from keqiao.people.tokens import create_token
from keqiao.registry.kinds import KINDS
from keqiao.registry.records.models import Record
from tests.factories.people import OrganisationFactory
from tests.factories.registry import FACTORIES, AchievementFactory, DemandFactory

SECRET_OWNER = "安徽华昌纺织有限公司"


@pytest.fixture(autouse=True)
def _no_limits(settings: Any) -> Iterator[None]:
    """Tests ask faster than neighbours do; the tests of the limits set their own."""
    settings.KEQIAO_API_USER_RATE = settings.KEQIAO_API_ADDRESS_RATE = ""
    yield
    caches["limits"].clear()


@dataclass(frozen=True)
class Market:
    """demand, achievement: public. masked: public without its owner's name. hidden: one a reason."""

    demand: Record
    achievement: Record
    masked: Record
    hidden: tuple[Record, ...]


def build_market(*, kinds: Iterable[str] = ("demand", "achievement")) -> Market:
    """One public record of each kind, a masked demand, and everything a stranger must not see. kinds: indexed."""
    public = {kind: make(published=True) for kind, make in FACTORIES.items()}
    owner = OrganisationFactory(name=SECRET_OWNER)
    masked = DemandFactory(
        published=True,
        masked=True,
        organisation=owner,
        title="安徽华昌纺织有限公司的染色废水脱盐",
        content="华昌纺织现有染色线三条，" * 3 + "需要脱盐。",
        ip_ownership="归安徽华昌纺织有限公司所有",
    )
    hidden = (
        DemandFactory(title="草稿里的需求"),
        DemandFactory(in_city_review=True, title="审核中的需求"),
        DemandFactory(published=True, directed=True, title="仅定向的需求"),
        DemandFactory(published=True, closed_tier=True, title="不公开的需求"),
        DemandFactory(expired=True, title="过期的需求"),
        AchievementFactory(withdrawn=True, title="撤回的成果"),
    )
    for kind in kinds:
        index.rebuild(kind)
    return Market(public["demand"], public["achievement"], masked, hidden)


@pytest.fixture
def market(db: None) -> Market:
    return build_market()


@pytest.fixture
def whole_market(db: None) -> Market:
    """The same with every registry indexed."""
    return build_market(kinds=KINDS)


@pytest.fixture
def machine(db: None) -> Callable[..., Client]:
    """The client of a machine with a token of this user for this kind."""

    def client_of(user: User, kind: str = "demand") -> Client:
        _, text = create_token(user=user, kind=kind, by=None)
        return Client(headers={"authorization": f"Bearer {text}"})

    return client_of
