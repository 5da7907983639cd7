"""A contract's own text: title, parties, dates, sums in figures and in capitals, clauses; held against the form.

Reads paragraphs, so it is pure; `paragraphs_of` opens a .docx after the guards of the intake have passed it.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation

from keqiao.contract.amounts import yuan
from keqiao.contract.book import Book
from keqiao.contract.capitals import WRITTEN, from_capitals, is_proper
from keqiao.contract.duties import folded
from keqiao.contract.facts import Facts
from keqiao.contract.verdict import Finding, finding

_SELLER = "受托人|受托方|研究开发人|研究开发方|开发方|让与人|让与方|转让人|转让方|许可人|许可方|顾问方|服务方|培训方|卖方"
_BUYER = "委托人|委托方|受让人|受让方|被许可人|被许可方|买方"
_BROKER = "中介方|中介人|居间方|居间人"
_PARTY = re.compile(
    rf"(?P<label>(?:被许可[人方])|{_SELLER}|{_BUYER}|{_BROKER}|[甲乙丙]\s*方)"
    rf"\s*(?:[(（](?P<inner>[^()（）]{{1,20}})[)）])?\s*(?:名称|单位名称|\(盖章\)|（盖章）)?\s*[:：]\s*(?P<name>[^\s:：;；,，。]{{2,60}})"
)
_TITLE = re.compile(r"(?:合同|协议)(?:书)?$")
_PROJECT = re.compile(r"(?:合同)?项目名称\s*[:：]\s*(?P<name>[^\n]{2,120}?)\s*(?:$|[;；。\n])")
_HEADING = re.compile(
    r"^(?:第[一二三四五六七八九十百\d]{1,4}[条章节]|[一二三四五六七八九十]{1,3}、|\d{1,2}[.、．])\s*\S"
)
_DAY = r"(?:\d{4}|[〇零○一二三四五六七八九]{4})\s*[年./-]\s*[\d一二三四五六七八九十]{1,3}\s*[月./-]\s*[\d一二三四五六七八九十]{1,3}\s*日?"
_SIGNED = re.compile(rf"(?:签订日期|签订时间|签署日期|签约日期|签订于|签字日期)\s*[:：]?\s*({_DAY})")
_PERIOD = re.compile(
    rf"(?:有效期限?|履行期限?|合同期限?|研究开发期限?|许可期限?|服务期限?)[^\n。]{{0,20}}?({_DAY})\s*(?:起)?\s*(?:至|到|-|~|—|–)+\s*({_DAY})"
)
_FIGURE = re.compile(
    r"(?P<mark>[¥$])?\s*(?P<number>\d[\d,]*(?:\.\d+)?)\s*(?P<unit>亿元|千万元|百万元|万元|千元|元|圆)?"
)
_UNIT = {
    "亿元": 10**8,
    "千万元": 10**7,
    "百万元": 10**6,
    "万元": 10**4,
    "千元": 10**3,
    "元": 1,
    "圆": 1,
    "": 1,
}
_TOTAL = re.compile(
    r"合同总?(?:金额|价款|额)|总额|总价|价款|报酬总|经费(?:和报酬)?总|费用总|(?:转让|许可|使用|咨询|服务|研究开发|培训)(?:经费|费)|报酬"
)
_TECH = re.compile(r"技术交易额")
_PART = re.compile(
    r"其中|首[期付]|第[一二三四五六七八九十\d]+[期次笔]|尾款|违约|定金|入门费|每(?:年|日|天|次)|非技术|设备|预付"
)
# 2292.6万元 ends in a unit, and 三元材料 is no money: capitals say a digit, small numerals a digit and a step.
_SAYS_SUM = re.compile(r"[壹贰貳叁參叄肆伍陆陸柒捌玖]|^[拾十]|[一二两三四五六七八九].*[十百千万萬亿億]|零元")
_AFTER_FIGURE = re.compile(r"[\d.,]\s*$")
_NEAR = 40  # characters between a figure and its capitals


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum as written. figure, capitals: None when it stands in one way only. context: the sentence."""

    figure: Decimal | None
    figure_text: str
    capitals: Decimal | None
    capitals_text: str
    context: str

    @property
    def agrees(self) -> bool:
        return self.figure is None or self.capitals is None or self.figure == self.capitals

    @property
    def value(self) -> Decimal | None:
        """The figure; where both stand, courts take neither for granted, so a disagreement is a finding apart."""
        return self.figure if self.figure is not None else self.capitals


