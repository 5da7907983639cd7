"""What officers and administrators do at their desk, and what they are refused."""

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.factories.people import PASSWORD, OrganisationFactory, PersonFactory, UserFactory

from keqiao.core import audit
from keqiao.core.models import AuditEntry
from keqiao.people import actions
from keqiao.people.models import AdminChange, Organisation, OrganisationApplication, Person, User
from keqiao.web.administration.events import event_name
from keqiao.web.administration.rail import RAIL
from keqiao.web.desk.rail import rail_for

pytestmark = pytest.mark.django_db


def address(name: str, *args: object) -> str:
    return reverse(f"administration:{name}", args=args)


@pytest.fixture
def application() -> OrganisationApplication:
    return actions.apply_for_organisation(
        name="固镇县晨光纺织有限公司",
        kind="enterprise",
        uscc="91512081MA62K0260E",
        division_code="340323000000",
        contact_name="周小敏",
        contact_phone="13812345678",
        username="chenguang",
        password=PASSWORD,
    )


WHO = ("enterprise_user", "expert_user", "county_officer", "bureau_officer", "registrar", "auditor", "system_admin", "security_admin", "audit_admin")  # fmt: skip
PAGES = {
    "application-list": {"county_officer", "bureau_officer"},
    "organisation-list": {"county_officer", "bureau_officer"},
    "person-list": {"county_officer", "bureau_officer"},
    "user-list": {"county_officer", "bureau_officer", "system_admin", "security_admin"},
    "user-create": {"system_admin"},
    "role-list": {"system_admin", "security_admin", "audit_admin"},
    "lock-list": {"security_admin"},
    "admin-change-list": {"system_admin", "security_admin", "audit_admin"},
    "audit-list": {"security_admin", "audit_admin"},
}


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_for_its_people_and_no_others(
    who: str, page: str, signed_in, request: pytest.FixtureRequest
) -> None:
    browser = signed_in(request.getfixturevalue(who))

    status = browser.get(address(page)).status_code

    assert status == 200 if who in PAGES[page] else status in (403, 404)


@pytest.mark.parametrize("who", WHO)
def test_the_rail_offers_exactly_the_pages_that_open(
    who: str, signed_in, request: pytest.FixtureRequest
) -> None:
    user = request.getfixturevalue(who)
    mine = {address(item.url_name.partition(":")[2]) for item in RAIL}

    offered = {line["href"] for group in rail_for(user) for line in group["items"] if line["href"] in mine}

    assert offered == {
        address(page) for page, people in PAGES.items() if who in people and page != "user-create"
    }


@pytest.mark.parametrize("page", PAGES)
def test_strangers_are_sent_to_the_sign_in(page: str, visitor: Client) -> None:
    assert visitor.get(address(page))["Location"].startswith(reverse("people:sign-in"))


def test_a_refusal_is_on_record(signed_in, enterprise_user: User) -> None:
    response = signed_in(enterprise_user).get(address("audit-list"))

    assert "查看审计" in response.text
    entry = AuditEntry.objects.get(action="permission.refused")
    assert (entry.actor_id, entry.is_success, entry.level) == (enterprise_user.pk, False, "important")
    assert "/desk/administration/audit" in entry.reason


# ── applications ──


def test_an_officer_reads_and_approves_an_application(
    signed_in, county_officer: User, application: OrganisationApplication
) -> None:
    browser = signed_in(county_officer)
    assert application.name in browser.get(address("application-list")).text
    assert "13812345678" in browser.get(address("application-detail", application.public_id)).text

    browser.post(address("application-approve", application.public_id), {"note": "电话核实"})

    assert User.objects.get(username="chenguang").organisation.name == application.name
    assert AuditEntry.objects.filter(action="application.contact_seen").exists()


def test_an_application_of_another_county_is_not_there(
    signed_in, other_county_officer: User, application: OrganisationApplication
) -> None:
    browser = signed_in(other_county_officer)

    assert application.name not in browser.get(address("application-list")).text
    for page in ("application-detail",):
        assert browser.get(address(page, application.public_id)).status_code == 404
    assert browser.post(address("application-approve", application.public_id)).status_code == 404


