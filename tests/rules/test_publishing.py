"""How a rule comes into force: one officer writes, a second approves, the past stays as it was."""

from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.core.models import AuditEntry
from keqiao.people.models import User
from keqiao.rules import firms
from keqiao.rules.access import draft_for
from keqiao.rules.actions import (
    copy_version,
    discard_draft,
    edit_draft,
    publish_draft,
    return_draft,
    submit_draft,
    version_of,
    withdraw_version,
)
from keqiao.rules.assessing import keep_assessment, replay
from keqiao.rules.enums import DraftState
from keqiao.rules.judging import Outcome, judge
from keqiao.rules.lawtable import differences
from keqiao.rules.models import RuleDraft
from keqiao.rules.shelf import current, shipped
from keqiao.rules.trying import begin_trial, carry_out
from tests.factories.people import UserFactory

pytestmark = pytest.mark.django_db
BEFORE, AFTER = date(2026, 12, 31), date(2027, 1, 1)
FIRM = {
    "main_income": Decimal(9000),
    "sales": Decimal(9000),
    "rd_activity": False,
    "rd_institution": False,
}


@pytest.fixture
def colleague() -> User:
    user: User = UserFactory(bureau_officer=True)
    return user


def lowered(draft: RuleDraft) -> dict[str, Any]:
    """The clearing list from 80 million on, from 2027."""
    data = deepcopy(draft.data)
    data["valid_from"] = "2027-01-01"
    data["values"]["activity_floor"] |= {"value": 8000}
    return data


@pytest.fixture
def handed_in(bureau_officer: User) -> RuleDraft:
    draft = copy_version(book="rd_clearing", version_id="rd_clearing-default", by=bureau_officer)
    edit_draft(draft=draft, data=lowered(draft), reason="市政府会议纪要降低门槛", by=bureau_officer)
    return submit_draft(draft=draft, by=bureau_officer)


def test_a_published_version_counts_from_its_day_and_the_day_before_stays_as_it_was(
    handed_in: RuleDraft, colleague: User
) -> None:
    publish_draft(draft=handed_in, note="同意", by=colleague)

    book = current("rd_clearing")
    assert judge(book.on(BEFORE), FIRM, on=BEFORE).outcome is Outcome.NOT_APPLICABLE
    assert judge(book.on(AFTER), FIRM, on=AFTER).outcome is Outcome.UNMET
    assert shipped("rd_clearing").on(AFTER).id == "rd_clearing-default"
    assert AuditEntry.objects.filter(action="rule.published", actor_id=colleague.pk).count() == 1


def test_nobody_approves_what_he_wrote_or_handed_in(handed_in: RuleDraft, bureau_officer: User) -> None:
    with pytest.raises(NotAllowed, match="另一名人员"):
        publish_draft(draft=handed_in, note="", by=bureau_officer)

    with pytest.raises(IntegrityError), transaction.atomic():  # nor behind the actions' back
        RuleDraft.objects.filter(pk=handed_in.pk).update(
            state=DraftState.PUBLISHED, decided_by=bureau_officer
        )


def test_a_county_officer_neither_writes_nor_approves(handed_in: RuleDraft, county_officer: User) -> None:
    with pytest.raises(NotAllowed, match="市科技局人员"):
        publish_draft(draft=handed_in, note="", by=county_officer)
    with pytest.raises(NotAllowed):
        copy_version(book="hnte", version_id="hnte-2016", by=county_officer)
    assert draft_for(county_officer, handed_in.public_id) == handed_in


def test_a_member_of_an_enterprise_does_not_learn_that_a_draft_exists(handed_in: RuleDraft) -> None:
    with pytest.raises(NotFound):
        draft_for(UserFactory(enterprise=True), handed_in.public_id)


def test_a_draft_that_was_handed_in_cannot_be_edited_until_it_is_returned(
    handed_in: RuleDraft, bureau_officer: User, colleague: User
) -> None:
    with pytest.raises(NotAllowed, match="待审定"):
        edit_draft(draft=handed_in, data=handed_in.data, reason="", by=bureau_officer)
    with pytest.raises(BadInput, match="退回的原因"):
        return_draft(draft=handed_in, note=" ", by=colleague)

    return_draft(draft=handed_in, note="请附会议纪要文号", by=colleague)

    edit_draft(draft=handed_in, data=handed_in.data, reason="附文号", by=bureau_officer)
    assert RuleDraft.objects.get().note == "请附会议纪要文号"