@dataclass(frozen=True, slots=True)
class Text:
    """What was read. named: (label, name) in order; seller, buyer, broker: by their labels, "" when unclear."""

    title: str = ""
    project_name: str = ""
    named: tuple[tuple[str, str], ...] = ()
    seller: str = ""
    buyer: str = ""
    broker: str = ""
    sign_on: date | None = None
    begin_on: date | None = None
    end_on: date | None = None
    sums: tuple[Sum, ...] = ()
    total: Sum | None = None
    tech: Sum | None = None
    headings: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    whole: str = ""


def _plain(line: str) -> str:
    return unicodedata.normalize("NFKC", line).replace("\u3000", " ").strip()


_ONES = {char: at for at, char in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0}


def _small(text: str) -> int | None:
    """12, 十二, 二十一 -> number."""
    if text.isdigit():
        return int(text)
    if "十" in text:
        tens, _, ones = text.partition("十")
        return _ONES.get(tens, 1 if not tens else -99) * 10 + (_ONES.get(ones, -99) if ones else 0)
    return _ONES.get(text)


def read_day(text: str) -> date | None:
    """2026年3月1日, 2026-03-01, 二〇二六年三月一日. None when there is no such day."""
    parts = [part for part in re.split(r"\s*[年月日./-]\s*", text.strip()) if part]
    if len(parts) != 3:
        return None
    year_text = parts[0] if parts[0].isdigit() else "".join(str(_ONES.get(char, "x")) for char in parts[0])
    month, day = _small(parts[1]), _small(parts[2])
    try:
        return date(int(year_text), month or 0, day or 0)
    except ValueError:
        return None


def _figures(line: str) -> list[tuple[int, int, Decimal, str]]:
    """(start, end, yuan, as written) of every sum in figures: it carries ¥ or a unit with 元."""
    found = []
    for match in _FIGURE.finditer(line):
        if not (match["mark"] == "¥" or match["unit"]) or match["mark"] == "$":
            continue
        try:
            value = Decimal(match["number"].replace(",", "")) * _UNIT[match["unit"] or ""]
        except InvalidOperation:
            continue
        if line[max(0, match.start() - 1) : match.start()] in ("美", "欧") or value >= Decimal(10) ** 13:
            continue
        found.append((match.start(), match.end(), value, match[0].strip()))
    return found


def read_sums(line: str) -> list[Sum]:
    """Every sum of a line; a figure and the capitals next to it are one sum written twice."""
    figures = _figures(line)
    written = [
        (match.start(), match.end(), from_capitals(match[0]), match[0])
        for match in WRITTEN.finditer(line)
        if _SAYS_SUM.search(match[0]) and not _AFTER_FIGURE.search(line[: match.start()])
    ]
    found: list[tuple[int, Sum]] = []
    used: set[int] = set()
    for start, end, value, text in figures:
        near = [
            (min(abs(start - w[1]), abs(w[0] - end)), at) for at, w in enumerate(written) if at not in used
        ]
        gap, at = min(near, default=(_NEAR + 1, -1))
        between = (
            line[end : written[at][0]]
            if at >= 0 and written[at][0] >= end
            else line[written[at][1] : start]
            if at >= 0
            else ""
        )
        if gap <= _NEAR and not re.search(r"[。;；]|\d元", between):
            used.add(at)
            found.append((start, Sum(value, text, written[at][2], written[at][3], line)))
        else:
            found.append((start, Sum(value, text, None, "", line)))
    for at, (start, _, capital, text) in enumerate(written):
        if at not in used and capital is not None:
            found.append((start, Sum(None, "", capital, text, line)))
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