def test_an_officer_must_give_a_reason_to_return(
    signed_in, county_officer: User, application: OrganisationApplication
) -> None:
    browser = signed_in(county_officer)

    assert (
        browser.post(address("application-return", application.public_id), {"reason": " "}).status_code == 422
    )
    browser.post(address("application-return", application.public_id), {"reason": "请改为全称"})

    application.refresh_from_db()
    assert (application.status, application.reason) == ("returned", "请改为全称")


def test_the_second_officer_gets_a_409_with_the_names(
    signed_in, county_officer: User, bureau_officer: User, application: OrganisationApplication
) -> None:
    signed_in(county_officer).post(address("application-approve", application.public_id))

    response = signed_in(bureau_officer).post(
        address("application-return", application.public_id), {"reason": "重复"}
    )

    assert response.status_code == 409
    assert "固镇小褚" in response.text


# ── accounts and roles ──


def test_a_new_accounts_password_is_shown_once(signed_in, system_admin: User) -> None:
    browser = signed_in(system_admin)
    page = browser.post(
        address("user-create"), {"username": "newcomer", "name": "新同事", "phone": "", "email": ""}
    )

    password = re.search(r'<span class="mono">([^<]{14,})</span>', page.text).group(1)
    user = User.objects.get(username="newcomer")
    assert user.check_password(password.replace("&amp;", "&"))
    assert password not in browser.get(address("user-detail", user.public_id)).text
    assert "no-store" in page["Cache-Control"]


def test_an_account_list_shows_no_phone_in_clear(signed_in, security_admin: User) -> None:
    user = UserFactory(phone="13812345678")
    browser = signed_in(security_admin)

    page = browser.get(address("user-detail", user.public_id)).text

    assert "13812345678" not in page
    assert "138****5678" in page


def test_the_system_administrator_disables_and_the_person_is_out(
    signed_in, system_admin: User, enterprise_user: User
) -> None:
    theirs = signed_in(enterprise_user)
    browser = signed_in(system_admin)

    assert browser.post(address("user-disable", enterprise_user.public_id), {"reason": ""}).status_code == 422
    browser.post(address("user-disable", enterprise_user.public_id), {"reason": "离职"})

    assert theirs.get(reverse("people:account")).status_code == 302
    browser.post(address("user-enable", enterprise_user.public_id))
    assert User.objects.get(pk=enterprise_user.pk).is_active


def test_the_security_administrator_grants_and_revokes(signed_in, security_admin: User) -> None:
    user = UserFactory()
    browser = signed_in(security_admin)

    browser.post(address("role-grant", user.public_id), {"role": "county_officer", "division": "固镇县"})
    grant = user.grants.get()
    assert grant.division_prefix == "340323"
    browser.post(address("role-revoke", grant.pk), {"reason": "调离"})

    grant.refresh_from_db()
    assert grant.revoked_at is not None


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"role": "county_officer"}, "须指明辖区"),
        ({"role": "county_officer", "division": "鼓楼区"}, "不止一处"),
        ({"role": "enterprise"}, "须指明所属单位"),
        ({"role": "enterprise", "organisation": "没有这家"}, "没有登记过“没有这家”"),
        ({"role": "audit_admin"}, "audit_admin"),
    ],
)
def test_a_bad_grant_says_what_to_mend(
    signed_in, security_admin: User, sent: dict[str, str], words: str
) -> None:
    user = UserFactory()

    response = signed_in(security_admin).post(address("role-grant", user.public_id), sent)

    assert response.status_code == 422
    assert words in response.text
    assert not user.grants.exists()


def test_two_administrators_make_a_third(signed_in, security_admin: User, system_admin: User) -> None:
    user = UserFactory()
    theirs = signed_in(security_admin)
    theirs.post(
        address("admin-change-request", user.public_id),
        {"role": "audit_admin", "is_grant": "yes", "reason": "老秦退休"},
    )
    change = AdminChange.objects.get()
    assert "同意，立即生效" not in theirs.get(address("admin-change-list")).text
    assert (
        theirs.post(address("admin-change-decide", change.public_id), {"verdict": "agree"}).status_code == 403
    )

    browser = signed_in(system_admin)
    assert "同意，立即生效" in browser.get(address("admin-change-list")).text
    browser.post(address("admin-change-decide", change.public_id), {"verdict": "agree", "note": "属实"})

    assert User.objects.get(pk=user.pk).roles == {"audit_admin"}


