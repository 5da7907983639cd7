"""Technical indicators taken apart: 识别率≥95% -> (识别率, ≥, 95, %). The sentence is always kept."""

import re
import unicodedata
from dataclasses import asdict, dataclass

_OPERATORS = (
    (r"≥|>=|⩾|≧|不低于|不少于|不小于|大于等于|大于或等于|至少|不短于|不弱于|优于|达到|达", "≥"),
    (r"≤|<=|⩽|≦|不超过|不高于|不大于|不多于|小于等于|小于或等于|至多|控制在|不长于", "≤"),
    (r"大于|高于|超过|多于|>", ">"),
    (r"小于|低于|少于|<", "<"),
    (r"=|等于|约为|为|是|约|:", "="),
)
_OPERATOR = re.compile("|".join(f"(?P<o{index}>{pattern})" for index, (pattern, _) in enumerate(_OPERATORS)))
_NUMBER = r"[-+±]?\d+(?:[.,]\d+)*(?:\s*[x×*]\s*10\^?-?\d+)?"
_VALUE = re.compile(
    rf"\s*({_NUMBER})(?:\s*(%|[a-zμ°℃Ω/]{{0,6}})\s*[-~—–至到]\s*({_NUMBER}))?\s*([^\d\s,，。;；()]{{0,12}}(?:(?<=/)\d{{1,4}}\s?[^\d\s,，。;；()]{{1,8}})?)",
    re.IGNORECASE,
)
_SUFFIX = {"以上": "≥", "及以上": "≥", "以下": "≤", "以内": "≤", "之内": "≤", "及以下": "≤", "左右": "="}
_SENTENCE = re.compile(r"[；;。\n]+|(?<=[^\d])\.(?=\s|$)")
_COMMA = re.compile(r"[，,、]")
_NUMBERING = re.compile(
    r"^\s*(?:[(（]?\d{1,2}[)）、.．](?!\d)|[(（]?[一二三四五六七八九十]+[)）、.]|[①-⑳]|[-•·●■◆])\s*"
)
_NAME_EDGES = re.compile(r"^[\s:：,，]+|[\s:：,，的要求应需可能]+$")
_MAX = 60


@dataclass(frozen=True)
class Metric:
    """One indicator. operator: ≥ ≤ > < = or "" when only said. value: as written, 5~10 for a range, "" when none."""

    name: str
    operator: str
    value: str
    unit: str
    text: str

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


def read_metrics(text: str) -> tuple[Metric, ...]:
    """The indicators of a text, in its order, at most 60; a sentence without a number is kept as text alone."""
    found: list[Metric] = []
    for sentence in _SENTENCE.split(text):
        for part in _parts(sentence):
            if len(found) < _MAX:
                found.append(_one(part))
    return tuple(found)


def _parts(sentence: str) -> list[str]:
    """A sentence at its commas, when every part is an indicator of its own; else the sentence whole."""
    sentence = _NUMBERING.sub("", sentence).strip(" ,，、\t　")
    if not sentence:
        return []
    parts = [part.strip() for part in _COMMA.split(sentence) if part.strip()]
    if len(parts) > 1 and all(_one(part).value for part in parts):
        return parts
    return [sentence]


def _one(text: str) -> Metric:
    plain = unicodedata.normalize("NFKC", text)
    for sign in _OPERATOR.finditer(plain):
        value = _VALUE.match(plain, sign.end())
        if value:
            operator = _OPERATORS[int((sign.lastgroup or "o4")[1:])][1]
            return _metric(plain[: sign.start()], operator, value, text)
    value = _VALUE.search(plain)
    if value and value.start() > 1:
        suffix = next((op for word, op in _SUFFIX.items() if plain[value.end(1) :].find(word) >= 0), "")
        if suffix:
            return _metric(plain[: value.start()], suffix, value, text)
    return Metric("", "", "", "", text)


def _metric(name: str, operator: str, value: re.Match[str], text: str) -> Metric:
    number = value[1].replace(" ", "")
    unit = (value[4] or "").strip()
    if value[3]:
        number, unit, operator = f"{number}~{value[3]}", unit or (value[2] or ""), "="
    for word, meant in _SUFFIX.items():
        if unit.endswith(word):
            unit, operator = unit.removesuffix(word), meant if operator in ("", "=") else operator
    return Metric(_NAME_EDGES.sub("", name), operator, number, unit[:12], text)
