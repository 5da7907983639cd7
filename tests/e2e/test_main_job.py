"""Two lists in, explained matches out: by hand, in a browser, as the README says."""

from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from playwright.sync_api import Page, expect

from keqiao.matching.index import drain
from keqiao.people.models import User
from keqiao.registry.achievement.models import Achievement
from keqiao.registry.demand.models import Demand
from keqiao.registry.intake.models import IntakeRun

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

DEMANDS = [
    ["需求名称", "需求单位", "所在县区", "需求内容", "技术指标", "预算(万元)"],
    ["印染废水膜法回用", "示例纺织有限公司", "蚌埠市固镇县", "印染废水经生化后盐度高，希望用膜法处理后回用，结垢要少。", "回用率≥70%；产水电导率≤300μS/cm", "1,200万"],
    ["番茄采摘机器人遮挡识别", "示例农机有限公司", "蚌埠市怀远县", "温室番茄被枝叶遮挡时识别率低，希望提高遮挡下果实的识别与定位。", "遮挡识别率≥95%", "120"],
    ["", "示例无名有限公司", "蚌埠市五河县", "这一行没有名称，应当被退回。", "", "10"],
]  # fmt: skip
ACHIEVEMENTS = [
    ["成果名称", "完成单位", "成果简介", "成熟度", "转化方式"],
    ["超滤反渗透双膜法印染废水回用工艺", "示例工业大学", "用超滤和反渗透双膜处理印染废水，抑制结垢，回用率72%，产水电导率260μS/cm。", "通过中试", "许可"],
    ["双目视觉番茄采摘机械手", "示例农业大学", "双目相机对重叠遮挡的番茄果实进行识别与定位，识别率96%，单果采摘5.2秒。", "已有样品", "转让"],
    ["建筑垃圾再生骨料制砖", "示例建材研究院", "将建筑垃圾破碎筛分后制备再生骨料砖，强度达到MU15。", "可以量产", "转让"],
]  # fmt: skip


def workbook(path: Path, rows: list[list[str]]) -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def bring_in(page: Page, file: Path) -> None:
    """Upload, agree to the columns, write."""
    page.goto(page.url.split("/desk/")[0] + "/desk/intake/new/")
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="上传并核对列").click()
    page.get_by_role("button", name="确认列对应，检查内容").click()
    page.get_by_role("button", name="确认写入").click()
    expect(page.get_by_text("读入").first).to_be_visible()
    expect(page.get_by_text("新增").first).to_be_visible()


def test_an_officer_turns_two_spreadsheets_into_explained_matches_and_a_list(
    open_page: Callable[..., Page], codes: None, bureau_officer: User, tmp_path: Path
) -> None:
    page = open_page("/desk/", user=bureau_officer)

    bring_in(page, workbook(tmp_path / "技术需求.xlsx", DEMANDS))
    run = IntakeRun.objects.get()
    assert (run.new_count, run.rejected_count) == (2, 1)
    with page.expect_download() as waiting:
        page.get_by_text("下载退回的").first.click()
    waiting.value.save_as(tmp_path / "退回.xlsx")
    returned = load_workbook(tmp_path / "退回.xlsx")
    assert any("无名" in str(cell.value) for sheet in returned for row in sheet.rows for cell in row)
    bring_in(page, workbook(tmp_path / "科技成果.xlsx", ACHIEVEMENTS))
    assert (Demand.objects.count(), Achievement.objects.count()) == (2, 3)
    drain()

    demand = Demand.objects.get(title="印染废水膜法回用")
    assert demand.budget_yuan == 12_000_000
    stranger = open_page(f"/demands/{demand.public_id}/")
    match = stranger.locator(".match", has_text="超滤反渗透双膜法印染废水回用工艺").first
    expect(match).to_contain_text("强相关")
    assert match.locator("mark").count() > 2
    assert "建筑垃圾" not in stranger.locator(".match").first.inner_text()

    page.goto(page.url.split("/desk/")[0] + "/directory/desk/new/")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="发布", exact=False).first.click()
    confirm = page.locator("dialog[open] button.primary, dialog[open] button[type=submit]")
    if confirm.count():
        confirm.first.click()
    expect(page.get_by_text("双清单").first).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_text("下载 Excel").first.click()
    waiting.value.save_as(tmp_path / "清单.xlsx")
    listed = load_workbook(tmp_path / "清单.xlsx")
    words = " ".join(str(cell.value) for sheet in listed for row in sheet.rows for cell in row)
    assert "印染废水膜法回用" in words
    assert "超滤反渗透双膜法印染废水回用工艺" in words


@pytest.mark.looks
def test_the_filters_of_a_list_survive_the_back_button(
    open_page: Callable[..., Page], codes: None, bureau_officer: User, tmp_path: Path
) -> None:
    page = open_page("/desk/", user=bureau_officer)
    bring_in(page, workbook(tmp_path / "科技成果.xlsx", ACHIEVEMENTS))
    drain()
    page = open_page("/achievements/?q=番茄")
    expect(page.get_by_text("双目视觉番茄采摘机械手").first).to_be_visible()
    assert page.get_by_text("建筑垃圾再生骨料制砖").count() == 0

    page.get_by_role("link", name="双目视觉番茄采摘机械手").first.click()
    page.wait_for_load_state("networkidle")
    page.go_back(wait_until="networkidle")

    assert "q=" in page.url
    assert page.get_by_text("建筑垃圾再生骨料制砖").count() == 0


def test_an_enterprise_writes_a_demand_on_the_phone_and_finds_the_draft_again(
    open_page: Callable[..., Page], codes: None, enterprise_user: User
) -> None:
    page = open_page("/desk/demand/new/", user=enterprise_user, width=390)

    page.fill("[name=title]", "高盐废水中硫酸钠回收")
    page.fill("[name=content]", "现用反渗透处理废水，每天600吨，浓水无处去，希望回收硫酸钠。")
    expect(page.locator("[data-autosave-status]")).to_contain_text("保存", timeout=20_000)
    page.wait_for_function("document.querySelector('[data-autosave-status]').innerText.includes('已保存')")

    page.reload(wait_until="networkidle")
    again = open_page("/desk/mine/", user=enterprise_user, width=390)
    expect(again.get_by_text("高盐废水中硫酸钠回收").first).to_be_visible()
    assert Demand.objects.filter(title="高盐废水中硫酸钠回收").count() == 1


@pytest.mark.looks
@pytest.mark.parametrize("path", ["/", "/demands/", "/search?q=废水", "/account/sign-in"])
def test_the_public_pages_work_without_javascript(
    open_page: Callable[..., Page], codes: None, path: str
) -> None:
    page = open_page(path, script=False)

    expect(page.locator("h1").first).to_be_visible()
    assert page.locator("form").count() > 0