def _role(label: str, inner: str) -> str:
    for text in (label, inner):
        bare = re.sub(r"\s", "", text)
        if bare.startswith("被许可") or re.search(_BUYER, bare):
            return "buyer"
        if re.search(_BROKER, bare):
            return "broker"
        if re.search(_SELLER, bare):
            return "seller"
    return ""


def read_lines(lines: Iterable[str], book: Book) -> Text:
    """What a contract's lines say. Costs one pass; never raises on strange text."""
    plain = [line for raw in lines if (line := _plain(raw))]
    whole = "\n".join(plain)[:500_000]
    named: list[tuple[str, str]] = []
    roles: dict[str, str] = {}
    for line in plain:
        for match in _PARTY.finditer(line):
            name = match["name"].strip("_ ")
            if len(folded(name)) < 2:
                continue
            label = re.sub(r"\s", "", match["label"] + (f"（{match['inner']}）" if match["inner"] else ""))
            if (label, name) not in named:
                named.append((label, name))
            role = _role(match["label"], match["inner"] or "")
            if role:
                roles.setdefault(role, name)
    sums = [one for line in plain for one in read_sums(line)]
    signed, period = _SIGNED.search(whole), _PERIOD.search(whole)
    project = _PROJECT.search(whole)
    return Text(
        title=next((line for line in plain[:10] if _TITLE.search(line) and len(line) <= 40), ""),
        project_name=project["name"].strip() if project else "",
        named=tuple(named),
        seller=roles.get("seller", ""),
        buyer=roles.get("buyer", ""),
        broker=roles.get("broker", ""),
        sign_on=read_day(signed[1]) if signed else None,
        begin_on=read_day(period[1]) if period else None,
        end_on=read_day(period[2]) if period else None,
        sums=tuple(sums),
        total=_labelled(plain, _TOTAL),
        tech=_labelled(plain, _TECH),
        headings=tuple(line[:60] for line in plain if _HEADING.match(line) and len(line) <= 60),
        clauses=tuple(
            key for key, one in book.common["content"].items() if any(word in whole for word in one["words"])
        ),
        whole=whole,
    )


def _labelled(lines: list[str], label: re.Pattern[str]) -> Sum | None:
    """The first sum that follows its label in a sentence, and is no part, instalment or penalty."""
    for line in lines:
        for sentence in re.split(r"[。;；]", line):
            match = label.search(sentence)
            if match is None or _PART.search(sentence[: match.end()]):
                continue
            tail = sentence[match.end() :]
            part = _PART.search(tail)
            found = read_sums(tail[: part.start()] if part else tail)
            if found:
                return replace(found[0], context=sentence.strip()[:120])
    return None


def with_text(facts: Facts, text: Text) -> Facts:
    """The facts with what only the text can tell: its words for the hints, and the clauses when none were ticked."""
    return replace(
        facts, text=text.whole, clauses=facts.clauses if facts.clauses is not None else text.clauses
    )


def disagreements(book: Book, facts: Facts, text: Text) -> list[Finding]:
    """Where the text and the form part: TXT-01 … TXT-07, each with both values."""
    return [
        *_names(book, facts, text),
        *_sums(book, facts, text),
        *_days(book, facts, text),
        *_clauses(book, facts, text),
    ]


