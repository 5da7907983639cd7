"""One cell to one value. A reader gives the value and what it found; it never raises."""

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from keqiao.registry.intake.amounts import read_money
from keqiao.registry.intake.dates import Precision, read_when
from keqiao.registry.intake.fields import FieldSpec, Parse
from keqiao.registry.intake.metrics import read_metrics
from keqiao.registry.intake.problems import Problem, error, shown, warning
from keqiao.registry.intake.sources import Cell

MatchName = Callable[[str, str], str | None]
"""match_name(list key, text) -> code, or None when the list has no such name."""

EMPTY = frozenset(
    {"", "/", "\\", "-", "--", "—", "——", "－", "无", "暂无", "没有", "未填", "未提供", "未提供。", "不详", "待补充",
     "空", "null", "none", "nan", "n/a", "na", "#n/a", "无。", "暂无。", "／", "*", "."}
)  # fmt: skip
_DITTO = frozenset({"同上", "〃", "″", "同前", '"', "”", "同左"})
_DIRTY = re.compile(
    "[\x00-\x1f\x7f-\x9f\\\\\u00a0\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\u3000\ud800-\uf8ff\ufeff\ufffd]|_x00"
)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_GARBLED = re.compile(
    "[锟烫屯\ufffd?Ã-é](?:(?<=锟)斤拷|(?<=烫)烫烫|(?<=屯)屯屯|(?<=\ufffd)|(?<=\\?)\\?\\?\\?|[\x80-\xbf]{1,2}[Ã-é])"
)
"""The marks of a wrong decoding; one character class leads, so that clean text is passed quickly."""
_EXCEL_ESCAPE = re.compile(r"_x00(0D|0A|09|0d|0a)_")
_FORMULA = re.compile(
    r"[=＝]\s*(?:[A-Za-z_@+\-\"'(]|\d[\d.]*\s*[+\-*/^&])|[@＠]\s*[A-Za-z_.]{2,}\s*\("
    r"|[+＋\-－@＠]\s*(?:cmd|dde|hyperlink|webservice|import(?:xml|data|range)|sum|exec)\b"
    r"|[+＋\-－@＠][^|]{0,60}\|\s*['\"A-Za-z]",
    re.IGNORECASE,
)
# In running text "=CH2 的双键…" is no formula; what starts a program stays out, and what goes out is escaped anyway
_COMMAND = re.compile(
    r"[=＝+＋\-－@＠]\s*(?:(?:cmd|dde|exec|hyperlink|webservice|import(?:xml|data|range)|call|register)\b"
    r"|[^|\s]{1,60}\|\s*['\"A-Za-z])",
    re.IGNORECASE,
)
_FORMULA_STARTS = frozenset("=＝+＋-－@＠")
_GUARDED = re.compile(r"'[=＝+＋\-－@＠\t]")
_LIST_SPLIT = re.compile(r"[、;；\n|]+")
_NAME_SPLIT = re.compile(r"[、;；,，\n|]+|\s{1,}")
_CODE_SPLIT = re.compile(r"[、;；,，\n|/+]+")
_PHONE_SPLIT = re.compile(r"[、;；,，/\n]+|\s+(?=\d{7,})")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"(?:0\d{2,3}-?)?\d{7,8}(?:-\d{1,6})?|400-?\d{3}-?\d{4}|800-?\d{3}-?\d{4}")
_EMAIL = re.compile(r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+")
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+?\d{1,2}")
_USCC_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_YES, _NO = (
    frozenset({"是", "示例", "有", "y", "yes", "true", "1", "√", "✓", "对"}),
    frozenset({"否", "不是", "n", "no", "false", "0", "×"}),
)


@dataclass(slots=True)
class Read:
    """A value and what was found on the way. value None: the cell is empty or cannot be understood.

    text: the cell cleaned, "" when the reader did not need it.
    """

    value: object = None
    problems: list[Problem] = field(default_factory=list)
    text: str = ""


# --- text --------------------------------------------------------------------------------------------------------


def as_text(cell: Cell) -> str:
    """A cell as an officer sees it: 120 not 120.0, dates as 2026-06-30, None as ""."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, dt.date):
        return cell.isoformat()[:10]
    if isinstance(cell, float):
        if not math.isfinite(cell):
            return ""
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    return str(cell)


def clean(text: str) -> str:
    """Text without what cannot be seen: control and zero-width characters, _x000D_, blanks around it.

    A literal backslash-n becomes a line break; other line ends become \\n. Lone surrogates become U+FFFD.
    """
    if not _DIRTY.search(text):
        return text.strip()
    text = _EXCEL_ESCAPE.sub("\n", text)
    text = text.replace("\\r\\n", "\n").replace("\\n", "\n").replace("\\r", "\n").replace("\\t", " ")
    text = (
        text.replace("\r\n", "\n")
        .replace("\r", "\n")
        .replace("\u2028", "\n")
        .replace("\u2029", "\n")
        .replace("\x85", "\n")
    )
    text = text.replace("\u00a0", " ").replace("\u3000", " ").replace("\t", " ")
    text = _SURROGATE.sub("\ufffd", _CONTROL.sub("", _INVISIBLE.sub("", text)))
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()


def one_line(text: str) -> str:
    """Line breaks and runs of blanks as one blank, none between two Chinese characters."""
    if "\n" not in text and "  " not in text:
        return text
    return re.sub(
        r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])|(\s+)", lambda found: " " if found[1] else "", text
    )


def _text_findings(spec: FieldSpec, raw: str, text: str) -> list[Problem]:
    """What is wrong with a text whatever its field: formulas, ditto marks, garbled or over-long text."""
    found: list[Problem] = []
    formula = _COMMAND if spec.parse is Parse.PROSE else _FORMULA
    if text[:1] in _FORMULA_STARTS and formula.match(text):
        found.append(
            error(
                "cell.formula-text",
                f"内容“{shown(text)}”像公式或命令，不接收。确是文字的，请去掉开头的“{text[0]}”或在前面加上汉字说明。",
            )
        )
    if text in _DITTO:
        found.append(error("cell.ditto", f"“{text}”不知道指哪一行的内容。请写出实际内容。"))
    if _DIRTY.search(raw):
        found += _strange_characters(raw)
    if _GARBLED.search(text):
        found.append(
            warning("cell.garbled", f"“{shown(text)}”里有乱码，可能是编码转换时丢了字。请对照原件改正。")
        )
    if len(text) > spec.max_length:
        found.append(
            error(
                "cell.too-long",
                f"{spec.label}有 {len(text)} 字，上限 {spec.max_length} 字。请缩写，或把细节移到“备注”或附件。",
            )
        )
    return found


def _strange_characters(raw: str) -> list[Problem]:
    found = []
    if _SURROGATE.search(raw):
        found.append(
            error(
                "cell.surrogate",
                "有残缺的字符（半个 Unicode 代理对），通常是导出程序截断了表情或生僻字。请改正后重新导入。",
            )
        )
    if _PRIVATE.search(raw):
        char = _PRIVATE.findall(raw)[0]
        found.append(
            warning(
                "cell.private-use",
                f"有本机自造的字（U+{ord(char):04X}），别人的电脑显示不出来。请换成通用字或注明读音。",
            )
        )
    if _CONTROL.search(raw) or _INVISIBLE.search(raw):
        found.append(warning("cell.control", "有看不见的控制字符，已去掉，请核对文字是否完整。"))
    return found


def _prose(spec: FieldSpec, cell: Cell, unit: str, match_name: MatchName) -> Read:
    raw = as_text(cell)
    if _GUARDED.match(raw):
        raw = raw[1:]
    text = clean(raw)
    if spec.parse is Parse.TEXT:
        text = one_line(text)
    return Read(text, _text_findings(spec, raw, text), text)


# --- lists and codes ---------------------------------------------------------------------------------------------


def _list(spec: FieldSpec, cell: Cell, unit: str, match_name: MatchName) -> Read:
    read = _prose(spec, cell, unit, match_name)
    text = str(read.value)
    items = [one_line(item.strip(" 。.,，")) for item in _LIST_SPLIT.split(text)]
    if len(items) == 1 and spec.key in (
        "keywords",
        "team",
        "authors",
        "labels",
        "ipc",
        "patent_numbers",
        "organisations",
    ):
        splitter = _NAME_SPLIT if spec.key in ("team", "authors") and not text.isascii() else _CODE_LIST
        items = [item.strip(" 。") for item in splitter.split(text)]
    read.value = tuple(dict.fromkeys(item for item in items if item and item.lower() not in EMPTY))
    return read


_CODE_LIST = re.compile(r"[、;；,，\n|]+")


def match_code(spec: FieldSpec, text: str, match_name: MatchName) -> str | None:
    """The code of a name: of the field's first list bare, of its further lists as list:code."""
    for position, list_key in enumerate(spec.code_list.split("|")):
        code = match_name(list_key, text)
        if code is not None:
            return f"{list_key}:{code}" if position else code
    return None


def _unknown_name(spec: FieldSpec, text: str) -> Problem:
    make = error if spec.required else warning
    then = "请改成规定的写法。" if spec.required else "这一项先空着，原文保留，请选一个规定的写法。"
    return make("code.unknown", f"{spec.label}“{shown(text)}”不在规定的名称里。{then}", value=text)


def _with_zero(spec: FieldSpec, cell: Cell, text: str, match_name: MatchName) -> Read | None:
    """A numeric cell whose leading zero Excel has eaten: 511 -> 0511."""
    if isinstance(cell, str) or not text.isdigit():
        return None
    code = match_code(spec, "0" + text, match_name)
    if code is None:
        return None
    return Read(
        code,
        [
            warning(
                "code.leading-zero",
                f"{spec.label}“{text}”少了开头的 0，已按“0{text}”读入，请核对。",
                value=text,
            )
        ],
    )


def _code(spec: FieldSpec, cell: Cell, unit: str, match_name: MatchName) -> Read:
    read = _prose(spec, cell, unit, match_name)
    text = one_line(str(read.value))
    code = match_code(spec, text, match_name)
    if code is None and (padded := _with_zero(spec, cell, text, match_name)):
        return padded
    if code is None:
        read.problems.append(_unknown_name(spec, text))
    read.value = code
    return read


def _codes(spec: FieldSpec, cell: Cell, unit: str, match_name: MatchName) -> Read:
    read = _prose(spec, cell, unit, match_name)
    text = str(read.value)
    whole = match_code(spec, one_line(text), match_name)  # 生物、医药和医疗器械 is one name
    if whole is not None:
        read.value = (whole,)
        return read
    if padded := _with_zero(spec, cell, text, match_name):
        return Read((padded.value,), padded.problems)
    codes, rest = _longest_first(
        spec, [item.strip() for item in _CODE_SPLIT.split(text) if item.strip()], match_name
    )
    read.problems += [_unknown_name(spec, item) for item in rest]
    read.value = tuple(codes)
    return read


def _longest_first(spec: FieldSpec, items: list[str], match_name: MatchName) -> tuple[list[str], list[str]]:
    """(codes, unknown names) of separated names, trying neighbours joined by 、 first: 新材料、生物、医药和医疗器械."""
    codes: dict[str, None] = {}
    unknown: list[str] = []
    start = 0
    while start < len(items):
        for end in range(min(len(items), start + 3), start, -1):
            code = match_code(spec, "、".join(items[start:end]), match_name)
            if code is not None:
                codes[code] = None
                start = end
                break
        else:
            if items[start].lower() not in EMPTY:
                unknown.append(items[start])
            start += 1
    return list(codes), unknown


# --- numbers and dates -------------------------------------------------------------------------------------------


def _money(spec: FieldSpec, cell: Cell, unit: str, match_name: MatchName) -> Read:
    text = as_text(cell)
    if isinstance(cell, dt.date):
        return Read(
            None,
            [
                error(
                    "money.date",
                    f"{spec.label}里是日期 {text}，可能是 Excel 把数字认成了日期。请改填金额。",
                    value=text,
                )
            ],
        )
    money = read_money(cell if isinstance(cell, int | float | Decimal) else clean(text), unit or "万元")
    if money is None:
        return Read(
            None,
            [
                error(
                    "money.form",
                    f"{spec.label}“{shown(text)}”读不出金额。请写成 120、120万元、50-100万元 或 面议。",
                    value=text,
                )
            ],
        )
    found: list[Problem] = []
    ends = [end for end in (money.low_yuan, money.high_yuan) if end is not None]
    if any(end < 0 for end in ends):
        return Read(
            None,
            [
                error(
                    "money.negative",
                    f"{spec.label}“{shown(text)}”是负数。请填正数，未定请写 面议。",
                    value=text,
                )
            ],
        )
    if ends and all(end == 0 for end in ends):
        found.append(
            warning("money.zero", f"{spec.label}为 0，按“面议”读入。确定不出资的请在备注说明。", value=text)
        )
    if any(end > 1_000_000_000 for end in ends):
        found.append(
            warning(
                "money.huge",
                f"{spec.label}“{shown(text)}”超过 10 亿元，可能把“元”填在了“万元”列里。请核对单位。",
                value=text,
            )
        )
    if money.is_partial:
        found.append(
            warning(
                "money.partial",
                f"从“{shown(text)}”中取出 {money.yuan} 元作为{spec.label}，请核对。",
                value=text,
            )
        )
    return Read(money, found)


def _when(spec: FieldSpec, cell: Cell, unit: str, match_name: MatchName) -> Read:
    value = cell if isinstance(cell, int | float | dt.date) else clean(as_text(cell))
    when = read_when(
        float(value) if isinstance(value, Decimal) else value, is_deadline=spec.parse is Parse.DEADLINE
    )
    text = as_text(cell)
    if when is None:
        return Read(
            None,
            [
                error(
                    "date.form",
                    f"{spec.label}“{shown(text)}”不是能识别的日期，或没有这一天。请写成 2026-06-30 或 2026年6月。",
                    value=text,
                )
            ],
        )
    if when.on and not 1900 <= when.on.year <= 2100:
        return Read(
            None,
            [
                error(
                    "date.range", f"{spec.label}“{shown(text)}”超出 1900 至 2100 年。请核对年份。", value=text
                )
            ],
        )
    if spec.parse is Parse.DATE and when.precision in (Precision.OPEN, Precision.MONTHS):
        return Read(
            None,
            [
                error(
                    "date.form",
                    f"{spec.label}“{shown(text)}”不是一个日期。请写成 2026-06-30 或 2026年6月。",
                    value=text,
                )
            ],
        )
    return Read(when)


def _year(spec: FieldSpec, cell: Cell, unit: str, match_name: MatchName) -> Read:
    text = unicodedata.normalize("NFKC", clean(as_text(cell)))
    found = re.match(r"((?:19|20)\d{2})(?:年度?|[-/.年].*)?$", text)
    if found:
        return Read(int(found[1]))
    return Read(
        None,
        [error("year.form", f"{spec.label}“{shown(text)}”不是年份。请写四位数字，如 2026。", value=text)],
    )


# --- people and units --------------------------------------------------------------------------------------------


def _phone(spec: FieldSpec, cell: Cell, unit: str, match_name: MatchName) -> Read:
    read = _prose(spec, cell, unit, match_name)
    text = unicodedata.normalize("NFKC", str(read.value)).removesuffix(".0")
    if _SCIENTIFIC.fullmatch(text.replace(" ", "")):
        return Read(
            None,
            [
                error(
                    "phone.scientific",
                    f"{spec.label}“{text}”被 Excel 变成了科学记数，号码已丢失。请把该列设为“文本”格式后重填。",
                    value=text,
                )
            ],
        )
    text = re.sub(r"[()]|(?:\+86|^0?86)-?(?=1[3-9])", lambda found: "-" if found[0] == ")" else "", text)
    numbers = [
        re.sub(r"(?<=\d)[\s\-—–]+(?=\d)", "-", one.strip(" -"))
        for one in _PHONE_SPLIT.split(text)
        if one.strip()
    ]
    numbers = [one.replace("-", "") if _MOBILE.fullmatch(one.replace("-", "")) else one for one in numbers]
    read.value = "、".join(dict.fromkeys(numbers))
    bad = [one for one in numbers if not (_MOBILE.fullmatch(one) or _LANDLINE.fullmatch(one))]
    if bad:
        read.problems.append(
            warning(
                "phone.form",
                f"{spec.label}“{shown(bad[0])}”位数不对或含有文字。手机应为 11 位，座机请写区号，如 0478-8262013。",
                value=text,
            )
        )
    return read


def _email(spec: FieldSpec, cell: Cell, unit: str, match_name: MatchName) -> Read:
    read = _prose(spec, cell, unit, match_name)
    text = unicodedata.normalize("NFKC", str(read.value)).replace(" ", "").removeprefix("mailto:")
    read.value = text
    if not _EMAIL.fullmatch(text):
        read.problems.append(
            warning(
                "email.form",
                f"{spec.label}“{shown(text)}”不是完整的邮箱地址。请写成 name@example.com 的样子。",
                value=text,
            )
        )
    return read


def _check_character(first17: str) -> str:
    """GB 32100-2015: the 18th character of a unified social credit code."""
    total = sum(_USCC_LETTERS.index(char) * pow(3, place, 31) for place, char in enumerate(first17))
    return _USCC_LETTERS[(31 - total % 31) % 31]


def _uscc(spec: FieldSpec, cell: Cell, unit: str, match_name: MatchName) -> Read:
    raw = as_text(cell)
    text = re.sub(r"[\s\-']", "", unicodedata.normalize("NFKC", clean(raw))).upper()
    if _SCIENTIFIC.fullmatch(text) or (isinstance(cell, int | float) and len(text) > 15):
        return Read(
            None,
            [
                error(
                    "uscc.scientific",
                    f"{spec.label}“{shown(raw)}”被 Excel 当成数字，末几位已丢失。请把该列设为“文本”格式后重填 18 位代码。",
                    value=raw,
                )
            ],
        )
    if len(text) != 18:
        return Read(
            None,
            [
                error(
                    "uscc.length",
                    f"{spec.label}“{shown(text)}”有 {len(text)} 位，应为 18 位。请对照营业执照改正；没有的请留空。",
                    value=raw,
                )
            ],
        )
    wrong = [char for char in text if char not in _USCC_LETTERS]
    if wrong:
        return Read(
            None,
            [
                error(
                    "uscc.letter",
                    f"{spec.label}“{text}”里有“{wrong[0]}”，这种代码不用字母 I、O、S、V、Z。请对照营业执照改正（常见是 0 写成 O，1 写成 I）。",
                    value=raw,
                )
            ],
        )
    if _check_character(text[:17]) != text[17]:
        return Read(
            text,
            [
                warning(
                    "uscc.check",
                    f"{spec.label}“{text}”的校验位不对，多半有一位写错。请对照营业执照核对；确实如此颁发的可以保留。",
                    value=raw,
                )
            ],
        )
    return Read(text)


def _metrics(spec: FieldSpec, cell: Cell, unit: str, match_name: MatchName) -> Read:
    read = _prose(spec, cell, unit, match_name)
    read.value = read_metrics(str(read.value))
    return read


def _flag(spec: FieldSpec, cell: Cell, unit: str, match_name: MatchName) -> Read:
    text = clean(as_text(cell)).lower()
    if text in _YES:
        return Read(True)
    if text in _NO:
        return Read(False)
    return Read(
        None, [error("flag.form", f"{spec.label}“{shown(text)}”看不出是与否。请填“是”或留空。", value=text)]
    )


Reader = Callable[[FieldSpec, Cell, str, MatchName], Read]
READERS: dict[Parse, Reader] = {
    Parse.TEXT: _prose,
    Parse.PROSE: _prose,
    Parse.LIST: _list,
    Parse.CODE: _code,
    Parse.CODES: _codes,
    Parse.MONEY: _money,
    Parse.DATE: _when,
    Parse.DEADLINE: _when,
    Parse.YEAR: _year,
    Parse.PHONE: _phone,
    Parse.EMAIL: _email,
    Parse.USCC: _uscc,
    Parse.METRICS: _metrics,
    Parse.FLAG: _flag,
}


def is_empty(cell: Cell) -> bool:
    """True for nothing, blanks, and what people write for nothing: /, —, 无, 未提供。"""
    if cell is None:
        return True
    if isinstance(cell, float) and math.isnan(cell):
        return True
    if not isinstance(cell, str):
        return False
    text = cell.strip()
    if len(text) > 12:  # no word for nothing is that long
        return False
    return text.lower() in EMPTY or (not text.isprintable() and clean(text).lower() in EMPTY)


def read_cell(
    spec: FieldSpec, cell: Cell, *, unit: str = "", match_name: MatchName = lambda key, text: None
) -> Read:
    """The value of a cell for a field. An empty cell gives None without a finding. Never raises."""
    if is_empty(cell):
        return Read()
    return READERS[spec.parse](spec, cell, unit, match_name)