def test_a_text_that_was_changed_after_it_was_handed_in_is_not_published(
    handed_in: RuleDraft, colleague: User
) -> None:
    changed = deepcopy(handed_in.data)
    changed["values"]["activity_floor"]["value"] = 1
    RuleDraft.objects.filter(pk=handed_in.pk).update(data=changed)

    with pytest.raises(NotAllowed, match="摘要不符"):
        publish_draft(draft=handed_in, note="", by=colleague)


def test_a_draft_that_is_no_rule_is_refused_with_the_place(bureau_officer: User) -> None:
    draft = copy_version(book="hnte", version_id="hnte-2016", by=bureau_officer)
    data = deepcopy(draft.data)
    data["conditions"][3]["measure"]["top"] = "tech_people"

    with pytest.raises(BadInput, match=r"（H4）.*tech_people"):
        edit_draft(draft=draft, data=data, reason="", by=bureau_officer)
    assert RuleDraft.objects.get().data == draft.data


def test_a_draft_without_a_change_or_a_reason_is_not_handed_in(bureau_officer: User) -> None:
    draft = copy_version(book="hnte", version_id="hnte-2016", by=bureau_officer)
    with pytest.raises(BadInput, match="修改理由"):
        submit_draft(draft=draft, by=bureau_officer)
    edit_draft(draft=draft, data=draft.data, reason="试试", by=bureau_officer)
    with pytest.raises(BadInput, match="没有不同"):
        submit_draft(draft=draft, by=bureau_officer)

    discard_draft(draft=draft, by=bureau_officer)

    assert not RuleDraft.objects.open().exists()


def test_a_withdrawn_version_gives_way_to_the_earlier_one(handed_in: RuleDraft, colleague: User) -> None:
    publish_draft(draft=handed_in, note="", by=colleague)
    assert current("rd_clearing").on(AFTER).id == handed_in.version_id

    withdraw_version(draft=handed_in, note="会议纪要有误", by=UserFactory(bureau_officer=True))

    assert current("rd_clearing").on(AFTER).id == "rd_clearing-default"


def test_a_copy_of_a_version_differs_in_nothing(bureau_officer: User) -> None:
    draft = copy_version(book="tech_sme", version_id="tech_sme-2017", by=bureau_officer)

    assert differences(shipped("tech_sme").version("tech_sme-2017"), version_of(draft)) == []


def test_a_kept_verdict_is_given_again_after_its_version_was_withdrawn(
    handed_in: RuleDraft, colleague: User
) -> None:
    publish_draft(draft=handed_in, note="", by=colleague)
    kept = keep_assessment(
        version=current("rd_clearing").on(AFTER), facts=FIRM, on=AFTER, subject_kind="firm", subject_id="7",
        subject_name="示例纺织", purpose="两清零名单", by=colleague,
    )  # fmt: skip
    withdraw_version(draft=handed_in, note="有误", by=UserFactory(bureau_officer=True))
    kept.refresh_from_db()

    assert replay(kept).as_json() == kept.judgement
    assert kept.outcome == Outcome.UNMET
    assert kept.judgement["version_digest"] == kept.text.digest


@pytest.fixture
def three_firms() -> Iterator[None]:
    before = list(firms._sources), list(firms._counts)
    firms.register(
        lambda _: iter(
            [
                ("1", "甲", FIRM),
                ("2", "乙", FIRM | {"sales": Decimal(12000)}),
                ("3", "丙", FIRM | {"sales": None}),
            ]
        ),
        lambda: 3,
    )
    yield
    firms._sources[:], firms._counts[:] = before


@pytest.mark.usefixtures("three_firms")
def test_a_draft_is_tried_on_all_firms_and_names_who_would_change(
    handed_in: RuleDraft, bureau_officer: User
) -> None:
    trial = carry_out(begin_trial(draft=handed_in, on=BEFORE, by=bureau_officer))

    assert trial.before == {"not_applicable": 1, "unmet": 1, "unknown": 1}
    assert trial.after == {"unmet": 2, "unknown": 1}
    assert trial.changes == [["1", "甲", "not_applicable", "unmet"]]
    assert trial.is_over


@pytest.mark.usefixtures("three_firms")
def test_a_draft_for_one_place_is_tried_on_the_firms_of_that_place(bureau_officer: User) -> None:
    draft = copy_version(book="rd_clearing", version_id="rd_clearing-default", by=bureau_officer)
    edit_draft(draft=draft, data=lowered(draft) | {"region": "21"}, reason="辽宁", by=bureau_officer)
    elsewhere = [("4", "丁", FIRM | {"region": "640200"}), ("5", "戊", FIRM | {"region": "210600"})]
    firms.register(lambda _: iter(elsewhere))

    trial = carry_out(begin_trial(draft=draft, on=BEFORE, by=bureau_officer))

    assert [one[1] for one in trial.changes] == ["戊"]
    assert trial.total == 1
