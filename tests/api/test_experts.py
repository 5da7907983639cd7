"""Who knows about a public record, as machines read it."""

import pytest
from django.test import Client

from keqiao.matching import index
from tests.expertise.conftest import expert, work_by
from tests.factories.registry import DemandFactory

pytestmark = pytest.mark.django_db


def test_the_experts_of_a_public_demand_come_with_the_works_that_say_so(client: Client) -> None:
    made = work_by(
        expert("钱膜", contact_phone="13712345678"), title="高盐印染废水双极膜电渗析回收硫酸钠的方法"
    )
    demand = DemandFactory(published=True)
    for kind in ("work", "expert", "achievement"):
        index.rebuild(kind)

    answer = client.get(f"/api/v1/records/demand/{demand.public_id}/experts")

    [found] = answer.json()["experts"]
    assert (found["rank"], found["record"]["title"]) == (1, "钱膜")
    assert found["evidence"][0]["title"] == made.title
    assert "13712345678" not in answer.content.decode()
