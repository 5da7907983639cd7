"""A book that is written wrongly is refused with the place and what to write instead."""

from typing import Any

import pytest

from keqiao.core.errors import BadInput
from keqiao.rules.book import parse_book

GOOD = {"id": "A", "title": "甲", "measure": "sales", "op": ">=", "bound": 5}
BANDS = [{"at_least": 5, "points": 1}, {"otherwise": True, "points": 0}]


def book(**parts: Any) -> dict[str, Any]:
    """A book of one version with one good condition; parts of the version given take their place."""
    version = {"id": "v", "valid_from": "2020-01-01", "source": "示例", "conditions": [GOOD]}
    return {"name": "made", "title": "示例", "versions": [version | parts]}


def condition(**parts: Any) -> dict[str, Any]:
    return book(conditions=[{"id": "A", "title": "甲"} | parts])


def score(**parts: Any) -> dict[str, Any]:
    return book(scores=[{"id": "S", "title": "分", "most": 10} | parts])


WRONG = [
    (None, "这里应是“名称: 内容”"),
    ({"name": "made", "title": "示例"}, "缺少“versions”"),
    (book(conditions=3), "这里应是一张清单"),
    (book(conditions=[]), "没有一条条件"),
    (book(conditions=[GOOD, GOOD]), "编号“A”用了两次"),
    (book(valid_to="2019-01-01"), "失效日期 2019-01-01 早于生效日期 2020-01-01"),
    (book(valid_from="明年"), "“明年”不是日期"),
    (book(extra=1), "没有“extra”这一项"),
    (book(values=[1]), "每个参数一项"),
    (book(values={"sales": {"title": "a", "value": 1}}), "与数据名称重名"),
    (book(values={"a-b": {"title": "a", "value": 1}}), "只能用英文字母"),
    (book(values={"a": {"title": "a", "value": "it's"}}), "不能含单引号"),
    (book(routes=[{"id": "R", "title": "路"}]), "路径“R”下面没有条件"),
    (book(hints=[{"id": "h", "when": "sales", "says": "看"}]), "得出的是数字，这里应得出是或否"),
    (condition(), "须恰好写一种"),
    (condition(test="1 +"), "（A）：表达式“1 +”写法有误"),
    (condition(test="system(1)"), "没有的函数“system”"),
    (condition(test="turnover > 1"), "没有的名称“turnover”"),
    (condition(test="`${sales}` == '1'"), "不能用反引号"),
    (condition(test="sales"), "得出的是数字，这里应得出是或否"),
    (condition(test="industry > 5"), "把不同种类的数据放在一起"),
    (condition(measure="titles", op=">=", bound=1), "得出的是一张清单"),
    (condition(measure="sales", op="=>", bound=1), "比较号“=>”不认识"),
    (condition(measure={"top": "sales"}, op=">=", bound=1), "缺少“bottom”"),
    (condition(measure={"mean_growth_of": "sales", "years": 9}, op=">=", bound=1), "年数“9”不在可算的范围"),
    (condition(measure={"compound_growth_of": "ip1", "years": 2}, op=">=", bound=1), "不是按年度的数据"),
    (
        condition(measure={"compound_growth_of": "sales", "years": 2}, op="<=", bound=1),
        "复合增长率只能写不低于",
    ),
    (condition(ask="sales"), "“sales”不是是非题"),
    (condition(any=[]), "“any”下面没有条件"),
    (condition(score="Z", op=">", bound=1), "没有“Z”这项评分"),
    (
        score(measure="sales", bands=[{"at_least": 5, "points": 11}, {"otherwise": True, "points": 0}]),
        "不在 0 到满分 10",
    ),
    (score(measure="sales", bands=BANDS[:1]), "最后一档须写 otherwise"),
    (score(bands=BANDS), "没有写 measure"),
    (score(sum=[]), "“sum”下面没有评分项"),
    (score(points="sales"), "“sales”不能用在这里"),
]


@pytest.mark.parametrize(("data", "says"), WRONG, ids=[says for _, says in WRONG])
def test_what_is_wrong_is_named(data: Any, says: str) -> None:
    with pytest.raises(BadInput) as refusal:
        parse_book(data)

    assert says in refusal.value.message


def test_what_is_right_is_read() -> None:
    found = parse_book(score(measure="sales", bands=BANDS) | {"about": "说明"})

    assert [one.id for one in found.versions[0].score_items()] == ["S"]
    assert parse_book(condition(test="'hnte' in titles and sales > 5"))
