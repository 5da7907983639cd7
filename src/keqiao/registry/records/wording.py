"""What a text gives away or leaves open: contact details, secrets, promises without a number. Pure."""

import re
from collections.abc import Iterable, Sequence

# Source: 移动电话号码 11 位 1[3-9] 号段；身份证 GB 11643-1999 18 位；座机区号 0 开头 3-4 位。
_MOBILE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)0\d{2,3}[- ]\d{7,8}(?!\d)")
_IDENTITY = re.compile(r"(?<![\dA-Za-z])\d{17}[\dXx](?![\dA-Za-z])")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")
_CHAT = re.compile(r"(?:微信号?|QQ)[:：号\s]*([A-Za-z0-9_-]{5,20})")
_NUMBER = re.compile(r"\d|[〇一二三四五六七八九十百千两][成倍%％]")
_COMPARES = re.compile(
    r"[≥≤<>＜＞=±~～%％℃]|不低于|不少于|不大于|不超过|不高于|小于|大于|低于|高于|达到|至少|以上|以下|以内|控制在"
)
_CLAUSE = re.compile(r"[。；;！!？?\n]+")


def contact_details(text: str) -> list[str]:
    """Phone and ID numbers, mail and chat accounts in a text, as written, each once."""
    found: list[str] = []
    for pattern in (_IDENTITY, _MOBILE, _LANDLINE, _EMAIL):
        found += pattern.findall(text)
    found += [match.group(0) for match in _CHAT.finditer(text)]
    return list(dict.fromkeys(found))


def hidden_number(text: str) -> str:
    """A found contact as a message may repeat it: 138…78."""
    return text if len(text) <= 5 else f"{text[:3]}…{text[-2:]}"


def words_in(text: str, words: Iterable[str]) -> list[str]:
    """Those of `words` that the text contains, in their order."""
    return [word for word in words if word in text]


def is_measurable(metric: str) -> bool:
    """Whether one could test it: a number, and a comparison or a unit beside it."""
    if not _NUMBER.search(metric):
        return False
    return bool(_COMPARES.search(metric) or re.search(r"\d\s*[A-Za-zμµΩ\u4e00-\u9fff/]", metric))


def clauses(text: str) -> list[str]:
    """The text cut at full stops, semicolons and line breaks."""
    return [part.strip() for part in _CLAUSE.split(text) if part.strip()]


def vague_clauses(text: str, vague: Sequence[str]) -> list[tuple[str, str]]:
    """(vague phrase, its clause) for each clause that promises (提高效率) without a number in it."""
    return [
        (phrase, clause)
        for clause in clauses(text)
        if not _NUMBER.search(clause)
        for phrase in vague
        if phrase in clause
    ]
