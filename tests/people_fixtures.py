"""Who acts in a test. Each is a User; `signed_in(user)` is that person's browser, `visitor` a stranger's."""

from collections.abc import Callable

import pytest
from django.test import Client

from keqiao.people.models import User
from tests.factories.people import UserFactory


@pytest.fixture
def visitor() -> Client:
    """The browser of somebody who is not signed in."""
    return Client()


@pytest.fixture
def signed_in(db: None) -> Callable[[User], Client]:
    """Gives the browser in which this user is signed in."""

    def browser_of(user: User) -> Client:
        browser = Client()
        browser.force_login(user)
        return browser

    return browser_of


@pytest.fixture
def enterprise_user(db: None) -> User:
    return UserFactory(enterprise=True, name="企业小周")


@pytest.fixture
def stranger(db: None) -> User:
    """A user of another enterprise."""
    return UserFactory(enterprise=True, name="别家小吴")


@pytest.fixture
def institute_user(db: None) -> User:
    return UserFactory(institute=True, name="院所小郑")


@pytest.fixture
def broker(db: None) -> User:
    return UserFactory(broker=True, name="经理人老冯")


@pytest.fixture
def expert_user(db: None) -> User:
    return UserFactory(expert=True, name="专家陈教授")


@pytest.fixture
def county_officer(db: None) -> User:
    """Officer of 固镇县 (340323)."""
    return UserFactory(county_officer=True, name="固镇小褚")


@pytest.fixture
def other_county_officer(db: None) -> User:
    """Officer of 怀远县 (340321)."""
    return UserFactory(county_officer=True, division="340321", name="怀远小卫")


@pytest.fixture
def bureau_officer(db: None) -> User:
    return UserFactory(bureau_officer=True, name="市局老蒋")


@pytest.fixture
def registrar(db: None) -> User:
    return UserFactory(registrar=True, name="登记员小沈")


@pytest.fixture
def auditor(db: None) -> User:
    return UserFactory(auditor=True, name="审计小韩")


@pytest.fixture
def system_admin(db: None) -> User:
    return UserFactory(system_admin=True, name="系统管理员老杨")


@pytest.fixture
def security_admin(db: None) -> User:
    return UserFactory(security_admin=True, name="安全管理员老朱")


@pytest.fixture
def audit_admin(db: None) -> User:
    return UserFactory(audit_admin=True, name="审计管理员老秦")
