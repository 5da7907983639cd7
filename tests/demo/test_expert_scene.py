"""The demo shows an expert with a tie, one without, and one human being with two pages."""

import pytest
from tests.factories.people import OrganisationFactory, UserFactory
from tests.factories.registry import DemandFactory

from keqiao.demo.expert_scene import set_expert_scene
from keqiao.expertise.choosing import choose
from keqiao.expertise.finder import Filters, asked_for_record
from keqiao.expertise.models import NamesakePair
from keqiao.matching import index
from keqiao.people.access import scope_of
from keqiao.people.models import Organisation, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def firm() -> Organisation:
    """The accounts and units that the scene plays with."""
    UserFactory(bureau_officer=True, username="shiju")
    OrganisationFactory(university=True, name="示例·北方某农业大学")
    OrganisationFactory(university=True, name="示例·淮河某理工大学")
    return UserFactory(enterprise=True, username="qiye").organisation


def test_the_firms_demand_finds_one_tied_expert_and_one_free_of_ties(firm: Organisation) -> None:
    assert set_expert_scene()
    assert not set_expert_scene(), "the second start makes nothing twice"
    for kind in ("work", "expert", "achievement"):
        index.rebuild(kind)
    demand = DemandFactory(
        published=True, organisation=firm, title="聚乳酸薄膜低温热封性能提升", content="聚乳酸包装薄膜热封温度高、窗口窄，高速包装时封口不牢。",
    )  # fmt: skip
    officer = User.objects.get(username="shiju")
    asked = asked_for_record(officer, "demand", demand.public_id)

    every, clear = (choose(asked, scope_of(officer), Filters(), how) for how in ("", "any"))

    assert {"罗示清", "孟示岚"} <= {one.expert.title for one in every.answer.experts}
    assert any(
        every.ties.asking[one.expert.pk] for one in every.answer.experts if one.expert.title == "罗示清"
    )
    assert "孟示岚" in {one.expert.title for one in clear.answer.experts}
    assert all(not clear.ties.asking[one.expert.pk] for one in clear.answer.experts)
    assert NamesakePair.objects.filter(name="罗示清").count() == 1
