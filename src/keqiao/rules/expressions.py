"""The small language of conditions (ZEN): which names an expression uses, and values put in their place."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import zen

from keqiao.core.errors import BadInput

_TOKEN: Final = re.compile(
    r"'[^']*'|\"[^\"]*\"|[A-Za-z_][A-Za-z0-9_]*(?=\s*\()|[A-Za-z_][A-Za-z0-9_]*|\d+\.?\d*|.", re.S
)
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_WORDS: Final = frozenset({"and", "or", "not", "in", "null", "true", "false"})
_FUNCTIONS: Final = frozenset({"min", "max", "abs", "sum", "len", "floor", "ceil", "contains", "startsWith"})
MAX_LENGTH: Final = 2000


def _tokens(text: str) -> list[tuple[str, bool]]:
    """(token, is a name) in order. A word before “(” is a function, not a name."""
    if "`" in text:
        raise BadInput(f"表达式“{text}”不能用反引号。文字请用单引号。", code="rules.expression")
    found = []
    for match in _TOKEN.finditer(text):
        word = match.group()
        is_call = text[match.end() :].lstrip().startswith("(") and bool(_NAME.match(word))
        if is_call and word not in _WORDS and word not in _FUNCTIONS:
            raise BadInput(
                f"表达式“{text}”用了没有的函数“{word}”。可以用：{'、'.join(sorted(_FUNCTIONS))}。",
                code="rules.function",
            )
        found.append(
            (word, bool(_NAME.match(word)) and word not in _WORDS and not (is_call and word in _FUNCTIONS))
        )
    return found


def names_in(text: str) -> tuple[str, ...]:
    """The names an expression uses, each once, in order. Raises BadInput for an unknown function."""
    return tuple(dict.fromkeys(word for word, is_name in _tokens(text) if is_name))


def literal(value: Any) -> str:
    """A value as the language writes it: 500, 'hnte', ['a', 'b'], true."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return f"({format(value, 'f')})" if value < 0 else format(value, "f")
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(literal, value)) + "]"
    text = str(value)
    if "'" in text:
        raise BadInput(f"值“{text}”不能含单引号。", code="rules.value")
    return f"'{text}'"


def with_values(text: str, values: Mapping[str, Any]) -> str:
    """The expression with the named values of the book written in their places."""
    return "".join(
        literal(values[word]) if is_name and word in values else word for word, is_name in _tokens(text)
    )


def known(names: tuple[str, ...]) -> str:
    """The question whether one of the names is unknown; "false" when there are none."""
    return " or ".join(f"{name} == null" for name in names) or "false"


def compiled(text: str) -> Any:
    """The compiled expression. Raises BadInput with the text when the engine refuses it."""
    try:
        return zen.compile_expression(text)
    except RuntimeError as refusal:
        raise BadInput(
            f"表达式“{text[:200]}”写法有误：{str(refusal).splitlines()[0][:200]}", code="rules.expression"
        ) from None


_SAMPLES: Final[Mapping[str, Any]] = {
    "money": 1.5,
    "number": 1.5,
    "count": 3,
    "flag": True,
    "day": "2020-01-01",
    "text": "文字",
    "words": ["文字"],
    "points": 3,
}


def sample(kind: str) -> Any:
    """A value such as a fact of this kind has, for finding out what an expression gives."""
    return _SAMPLES[kind]


def kind_of(text: str, samples: Mapping[str, Any], *, place: str) -> str:
    """What the expression gives: "flag", "number", "text" or "list". Raises BadInput when its parts do not go together."""
    try:
        found = compiled(text).evaluate({name: samples[name] for name in names_in(text) if name in samples})
    except RuntimeError as refusal:
        if "Unsupported type" in str(refusal) or "Cannot determine" in str(refusal):
            raise BadInput(
                f"{place}：表达式“{text}”把不同种类的数据放在一起比较或计算了（如文字与数字）。请核对名称。",
                code="rules.kind",
                place=place,
            ) from None
        return "number"  # such as a division that the sample happens to make impossible
    if isinstance(found, bool):
        return "flag"
    if isinstance(found, int | float):
        return "number"
    return "list" if isinstance(found, list) else "text"


def check(text: str, *, allowed: frozenset[str], place: str) -> tuple[str, ...]:
    """The names of an expression written by a person. Raises BadInput naming the place and what is wrong."""
    if len(text) > MAX_LENGTH:
        raise BadInput(
            f"{place}：表达式超过 {MAX_LENGTH} 个字符。请拆成几条。", code="rules.expression", place=place
        )
    try:
        names = names_in(text)
        compiled(text)
    except BadInput as refusal:
        raise BadInput(f"{place}：{refusal.message}", code=refusal.code, place=place) from None
    for name in names:
        if name not in allowed:
            raise BadInput(
                f"{place}：表达式“{text}”用了没有的名称“{name}”。名称只能是数据名称表里的事实或本版本的参数。",
                code="rules.name",
                place=place,
            )
    return names
