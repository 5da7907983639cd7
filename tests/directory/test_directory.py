"""A directory is what strangers may see on the day, numbered and frozen."""

import datetime as dt
import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from docx import Document
from openpyxl import load_workbook

from keqiao.core.audit import AuditEntry
from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.directory.actions import digest_of, directory_for, publish_directory, readable, withdraw_directory
from keqiao.directory.compose import Criteria, select
from keqiao.directory.document import write_document
from keqiao.directory.models import Directory
from keqiao.directory.spreadsheet import write_directory
from keqiao.people.models import User
from tests.factories.people import OrganisationFactory
from tests.factories.registry import BENGBU_HUAIYUAN, AchievementFactory, DemandFactory

pytestmark = pytest.mark.django_db
TITLE = "2026年第一批双向清单"


def titles(criteria: Criteria) -> set[str]:
    found = select(criteria, timezone.localdate())
    return {one.title for one in (*found.demands, *found.achievements)}


def test_directed_and_closed_records_and_drafts_are_never_listed() -> None:
    listed = DemandFactory(published=True)
    DemandFactory(published=True, directed=True)
    DemandFactory(published=True, closed_tier=True)
    DemandFactory()
    AchievementFactory(published=True, directed=True)

    assert titles(Criteria(TITLE)) == {listed.title}


def test_a_masked_demand_is_listed_without_its_owner_anywhere(
    bureau_officer: User, indexed: Callable[[], None]
) -> None:
    owner = OrganisationFactory(name="固镇县清源印染有限公司")
    DemandFactory(
        published=True, masked=True, organisation=owner, title="清源印染高盐废水回收",
        content="固镇县清源印染有限公司每天排出高盐废水。",
    )  # fmt: skip
    indexed()

    directory = publish_directory(criteria=Criteria(TITLE), by=bureau_officer)

    text = json.dumps(directory.snapshot, ensure_ascii=False)
    assert "清源" not in text
    assert directory.demands[0]["unit"].startswith("某")


def test_contacts_are_never_in_a_directory(bureau_officer: User) -> None:
    DemandFactory(published=True)
    AchievementFactory(published=True)

    text = json.dumps(
        publish_directory(criteria=Criteria(TITLE), by=bureau_officer).snapshot, ensure_ascii=False
    )

    assert "13812345678" not in text
    assert "王小明" not in text
    assert "example.cn" not in text


def test_each_demand_has_its_matches_with_the_sentence_behind_them(
    bureau_officer: User, indexed: Callable[[], None]
) -> None:
    demand, achievement = DemandFactory(published=True), AchievementFactory(published=True)
    indexed()

    directory = publish_directory(criteria=Criteria(TITLE), by=bureau_officer)

    match = directory.demands[0]["matches"][0]
    assert match["number"] == achievement.number
    assert (
        match["theirs"]
        in achievement.summary + achievement.innovation + achievement.prospects + achievement.title
    )
    assert "废水" in match["theirs"]
    assert directory.achievements[0]["demands"] == [demand.number]
    assert directory.match_count == 1


def test_the_criteria_choose_by_place_field_day_and_validity() -> None:
    today = timezone.localdate()
    here = DemandFactory(published=True)
    there = DemandFactory(published=True, division_code=BENGBU_HUAIYUAN)
    other = DemandFactory(published=True, tags={"field11": [{"code": "01", "by": "person"}]})
    stale = DemandFactory(published=True, valid_until=today - dt.timedelta(days=1))
    old = DemandFactory(published=True, published_at=timezone.now() - dt.timedelta(days=100))
    sample = DemandFactory(published=True, sample=True)

    everything = {one.title for one in (here, there, other, old)}
    assert titles(Criteria(TITLE)) == everything
    assert titles(Criteria(TITLE, division="340321")) == {there.title}
    assert titles(Criteria(TITLE, fields=("01",))) == {other.title}
    assert titles(Criteria(TITLE, until=today - dt.timedelta(days=50))) == {old.title}
    assert titles(Criteria(TITLE, since=today - dt.timedelta(days=50))) == everything - {old.title}
    assert titles(Criteria(TITLE, only_open=False)) == everything | {stale.title}
    assert titles(Criteria(TITLE, with_samples=True)) == everything | {sample.title}
    assert titles(Criteria(TITLE, side="achievement")) == set()


def test_issues_are_numbered_dated_and_recorded(bureau_officer: User) -> None:
    DemandFactory(published=True)

    first, second = (publish_directory(criteria=Criteria(TITLE), by=bureau_officer) for _ in range(2))

    year = timezone.localdate().year
    assert (first.number, second.number) == (f"双清单-{year}-0001", f"双清单-{year}-0002")
    entry = AuditEntry.objects.filter(action="directory.published").first()
    assert entry is not None
    assert entry.file_sha256 == second.digest


def test_a_published_directory_does_not_follow_later_changes(bureau_officer: User) -> None:
    demand = DemandFactory(published=True, title="旧名称")
    directory = publish_directory(criteria=Criteria(TITLE), by=bureau_officer)

    demand.title = "新名称"
    demand.save()

    kept = Directory.objects.get(pk=directory.pk)
    assert kept.demands[0]["title"] == "旧名称"
    assert digest_of(kept.snapshot) == kept.digest


