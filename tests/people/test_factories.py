"""The facts that other tests stand on are what they say."""

import pytest
from tests.factories.people import PASSWORD, UserFactory

from keqiao.people.access import scope_of
from keqiao.people.enums import Role

ROLES = [str(role) for role in Role]


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_a_made_user_has_the_role_it_was_asked_for(role: str) -> None:
    user = UserFactory(**{role: True})

    assert user.roles == {role}
    assert user.check_password(PASSWORD)


def test_a_county_officer_reaches_the_county_and_no_other(county_officer, other_county_officer) -> None:
    assert scope_of(county_officer).covers("340323102000")
    assert not scope_of(other_county_officer).covers("340323102000")


def test_a_member_reaches_the_own_organisation(enterprise_user) -> None:
    assert scope_of(enterprise_user).organisations == {enterprise_user.organisation_id}
