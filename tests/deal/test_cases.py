"""A case from its opening to its end: stages, owners, conflicts, outcomes."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from keqiao.core.audit import AuditEntry
from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.deal.access import case_for, cases_of
from keqiao.deal.actions import assign_case, end_case, move_case, note_step, plan_next, record_contract
from keqiao.deal.enums import Answer, Opening, Outcome, Side, Stage
from keqiao.deal.flow import CASE_FLOW, FORWARD
from keqiao.deal.models import Case, Party
from keqiao.deal.opening import Enquirer, open_case
from keqiao.deal.parties import answer_for, ask_side
from keqiao.deal.steps import StaleCase
from keqiao.message.models import Message
from keqiao.people.models import User
from keqiao.verdict.models import Answer as Verdict
from tests.factories.deal import a_case, agree
from tests.factories.people import UserFactory
from tests.factories.registry import AchievementFactory, DemandFactory, EnterpriseFactory

pytestmark = pytest.mark.django_db


def test_an_officer_opens_a_case_from_a_match_and_holds_it(county_officer: User) -> None:
    demand = DemandFactory(published=True)

    case = a_case(
        county_officer,
        demand=demand,
        grade="强相关",
        evidence=[{"mine": "硫酸钠回收", "theirs": "盐回收率 92%"}],
    )

    assert case.number == f"对接-{timezone.localdate().year}-0001"
    assert (case.stage, case.owner, case.division_code) == (
        Stage.DISCOVER,
        county_officer,
        demand.division_code,
    )
    assert case.due_on is not None
    assert case.due_on > timezone.localdate()
    assert {party.side for party in case.parties.all()} == {Side.DEMAND, Side.SUPPLY}
    assert AuditEntry.objects.filter(action="case.opened").count() == 1


def test_a_pair_is_followed_once_at_a_time_and_the_refusal_names_the_case(county_officer: User) -> None:
    demand, other = DemandFactory(published=True), AchievementFactory(published=True)
    first = a_case(county_officer, demand=demand, other=other)

    with pytest.raises(NotAllowed, match=first.number):
        a_case(county_officer, demand=demand, other=other)

    end_case(case=first, outcome=Outcome.ELSEWHERE, by=county_officer)
    assert a_case(county_officer, demand=demand, other=other).pk != first.pk


def test_a_case_needs_something_to_follow_and_a_firm_is_no_supply(county_officer: User) -> None:
    with pytest.raises(BadInput, match="至少选定"):
        open_case(opening=Opening.OFFICER, by=county_officer, wish="想找个专家")
    with pytest.raises(BadInput, match="供给方"):
        open_case(opening=Opening.OFFICER, by=county_officer, other=EnterpriseFactory(published=True))


def test_the_whole_way_to_a_finished_cooperation(county_officer: User) -> None:
    case = a_case(county_officer)
    case = move_case(case=case, move="screen", by=county_officer)
    case = move_case(case=case, move="dock", by=county_officer)
    with pytest.raises(NotAllowed, match="都同意"):
        move_case(case=case, move="talk", by=county_officer)
    agree(case, county_officer)
    case = move_case(case=case, move="talk", by=county_officer)
    case = move_case(case=case, move="sign", by=county_officer)
    with pytest.raises(NotAllowed, match="合同"):
        move_case(case=case, move="perform", by=county_officer)
    record_contract(
        case=case, by=county_officer, number="HT-1", yuan=Decimal("800000"), signed_on=timezone.localdate()
    )
    case = move_case(case=case, move="perform", by=county_officer)
    case = move_case(case=case, move="evaluate", by=county_officer)
    case = end_case(case=case, outcome=Outcome.SOLVED, by=county_officer)

    assert (case.stage, case.reached, case.outcome) == (Stage.ENDED, 6, Outcome.SOLVED)
    reached = list(case.steps.filter(kind="moved").order_by("at", "pk").values_list("to_stage", flat=True))
    assert reached == ["screen", "dock", "talk", "sign", "perform", "evaluate", "ended"]


def test_an_nda_that_was_asked_for_stands_before_the_contract(county_officer: User) -> None:
    case = a_case(county_officer)
    Case.objects.filter(pk=case.pk).update(stage=Stage.TALK, needs_nda=True)

    with pytest.raises(NotAllowed, match="保密协议"):
        move_case(case=case, move="sign", by=county_officer)


def test_a_vague_demand_goes_to_diagnosis_with_a_reason_and_comes_back(county_officer: User) -> None:
    case = a_case(county_officer)
    with pytest.raises(BadInput, match="原因"):
        move_case(case=case, move="rediagnose", by=county_officer)

    case = move_case(case=case, move="rediagnose", by=county_officer, reason="没有写处理量")
    assert case.is_open
    assert case.due_on is not None
    case = move_case(case=case, move="resume", by=county_officer)

    assert case.stage == Stage.SCREEN


def test_every_stage_of_the_way_leads_on_and_every_open_state_can_be_ended() -> None:
    for stage, name in FORWARD.items():
        assert CASE_FLOW.after(stage, name)
    for stage in Stage:
        names = [one.name for one in CASE_FLOW.moves_from(stage)]
        assert ("end" in names) == (stage != Stage.ENDED)


def test_ending_without_an_answer_asks_the_officer_why_and_tells_the_firm_what_was_tried(
    county_officer: User,
) -> None:
    firm = UserFactory(enterprise=True)
    case = a_case(county_officer, demand=DemandFactory(published=True, organisation=firm.organisation))
    ask_side(case=case, side=Side.SUPPLY, by=county_officer)
    with pytest.raises(BadInput, match="原因"):
        end_case(case=case, outcome=Outcome.NO_ANSWER, by=county_officer)

    end_case(case=case, outcome=Outcome.NO_ANSWER, why="busy", by=county_officer)

    told = Message.objects.filter(user=firm).latest("pk")
    assert "一直没有答复" in told.text
    assert f"{timezone.localdate()}" in told.text


def test_two_officers_at_once_the_second_sees_what_the_first_did_and_loses_nothing(
    county_officer: User, bureau_officer: User
) -> None:
    case = a_case(county_officer)
    seen = case.version
    plan_next(case=case, by=county_officer, next_step="寄样品", due_on=timezone.localdate(), version=seen)

    with pytest.raises(StaleCase, match="固镇小褚") as refused:
        plan_next(case=case, by=bureau_officer, next_step="开会", due_on=timezone.localdate(), version=seen)

    assert "寄样品" in refused.value.steps[0].text
    assert Case.objects.get(pk=case.pk).next_step == "寄样品"


def test_only_the_desk_moves_a_case(county_officer: User, other_county_officer: User, auditor: User) -> None:
    firm = UserFactory(enterprise=True)
    case = a_case(county_officer, demand=DemandFactory(published=True, organisation=firm.organisation))

    for person in (firm, auditor, other_county_officer):
        with pytest.raises(NotAllowed, match="承办"):
            move_case(case=case, move="screen", by=person)


def test_absent_and_hidden_cases_answer_alike(
    county_officer: User, stranger: User, other_county_officer: User
) -> None:
    case = a_case(county_officer)

    for person in (stranger, other_county_officer):
        with pytest.raises(NotFound) as hidden:
            case_for(person, case.public_id)
        with pytest.raises(NotFound) as absent:
            case_for(person, "00000000-0000-0000-0000-000000000000")
        assert str(hidden.value.message) == str(absent.value.message)


def test_the_supply_side_sees_the_case_only_once_it_was_asked(
    county_officer: User, institute_user: User
) -> None:
    case = a_case(
        county_officer, other=AchievementFactory(published=True, organisation=institute_user.organisation)
    )
    assert not cases_of(institute_user).exists()

    ask_side(case=case, side=Side.SUPPLY, by=county_officer)

    assert cases_of(institute_user).get() == case


def test_the_letter_to_the_supply_side_names_nobody(county_officer: User, institute_user: User) -> None:
    demand = DemandFactory(
        published=True,
        masked=True,
        organisation_name="固镇华泽印染有限公司",
        title="固镇华泽印染有限公司废水回用，电话 13812345678",
    )
    case = a_case(
        county_officer,
        demand=demand,
        other=AchievementFactory(published=True, organisation=institute_user.organisation),
    )

    ask_side(case=case, side=Side.SUPPLY, by=county_officer)

    letter = Message.objects.get(user=institute_user)
    for hidden in ("华泽", "13812345678", "其他", "别家", "别人"):
        assert hidden not in letter.subject + letter.text


def test_the_broker_gets_the_credit_for_what_he_did(county_officer: User, broker: User) -> None:
    case = a_case(county_officer)
    assign_case(case=case, owner=county_officer, broker=broker, by=county_officer)

    note_step(case=case, by=broker, text="陪同教授到厂里看了现场")
    note_step(case=case, by=county_officer, text="催办")

    assert list(case.steps.filter(broker=broker).values_list("text", flat=True)) == ["陪同教授到厂里看了现场"]


def test_a_case_is_handed_only_to_officers_of_its_place_and_to_brokers(
    county_officer: User, other_county_officer: User, stranger: User
) -> None:
    case = a_case(county_officer)

    with pytest.raises(BadInput, match="不管这个地区"):
        assign_case(case=case, owner=other_county_officer, broker=None, by=county_officer)
    with pytest.raises(BadInput, match="技术经理人"):
        assign_case(case=case, owner=county_officer, broker=stranger, by=county_officer)


def test_a_no_with_its_type_is_kept_and_the_desk_is_told(county_officer: User, institute_user: User) -> None:
    case = a_case(
        county_officer, other=AchievementFactory(published=True, organisation=institute_user.organisation)
    )
    ask_side(case=case, side=Side.SUPPLY, by=county_officer)

    answer_for(case=case, side=Side.SUPPLY, answer=Answer.NO, refusal="price", by=institute_user)

    party = Party.objects.get(case=case, side=Side.SUPPLY)
    assert (party.answer, party.refusal) == (Answer.NO, "price")
    assert Message.objects.filter(user=county_officer, subject__contains="不合作").exists()


@pytest.mark.parametrize(
    ("outcome", "why", "said"),
    [
        ("elsewhere", "", ("need", "solved")),
        ("terms", "", ("need", "price")),
        ("no_answer", "wrong_contact", ("need", "unreachable")),
        ("no_answer", "too_vague", ("offer", "unclear")),
        ("duplicate", "", None),
    ],
)
def test_an_end_says_of_the_match_what_the_buttons_on_a_match_would(
    county_officer: User, outcome: str, why: str, said: tuple[str, str] | None
) -> None:
    case = a_case(county_officer)

    end_case(case=case, outcome=outcome, why=why, by=county_officer)

    answers = Verdict.objects.values_list("side", "reason")
    assert list(answers) == ([said] if said else [])


def test_a_visitor_who_asks_is_held_by_nobody_until_the_office_takes_it(county_officer: User) -> None:
    other = AchievementFactory(published=True)

    case = open_case(
        opening=Opening.ENQUIRY, by=None, other=other, wish="想把厂里的高盐废水处理掉",
        enquirer=Enquirer("固镇某小厂", "老周", "13900001111"),
    )  # fmt: skip

    assert (case.owner, case.broker) == (None, None)
    assert Case.objects.unassigned().get() == case
    assert case.parties.get(side=Side.DEMAND).answer == Answer.YES


def test_a_contract_of_tomorrow_or_before_its_time_is_refused(county_officer: User) -> None:
    case = a_case(county_officer)
    with pytest.raises(NotAllowed, match="签约阶段"):
        record_contract(case=case, by=county_officer, yuan=Decimal(1), signed_on=timezone.localdate())
    Case.objects.filter(pk=case.pk).update(stage=Stage.SIGN, reached=4)
    with pytest.raises(BadInput, match="还没有到"):
        record_contract(
            case=case,
            by=county_officer,
            yuan=Decimal(1),
            signed_on=timezone.localdate() + dt.timedelta(days=1),
        )


def test_the_supply_side_hears_nothing_of_a_case_before_it_was_asked(
    county_officer: User, institute_user: User
) -> None:
    other = AchievementFactory(published=True, organisation=institute_user.organisation)
    case = a_case(county_officer, other=other)

    move_case(case=case, move="rediagnose", by=county_officer, reason="没有写处理量")

    assert not Message.objects.filter(user=institute_user).exists()