def test_the_security_administrator_sees_and_opens_a_lock(
    signed_in, security_admin: User, enterprise_user: User
) -> None:
    attacked = Client(REMOTE_ADDR="10.0.0.9")
    for _ in range(5):
        attacked.post(
            reverse("people:sign-in"), {"username": enterprise_user.username, "password": "Wrong#pass9x"}
        )
    browser = signed_in(security_admin)
    assert enterprise_user.username in browser.get(address("lock-list")).text

    browser.post(address("unlock"), {"username": enterprise_user.username})

    assert "没有被锁定的用户名" in browser.get(address("lock-list")).text
    sent = {"username": enterprise_user.username, "password": PASSWORD}
    assert Client().post(reverse("people:sign-in"), sent).status_code == 302
    assert AuditEntry.objects.filter(action="account.unlocked").exists()


def test_the_roles_page_says_what_each_role_may_do(signed_in, security_admin: User) -> None:
    page = signed_in(security_admin).get(address("role-list")).text

    assert "审核单位注册" in page
    assert "三员，须双人复核" in page


# ── audit ──


def test_the_audit_administrator_filters_the_trail_and_the_reading_is_on_record(
    signed_in, audit_admin: User, bureau_officer: User
) -> None:
    audit.record("demand.published", by=bureau_officer, reason="甲事")
    audit.record("demand.closed", by=bureau_officer, reason="乙事", level="critical", is_success=False)
    browser = signed_in(audit_admin)
    today = timezone.localdate().isoformat()

    for query in ({"action": "demand.c"}, {"level": "critical"}, {"only_failed": "on"}, {"target": "乙事"}):
        page = browser.get(
            address("audit-list"), query | {"since": today, "person": bureau_officer.username}
        ).text
        assert "乙事" in page
        assert "甲事" not in page
    assert (
        "乙事" not in browser.get(address("audit-list"), {"since": "2099-01-01", "until": "2099-01-02"}).text
    )
    assert AuditEntry.objects.filter(action="audit.read", actor_id=audit_admin.pk).count() == 5


def test_a_reversed_period_says_so(signed_in, audit_admin: User) -> None:
    response = signed_in(audit_admin).get(
        address("audit-list"), {"since": "2026-11-02", "until": "2026-11-01"}
    )

    assert "早于开始日期" in response.text


def test_the_security_administrator_reads_the_own_domain_and_the_auditors_doings_only(
    signed_in, security_admin: User, audit_admin: User, bureau_officer: User
) -> None:
    business = audit.record("demand.published", by=bureau_officer, reason="甲事")
    signed_in(audit_admin).get(address("audit-list"))
    browser = signed_in(security_admin)

    page = browser.get(address("audit-list")).text

    assert "audit.read" in page
    assert "甲事" not in page
    assert browser.get(address("audit-detail", business.seq)).status_code == 404
    assert browser.post(address("audit-export"), {"kind": "csv"}).status_code == 403


@pytest.mark.parametrize(("kind", "beginning"), [("xlsx", b"PK"), ("csv", b"\xef\xbb\xbf"), ("jsonl", b"{")])
def test_an_export_of_the_trail_is_itself_on_record(
    signed_in, audit_admin: User, kind: str, beginning: bytes
) -> None:
    audit.record("demand.published", by=audit_admin)

    response = signed_in(audit_admin).post(address("audit-export"), {"kind": kind, "action": "demand"})

    assert response.content.startswith(beginning)
    entry = AuditEntry.objects.get(action="audit.exported")
    assert entry.row_count == 1
    assert entry.file_name in response["Content-Disposition"]


def test_the_chain_is_verified_from_the_page(signed_in, audit_admin: User) -> None:
    browser = signed_in(audit_admin)
    assert "摘要链还没有核对过" in browser.get(address("audit-list")).text

    response = browser.post(address("audit-verify"), follow=True)

    assert "摘要链完好" in response.text


def test_an_entry_shows_what_changed(signed_in, audit_admin: User, bureau_officer: User) -> None:
    entry = audit.record(
        "organisation.renamed", by=bureau_officer, changes={"名称": ["晨光纺织厂", "晨光新材料"]}
    )

    page = signed_in(audit_admin).get(address("audit-detail", entry.seq)).text

    assert "名称" in page
    assert entry.hash in page


# ── units and persons ──


