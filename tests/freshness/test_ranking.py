"""The silent sink: in matches, lists and kept recommendations behind equals that are fresh, and with words on pages."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.test import Client
from django.utils import timezone

from keqiao.matching import index
from keqiao.matching.matches import matches_for
from keqiao.matching.runs import run_matching
from keqiao.matching.search import SearchQuery, search
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
    words = SearchQuery("achievement", silent.title, per_page=1)

    order = [view.target.pk for view in matches_for(demand, "achievement", VISITOR)]

    assert order == [fresh.pk, silent.pk]
    pages = [search(replace(words, page=number), VISITOR, with_facets=False).rows for number in (1, 2)]
    assert [[row.record.pk for row in rows] for rows in pages] == [[fresh.pk], [silent.pk]]
    run = run_matching("demand", "achievement", by=None)
    assert list(run.recommendations.order_by("rank").values_list("target_id", "rank")) == [
        (fresh.pk, 1),
        (silent.pk, 2),
    ]
    assert client.get("/achievements/").content.decode().count("16 个月没有动静") == 1
    assert "16 个月没有动静" in client.get(f"/achievements/{silent.public_id}/").content.decode()
