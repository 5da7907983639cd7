"""A file on its way in, as people see it: upload, columns, check, write, result."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from keqiao.core.audit import AuditEntry
from keqiao.people.models import User
from keqiao.registry.achievement.models import Achievement
from keqiao.registry.demand.models import Demand
from keqiao.registry.intake.models import IntakeRun, RunState
from keqiao.registry.intake.runner import start
from keqiao.registry.records.enums import Status
from keqiao.web.intake import jobs
from tests.factories.registry import DemandFactory
from tests.web.intake.conftest import HEADINGS, lines, row, workbook

pytestmark = pytest.mark.django_db
Upload = Callable[..., IntakeRun]
Browser = Callable[[User], Client]


def address(name: str, run: IntakeRun) -> str:
    return reverse(f"intake:{name}", args=[run.public_id])


def page(browser: Client, name: str, run: IntakeRun, **query: Any) -> str:
    response = browser.get(address(name, run), query)
    assert response.status_code == 200
    return str(response.content.decode())


def test_two_lists_go_in_by_five_clicks(
    signed_in: Browser, bureau_officer: User, upload: Upload, confirm: Any
) -> None:
    browser = signed_in(bureau_officer)
    run = upload(browser, workbook([row(1), row(2), row(3, 需求名称="")]))

    columns = page(browser, "mapping", run)
    assert "第1号涂层附着力提升" in columns
    assert "单位按列名取“万元”" in columns
    assert not Demand.objects.exists()

    assert confirm(browser, run)["Location"] == address("check", run)
    checked = page(browser, "check", run)
    assert "需求名称是必填项" in checked
    assert "确认写入 2 行" in checked
    assert not Demand.objects.exists()

    written = browser.post(address("write", run), {"mode": "good_rows", "land_as": "published"})
    assert written["Location"] == address("run", run)
    result = page(browser, "run", run)
    assert "读入 3 行 = 新增 2 + 更新 0 + 未变 0 + 退回 1。" in result
    assert "下载退回的 1 行" in result
    assert Demand.objects.published().count() == 2
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {
        "intake.received", "intake.mapped", "intake.checked", "intake.started", "intake.finished",
    }  # fmt: skip


def test_the_rejected_rows_come_back_as_a_workbook_and_taking_them_is_recorded(
    signed_in: Browser, bureau_officer: User, upload: Upload, confirm: Any
) -> None:
    browser = signed_in(bureau_officer)
    run = upload(browser, workbook([row(1), row(2, 需求名称="")]))
    confirm(browser, run)
    browser.post(address("write", run), {"mode": "good_rows", "land_as": "published"})

    response = browser.get(address("rejected", run))

    sheet = load_workbook(BytesIO(response.content))["待改正的行"]
    assert [cell.value for cell in sheet[1]][1:3] == ["序号", "需求名称"]
    assert sheet.cell(2, 3).comment is not None
    assert "2026%E5%B9%B4%E9%9C%80%E6%B1%82-%E9%80%80%E5%9B%9E.xlsx" in response["Content-Disposition"]
    assert AuditEntry.objects.filter(action="intake.rejected_taken", row_count=1).exists()


def test_none_is_written_when_the_officer_asks_for_all_or_none(
    signed_in: Browser, bureau_officer: User, upload: Upload, confirm: Any
) -> None:
    browser = signed_in(bureau_officer)
    run = upload(browser, workbook([row(1), row(2, 需求名称="")]))
    confirm(browser, run)

    browser.post(address("write", run), {"mode": "all_or_none", "land_as": "published"})

    result = page(browser, "run", run)
    assert "没有写入任何一行" in result
    assert "下载退回的 1 行" in result
    assert not Demand.objects.exists()


def test_a_column_taken_for_two_fields_or_a_missing_one_is_explained_and_the_choice_is_kept(
    signed_in: Browser, bureau_officer: User, upload: Upload, confirm: Any
) -> None:
    browser = signed_in(bureau_officer)
    run = upload(browser, workbook([row(1)]))
    content = run.headings.index("需求内容")

    missing = confirm(browser, run, **{f"column-{content}": ""})
    twice = confirm(browser, run, **{f"column-{content}": "title"})

    assert missing.status_code == twice.status_code == 422
    assert "缺少必填列：需求内容" in missing.content.decode()
    assert "对应了不止一列" in twice.content.decode()
    assert f'name="column-{content}"' in twice.content.decode()


def test_a_heading_that_is_only_like_a_field_is_marked(
    signed_in: Browser, bureau_officer: User, upload: Upload
) -> None:
    headings = [*HEADINGS]
    headings[4] = "企业主要技术需求内容描述"
    browser = signed_in(bureau_officer)

    run = upload(browser, workbook([row(1)], headings), kind="demand")

    assert "待核对" in page(browser, "mapping", run)


def test_another_kind_is_recognised_anew(
    signed_in: Browser, bureau_officer: User, upload: Upload, confirm: Any
) -> None:
    browser = signed_in(bureau_officer)
    body = lines([{"名称": "双极膜电渗析", "单位": "示例科技大学", "简介": "处理高盐废水。"}])
    run = upload(browser, body, "表.jsonl", kind="resource")

    shown = page(browser, "mapping", run, kind="achievement")

    assert '<option value="summary" selected>成果简介（必填）' in shown
    run.mapping = {"0": "title", "1": "organisation", "2": "summary"}
    confirm(browser, run, kind="achievement")
    browser.post(address("write", run), {"mode": "good_rows", "land_as": "draft"})
    assert Achievement.objects.get().status == Status.DRAFT


def test_another_sheet_of_the_workbook_can_be_chosen(
    signed_in: Browser, bureau_officer: User, upload: Upload, confirm: Any
) -> None:
    browser = signed_in(bureau_officer)
    other = [["成果名称", "完成单位", "成果简介"], ["电渗析", "示例科技大学", "处理高盐废水。"]]
    run = upload(browser, workbook([row(n) for n in range(1, 9)], more={"成果": other}))
    assert run.origin.sheet == "需求"
    assert "换一张工作表" in page(browser, "mapping", run)

    browser.post(address("sheet", run), {"sheet": "成果"})

    run.refresh_from_db()
    assert (run.kind, run.headings[0], run.row_total) == ("achievement", "成果名称", 1)
    assert "电渗析" in page(browser, "mapping", run)


@pytest.mark.parametrize(
    ("name", "body", "says"),
    [
        ("需求.xls", b"\xd0\xcf\x11\xe0" + b"x" * 99, "另存为"),
        ("需求.xlsx", b"", "空的（0 字节）"),
        ("需求.pdf", b"%PDF-1.7", "不在可读取的格式内"),
        ("需求.csv", "需求名称,需求单位,需求内容\n".encode(), "下面没有数据"),
        ("需求.jsonl", b"[1,2]", "JSON 数组"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_on_the_page_with_what_to_do(
    signed_in: Browser, bureau_officer: User, name: str, body: bytes, says: str
) -> None:
    response = signed_in(bureau_officer).post(
        reverse("intake:upload"), {"file": SimpleUploadedFile(name, body)}
    )

    shown = response.content.decode()
    assert response.status_code == 422
    assert "没有收下，什么也没有写入" in shown
    assert says in shown
    assert not IntakeRun.objects.exists()


def test_no_file_at_all_is_said_too(signed_in: Browser, bureau_officer: User) -> None:
    response = signed_in(bureau_officer).post(reverse("intake:upload"), {})

    assert response.status_code == 422
    assert "没有收到文件" in response.content.decode()


def test_the_site_sets_how_large_a_file_may_be(
    signed_in: Browser, bureau_officer: User, settings: Any
) -> None:
    settings.KEQIAO_UPLOAD_MB = 1
    body = b"a,b\n" + b"x" * (1024 * 1024 + 10)

    response = signed_in(bureau_officer).post(
        reverse("intake:upload"), {"file": SimpleUploadedFile("大.csv", body)}
    )

    assert response.status_code == 422
    assert "超过上限 1 MB" in response.content.decode()


def test_a_place_in_the_file_is_named(signed_in: Browser, bureau_officer: User) -> None:
    body = "需求名称,需求单位,需求内容\n甲,乙,丙\n丁,戊,\0己\n".encode()

    response = signed_in(bureau_officer).post(
        reverse("intake:upload"), {"file": SimpleUploadedFile("需求.csv", body)}
    )

    assert "第 3 行" in response.content.decode()


def test_the_same_file_again_says_so_and_changes_nothing(
    signed_in: Browser, bureau_officer: User, upload: Upload, confirm: Any
) -> None:
    browser, body = signed_in(bureau_officer), workbook([row(1), row(2)])
    first = upload(browser, body)
    confirm(browser, first)
    browser.post(address("write", first), {"mode": "good_rows", "land_as": "published"})

    again = upload(browser, body)

    assert "同一文件已于" in page(browser, "mapping", again)
    confirm(browser, again)
    browser.post(address("write", again), {"mode": "good_rows", "land_as": "published"})
    again.refresh_from_db()
    assert (again.new_count, again.unchanged_count) == (0, 2)


def test_a_changed_row_is_shown_with_what_it_said_before(
    signed_in: Browser, bureau_officer: User, upload: Upload, confirm: Any
) -> None:
    browser = signed_in(bureau_officer)
    for budget in (50, 80):
        run = upload(browser, workbook([row(1, **{"投入预算（万元）": budget})]))
        confirm(browser, run)
        browser.post(address("write", run), {"mode": "good_rows", "land_as": "published"})

    shown = page(browser, "run", run)

    assert "改动了哪些" in shown
    assert "第 2 版（本次导入）" in shown
    assert "500,000" in shown.replace('<mark class="del">', "").replace("</mark>", "")


def test_a_row_that_is_nearly_a_known_demand_is_shown_beside_it(
    signed_in: Browser, bureau_officer: User, upload: Upload, confirm: Any, indexed: Callable[[], None]
) -> None:
    known = DemandFactory(
        published=True,
        title="第1号涂层附着力提升技术",
        content="现有涂层在盐雾试验 240 小时后起泡，需要提高附着力。",
    )
    indexed()
    browser = signed_in(bureau_officer)
    run = upload(browser, workbook([row(1)]))
    confirm(browser, run)

    assert address("near", run) in page(browser, "check", run)
    part = browser.get(address("near", run), headers={"HX-Request": "true"}).content.decode()

    assert known.number in part
    assert "<mark" in part
    assert "比对完了" in part


def test_a_county_officer_is_offered_review_not_publication(
    signed_in: Browser, county_officer: User, upload: Upload, confirm: Any
) -> None:
    browser = signed_in(county_officer)
    run = upload(browser, workbook([row(1), row(2, 所在县区="安徽省蚌埠市怀远县")]))
    confirm(browser, run)

    shown = page(browser, "check", run)
    refused = browser.post(address("write", run), {"mode": "good_rows", "land_as": "published"})

    assert "直接发布" not in shown
    assert "不属于您的辖区" in shown
    assert refused.status_code == 422
    browser.post(address("write", run), {"mode": "good_rows", "land_as": "city_review"})
    assert Demand.objects.get().status == Status.CITY_REVIEW


def test_people_without_the_act_are_told_who_imports(signed_in: Browser, stranger: User) -> None:
    for name in ("intake:run-list", "intake:upload"):
        response = signed_in(stranger).get(reverse(name))
        assert response.status_code == 403
        assert "批量导入" in response.content.decode()


def test_a_run_of_another_county_answers_like_one_that_does_not_exist(
    signed_in: Browser, county_officer: User, other_county_officer: User, upload: Upload
) -> None:
    run = upload(signed_in(county_officer), workbook([row(1)]))
    browser = signed_in(other_county_officer)

    for name in ("run", "mapping", "check", "near", "rejected"):
        assert browser.get(address(name, run)).status_code == 404
    for name in ("write", "resume", "abandon", "sheet", "check-again"):
        assert browser.post(address(name, run)).status_code == 404
    assert "2026年需求.xlsx" not in browser.get(reverse("intake:run-list")).content.decode()


def test_the_history_shows_who_what_when_and_the_counts(
    signed_in: Browser, bureau_officer: User, county_officer: User, upload: Upload
) -> None:
    upload(signed_in(county_officer), workbook([row(1)]))

    shown = signed_in(bureau_officer).get(reverse("intake:run-list")).content.decode()

    assert "2026年需求.xlsx" in shown
    assert "固镇小褚" in shown
    assert "已上传，待核对列" in shown


def test_a_run_whose_process_died_is_resumed_from_where_it_stopped(
    signed_in: Browser, bureau_officer: User, upload: Upload
) -> None:
    browser = signed_in(bureau_officer)
    run = upload(browser, workbook([row(n) for n in range(1, 8)]))
    start(run=run, mode="good_rows", land_as="published", by=bureau_officer)
    assert "正在写入" in page(browser, "run", run)
    IntakeRun.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=10))

    stopped = page(browser, "run", run)
    browser.post(address("resume", run))

    assert "继续" in stopped
    run.refresh_from_db()
    assert (run.state, run.new_count) == (RunState.DONE, 7)
    assert AuditEntry.objects.filter(action="intake.resumed").exists()


def test_a_writing_that_fails_says_why_and_can_go_on(
    signed_in: Browser, bureau_officer: User, upload: Upload
) -> None:
    browser = signed_in(bureau_officer)
    run = upload(browser, workbook([row(1)]))
    start(run=run, mode="good_rows", land_as="published", by=bureau_officer)
    body = run.path.read_bytes()
    run.path.unlink()

    jobs.resume_writing(run)
    assert "没有找到导入的文件" in page(browser, "run", run)

    run.path.write_bytes(body)
    browser.post(address("resume", run))
    run.refresh_from_db()
    assert run.state == RunState.DONE


def test_a_run_can_be_given_up_before_it_writes_but_not_after(
    signed_in: Browser, bureau_officer: User, upload: Upload, confirm: Any
) -> None:
    browser = signed_in(bureau_officer)
    run = upload(browser, workbook([row(1)]))

    browser.post(address("abandon", run))

    run.refresh_from_db()
    assert run.state == RunState.ABANDONED
    assert browser.post(address("abandon", run)).status_code == 409
    assert confirm(browser, run).status_code == 302
    assert not Demand.objects.exists()


@pytest.mark.parametrize("kind", ["demand", "achievement", "work"])
def test_forms_can_be_downloaded(signed_in: Browser, institute_user: User, kind: str) -> None:
    response = signed_in(institute_user).get(reverse("intake:template", args=[kind]))

    assert load_workbook(BytesIO(response.content)).sheetnames[1] == "填写说明"


def test_a_form_filled_in_comes_in_without_its_example_row(
    signed_in: Browser, bureau_officer: User, upload: Upload, confirm: Any
) -> None:
    browser = signed_in(bureau_officer)
    book = load_workbook(BytesIO(browser.get(reverse("intake:template", args=["demand"])).content))
    sheet = book.worksheets[0]
    names = [str(cell.value) for cell in sheet[1]]
    filled = {
        "*需求名称": "注塑机节能",
        "*需求单位": "示例注塑有限公司",
        "*需求内容": "每公斤制品电耗要降到 0.4 度以下。",
    }
    sheet.append([filled.get(name) for name in names])
    out = BytesIO()
    book.save(out)

    run = upload(browser, out.getvalue(), "需求清单模板.xlsx")
    confirm(browser, run)
    browser.post(address("write", run), {"mode": "good_rows", "land_as": "published"})

    assert list(Demand.objects.values_list("title", flat=True)) == ["注塑机节能"]


@pytest.mark.django_db(transaction=True)
def test_a_large_file_is_checked_and_written_behind_the_request(
    signed_in: Browser, bureau_officer: User, upload: Upload, confirm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "AT_ONCE", 5)
    waiting: list[Any] = []
    monkeypatch.setattr(jobs, "spawn", waiting.append)
    browser = signed_in(bureau_officer)
    run = upload(browser, workbook([row(n) for n in range(1, 11)]))

    confirm(browser, run)
    assert "正在检查" in page(browser, "check", run)
    waiting.pop()()
    assert "确认写入 10 行" in page(browser, "check", run)
    browser.post(address("write", run), {"mode": "all_or_none", "land_as": "published"})
    assert "正在检查" in page(browser, "check", run)
    waiting.pop()()

    over = browser.get(address("run", run), headers={"HX-Request": "true"})
    assert over["HX-Redirect"] == address("run", run)
    assert "新增 10" in page(browser, "run", run)