def test_an_officer_renames_merges_and_corrects_a_unit(signed_in, county_officer: User) -> None:
    unit, double = OrganisationFactory(name="晨光纺织厂"), OrganisationFactory(name="晨光纺织厂二部")
    browser = signed_in(county_officer)

    browser.post(
        address("organisation-rename", unit.public_id),
        {"name": "晨光新材料", "note": "执照变更", "version": 1},
    )
    browser.post(
        address("organisation-merge", unit.public_id), {"loser": "晨光纺织厂二部", "reason": "重复建档"}
    )
    browser.post(
        address("organisation-detail", unit.public_id),
        {
            "kind": "enterprise",
            "uscc": "91512081MA62K0260E",
            "division_code": "固镇县",
            "is_verified": "on",
            "version": 3,
        },
    )

    unit.refresh_from_db()
    double.refresh_from_db()
    assert (unit.name, unit.uscc, double.merged_into) == ("晨光新材料", "91512081MA62K0260E", unit)
    listed = browser.get(
        address("organisation-list"), {"q": "chenguang"}, headers={"HX-Request": "true"}
    ).text
    assert "晨光新材料" in listed
    assert "二部" not in listed
    assert "已并入" in browser.get(address("organisation-detail", double.public_id)).text


def test_a_stale_form_does_not_overwrite_a_newer_name(
    signed_in, county_officer: User, bureau_officer: User
) -> None:
    unit = OrganisationFactory(name="晨光纺织厂")
    signed_in(bureau_officer).post(
        address("organisation-rename", unit.public_id), {"name": "晨光新材料", "version": 1}
    )

    response = signed_in(county_officer).post(
        address("organisation-rename", unit.public_id), {"name": "晨光老厂", "version": 1}
    )

    assert response.status_code == 409
    assert "已被别人改过" in response.text
    assert Organisation.objects.get(pk=unit.pk).name == "晨光新材料"


def test_an_officer_changes_no_unit_of_another_county(signed_in, other_county_officer: User) -> None:
    unit = OrganisationFactory(name="晨光纺织厂")

    response = signed_in(other_county_officer).post(
        address("organisation-rename", unit.public_id), {"name": "新名", "version": 1}
    )

    assert response.status_code == 403
    assert "不在您的辖区" in response.text


def test_a_unit_gets_a_parent_and_no_circle(signed_in, bureau_officer: User) -> None:
    school, college = OrganisationFactory(name="蚌埠学院"), OrganisationFactory(name="蚌埠学院食品学院")
    browser = signed_in(bureau_officer)
    browser.post(address("organisation-parent", college.public_id), {"parent": "蚌埠学院"})

    response = browser.post(address("organisation-parent", school.public_id), {"parent": "蚌埠学院食品学院"})

    college.refresh_from_db()
    assert college.parent == school
    assert response.status_code == 422


def test_namesakes_are_merged_and_split_on_their_page(signed_in, bureau_officer: User) -> None:
    first, second = PersonFactory(name="王伟"), PersonFactory(name="王伟")
    browser = signed_in(bureau_officer)
    assert "同名的人" in browser.get(address("person-detail", first.public_id)).text

    browser.post(
        address("person-merge", first.public_id), {"loser": str(second.public_id), "reason": "证件一致"}
    )
    assert Person.objects.get(pk=second.pk).merged_into == first
    browser.post(address("person-split", second.public_id), {"reason": "弄错了"})

    assert Person.objects.get(pk=second.pk).merged_into is None


@pytest.mark.parametrize(
    "page", ["user-list", "organisation-list", "person-list", "application-list", "audit-list"]
)
def test_a_list_answers_htmx_with_its_part_only(page: str, signed_in, request: pytest.FixtureRequest) -> None:
    who = {"audit-list": "audit_admin", "user-list": "security_admin"}.get(page, "bureau_officer")
    browser = signed_in(request.getfixturevalue(who))

    response = browser.get(address(page), headers={"HX-Request": "true"})

    assert response.text.strip().startswith('<div id="results"')


def test_every_event_that_is_written_has_a_chinese_name(repository: Path) -> None:
    writes = re.compile(r'\b(?:audit|record|record_audit)\(\s*"([a-z_]+\.[a-z_]+)"')
    moves = re.compile(r'\bfinish\(\s*[a-z_]+,\s*"([a-z_]+)"')
    written: set[str] = set()
    for file in (repository / "src/keqiao").rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        written |= set(writes.findall(text)) | {f"demand.{verb}" for verb in moves.findall(text)}

    assert len(written) > 120
    assert {code for code in written if event_name(code) == code} == set()
