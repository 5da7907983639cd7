"""From text to terms: one way of writing, Chinese words plus character bigrams, mixed codes kept whole.

The index and the query run the same rules, so what was written with full-width digits or traditional
characters is found by someone who types neither. TEXT_RULES changes whenever old indexes must be rebuilt.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, product

import opencc
import pypinyin
import rjieba

TEXT_RULES = 5

_HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff\u3007\u3005"
_ALNUM = "a-z0-9\u00df-\u024f\u0370-\u052f\u3040-\u30ff\uac00-\ud7af°µμ"
_UNITS = (
    "立方厘米|立方米|平方米|平方公里|千瓦时|亿元|万元|万吨|万亩|公斤|千克|毫克|微克|公里|千米|毫米|厘米|微米|纳米|"
    "毫升|千瓦|兆瓦|小时|分钟|公顷|摄氏度|吨|克|米|升|元|亩|度|天|年|月|日|岁|次|倍|台|套|项|个|级|伏|瓦|秒|万|亿"
)
_RUN = re.compile(
    rf"(?P<han>[{_HAN}]+)|(?P<code>[{_ALNUM}]+(?:[-_./+#'][{_ALNUM}]+)*(?:[%‰]|\+{{1,2}}|#)?)"
    rf"(?=(?P<unit>{_UNITS})?)"
)
_HAN_RUN = re.compile(rf"[{_HAN}]+")
_CODE_RUN = re.compile(
    rf"(?P<code>[{_ALNUM}]+(?:[-_./+#'][{_ALNUM}]+)*(?:[%‰]|\+{{1,2}}|#)?)(?=(?P<unit>{_UNITS})?)"
)
_PIECES = re.compile(r"[-_/+#']")
_NUMBER = re.compile(r"\d+(?:\.\d+)?[%‰]?")
_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff\ud800-\udfff]")
_IPC = re.compile(r"([a-h])(\d\d)([a-z])(?:\d|$)")
_SENTENCE = re.compile(r"[^。！？!?；;\n]+[。！？!?；;]*")
_NAME_HAN = re.compile(rf"[{_HAN}]")

# Words that carry no subject: dropped from queries, never from the index.
STOP = frozenset(
    [
        "的",
        "了",
        "和",
        "与",
        "及",
        "或",
        "在",
        "对",
        "等",
        "是",
        "为",
        "以",
        "由",
        "于",
        "从",
        "向",
        "到",
        "被",
        "把",
        "将",
        "并",
        "而",
        "其",
        "该",
        "此",
        "这",
        "那",
        "各",
        "每",
        "所",
        "之",
        "有",
        "无",
        "不",
        "可",
        "能",
        "会",
        "也",
        "就",
        "都",
        "又",
        "再",
        "更",
        "最",
        "很",
        "较",
        "中",
        "上",
        "下",
        "内",
        "外",
        "一种",
        "一个",
        "以及",
        "并且",
        "或者",
        "如何",
        "怎样",
        "怎么",
        "什么",
        "哪些",
        "关于",
        "对于",
        "通过",
        "进行",
        "我们",
        "本公司",
        "公司",
        "企业",
        "需要",
        "希望",
        "要求",
        "目前",
        "现有",
        "能够",
        "可以",
        "实现",
        "使用",
        "采用",
        "利用",
        "具有",
        "包括",
        "其中",
        "主要",
        "相关",
        "有关",
        "根据",
    ]
)

# The signs that nearly every text writes full-width. Put right one by one, the text is then mostly in normal form
# already, which is quick to tell; the full normalisation costs five times the rest of the folding.
_USUAL_SIGNS = tuple(
    (sign, unicodedata.normalize("NFKC", sign))
    for sign in "，；：（）！？～％－．／＋＝、。℃‑ⅠⅡ①②③④⑤０１２３　"
    if unicodedata.normalize("NFKC", sign) != sign
)

_USUAL_SIGN = re.compile(f"[{''.join(sign for sign, _ in _USUAL_SIGNS)}]")

_to_simplified = opencc.OpenCC("t2s")


_RARE_HAN = re.compile("[\U00020000-\U0003ffff]")


@lru_cache(maxsize=1)
def _traditional() -> re.Pattern[str]:
    """Characters that have a simplified form; a text without any is not worth converting."""
    every = [chr(at) for at in range(0x3400, 0xA000)]
    simplified = _to_simplified.convert("\n".join(every)).split("\n")
    return re.compile(f"[{''.join(a for a, b in zip(every, simplified, strict=True) if a != b)}]")


def fold(text: str) -> str:
    """Half-width, simplified, lower case. Length may change; `fold_with_origin` keeps track."""
    if text.isascii() and text.isprintable() and "\\" not in text:
        return text.lower()
    folded = _ODD.sub(" ", text).replace("\\n", "\n ")
    if _USUAL_SIGN.search(folded):
        for sign, plain in _USUAL_SIGNS:
            folded = folded.replace(sign, plain)
    if not unicodedata.is_normalized("NFKC", folded):
        folded = unicodedata.normalize("NFKC", folded)
    folded = folded.casefold()
    if _traditional().search(folded) or _RARE_HAN.search(folded):
        return str(_to_simplified.convert(folded))
    return folded


@lru_cache(maxsize=1 << 16)
def _fold_char(char: str) -> str:
    return fold(char)


def fold_with_origin(text: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its characters the position in `text` it came from."""
    pieces: list[str] = []
    origin: list[int] = []
    for at, char in enumerate(text):
        piece = _fold_char(char)
        pieces.append(piece)
        origin.extend([at] * len(piece))
    return "".join(pieces), origin


