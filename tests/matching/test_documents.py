"""Who may find a record is the same question to the index as to the database."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keqiao.matching.documents import audience, audience_of, document_of
from keqiao.matching.reading import visible_records
from keqiao.people.access import Scope
from keqiao.people.enums import Role
from keqiao.registry.demand.models import Demand
from keqiao.registry.records.enums import Disclosure, Status
from tests.factories.people import OrganisationFactory, UserFactory
from tests.factories.registry import AchievementFactory, DemandFactory, ExpertFactory, WorkFactory

PLACES = ("", "340323000000", "340321000000", "340300000000", "640300000000", "340323100000")

records = st.tuples(
    st.sampled_from(Status.values),
    st.sampled_from(Disclosure.values),
    st.sampled_from(PLACES),
    st.sampled_from((None, 0, 1)),
    st.sampled_from((None, 0, 1)),
)
scopes = st.builds(
    Scope,
    user_id=st.sampled_from((None, 0, 1)),
    roles=st.sampled_from((frozenset(), frozenset({Role.ENTERPRISE}), frozenset({Role.COUNTY_OFFICER}))),
    sees_all=st.booleans(),
    prefixes=st.sampled_from(
        ((), ("3403",), ("34032",), ("340323", "64"), ("340323100",), ("340323000000",))
    ),
    organisations=st.frozensets(st.sampled_from((0, 1))),
)


@pytest.mark.django_db
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(records, min_size=1, max_size=6), scope=scopes)
def test_the_index_and_the_database_agree_on_who_sees_what(transactional_free_units, rows, scope):
    units, users = transactional_free_units
    Demand.objects.all().delete()
    made = Demand.objects.bulk_create(
        Demand(
            title="需求", status=status, disclosure=tier, division_code=place,
            organisation=None if unit is None else units[unit], created_by=None if author is None else users[author],
        )
        for status, tier, place, unit, author in rows
    )  # fmt: skip
    asking = Scope(
        user_id=None if scope.user_id is None else users[scope.user_id].pk,
        roles=scope.roles,
        sees_all=scope.sees_all,
        prefixes=scope.prefixes,
        organisations=frozenset(units[at].pk for at in scope.organisations),
    )

    groups = audience_of(asking)

    by_index = {one.pk for one in made if groups is None or set(groups) & set(audience(one))}
    by_database = set(Demand.objects.visible_to(asking).values_list("pk", flat=True))
    assert by_index == by_database
    assert set(visible_records("demand", [one.pk for one in made], asking)) == by_database


@pytest.fixture
def transactional_free_units(db):
    return (OrganisationFactory(), OrganisationFactory()), (UserFactory(), UserFactory())


@pytest.mark.django_db
def test_a_masked_demand_says_nothing_of_its_owner():
    unit = OrganisationFactory(name="安徽华昌纺织有限公司")
    demand = DemandFactory(
        published=True, masked=True, organisation=unit, title="华昌纺织高盐废水处理",
        content="安徽华昌纺织有限公司每天排水。华昌纺织希望合作。", source_no="HC-2026-01",
    )  # fmt: skip

    doc = document_of(demand)

    everything = " ".join([doc.title, *doc.names, *doc.codes, *(text for _, text in doc.fields)])
    assert "华昌" not in everything
    assert "HC-2026-01" not in doc.codes
    assert doc.facets["owner"] == ()


@pytest.mark.django_db
def test_an_open_achievement_is_found_by_its_team_its_patent_and_its_unit():
    achievement = AchievementFactory(published=True, patent_numbers=["ZL202010123456.7"], ipc=["C02F 1/469"])

    doc = document_of(achievement)

    assert {"李文", "赵一鸣", achievement.organisation_name} <= set(doc.names)
    assert {"ZL202010123456.7", "C02F1/469", achievement.number} <= set(doc.codes)
    assert doc.facets["ipc3"] == ("C02",)
    assert doc.facets["place"] == ("34", "3403", "340323")


@pytest.mark.django_db
def test_an_expert_is_described_by_the_titles_of_open_works_only():
    expert = ExpertFactory(published=True)
    for open_to_all, title in ((True, "双极膜电渗析脱盐"), (False, "尚未公开的工艺")):
        work = WorkFactory(published=True, title=title, closed_tier=not open_to_all)
        work.authorships.create(order=1, name=expert.title, expert=expert)

    works = dict(document_of(expert).fields)["代表产出"]

    assert "双极膜电渗析脱盐" in works
    assert "尚未公开" not in works
