"""Verdicts kept on a firm stay as they were, whatever becomes of the rule and of the data."""

from copy import deepcopy
from datetime import date
from decimal import Decimal

import pytest

from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.firm.verdicts import keep_verdict, verdict_for, verdicts_of
from keqiao.people.models import User
from keqiao.registry.enterprise.models import Enterprise
from keqiao.rules.actions import copy_version, edit_draft, publish_draft, submit_draft
from keqiao.rules.assessing import replayed
from keqiao.rules.judging import Outcome
from tests.factories.firm import a_firm, put_facts
from tests.factories.people import UserFactory

pytestmark = pytest.mark.django_db
DAY = date(2026, 7, 1)


@pytest.fixture
def firm() -> Enterprise:
    return a_firm(main_income=9000, sales=9000, rd_activity=False, rd_institution=False)


def republished(by: User, floor: int) -> None:
    """The clearing list of the same day with another floor, approved by a second person."""
    draft = copy_version(book="rd_clearing", version_id="rd_clearing-default", by=by)
    data = deepcopy(draft.data)
    data["values"]["activity_floor"] |= {"value": floor}
    edit_draft(draft=draft, data=data, reason="示例", by=by)
    submit_draft(draft=draft, by=by)
    publish_draft(draft=draft, note="", by=UserFactory(bureau_officer=True))


def test_a_verdict_is_the_same_after_its_book_was_republished_with_another_bound_and_its_data_corrected(
    firm: Enterprise, bureau_officer: User
) -> None:
    old = keep_verdict(firm=firm, book="rd_clearing", on=DAY, by=bureau_officer)
    republished(bureau_officer, floor=8000)
    new = keep_verdict(firm=firm, book="rd_clearing", on=DAY, by=bureau_officer)
    put_facts(firm, main_income=500, sales=500)

    again = replayed(old)

    assert again.is_same
    assert again.judgement.outcome == old.outcome != new.outcome == Outcome.UNMET
    assert old.text.data["values"]["activity_floor"]["value"] == 10000
    assert Decimal(old.inputs["main_income"]) == 9000


def test_a_verdict_whose_text_was_tampered_with_is_not_called_the_same(
    firm: Enterprise, bureau_officer: User
) -> None:
    kept = keep_verdict(firm=firm, book="rd_clearing", on=DAY, by=bureau_officer)
    kept.text.data["values"]["activity_floor"]["value"] = 8000

    again = replayed(kept)

    assert not again.is_same
    assert not again.text_is_whole
    assert {"结论"} < {one["label"] for one in again.differences}


def test_a_second_click_keeps_no_second_verdict_and_other_data_do(
    firm: Enterprise, bureau_officer: User
) -> None:
    first = keep_verdict(firm=firm, book="tech_sme", on=DAY, by=bureau_officer)

    assert keep_verdict(firm=firm, book="tech_sme", on=DAY, by=bureau_officer) == first
    put_facts(firm, staff=12)
    assert keep_verdict(firm=firm, book="tech_sme", on=DAY, by=bureau_officer) != first
    assert verdicts_of(firm).count() == 2


def test_those_who_may_not_read_the_file_find_no_verdict_and_may_keep_none(
    firm: Enterprise, bureau_officer: User, enterprise_user: User
) -> None:
    kept = keep_verdict(firm=firm, book="tech_sme", on=DAY, by=bureau_officer)

    with pytest.raises(NotFound):
        verdict_for(enterprise_user, firm.public_id, kept.public_id)
    with pytest.raises(NotFound):
        verdict_for(bureau_officer, a_firm().public_id, kept.public_id)
    with pytest.raises(NotAllowed):
        keep_verdict(firm=firm, book="tech_sme", on=DAY, by=enterprise_user)


@pytest.mark.parametrize(("on", "field"), [(date(2999, 1, 1), "on"), (date(2010, 1, 1), "book")])
def test_a_day_ahead_or_without_a_rule_is_refused(firm: Enterprise, on: date, field: str) -> None:
    with pytest.raises(BadInput) as refusal:
        keep_verdict(firm=firm, book="tech_sme", on=on, by=None)

    assert refusal.value.field == field