def sentences(text: str) -> Iterator[str]:
    """Sentences as they are written, without surrounding blanks; ends at 。！？； or a line break."""
    for found in _SENTENCE.finditer(text.replace("\\n", "\n")):
        if sentence := found.group().strip():
            yield sentence


@lru_cache(maxsize=1 << 12)
def whole(code: str) -> re.Pattern[str]:
    """Finds a code in folded text as a whole only: pla is not in plastic."""
    before = "(?<![a-z0-9])" if code[0].isascii() else ""
    after = "(?![a-z0-9])" if code[-1].isascii() else ""
    return re.compile(before + re.escape(code) + after)


def is_coded(term: str) -> bool:
    """Does the term begin or end with a sign that may go on beside it?"""
    return term[0].isascii() or term[-1].isascii()


@lru_cache(maxsize=1 << 14)
def _code_terms(code: str) -> tuple[str, ...]:
    """A mixed code whole, without its signs, and its pieces: pbat-x, pbatx, pbat."""
    if code.isalnum() or _NUMBER.fullmatch(code):
        return (code,)
    pieces = [piece for piece in _PIECES.split(code) if piece]
    if len(pieces) > 1:
        return code, "".join(pieces), *(piece for piece in pieces if len(piece) > 1)
    if "." in code:
        return code, *(piece for piece in code.split(".") if len(piece) > 1 and not piece.isdigit())
    return (code, code.rstrip("%‰+#")) if code[-1] in "%‰+#" else (code,)


def _edge_terms(folded: str, found: re.Match[str]) -> Iterator[str]:
    """A single letter or digit together with the character beside it: c盘, 维c; a number with its unit."""
    code, start, end = found.group("code"), found.start(), found.end()
    if unit := found.group("unit"):
        yield code + unit
    if len(code) == 1:
        if end < len(folded) and _NAME_HAN.match(folded[end]):
            yield code + folded[end]
        if start and _NAME_HAN.match(folded[start - 1]):
            yield folded[start - 1] + code


def runs(folded: str) -> tuple[list[str], list[str]]:
    """A folded text as the index takes it: Chinese runs of two or more characters, whose pairs are its terms,
    and every other term: lone characters, codes."""
    whole = _HAN_RUN.findall(folded)
    long = [run for run in whole if len(run) > 1]
    rest = [run for run in whole if len(run) == 1] if len(long) < len(whole) else []
    for found in _CODE_RUN.finditer(folded):
        code, unit = found.groups()
        rest += _code_terms(code)
        if unit or len(code) == 1:
            rest += _edge_terms(folded, found)
    return long, rest


def field_of(term: str) -> str:
    """The index field that holds a term: "pairs", "words", or "" for a long word, which its pairs stand for."""
    if _HAN_RUN.fullmatch(term) is None or len(term) == 1:
        return "words"
    return "pairs" if len(term) == 2 else ""


def pairs(run: str) -> list[str]:
    """Neighbouring characters: 水处理 -> 水处, 处理."""
    return list(map(str.__add__, run, run[1:]))


