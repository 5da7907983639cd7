"""A document as the engine holds it: fields, checks, and back again."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import tantivy

from keqiao_match.errors import BadDoc
from keqiao_match.text import code_key, code_terms, literal, pinyin_keys, terms
from keqiao_match.types import Doc

_TITLE_TIMES = 3


def schema(facets: Sequence[str], numbers: Sequence[str]) -> tantivy.Schema:
    """The engine's fields: text blank-separated, facet n as fn, number n as nn, the rest in `doc`."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("all", tokenizer_name="blank", index_option="freq")
    builder.add_text_field("chars", tokenizer_name="blank", index_option="basic")
    builder.add_text_field("pinyin", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("code", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("private", tokenizer_name="raw", index_option="basic")
    for at in range(len(facets)):
        builder.add_text_field(f"f{at}", tokenizer_name="raw", index_option="basic", fast=True)
    for at in range(len(numbers)):
        builder.add_float_field(f"n{at}", fast=True)
    builder.add_bytes_field("doc", stored=True)
    return builder.build()


def encodable(value: str) -> str:
    """A value as the raw fields hold it; lone surrogates cannot be encoded and match nothing."""
    return value.encode("utf-8", "ignore").decode()


def prepare(doc: Doc, facets: Sequence[str], numbers: Sequence[str], keep_text: bool) -> dict[str, Any]:
    """The document as the engine's fields: blank-separated terms, raw values, stored JSON."""
    _check(doc, facets, numbers)
    title = terms(doc.title)
    # A word of the title counts as three of the text; cheaper at search time than a field of its own.
    everything = title * _TITLE_TIMES
    for _, text in doc.fields:
        everything += terms(text)
    for name in doc.names:
        everything += terms(name)
    for code in doc.codes:
        everything += code_terms(code)
    out: dict[str, Any] = {
        "id": doc.id,
        "all": " ".join(everything),
        "chars": " ".join(term for term in literal(doc.title) if len(term) == 1),
        "pinyin": sorted({key for name in doc.names for key in pinyin_keys(name)}),
        "code": sorted({key for code in doc.codes if (key := code_key(code))}),
        "private": sorted({term for value in doc.private for term in _private_terms(value)}),
        "doc": json.dumps(
            asdict(doc) if keep_text else {"id": doc.id, "title": doc.title}, ensure_ascii=False, default=dict
        ).encode("utf-8", "replace"),
    }
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


def from_stored(stored: Mapping[str, Any]) -> Doc:
    """The document as it was put."""
    return Doc(
        id=stored["id"],
        title=stored["title"],
        fields=tuple((name, text) for name, text in stored["fields"]),
        names=tuple(stored["names"]),
        codes=tuple(stored["codes"]),
        facets={name: tuple(values) for name, values in stored["facets"].items()},
        numbers=stored["numbers"],
        private=tuple(stored.get("private", ())),
    )
