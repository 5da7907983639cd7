"""A document as the engine holds it: fields, checks, and back again."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import tantivy

from keqiao_match.errors import BadDoc
from keqiao_match.text import code_key, code_terms, field_of, fold, pinyin_keys, runs
from keqiao_match.types import Doc

_TITLE_TIMES = 3
_ENCODING = "gb18030"
_as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def schema(facets: Sequence[str], numbers: Sequence[str]) -> tantivy.Schema:
    """The engine's fields. Facet n is fn, number n is nn; `pairs` takes Chinese runs and `words` every other term,
    so that the engine, not Python, makes the pairs; `chars` the runs of the title; the rest lies in `doc`."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("pairs", tokenizer_name="pair", index_option="freq")
    builder.add_text_field("words", tokenizer_name="blank", index_option="freq")
    builder.add_text_field("chars", tokenizer_name="char", index_option="basic")
    builder.add_text_field("pinyin", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("code", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("private", tokenizer_name="raw", index_option="basic")
    for at in range(len(facets)):
        builder.add_text_field(f"f{at}", tokenizer_name="raw", index_option="basic", fast=True)
    for at in range(len(numbers)):
        builder.add_float_field(f"n{at}", fast=True)
    builder.add_bytes_field("doc", stored=True)
    return builder.build()


def register(engine: tantivy.Index) -> None:
    """Tell an opened index how its fields are cut."""
    for name, tokenizer in (
        ("blank", tantivy.Tokenizer.whitespace()),
        ("pair", tantivy.Tokenizer.ngram(2, 2)),
        ("char", tantivy.Tokenizer.ngram(1, 1)),
    ):
        engine.register_tokenizer(name, tantivy.TextAnalyzerBuilder(tokenizer).build())


def encodable(value: str) -> str:
    """A value as the raw fields hold it; lone surrogates cannot be encoded and match nothing."""
    return value.encode("utf-8", "ignore").decode()


def prepare(doc: Doc, facets: Sequence[str], numbers: Sequence[str], keep_text: bool) -> dict[str, Any]:
    """The document as the engine's fields: blank-separated terms, raw values, stored JSON."""
    _check(doc, facets, numbers)
    title = fold(doc.title)
    title_runs, title_rest = runs(title)
    # A word of the title counts as three of the text; cheaper at search time than a field of its own.
    long, rest = title_runs * _TITLE_TIMES, title_rest * _TITLE_TIMES
    for text in (*(text for _, text in doc.fields), *doc.names):
        more_long, more_rest = runs(fold(text))
        long += more_long
        rest += more_rest
    for code in doc.codes:
        for term in code_terms(code):
            (long if field_of(term) == "pairs" else rest).append(term)
    out: dict[str, Any] = {
        "id": doc.id,
        "pairs": long,
        "words": " ".join(rest),
        "chars": [*title_runs, *(term for term in title_rest if len(term) == 1)],
        "doc": _stored(doc, keep_text),
    }
    if doc.names:
        out["pinyin"] = sorted({key for name in doc.names for key in pinyin_keys(name)})
    if doc.codes:
        out["code"] = sorted({key for code in doc.codes if (key := code_key(code))})
    if doc.private:
        out["private"] = sorted({term for value in doc.private for term in _private_terms(value)})
    for name, values in doc.facets.items():
        out[f"f{facets.index(name)}"] = [
            clean for value in dict.fromkeys(values) if (clean := encodable(value))
        ]
    for name, number in doc.numbers.items():
        out[f"n{numbers.index(name)}"] = float(number)
    return out


def _private_terms(value: str) -> list[str]:
    """Whatever a name or a code may be looked for by: words, pinyin, the whole code."""
    return [term for term in (*code_terms(value), *pinyin_keys(value), code_key(value)) if encodable(term)]


def _check(doc: Doc, facets: Sequence[str], numbers: Sequence[str]) -> None:
    if not doc.id or doc.id != encodable(doc.id):
        raise BadDoc(
            f"文档“{doc.title[:30]}”的编号 {doc.id!r} 不能用：编号不能为空，也不能含无法编码的字符。"
        )
    for kind, given, declared in (("分面", doc.facets, facets), ("数值", doc.numbers, numbers)):
        if unknown := [name for name in given if name not in declared]:
            raise BadDoc(
                f"文档 {doc.id} 带有未声明的{kind}“{'、'.join(unknown)}”。已声明：{'、'.join(declared) or '（无）'}；"
                f"从文档中去掉，或建索引时声明。"
            )
    for name, values in doc.facets.items():
        if isinstance(values, str):
            raise BadDoc(f"文档 {doc.id} 的分面“{name}”是一段文字 {values!r}，应为元组，例如 ({values!r},)。")
    for name, number in doc.numbers.items():
        if not isinstance(number, (int, float)) or not math.isfinite(number):
            raise BadDoc(f"文档 {doc.id} 的数值“{name}”是 {number!r}，应为有限的数；没有就不要填。")


def _stored(doc: Doc, keep_text: bool) -> bytes:
    """Id and title in the first line, the rest in the second: most candidates are asked for their title only.
    Two bytes a Chinese character instead of three; the engine compresses what is left."""
    parts: list[object] = [[doc.id, doc.title]]
    if keep_text:
        parts.append([doc.fields, doc.names, doc.codes, dict(doc.facets), dict(doc.numbers), doc.private])
    return "\n".join(map(_as_json, parts)).encode(_ENCODING, "replace")


@dataclass(frozen=True, slots=True)
class Stored:
    """What the index keeps of a document. rest: empty where texts are not kept."""

    id: str
    title: str
    rest: bytes

    @classmethod
    def of(cls, content: bytes) -> Self:
        # No byte of a longer character is a line feed in this encoding
        head, _, rest = content.partition(b"\n")
        key, title = json.loads(head.decode(_ENCODING))
        return cls(key, title, rest)

    def doc(self) -> Doc:
        """The document as it was put."""
        fields, names, codes, facets, numbers, private = json.loads(self.rest.decode(_ENCODING))
        return Doc(
            id=self.id,
            title=self.title,
            fields=tuple((name, text) for name, text in fields),
            names=tuple(names),
            codes=tuple(codes),
            facets={name: tuple(values) for name, values in facets.items()},
            numbers=numbers,
            private=tuple(private),
        )
