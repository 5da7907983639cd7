"""A university registers an achievement with the same form machinery."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from keqiao.people.models import User
from keqiao.registry.achievement.models import Achievement
from keqiao.registry.expert.models import Expert
from keqiao.registry.records.enums import Status
from tests.factories.registry import ExpertFactory

pytestmark = pytest.mark.django_db
SignedIn = Callable[[User], Client]

TYPED = {
    "title": "双极膜电渗析处理高盐废水成套技术",
    "summary": "采用双极膜电渗析把高盐废水中的硫酸钠转化为酸和碱回用，已完成日处理 50 吨的中试，连续运行 2000 小时，盐回收率 92%。",
    "market_stage": "pilot",
    "trl": "7",
    "transfer_modes": ["licence", "joint"],
    "price_basis": "agreed",
    "price": "300万元",
    "team": "李文、赵一鸣",
    "patent_numbers": "ZL202310123456.7；ZL202310123457.1",
    "keywords": "双极膜，电渗析",
    "contact_phone": "0552-1234567",
    "disclosure": "public",
}


def test_an_institute_registers_an_achievement_and_submits_it(
    signed_in: SignedIn, institute_user: User
) -> None:
    page = signed_in(institute_user).post(
        reverse("desk:achievement-new"), TYPED | {"action": "submit"}, follow=True
    )
    assert page.status_code == 200
    achievement = Achievement.objects.get()
    assert achievement.status == Status.CITY_REVIEW
    assert achievement.organisation == institute_user.organisation
    assert achievement.price_yuan == 3_000_000
    assert achievement.team == ["李文", "赵一鸣"]
    assert achievement.patent_numbers == ["ZL202310123456.7", "ZL202310123457.1"]
    assert achievement.keywords == ["双极膜", "电渗析"]
    assert "市科技局" in page.content.decode()


def test_the_machine_proposes_fields_for_what_was_written(signed_in: SignedIn, institute_user: User) -> None:
    signed_in(institute_user).post(reverse("desk:achievement-new"), TYPED | {"action": "draft"})
    tags = Achievement.objects.get().tags
    assert {tag["by"] for tag in tags["field11"]} == {"machine"}
    assert set(tags) >= {"field11", "ipc"}


def test_an_expert_corrects_his_own_page(signed_in: SignedIn, expert_user: User) -> None:
    own = ExpertFactory(published=True, person=expert_user.person, organisation=expert_user.organisation)
    response = signed_in(expert_user).post(
        reverse("desk:record-edit", args=["expert", own.public_id]),
        {"title": own.title, "research": "双极膜；水处理", "version": "1", "action": "save"},
    )
    assert response.status_code == 302
    assert Expert.objects.get().research == "双极膜；水处理"


def test_an_officer_registers_an_expert_who_gets_a_number(signed_in: SignedIn, bureau_officer: User) -> None:
    page = signed_in(bureau_officer).post(
        reverse("desk:record-new", args=["expert"]),
        {"title": "李文", "research": "膜分离", "division_code": "340323000000", "action": "save"},
        follow=True,
    )
    assert page.status_code == 200
    assert str(Expert.objects.get().number) in page.content.decode()
