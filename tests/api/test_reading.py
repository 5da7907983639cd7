"""What strangers and machines read: the public records, and nothing else."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from keqiao.api.v1.kinds import PUBLIC_FIELDS, IntakeKind, RecordKind
from keqiao.matching import index
from keqiao.people.models import User
from keqiao.registry.intake.kinds import KINDS as INTAKE_KINDS
from keqiao.registry.kinds import KINDS
from tests.api.conftest import SECRET_OWNER, Market
from tests.factories.people import OrganisationFactory
from tests.factories.registry import DemandFactory, EnterpriseFactory

V1 = "/api/v1"


def _get(client: Client, address: str, status: int = 200, **parameters: Any) -> Any:
    response = client.get(V1 + address, parameters)
    assert response.status_code == status, response.content.decode()
    return response.json()


def test_every_registry_and_every_intake_has_its_name_here() -> None:
    assert {kind.value for kind in RecordKind} == set(KINDS)
    assert {kind.value for kind in IntakeKind} == set(INTAKE_KINDS)
    assert set(PUBLIC_FIELDS) == set(RecordKind)


def test_no_personal_column_is_public() -> None:
    public = {name for names in PUBLIC_FIELDS.values() for name in names}
    assert not public & {
        "contact_name",
        "contact_phone",
        "contact_email",
        "legal_representative",
        "address",
        "remark",
    }


def test_a_stranger_finds_a_demand_by_its_words(visitor: Client, market: Market) -> None:
    found = _get(visitor, "/records/demand", q="硫酸钠回收率")
    assert str(market.demand.public_id) in [row["id"] for row in found["results"]]
    assert found["results"][0]["url"].startswith("http")


def test_a_list_comes_with_facets_that_can_be_asked_for(visitor: Client, market: Market) -> None:
    for title in ("一", "二"):
        DemandFactory(published=True, demand_type="introduce", title=title)
    index.rebuild("demand")
    facets = {facet["key"]: facet for facet in _get(visitor, "/records/demand")["facets"]}
    kinds = {value["code"]: value["count"] for value in facets["demand_type"]["values"]}
    assert _get(visitor, "/records/demand", demand_type="introduce")["total"] == kinds["introduce"] == 2


def test_hidden_records_are_in_no_list_and_no_count(visitor: Client, market: Market) -> None:
    titles = {
        row["title"]
        for kind in ("demand", "achievement")
        for row in _get(visitor, f"/records/{kind}", limit=100)["results"]
    }
    assert not titles & {record.title for record in market.hidden}
    assert _get(visitor, "/counts")["records"]["demand"] == 2
    assert {one["kind"]: one["count"] for one in _get(visitor, "/kinds")}["demand"] == 2


def test_a_hidden_record_and_an_absent_one_answer_alike(visitor: Client, market: Market) -> None:
    for record in market.hidden:
        absent = uuid.uuid4()
        hidden = _get(visitor, f"/records/{record.KIND}/{record.public_id}", status=404)
        nothing = _get(visitor, f"/records/{record.KIND}/{absent}", status=404)
        assert json.dumps(hidden).replace(str(record.public_id), "x") == json.dumps(nothing).replace(
            str(absent), "x"
        )
        assert (
            _get(visitor, f"/records/{record.KIND}/{record.public_id}/matches", status=404)["error"]["code"]
            == "not_found"
        )


def test_a_signed_in_owner_reads_no_more_than_a_stranger(
    signed_in: Callable[[User], Client], enterprise_user: User, market: Market
) -> None:
    own = DemandFactory(organisation=enterprise_user.organisation, created_by=enterprise_user)
    _get(signed_in(enterprise_user), f"/records/demand/{own.public_id}", status=404)


def test_a_masked_owner_is_named_nowhere(visitor: Client, market: Market) -> None:
    answers = [
        _get(visitor, f"/records/demand/{market.masked.public_id}"),
        _get(visitor, f"/records/demand/{market.masked.public_id}/matches", target="achievement"),
        _get(visitor, f"/records/achievement/{market.achievement.public_id}/matches", target="demand"),
        _get(visitor, "/records/demand", q="染色废水"),
    ]
    for answer in answers:
        text = json.dumps(answer, ensure_ascii=False)
        assert SECRET_OWNER not in text
        assert "华昌" not in text
    assert answers[0]["owner"]["is_masked"] is True
    assert answers[0]["owner"]["organisation_id"] is None
    facts = {fact["key"]: fact for fact in answers[0]["facts"]}
    assert "某" in facts["ip_ownership"]["value"]


def test_asking_by_unit_does_not_unmask(visitor: Client, market: Market) -> None:
    owner = market.masked.organisation
    assert owner is not None
    assert _get(visitor, "/records/demand", organisation=owner.public_id)["total"] == 0
    mine = market.demand.organisation
    assert mine is not None
    assert _get(visitor, "/records/demand", organisation=mine.public_id)["total"] == 1
    assert _get(visitor, "/records/demand", organisation=uuid.uuid4())["total"] == 0


def test_contacts_are_in_no_answer(visitor: Client, whole_market: Market) -> None:
    for kind in RecordKind:
        for row in _get(visitor, f"/records/{kind}")["results"]:
            text = json.dumps(_get(visitor, f"/records/{kind}/{row['id']}"), ensure_ascii=False)
            assert "王小明" not in text
            assert "1381234" not in text
            assert "@example" not in text


def test_matches_come_with_their_sentences(visitor: Client, market: Market) -> None:
    found = _get(visitor, f"/records/demand/{market.demand.public_id}/matches")
    assert found["target"] == "achievement"
    best = found["matches"][0]
    assert best["record"]["id"] == str(market.achievement.public_id)
    assert best["evidence"]
    assert best["evidence"][0]["sentence"] in str(market.achievement.texts())
    assert {part["name"] for part in best["parts"]}
    assert 0 < best["score"] <= 1


def test_a_target_that_does_not_answer_is_refused_with_those_that_do(visitor: Client, market: Market) -> None:
    error = _get(visitor, f"/records/demand/{market.demand.public_id}/matches", status=422, target="event")[
        "error"
    ]
    assert error["field"] == "target"
    assert "achievement" in error["message"]


def test_a_filter_of_another_registry_is_refused_not_ignored(visitor: Client, market: Market) -> None:
    error = _get(visitor, "/records/demand", status=422, ipc1="C")["error"]
    assert error["code"] == "filter.unknown"
    assert "field11" in error["message"]


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"limit": "101"}, "limit"),
        ({"limit": "0"}, "limit"),
        ({"page": "0"}, "page"),
        ({"page": "x"}, "page"),
        ({"order": "best"}, "order"),
        ({"amount_from_yuan": "nan"}, "amount_from_yuan"),
        ({"organisation": "1"}, "organisation"),
        ({"q": "长" * 201}, "q"),
        ({"year_from": "2020", "year_to": "2019"}, "year"),
    ],
)
def test_a_parameter_that_does_not_fit_is_refused_by_name(
    visitor: Client, market: Market, parameters: dict[str, str], field: str
) -> None:
    error = _get(visitor, "/records/demand", status=422, **parameters)["error"]
    assert error["field"] == field
    assert set(error) == {"code", "message", "field"}


@pytest.mark.parametrize("place", ["（待核实）", "3", "999999", "\x00", "34' OR 1=1"])
def test_a_place_that_does_not_exist_finds_nothing(visitor: Client, market: Market, place: str) -> None:
    assert _get(visitor, "/records/demand", place=place)["total"] == 0


def test_pages_do_not_overlap_and_end(visitor: Client, db: None) -> None:
    for _ in range(5):
        DemandFactory(published=True)
    index.rebuild("demand")
    pages = [_get(visitor, "/records/demand", limit=2, page=page) for page in (1, 2, 3, 4)]
    ids = [row["id"] for page in pages for row in page["results"]]
    assert len(ids) == len(set(ids)) == 5
    assert pages[0]["pages"] == 3
    assert pages[3]["results"] == []


@pytest.mark.parametrize(
    "address", ["/nothing", "/records/demand/abc", "/records/demand/1/matches", "", "/a%0Ab"]
)
def test_an_unknown_address_answers_in_the_same_shape(visitor: Client, db: None, address: str) -> None:
    assert _get(visitor, address, status=404)["error"]["code"] == "address.unknown"


def test_a_wrong_method_names_the_right_one(visitor: Client, db: None) -> None:
    response = visitor.post(V1 + "/counts")
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET"
    assert response.json()["error"]["code"] == "method.not_allowed"


def test_an_institution_has_a_page_and_an_enterprise_only_when_it_is_registered(
    visitor: Client, db: None
) -> None:
    university = OrganisationFactory(university=True, name="淮河科技大学")
    former = OrganisationFactory(university=True, name="淮河工学院", merged_into=university)
    firm, registered = OrganisationFactory(), OrganisationFactory()
    EnterpriseFactory(published=True, organisation=registered)
    EnterpriseFactory(organisation=firm)
    assert [one["name"] for one in _get(visitor, "/organisations", q="淮河")["results"]] == ["淮河科技大学"]
    assert _get(visitor, f"/organisations/{former.public_id}")["merged_into"] == str(university.public_id)
    assert _get(visitor, f"/organisations/{registered.public_id}")["name"] == registered.name
    _get(visitor, f"/organisations/{firm.public_id}", status=404)


def test_divisions_are_read_level_by_level_and_by_name(visitor: Client, db: None) -> None:
    assert len(_get(visitor, "/divisions")) >= 31
    assert "340323000000" in [one["code"] for one in _get(visitor, "/divisions", parent="3403")]
    assert _get(visitor, "/divisions", name="固镇")[0]["full_name"] == "安徽省蚌埠市固镇县"
    assert _get(visitor, "/divisions/340323")["name"] == "固镇县"
    _get(visitor, "/divisions/999999", status=404)
    _get(visitor, "/divisions", status=404, parent="99")


def test_code_lists_are_read_level_by_level(visitor: Client, db: None) -> None:
    assert "gbt4754" in [one["key"] for one in _get(visitor, "/code-lists")]
    assert _get(visitor, "/code-lists/gbt4754")["items"][0]["code"] == "A"
    assert _get(visitor, "/code-lists/ipc", parent="C")["total"] > 0
    _get(visitor, "/code-lists/none", status=404)
    _get(visitor, "/code-lists/gbt4754", status=404, parent="ZZ")


def test_the_document_names_every_address_and_its_errors(visitor: Client, db: None) -> None:
    document = _get(visitor, "/openapi.json")
    assert document["openapi"].startswith("3.")
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert {"422", "429"} <= set(operation["responses"]), path


def test_the_page_of_the_documentation_has_no_inline_script(visitor: Client, db: None) -> None:
    response = visitor.get("/api/docs")
    assert response.status_code == 200
    assert "unsafe-inline" not in response.headers["Content-Security-Policy"]
    page = response.content.decode()
    assert page.count("<script") == page.count("<script src=")
    assert "http://" not in page.replace("http://testserver", "")