def terms(text: str) -> list[str]:
    """Every term a text tells by, with repeats: bigrams, words of three or more characters, codes."""
    folded = fold(text)
    long, out = runs(folded)
    for run in long:
        out += map(str.__add__, run, run[1:])
    if any(len(run) > 2 for run in long):
        out += [word for word in rjieba.cut(folded, False) if len(word) > 2 and _HAN_RUN.fullmatch(word)]
    return out


def literal(text: str) -> list[str]:
    """Characters, character bigrams and codes, with repeats: what two short titles are compared by."""
    folded = fold(text)
    out: list[str] = []
    for run in _HAN_RUN.findall(folded):
        out += run
        out += map(str.__add__, run, run[1:])
    for found in _CODE_RUN.finditer(folded):
        out += _code_terms(found.group("code"))
    return out


@dataclass(frozen=True, slots=True)
class Word:
    """One meaningful unit of a query: `text` folded; `grams` the terms that a document must hold for it."""

    text: str
    grams: tuple[str, ...]


def words(text: str, *, stop: frozenset[str] = STOP) -> list[Word]:
    """The units of a text in order, without stop words: Chinese words, lone characters and codes.

    A one-character word inside a run is carried by its bigrams, as the index holds no lone characters there.
    """
    folded = fold(text)
    out: list[Word] = []
    taken = 0  # characters up to here already belong to a code: 3.5吨, c盘
    for found in _RUN.finditer(folded):
        run = found.group("han")
        if run is not None:
            out.extend(_han_words(run[max(0, taken - found.start()) :], stop))
            continue
        code = found.group("code")
        edges = list(_edge_terms(folded, found))
        whole = edges[0] if edges else code
        if whole.startswith(code):
            taken = found.start() + len(whole)
        out.append(Word(whole, (whole,)))
    return out


def _han_words(run: str, stop: frozenset[str]) -> Iterator[Word]:
    at = 0
    for word in rjieba.cut(run, False):
        start, at = at, at + len(word)
        if word in stop:
            continue
        if len(word) > 1:
            yield Word(word, tuple(word[i : i + 2] for i in range(len(word) - 1)))
        elif len(run) == 1:
            yield Word(word, (word,))
        else:
            begin = max(0, start - 1) if at == len(run) else start
            yield Word(word, (run[begin : begin + 2],))


def subjects(text: str) -> dict[str, None]:
    """The different words and codes of a text, stop words and all, in no particular order: for looking them up."""
    folded = fold(text)
    out = dict.fromkeys(rjieba.cut(" ".join(_HAN_RUN.findall(folded)), False))
    for found in _CODE_RUN.finditer(folded):
        out[next(_edge_terms(folded, found), found.group("code"))] = None
    return out


def code_key(code: str) -> str:
    """A code as the exact field holds it: folded, no blanks. 需求 - 2026-0137 -> 需求-2026-0137."""
    return "".join(fold(code).split())


def code_terms(code: str) -> list[str]:
    """Terms a code is found by besides itself; an IPC symbol also by its subclass and class."""
    key = code_key(code)
    out = terms(code)
    if ipc := _IPC.match(key):
        out += [key[:4], key[:3]] if ipc.group(3) else []
    return out


@lru_cache(maxsize=1 << 16)
def pinyin_keys(name: str) -> tuple[str, ...]:
    """Ways to type a name: full pinyin, initials, and for persons surname and given name apart.

    Characters with several readings give several keys, at most eight readings a name.
    """
    folded = fold(name)
    if not _NAME_HAN.search(folded):
        return ()
    han = "".join(_NAME_HAN.findall(folded))[:40]
    choices = pypinyin.pinyin(han, style=pypinyin.Style.NORMAL, heteronym=len(han) <= 4, errors="ignore")
    keys: dict[str, None] = {}
    for reading in islice(product(*choices), 8):
        # Rare characters have no reading in the tables; the name is then found by its characters only.
        plain = [syllable.replace("ü", "v") for syllable in reading]
        keys["".join(plain)] = None
        keys["".join(syllable[:1] for syllable in plain)] = None
        if 2 <= len(plain) <= 4:
            keys[plain[0]] = None
            keys["".join(plain[1:])] = None
    return tuple(key for key in keys if key)