def test_an_empty_directory_is_not_published(bureau_officer: User) -> None:
    with pytest.raises(BadInput, match="清单会是空的"):
        publish_directory(criteria=Criteria(TITLE), by=bureau_officer)
    assert not Directory.objects.exists()


@pytest.mark.parametrize(
    ("criteria", "field"),
    [
        (Criteria(" "), "title"),
        (Criteria("长" * 121), "title"),
        (Criteria(TITLE, side="none"), "side"),
        (Criteria(TITLE, order="random"), "order"),
        (Criteria(TITLE, top=9), "top"),
        (Criteria(TITLE, since=dt.date(2026, 5, 1), until=dt.date(2026, 4, 1)), "since"),
    ],
)
def test_a_choice_that_does_not_exist_is_refused_at_its_field(criteria: Criteria, field: str) -> None:
    with pytest.raises(BadInput) as refusal:
        criteria.checked()
    assert refusal.value.field == field


def test_only_the_bureau_publishes_and_withdraws(
    bureau_officer: User, county_officer: User, stranger: User
) -> None:
    DemandFactory(published=True)
    directory = publish_directory(criteria=Criteria(TITLE), by=bureau_officer)

    for person in (county_officer, stranger):
        with pytest.raises(NotAllowed, match="发布双向清单"):
            publish_directory(criteria=Criteria(TITLE), by=person)
        with pytest.raises(NotAllowed):
            withdraw_directory(directory=directory, reason="有误", by=person)


def test_a_withdrawn_directory_says_why_and_cannot_be_read_or_withdrawn_again(bureau_officer: User) -> None:
    DemandFactory(published=True)
    directory = publish_directory(criteria=Criteria(TITLE), by=bureau_officer)

    with pytest.raises(BadInput, match="撤回原因"):
        withdraw_directory(directory=directory, reason="  ", by=bureau_officer)
    withdraw_directory(directory=directory, reason="预算单位有误。", by=bureau_officer)

    assert directory_for(directory.public_id).is_withdrawn
    with pytest.raises(NotAllowed, match="预算单位有误"):
        readable(directory.public_id)
    with pytest.raises(NotAllowed, match="已经撤回"):
        withdraw_directory(directory=directory, reason="再撤", by=bureau_officer)
    assert AuditEntry.objects.filter(action="directory.withdrawn", reason="预算单位有误。").exists()


def test_the_database_refuses_a_withdrawal_without_a_reason(bureau_officer: User) -> None:
    DemandFactory(published=True)
    directory = publish_directory(criteria=Criteria(TITLE), by=bureau_officer)

    with pytest.raises(IntegrityError), transaction.atomic():
        Directory.objects.filter(pk=directory.pk).update(withdrawn_at=timezone.now())


def test_a_directory_that_never_was_is_not_found() -> None:
    with pytest.raises(NotFound):
        directory_for("00000000-0000-0000-0000-000000000001")


def test_the_workbook_holds_both_lists_and_the_evidence(
    bureau_officer: User, indexed: Callable[[], None], tmp_path: Path
) -> None:
    demand, achievement = (
        DemandFactory(published=True, title="=1+1 高盐印染废水回收"),
        AchievementFactory(published=True),
    )
    indexed()
    directory = publish_directory(criteria=Criteria(TITLE), by=bureau_officer)

    write_directory(directory, tmp_path / "清单.xlsx")

    book = load_workbook(tmp_path / "清单.xlsx")
    assert book.sheetnames == ["技术需求清单", "匹配依据", "科技成果清单"]
    cells = [str(cell.value) for row in book["技术需求清单"].iter_rows() for cell in row]
    assert demand.number in cells
    assert demand.title in cells
    assert all(cell.data_type != "f" for row in book["技术需求清单"].iter_rows() for cell in row)
    evidence = [[cell.value for cell in row] for row in book["匹配依据"].iter_rows()]
    assert any(achievement.number in row for row in evidence)


def test_the_document_is_a4_with_its_number_and_a_heading_row_on_every_page(
    bureau_officer: User, indexed: Callable[[], None]
) -> None:
    demand = DemandFactory(published=True)
    AchievementFactory(published=True)
    indexed()
    directory = publish_directory(criteria=Criteria(TITLE), by=bureau_officer)
    out = BytesIO()

    write_document(directory, out)

    document = Document(BytesIO(out.getvalue()))
    section = document.sections[0]
    assert section.page_width is not None
    assert section.page_height is not None
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (297, 210)
    lines = [paragraph.text for paragraph in document.paragraphs]
    assert lines[:2] == [TITLE, directory.number]
    assert any(
        line.startswith("本清单收入技术需求 1 项、科技成果 1 项，其中 1 项需求列有匹配成果") for line in lines
    )
    assert len(document.tables) == 2
    for table in document.tables:
        assert "w:tblHeader" in table.rows[0]._tr.xml
    assert document.tables[0].cell(1, 1).text == demand.number
    assert "PAGE" in section.footer._element.xml
    assert section.footer.paragraphs[0].text.startswith("—")