def _names(book: Book, facts: Facts, text: Text) -> list[Finding]:
    found, checks = [], book.checks
    if text.project_name and facts.project_name and folded(text.project_name) != folded(facts.project_name):
        message = (
            f"合同文本的项目名称是“{text.project_name}”，填报的是“{facts.project_name}”。请核对后改成一致。"
        )
        found.append(finding(checks["TXT-01"], message, field="project_name"))
    if text.title and facts.title and folded(text.title) != folded(facts.title):
        message = f"合同文本的标题是“{text.title}”，填报的合同名称是“{facts.title}”。请核对后改成一致。"
        found.append(finding(checks["TXT-01"], message, field="title"))
    everyone = {folded(name) for _, name in text.named}
    for side, read, words, where in (
        (facts.seller.name, text.seller, "卖方", "seller"),
        (facts.buyer.name, text.buyer, "买方", "buyer"),
        (facts.broker.name if facts.broker else "", text.broker, "中介方", "broker"),
    ):
        if not side:
            continue
        if read and folded(read) != folded(side):
            message = f"合同文本的{words}是“{read}”，填报的是“{side}”。请核对双方名称和角色。"
            found.append(finding(checks["TXT-02"], message, field=f"{where}.name"))
        elif (
            not read
            and text.whole
            and folded(side) not in everyone
            and folded(side) not in folded(text.whole)
        ):
            message = f"合同文本中没有找到{words}“{side}”。请核对名称是否为全称。"
            found.append(finding(checks["TXT-02"], message, field=f"{where}.name"))
    return found


def _sums(book: Book, facts: Facts, text: Text) -> list[Finding]:
    found, checks = [], book.checks
    for one in text.sums:
        if not one.agrees and one.figure is not None and one.capitals is not None:
            message = f"文本中小写“{one.figure_text}”（{yuan(one.figure)}）与大写“{one.capitals_text}”（{yuan(one.capitals)}）不一致。请双方更正后重新签字盖章。"
            found.append(finding(checks["TXT-04"], message, field="total_amount"))
        elif one.capitals_text and from_capitals(one.capitals_text) is None:
            message = f"文本中的大写“{one.capitals_text}”读不成金额。请按规范写法改正。"
            found.append(finding(checks["TXT-07"], message, field="total_amount"))
        elif (
            one.capitals_text
            and set(one.capitals_text) & set("壹贰叁肆伍陆柒捌玖")
            and not is_proper(one.capitals_text)
        ):
            message = f"文本中的大写“{one.capitals_text}”写法不规范（读作{yuan(one.capitals or Decimal(0))}）。请核对“零”和“整”。"
            found.append(finding(checks["TXT-07"], message, field="total_amount"))
    for read, filled, words, where in (
        (text.total, facts.total_amount, book.total_name, "total_amount"),
        (text.tech, facts.tech_amount, "技术交易额", "tech_amount"),
    ):
        value = read.value if read else None
        if value is not None and filled is not None and value != filled:
            message = f"合同文本的{words}是{yuan(value)}（“{read.context if read else ''}”），填报的是{yuan(filled)}，相差{yuan(abs(value - filled))}。请核对后改成一致。"
            found.append(finding(checks["TXT-03"], message, field=where))
    if text.whole and text.total is None and facts.total_amount is not None:
        message = (
            f"合同文本中没有读到{book.total_name}，不能与填报的{yuan(facts.total_amount)}核对。请人工核对。"
        )
        found.append(finding(checks["TXT-03"], message, level="warning", field="total_amount"))
    return found


def _days(book: Book, facts: Facts, text: Text) -> list[Finding]:
    found = []
    for read, filled, words, where in (
        (text.sign_on, facts.sign_on, "签订日期", "sign_on"),
        (text.begin_on, facts.begin_on, "有效期起", "begin_on"),
        (text.end_on, facts.end_on, "有效期止", "end_on"),
    ):
        if read and filled and read != filled:
            message = f"合同文本的{words}是{read}，填报的是{filled}。请核对后改成一致。"
            found.append(finding(book.checks["TXT-05"], message, field=where))
    return found


def _clauses(book: Book, facts: Facts, text: Text) -> list[Finding]:
    """What was ticked on the form and is not to be found in the text."""
    if facts.clauses is None or not text.whole:
        return []
    content = book.common["content"]
    absent = [content[key]["name"] for key in facts.clauses if key in content and key not in text.clauses]
    if not absent:
        return []
    message = f"填报已约定“{'、'.join(absent)}”，合同文本中没有读到。请核对，没有约定的请补充。"
    return [finding(book.checks["TXT-06"], message, field="clauses")]
