"""What a night matches anew, who hears of it, and that a kill in the middle costs nothing."""

from collections.abc import Callable
from pathlib import Path
from unittest.mock import ANY

import pytest
from django.test import Client
from django.urls import reverse

from keqiao.core.errors import NotAllowed
from keqiao.matching import index
from keqiao.matching.models import Recommendation
from keqiao.matching.runs import latest_run
from keqiao.message.models import Message
from keqiao.nightly import matching, work
from keqiao.nightly.models import Night, NightPair
from keqiao.people.models import User
from keqiao.registry.achievement.models import Achievement
from keqiao.registry.demand.models import Demand
from keqiao.registry.records.changes import mark_changed
from keqiao.registry.records.enums import Status
from keqiao.registry.work.models import Authorship
from tests.factories.people import UserFactory
from tests.factories.registry import AchievementFactory, DemandFactory, ExpertFactory, WorkFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_lock(tmp_path: Path, settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock of its own; and every pair counts, whatever grade the engine of the day gives to it."""
    settings.VAR = tmp_path  # type: ignore[attr-defined]  # pytest-django's settings proxy
    monkeypatch.setattr(matching, "WEAK", "")


@pytest.fixture
def zhou() -> User:
    user: User = UserFactory(enterprise=True, name="企业小周", email="zhou@example.cn")
    return user


@pytest.fixture
def demand(zhou: User) -> Demand:
    """A demand with one achievement, matched last night."""
    found: Demand = DemandFactory(published=True, organisation=zhou.organisation, created_by=zhou)
    AchievementFactory(published=True)
    for kind in ("demand", "achievement", "expert", "work"):
        index.rebuild(kind)
    work.work()
    return found


def _new_achievement(**facts: object) -> Achievement:
    found: Achievement = AchievementFactory(published=True, **facts)
    mark_changed(found)
    return found


def test_the_first_night_matches_everything_and_calls_nothing_new(demand: Demand) -> None:
    night = Night.objects.get()

    assert night.looked_at == 4, "the demand three times, the achievement once"
    assert not night.pairs.exists()
    assert not Message.objects.filter(kind__in=["match", "report"]).exists()
    assert latest_run("demand", "achievement").recommendations.count() == 1  # type: ignore[union-attr]  # it ran


def test_a_night_without_changes_matches_nothing_and_tells_nobody(demand: Demand) -> None:
    night = work.work()

    assert night.looked_at == 0
    assert night.report["told"] == 0


def test_a_new_achievement_reaches_the_unchanged_demand_and_its_owner_hears_once(
    demand: Demand, zhou: User, bureau_officer: User, other_county_officer: User
) -> None:
    new = _new_achievement(division_code="340323000000")

    night = work.work()

    pair = night.pairs.get()
    assert (pair.need_id, pair.offer_id) == (demand.pk, new.pk), "once, though both directions found it"
    message = Message.objects.get(user=zhou, kind="match")
    assert message.subject == "昨夜新增 1 对匹配"
    assert new.title in message.text
    assert Message.objects.filter(user=bureau_officer, subject__startswith="昨夜新增 1 对").exists()
    assert not Message.objects.filter(user=other_county_officer).exists(), "nothing new in his county"
    assert work.work().pairs.count() == 0, "the next night it is no news"


def test_a_weak_pair_is_kept_and_told_to_nobody(
    demand: Demand, zhou: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = _new_achievement(title=Achievement.objects.get().title)
    grade = Recommendation.objects.filter(source_id=demand.pk, run__kind_from="demand").get().grade
    monkeypatch.setattr(matching, "WEAK", ANY)  # whatever the engine calls it, from either side

    night = work.work()

    found = Recommendation.objects.get(source_id=demand.pk, target_id=new.pk, run__kind_from="demand")
    assert found.is_new
    assert found.grade == grade, "it says the same as the old one"
    assert not night.pairs.exists()
    assert not Message.objects.filter(user=zhou, kind="match").exists()


def test_what_is_no_longer_published_leaves_the_recommendations(demand: Demand) -> None:
    gone = Achievement.objects.get()
    gone.status = Status.WITHDRAWN
    from django.utils import timezone

    gone.updated_at = timezone.now()
    gone.save()
    mark_changed(gone)

    work.work()

    assert not Recommendation.objects.filter(
        target_id=gone.pk, run=latest_run("demand", "achievement")
    ).exists()


def test_a_night_that_was_killed_goes_on_after_the_last_record(
    demand: Demand, zhou: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    news = [_new_achievement() for _ in range(3)]
    plain, seen = matching._match_one, []

    def killed_at_the_third(night: Night, run: object, record: object, pk: int, **more: bool) -> int:
        if len(seen) == 3:
            raise KeyboardInterrupt
        seen.append(pk)
        return plain(night, run, record, pk, **more)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(matching, "_match_one", killed_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        work.work()
    assert work.latest_night() == Night.objects.order_by("pk").first(), "half a night is shown to nobody"
    monkeypatch.setattr(matching, "_match_one", plain)

    night = work.work()

    assert Night.objects.count() == 2
    assert {pair.offer_id for pair in night.pairs.all()} == {one.pk for one in news}
    assert night.looked_at == 4, "the demand and three achievements, nothing twice"
    assert Message.objects.filter(user=zhou, kind="match").count() == 1


def test_a_night_tells_of_experts_and_of_alike_demands_of_other_firms(
    demand: Demand, zhou: User, bureau_officer: User, signed_in: Callable[[User], Client]
) -> None:
    expert = ExpertFactory(
        published=True, title="钱膜", research="", intro="", organisation=zhou.organisation
    )
    paper = WorkFactory(published=True, title=demand.title, people=["钱膜"])
    Authorship.objects.create(work=paper, order=1, name="钱膜", expert=expert)
    other = DemandFactory(published=True, title=demand.title)
    own = DemandFactory(published=True, title=demand.title, organisation=zhou.organisation)
    for one in (expert, paper, other, own):
        mark_changed(one)

    night = work.work()

    found = {(pair.offer_kind, pair.need_id, pair.offer_id) for pair in night.pairs.all()}
    assert ("expert", demand.pk, expert.pk) in found
    assert ("demand", demand.pk, other.pk) in found, "once, the earlier first"
    assert not {("demand", other.pk, demand.pk), ("demand", demand.pk, own.pk)} & found, "nor with oneself"
    text = Message.objects.get(user=zhou, kind="match").text
    assert "专家：钱膜" in text
    assert "相近需求" in text
    address, client = reverse("nightly:tonight"), signed_in(bureau_officer)
    page = client.get(address, {"with": "expert"}).content.decode()
    assert "钱膜" in page
    assert f"?for=demand&amp;id={demand.public_id}#e-{expert.public_id}" in page, (
        "his evidence is one click away"
    )
    assert "专家说" in page
    his = signed_in(zhou).get(address, {"with": "expert"}).content.decode()
    assert "钱膜" in his
    assert "专家说" not in his, (
        "the night read closed works and the owner's name; he reads them in the finder"
    )
    night.pairs.filter(offer_kind="achievement").delete()
    none_such = client.get(address, {"with": "achievement"}).content.decode()
    assert "昨夜没有这一类的新增" in none_such
    assert "钱膜" not in none_such, "an empty kind does not fall back to all kinds"
    assert work.work().pairs.count() == 0, "the next night it is no news"


def test_two_processes_do_not_work_the_same_night(demand: Demand) -> None:
    with work._alone(), pytest.raises(NotAllowed, match="另一个进程"):
        work.work()


def test_everybody_sees_his_own_part_of_the_night(
    demand: Demand, zhou: User, stranger: User, bureau_officer: User, signed_in: Callable[[User], Client]
) -> None:
    new = _new_achievement()
    work.work()
    address = reverse("nightly:tonight")

    mine = signed_in(zhou).get(address).content.decode()
    assert new.title in mine
    assert f"#answer-achievement-{new.public_id}" in mine, "from the news straight to the answer"
    assert "成果说 · 成果简介" in mine, "and why"
    assert "昨夜新增 1 对" in signed_in(bureau_officer).get(address).content.decode()
    assert "昨夜没有新增" in signed_in(stranger).get(address).content.decode()
    Achievement.objects.filter(pk=new.pk).update(status=Status.WITHDRAWN)
    assert new.title not in signed_in(zhou).get(address).content.decode(), "as it stands now, not as it stood"


def test_before_the_first_night_the_page_says_so(
    bureau_officer: User, signed_in: Callable[[User], Client]
) -> None:
    assert "还没有运行过" in signed_in(bureau_officer).get(reverse("nightly:tonight")).content.decode()
    assert not NightPair.objects.exists()
