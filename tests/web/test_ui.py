"""The words of templates, the parts, and how a view answers."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.conf import settings as django_settings
from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Paginator
from django.http import Http404
from django.template import Context, Template, TemplateSyntaxError, engines
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import timezone

from keqiao.web.rendering import account_for, is_part_request, paginate, render_part, site
from keqiao.web.styleguide import SampleDemandForm, styleguide
from keqiao.web.templatetags import ui

WEB = Path(ui.__file__).resolve().parent.parent
TEMPLATES = sorted(p for p in (WEB / "templates").rglob("*.html") if "mail" not in p.parts)
OWN = [p for p in TEMPLATES if p.parent.name in ("_parts", "errors") or p.parent.name == "templates"]
ERROR_PAGES = ["400", "403", "404", "409", "422", "429", "500", "503", "general"]


def say(source: str, **context: Any) -> str:
    request = context.pop("request", RequestFactory().get("/"))
    return Template(source).render(Context({"request": request, **context}))


@pytest.fixture
def visitor() -> Any:
    """A request of somebody who has not signed in."""
    request = RequestFactory().get("/", {"q": "番茄", "page": "3"})
    request.user = AnonymousUser()
    request._messages = []  # type: ignore[attr-defined]  # what the message middleware would put there
    return request


# ── money, days ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("yuan", "words"),
    [
        (1_200_000, "120 万元"),
        (Decimal("1234500"), "123.45 万元"),
        (18_600_000, "1,860 万元"),
        (450_000_000, "4.5 亿元"),
        (800, "800 元"),
        (0, "0 元"),
        (-30_000, "-3 万元"),
        (None, "面议"),
        ("", "面议"),
        ("约二十", "约二十"),
        (Decimal("NaN"), "NaN"),
        (10_000, "1 万元"),
        (Decimal("9999.999"), "10,000 元"),
    ],
)
def test_an_officer_reads_money_in_the_unit_she_would_write(yuan: Any, words: str) -> None:
    assert ui.money_wan(yuan) == words


def test_a_day_of_another_year_carries_its_year() -> None:
    this_year = timezone.localdate().year
    assert ui.day(date(this_year, 11, 3)) == "11 月 3 日"
    assert ui.day(date(2019, 11, 3)) == "2019 年 11 月 3 日"
    assert ui.day(None) == "未定"


def test_a_moment_is_told_on_the_clock_of_shanghai() -> None:
    assert ui.moment(datetime(2019, 1, 1, 16, 30, tzinfo=UTC)) == "2019 年 1 月 2 日 00:30"


@pytest.mark.parametrize(
    ("gone", "words"),
    [
        (timedelta(seconds=20), "刚刚"),
        (timedelta(minutes=5), "5 分钟前"),
        (timedelta(hours=3), "今天 09:00"),
        (timedelta(hours=20), "昨天"),
        (timedelta(days=2), "前天"),
        (timedelta(days=9), "9 天前"),
        (timedelta(days=-3), "3 天后"),
    ],
)
def test_how_long_ago_is_said_as_people_say_it(gone: timedelta, words: str) -> None:
    noon = datetime(2026, 6, 15, 4, 0, tzinfo=UTC)  # noon in Shanghai
    assert ui.ago(noon - gone, noon) == words


def test_a_deadline_says_how_many_days_are_left_or_lost() -> None:
    today = date(2026, 11, 22)
    assert ui.remaining(date(2026, 12, 31), today) == "还剩 39 天"
    assert ui.remaining(today, today) == "今天截止"
    assert ui.remaining(date(2026, 11, 20), today) == "已过期 2 天"
    assert ui.remaining(None) == ""


# ── marked text, differences ─────────────────────────────────────────────────


def test_hits_are_marked_and_everything_else_is_escaped() -> None:
    html = say("{{ text|marked }}", text=[("<b>枝叶", False), ("遮挡&", True), ("重叠", "rel")])
    assert html == '&lt;b&gt;枝叶<mark>遮挡&amp;</mark><mark class="rel">重叠</mark>'


def test_text_without_segments_is_only_escaped() -> None:
    assert say("{{ text|marked }}", text="<script>") == "&lt;script&gt;"
    assert say("{{ text|marked }}", text=None) == ""


def test_a_changed_number_is_shown_whole_and_not_by_its_digits() -> None:
    left, right = ui.diff_segments("预算 80 万元", "预算 120 万元")
    assert ("80", "del") in left
    assert ("120", "ins") in right


@pytest.mark.parametrize(
    ("old", "new"), [("", "新"), ("识别率 90%", "识别率不低于 95%"), ("同", "同"), ("甲" * 2000, "乙" * 9)]
)
def test_both_sides_of_a_difference_keep_their_whole_text(old: str, new: str) -> None:
    left, right = ui.diff_segments(old, new)
    assert "".join(text for text, _ in left) == old
    assert "".join(text for text, _ in right) == new


def test_a_field_that_was_empty_before_says_so_in_the_difference() -> None:
    html = render_to_string(
        "_parts/diff.html", {"changes": [{"label": "现有基础", "old": None, "new": "<二代样机>"}]}
    )
    assert "未填" in html
    assert '<mark class="ins">&lt;二代样机&gt;</mark>' in html


# ── icons, chips, addresses ──────────────────────────────────────────────────


def test_an_icon_is_decoration_unless_it_is_given_words() -> None:
    assert 'aria-hidden="true"' in say('{% icon "search" %}')
    assert 'role="img" aria-label="搜索"' in say('{% icon "search" "搜索" %}')


def test_a_misspelt_icon_is_refused_when_the_template_is_read_with_names_that_are_near() -> None:
    with pytest.raises(TemplateSyntaxError, match="circle-check"):
        Template('{% icon "circle-chek" %}')


def test_an_unknown_icon_from_data_does_not_break_the_page() -> None:
    assert "#circle" in say("{% icon name %}", name="no-such-icon")


def test_a_chip_escapes_its_text_and_ignores_a_tone_that_does_not_exist() -> None:
    assert say('{% chip text "green" %}', text="<中试>") == '<span class="chip green">&lt;中试&gt;</span>'
    assert say('{% chip "中试" tone %}', tone='x" onclick="') == '<span class="chip">中试</span>'


def test_turning_the_page_keeps_the_search_and_changing_the_search_goes_to_page_one() -> None:
    request = RequestFactory().get("/demands/", {"q": "番茄", "f": ["1", "2"], "page": "3"})
    assert (
        say("{% query_with page=4 %}", request=request) == "?q=%E7%95%AA%E8%8C%84&amp;f=1&amp;f=2&amp;page=4"
    )
    assert say("{% query_with f=None %}", request=request) == "?q=%E7%95%AA%E8%8C%84"
    assert say("{% query_with q=None f=None %}", request=request) == "/demands/"


@pytest.mark.parametrize(
    ("number", "pages", "shown"),
    [
        (1, 1, [1]),
        (1, 62, [1, 2, 3, None, 62]),
        (5, 62, [1, 2, 3, 4, 5, 6, 7, None, 62]),
        (30, 62, [1, None, 28, 29, 30, 31, 32, None, 62]),
    ],
)
def test_page_numbers_are_elided_but_never_to_hide_a_single_page(
    number: int, pages: int, shown: list[int | None]
) -> None:
    assert list(ui.page_numbers(Paginator(range(pages), 1).page(number))) == shown


def test_a_bar_never_leaves_its_frame() -> None:
    assert 'width="100.0%"' in ui.bar(180, 100)
    assert 'width="0.0%"' in ui.bar(None, 100)
    assert 'width="0.0%"' in ui.bar(5, 0)


# ── fields ───────────────────────────────────────────────────────────────────


class OneField(forms.Form):
    title = forms.CharField(label="需求名称", help_text="一句话说清。", max_length=60)


def test_a_screen_reader_hears_the_help_and_the_error_with_the_field() -> None:
    html = say("{% field form.title counter=60 %}", form=OneField({"title": ""}))
    assert 'aria-describedby="id_title_help id_title_err id_title_count"' in html
    assert 'aria-invalid="true"' in html
    assert {"id_title_help", "id_title_err", "id_title_count"} <= set(re.findall(r' id="([\w-]+)"', html))
    assert 'class="req"' in html


def test_a_field_without_errors_describes_only_its_help() -> None:
    html = say("{% field form.title %}", form=OneField())
    assert 'aria-describedby="id_title_help"' in html
    assert "aria-invalid" not in html


def test_the_error_summary_counts_and_links_to_each_field() -> None:
    html = say(
        '{% include "_parts/form_errors.html" %}',
        form=SampleDemandForm({"body": "需要机器人。", "tier": "2", "modes": ["a"]}),
    )
    assert "有 4 处需要修改" in html
    assert 'href="#id_title"' in html


def test_a_form_without_errors_has_no_summary() -> None:
    assert say('{% include "_parts/form_errors.html" %}', form=OneField({"title": "番茄采摘"})).strip() == ""


class Budget(forms.Form):
    title = forms.CharField(label="需求名称")
    budget = forms.DecimalField(label="预算", widget=forms.TextInput)
    until = forms.DateField(
        label="截止日期", error_messages={"required": "没有截止日期的需求不公开，请写明。"}
    )
    field = forms.ChoiceField(label="技术领域", choices=[("1", "新材料")])


def test_a_mistake_is_told_with_what_was_written_and_what_to_write() -> None:
    found = [error["text"] for error in ui.error_list(Budget({"budget": "约二十", "until": "年底"}))]
    assert found == [
        "请填写需求名称。",
        "“约二十”不是数字，请只写数字，例如 20。",
        "“年底”不是日期，请写成 2026-11-30 这样。",
        "请选择技术领域。",
    ]


def test_words_that_a_form_has_chosen_itself_are_kept() -> None:
    form = Budget({"title": "番茄采摘", "budget": "20", "field": "1"})
    assert "没有截止日期的需求不公开，请写明。" in say("{% field form.until %}", form=form)


# ── answers ──────────────────────────────────────────────────────────────────


def test_htmx_gets_the_part_and_a_browser_the_page(visitor: Any, settings: Any, tmp_path: Path) -> None:
    (tmp_path / "list.html").write_text(
        "<html>{% partialdef results inline %}<p id=results>{{ n }}</p>{% endpartialdef %}</html>",
        encoding="utf-8",
    )
    settings.TEMPLATES = [
        {**django_settings.TEMPLATES[0], "DIRS": [*django_settings.TEMPLATES[0]["DIRS"], tmp_path]}
    ]

    def answer(**headers: str) -> Any:
        request = RequestFactory().get("/", headers=headers)
        request.user = visitor.user
        request._messages = []  # type: ignore[attr-defined]
        return render_part(request, "list.html", "results", {"n": 7})

    whole, part = answer(), answer(hx_request="true")
    restored = answer(hx_request="true", hx_history_restore_request="true")

    assert whole.content == b"<html><p id=results>7</p></html>"
    assert part.content == b"<p id=results>7</p>"
    assert restored.content == whole.content
    assert "HX-Request" in part["Vary"]
    assert "HX-Request" in whole["Vary"]


def test_a_boosted_link_is_answered_with_the_whole_page() -> None:
    assert is_part_request(RequestFactory().get("/", headers={"HX-Request": "true"}))
    assert not is_part_request(
        RequestFactory().get("/", headers={"HX-Request": "true", "HX-Boosted": "true"})
    )
    assert not is_part_request(RequestFactory().get("/"))


@pytest.mark.parametrize(
    ("asked", "number"), [("3", 3), ("999", 5), ("0", 5), ("-1", 5), ("abc", 1), ("", 1)]
)
def test_a_page_that_is_not_there_becomes_the_nearest_one(asked: str, number: int) -> None:
    page = paginate(range(100), RequestFactory().get("/", {"page": asked}))
    assert page.number == number


def test_a_reader_chooses_only_among_offered_page_lengths() -> None:
    assert paginate(range(500), RequestFactory().get("/", {"per_page": "100"})).paginator.per_page == 100
    assert paginate(range(500), RequestFactory().get("/", {"per_page": "100000"})).paginator.per_page == 20


def test_a_known_total_is_not_counted_again_and_deep_pages_are_cut() -> None:
    class Uncountable(list[int]):
        def count(self, *_: Any) -> int:
            raise AssertionError("counted")

    page = paginate(
        Uncountable(range(40)), RequestFactory().get("/", {"page": "40000"}), count=1_000_000, max_pages=2
    )
    assert (page.number, page.paginator.count, list(page)) == (2, 1_000_000, list(range(20, 40)))
    html = render_to_string("_parts/pagination.html", {"page": page}, request=RequestFactory().get("/"))
    assert "共 1,000,000 条" in html
    assert "只列前 2 页" in html


def test_the_header_offers_sign_in_to_a_visitor_without_a_query(visitor: Any) -> None:
    assert account_for(visitor).signed_in is False
    assert site(visitor)["bureau_name"] == django_settings.KEQIAO_BUREAU_NAME


# ── the parts together ───────────────────────────────────────────────────────


@pytest.mark.parametrize("side", ["public", "desk"])
def test_the_style_guide_shows_every_part_on_both_layouts(side: str, visitor: Any, settings: Any) -> None:
    settings.DEBUG = True
    html = styleguide(visitor, side).content.decode()
    for word in (
        "办理时钟",
        "需求质量",
        "筛选",
        "没有提交：有 5 处需要修改",
        "待核实",
        "<mark>单果采摘</mark>",
        "下一页",
    ):
        assert word in html
    assert len(re.findall(r"<h1", html)) == (2 if side == "public" else 1)


def test_the_style_guide_is_not_served_to_the_public(visitor: Any, settings: Any) -> None:
    settings.DEBUG = False
    with pytest.raises(Http404):
        styleguide(visitor)


@pytest.mark.parametrize("code", ERROR_PAGES)
def test_an_error_page_says_what_to_do_next(code: str, visitor: Any) -> None:
    html = render_to_string(f"errors/{code}.html", {}, request=visitor)
    assert "怎么办" in html
    assert html.count("<h1>") == 1


def test_a_refusal_in_its_own_words_takes_the_place_of_the_general_ones(visitor: Any) -> None:
    html = render_to_string(
        "errors/409.html", {"message": "需求已于 3 月 2 日关闭，不能再报价。"}, request=visitor
    )
    assert "需求已于 3 月 2 日关闭" in html
    assert "怎么办" not in html


def test_the_page_for_a_broken_server_needs_neither_request_nor_database() -> None:
    assert "刚才的操作没有保存" in render_to_string("errors/500.html")


# ── the policy of the house ──────────────────────────────────────────────────


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(WEB / "templates")))
def test_no_template_carries_a_script_a_style_or_an_address_of_another_site(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"\son[a-z]+\s*=(?!=)", text)
    assert not re.search(r"<style|javascript:", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"(src|href)=[\"']https?:", text)


@pytest.mark.parametrize("path", OWN, ids=lambda p: str(p.relative_to(WEB / "templates")))
def test_every_part_can_be_read_by_the_template_engine(path: Path) -> None:
    assert engines["django"].get_template(str(path.relative_to(WEB / "templates")))


def test_everything_vendored_travels_with_its_licence() -> None:
    for folder in (WEB / "static" / "keqiao" / "vendor").iterdir():
        if folder.is_dir():
            assert (folder / "LICENSE.txt").stat().st_size > 200


@pytest.mark.parametrize(
    "path", sorted((WEB / "static" / "keqiao" / "css").glob("*.css")), ids=lambda p: p.name
)
def test_the_stylesheet_uses_only_tokens_that_exist_and_fetches_nothing(path: Path) -> None:
    tokens = (WEB / "static" / "keqiao" / "css" / "tokens.css").read_text(encoding="utf-8")
    text = path.read_text(encoding="utf-8")
    assert set(re.findall(r"var\((--[\w-]+)", text)) <= set(re.findall(r"(--[\w-]+):", tokens))
    assert "http" not in re.sub(r'a\[href\^="http"\]', "", text)
    assert text.count("{") == text.count("}")
