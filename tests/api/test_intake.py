"""Machines with tokens bring rows; everybody else is turned away, on record."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from keqiao.core import audit
from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.core.models import AuditEntry
from keqiao.people.models import ApiToken, User
from keqiao.people.tokens import create_token, revoke_token, token_for
from keqiao.registry.demand.models import Demand
from keqiao.registry.intake.models import IntakeRun
from keqiao.registry.records.enums import Status

DEMANDS = "/api/v1/intake/demand"
Machine = Callable[..., Client]


def _row(title: str = "高盐印染废水的盐分回收", **more: Any) -> dict[str, Any]:
    return {
        "需求名称": title,
        "需求单位": "固镇县第一印染有限公司",
        "需求内容": "每天排出高盐废水约 600 吨，需要把硫酸钠回收成工业级产品，并在现有厂房内完成改造。",
        "所在县区": "固镇县",
        "预算（万元）": 120,
    } | more


def _post(client: Client, rows: Any, status: int = 200, **query: Any) -> Any:
    response = client.post(DEMANDS, rows, content_type="application/json", query_params=query)
    assert response.status_code == status, response.content.decode()
    return response.json()


@pytest.fixture
def bureau_machine(machine: Machine, bureau_officer: User) -> Client:
    return machine(bureau_officer)


def test_rows_under_chinese_headings_become_demands(bureau_machine: Client, bureau_officer: User) -> None:
    result = _post(bureau_machine, [_row(), _row("另一项：膜法脱盐")], land_as="published")
    assert (result["state"], result["read"], result["new"]) == ("done", 2, 2)
    demand = Demand.objects.get(title="另一项：膜法脱盐")
    assert demand.budget_yuan == 1_200_000
    assert demand.status == Status.PUBLISHED
    assert demand.origin is not None
    assert (demand.origin.source, demand.origin.received_by) == ("api", bureau_officer)


def test_field_keys_do_as_well_as_headings(bureau_machine: Client) -> None:
    row = {
        "title": "高盐废水脱盐",
        "organisation": "固镇县第一印染有限公司",
        "content": _row()["需求内容"],
        "division": "固镇县",
    }
    assert _post(bureau_machine, [row])["new"] == 1


def test_new_rows_wait_for_review_unless_published_is_asked_for(bureau_machine: Client) -> None:
    _post(bureau_machine, [_row()])
    assert Demand.objects.get().status == Status.CITY_REVIEW


def test_sending_the_same_rows_again_changes_nothing(bureau_machine: Client) -> None:
    _post(bureau_machine, [_row()])
    before = Demand.objects.values().get()
    again = _post(bureau_machine, [_row()])
    assert (again["read"], again["new"], again["updated"], again["unchanged"]) == (1, 0, 0, 1)
    assert Demand.objects.values().get() == before


def test_a_changed_row_becomes_a_new_version(bureau_machine: Client) -> None:
    _post(bureau_machine, [_row()])
    assert _post(bureau_machine, [_row() | {"预算（万元）": 150}])["updated"] == 1
    assert Demand.objects.get().version == 2


def test_bad_rows_come_back_with_their_problems_and_the_good_ones_are_written(bureau_machine: Client) -> None:
    result = _post(bureau_machine, [_row(), _row("", **{"所在县区": "亚特兰蒂斯"})])
    assert (result["new"], result["rejected"]) == (1, 1)
    problem = next(one for one in result["problems"] if one["level"] == "error")
    assert problem["row"] == 2
    assert problem["message"]
    kept = bureau_machine.get(f"/api/v1/intake/runs/{result['id']}").json()
    assert [one["row"] for one in kept["problems"] if one["level"] == "error"] == [2]
    assert kept["rejected"] == 1


def test_all_or_none_writes_none_for_one_bad_row(bureau_machine: Client) -> None:
    result = _post(bureau_machine, [_row(), _row("")], mode="all_or_none")
    assert (result["state"], result["new"]) == ("refused", 0)
    assert not Demand.objects.exists()


def test_a_dry_run_says_what_would_happen_and_writes_nothing(bureau_machine: Client) -> None:
    result = _post(bureau_machine, [_row(), _row("")], dry_run="true")
    assert (result["state"], result["read"], result["rejected"]) == ("checked", 2, 1)
    assert not Demand.objects.exists()


def test_a_file_is_taken_like_the_rows(bureau_machine: Client) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(_row()))
    writer.writeheader()
    writer.writerow(_row())
    file = SimpleUploadedFile("需求.csv", text.getvalue().encode("gb18030"))
    result = bureau_machine.post(DEMANDS + "/file", {"file": file}).json()
    assert result["new"] == 1
    assert _post(bureau_machine, [_row() | {"预算（万元）": "120"}])["unchanged"] == 1


def test_a_file_that_is_no_table_is_refused_with_the_reason(bureau_machine: Client) -> None:
    response = bureau_machine.post(DEMANDS + "/file", {"file": SimpleUploadedFile("表.pdf", b"%PDF-1.7")})
    assert response.status_code == 422
    assert ".xlsx" in response.json()["error"]["message"]
    assert not IntakeRun.objects.exists()


def test_rows_without_a_required_column_are_refused_by_its_name(bureau_machine: Client) -> None:
    error = _post(bureau_machine, [{"需求单位": "某公司", "需求内容": "脱盐"}], status=422)["error"]
    assert "需求名称" in error["message"]
    assert IntakeRun.objects.get().state == "abandoned"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("[", 400),
        ("{}", 422),
        ("[]", 422),
        ('[{"需求名称": {"a": 1}}]', 422),
        ('["x"]', 422),
        ('[{"": 1}]', 422),
        ('[{"a": "\\ud800"}]', 422),
    ],
)
def test_a_body_that_is_no_list_of_rows_is_refused(bureau_machine: Client, body: str, status: int) -> None:
    error = _post(bureau_machine, body, status=status)["error"]
    assert set(error) == {"code", "message", "field"}
    assert not IntakeRun.objects.exists()


def test_more_than_a_thousand_rows_go_by_file(bureau_machine: Client) -> None:
    assert "1000" in _post(bureau_machine, [{"a": 1}] * 1001, status=422)["error"]["message"]


def test_a_county_machine_brings_only_its_own_county(machine: Machine, county_officer: User) -> None:
    result = _post(machine(county_officer), [_row(), _row("怀远的一项", **{"所在县区": "怀远县"})])
    assert (result["new"], result["rejected"]) == (1, 1)
    assert Demand.objects.get().title == _row()["需求名称"]


def test_only_a_bureau_machine_publishes_at_once(machine: Machine, county_officer: User) -> None:
    assert (
        _post(machine(county_officer), [_row()], status=403, land_as="published")["error"]["field"]
        == "land_as"
    )
    assert not IntakeRun.objects.exists()


def test_a_token_opens_one_kind_only(machine: Machine, bureau_officer: User) -> None:
    assert (
        _post(machine(bureau_officer, "achievement"), [_row()], status=403)["error"]["code"] == "token.kind"
    )


def test_a_stranger_and_a_signed_in_officer_without_a_token_are_turned_away(
    visitor: Client, signed_in: Callable[[User], Client], bureau_officer: User
) -> None:
    for client in (visitor, signed_in(bureau_officer)):
        assert _post(client, [_row()], status=401)["error"]["code"] == "token.invalid"
    assert not Demand.objects.exists()


def test_a_wrong_token_is_refused_and_on_record(db: None) -> None:
    client = Client(headers={"authorization": "Bearer keqiao_guess"})
    _post(client, [_row()], status=401)
    entry = AuditEntry.objects.get(action="token.refused")
    assert not entry.is_success
    assert "guess" not in str(entry.changes) + entry.reason


def test_a_token_dies_when_revoked_when_old_and_with_its_user(machine: Machine, bureau_officer: User) -> None:
    client = machine(bureau_officer)
    token = ApiToken.objects.get()
    bureau_officer.is_active = False
    bureau_officer.save()
    _post(client, [_row()], status=401)
    bureau_officer.is_active = True
    bureau_officer.save()
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    _post(client, [_row()], status=401)
    ApiToken.objects.update(expires_at=timezone.now() + timedelta(days=1))
    _post(client, [_row()])
    revoke_token(token=token, by=bureau_officer)
    _post(client, [_row()], status=401)


def test_the_right_to_import_is_asked_at_every_call(machine: Machine, bureau_officer: User) -> None:
    client = machine(bureau_officer)
    bureau_officer.grants.update(revoked_at=timezone.now())
    _post(client, [_row()], status=401)


def test_every_call_is_audited_and_the_chain_holds(bureau_machine: Client) -> None:
    _post(bureau_machine, [_row()])
    actions = list(AuditEntry.objects.order_by("seq").values_list("action", flat=True))
    assert actions == [
        "token.created", "api.called", "intake.received", "intake.checked", "intake.started", "intake.finished",
    ]  # fmt: skip
    assert audit.verify().holds


def test_only_a_hash_of_the_token_is_kept(bureau_officer: User) -> None:
    token, text = create_token(user=bureau_officer, kind="demand", by=bureau_officer)
    assert text not in str(ApiToken.objects.values().get())
    assert len(token.token_hash) == 64


def test_a_token_is_made_for_oneself_by_those_who_may_import(
    bureau_officer: User, stranger: User, enterprise_user: User, system_admin: User
) -> None:
    with pytest.raises(NotAllowed):
        create_token(user=enterprise_user, kind="demand", by=enterprise_user)
    with pytest.raises(NotAllowed):
        create_token(user=bureau_officer, kind="demand", by=stranger)
    with pytest.raises(BadInput):
        create_token(user=bureau_officer, kind="demand", by=None, days=0)
    token, _ = create_token(user=bureau_officer, kind="demand", by=system_admin)
    with pytest.raises(NotFound):
        token_for(stranger, token.public_id)
    revoke_token(token=token_for(system_admin, token.public_id), by=system_admin)


def test_the_command_prints_a_token_once_lists_and_revokes_it(bureau_officer: User) -> None:
    out = StringIO()
    call_command(
        "apitoken", "create", bureau_officer.username, "--kind", "demand", "--label", "高校系统", stdout=out
    )
    text = out.getvalue().splitlines()[-1]
    client = Client(headers={"authorization": f"Bearer {text}"})
    assert _post(client, [_row()])["new"] == 1
    out = StringIO()
    call_command("apitoken", "list", bureau_officer.username, stdout=out)
    assert "高校系统" in out.getvalue()
    assert text not in out.getvalue()
    call_command("apitoken", "revoke", out.getvalue().split()[0], stdout=StringIO())
    _post(client, [_row()], status=401)


def test_the_command_refuses_what_does_not_exist(db: None) -> None:
    for arguments in (["create", "nobody", "--kind", "demand"], ["revoke", "x"]):
        with pytest.raises(CommandError, match="没有"):
            call_command("apitoken", *arguments)
