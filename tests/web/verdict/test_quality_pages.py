"""匹配质量 in the back office: who reads, judges and switches."""

from urllib.parse import urlencode

import pytest
from django.urls import reverse

from keqiao.verdict.actions import give_answer
from keqiao.verdict.models import EmptySearch, JudgedPair, RankingModel
from tests.factories.registry import AchievementFactory, DemandFactory

pytestmark = pytest.mark.django_db
PAGES = ("quality", "judging", "model-list")


@pytest.mark.parametrize("who", ["bureau_officer", "county_officer", "auditor"])
def test_officers_and_the_auditor_read_every_page_before_anything_happened(request, signed_in, who):
    browser = signed_in(request.getfixturevalue(who))
    for page in PAGES:
        assert browser.get(reverse(f"verdict:{page}")).status_code == 200


@pytest.mark.parametrize("who", ["enterprise_user", "broker", "registrar", "system_admin"])
def test_others_are_refused(request, signed_in, who):
    browser = signed_in(request.getfixturevalue(who))
    assert {browser.get(reverse(f"verdict:{page}")).status_code for page in PAGES} == {403}


def test_the_overview_shows_answers_words_and_refusals(signed_in, bureau_officer, visitor, indexed):
    demand = DemandFactory(published=True)
    AchievementFactory.create_batch(2, published=True)
    indexed()
    target = AchievementFactory(published=True)
    give_answer(source=demand, target=target, is_yes=False, reason="price", text="太贵", by=bureau_officer)
    assert visitor.get(reverse("market:demand-list"), {"q": "氢能叉车改装"}).status_code == 200
    assert visitor.get(reverse("market:search"), {"q": "氢能叉车改装"}).status_code == 200

    page = signed_in(bureau_officer).get(reverse("verdict:quality")).content.decode()

    assert "“太贵”" in page
    assert demand.title in page
    assert f"/demands/?{urlencode({'q': '氢能叉车改装'})}" in page
    assert f"/search?{urlencode({'q': '氢能叉车改装'})}" in page
    assert {one.kind for one in EmptySearch.objects.all()} == {"demand", "all"}


def test_a_filter_that_leaves_nothing_is_no_missing_word(visitor, indexed):
    DemandFactory(published=True)
    indexed()
    visitor.get(reverse("market:demand-list"), {"q": "废水", "amount-from": "99999"})

    assert not EmptySearch.objects.exists()


def test_an_officer_draws_judges_and_exports(signed_in, bureau_officer, indexed):
    DemandFactory.create_batch(2, published=True)
    AchievementFactory.create_batch(22, published=True)
    indexed()
    browser = signed_in(bureau_officer)

    page = browser.post(reverse("verdict:round-draw"), {"size": "2"}, follow=True)
    words = page.content.decode()
    pair = JudgedPair.objects.get(position=1)
    assert str(pair.public_id) in words
    assert f"{pair.score:.2f}" not in words
    assert "名次" not in words

    address = page.redirect_chain[-1][0]
    for one in JudgedPair.objects.order_by("position"):
        page = browser.post(address, {"pair": one.public_id, "level": "3"}, follow=True)
    assert "这一批您都判完了" in page.content.decode()
    labelled = browser.get(reverse("verdict:export-pairs"))
    assert labelled.content.count(b"\n") == 2
    assert "labelled_pairs.jsonl" in labelled["Content-Disposition"]


def test_the_auditor_reads_and_changes_nothing(signed_in, auditor):
    browser = signed_in(auditor)
    for name in ("round-draw", "model-train", "model-back"):
        assert browser.post(reverse(f"verdict:{name}")).status_code == 403
    assert browser.get(reverse("verdict:export-pairs")).status_code == 403


def test_the_bureau_switches_a_model_on_and_back(signed_in, bureau_officer):
    better = {
        "before": {"log_loss": 0.6, "ndcg": 0.7, "order": 0.6},
        "after": {"log_loss": 0.5, "ndcg": 0.8, "order": 0.7},
    }
    RankingModel.objects.create(version=1, origin={"pairs": 90, "sources": 20}, figures=better)
    RankingModel.objects.create(version=2, origin={"pairs": 9, "sources": 2}, figures=better)
    browser = signed_in(bureau_officer)
    page = browser.get(reverse("verdict:model-list")).content.decode()
    assert reverse("verdict:model-activate", args=[1]) in page
    assert reverse("verdict:model-activate", args=[2]) not in page
    assert "还差 51 对" in page

    browser.post(reverse("verdict:model-activate", args=[1]))
    refused = browser.post(reverse("verdict:model-activate", args=[2]), follow=True).content.decode()
    assert "没有启用" in refused
    assert RankingModel.objects.get(version=1).state == "active"

    assert "引擎自带的排序" in browser.post(reverse("verdict:model-back"), follow=True).content.decode()
    assert RankingModel.objects.get(version=1).state == "retired"


def test_training_on_nothing_says_how_many_are_missing(signed_in, bureau_officer):
    page = signed_in(bureau_officer).post(reverse("verdict:model-train"), follow=True).content.decode()

    assert "至少要 60 对" in page
