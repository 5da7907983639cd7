"""The silent sink: in matches behind equals that are fresh, and with words on the pages."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from keqiao.matching import index
from keqiao.matching.matches import matches_for
from keqiao.people.access import VISITOR
from keqiao.registry.achievement.models import Achievement
from tests.factories.registry import AchievementFactory, DemandFactory

pytestmark = pytest.mark.django_db


def test_a_silent_achievement_sinks_behind_its_fresh_twin_and_says_so(
    client: Client, signed_in: Callable[..., Client]
) -> None:
    demand = DemandFactory(published=True)
    silent, fresh = AchievementFactory(published=True), AchievementFactory(published=True)
    Achievement.objects.filter(pk=fresh.pk).update(title=silent.title)
    moment = timezone.now() - dt.timedelta(days=500)
    Achievement.objects.filter(pk=silent.pk).update(updated_at=moment, published_at=moment)
    for kind in ("demand", "achievement"):
        index.rebuild(kind)

    order = [view.target.pk for view in matches_for(demand, "achievement", VISITOR)]

    assert order == [fresh.pk, silent.pk]
    assert client.get("/achievements/").content.decode().count("16 个月没有动静") == 1
    assert "16 个月没有动静" in client.get(f"/achievements/{silent.public_id}/").content.decode()
