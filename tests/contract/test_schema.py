"""The documented input for machines: contract.schema.json accepts what the reader accepts. No database."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from keqiao.contract import reading
from tests.contract.test_cases import RULES, merged, read

SCHEMA = json.loads((Path(reading.__file__).with_name("contract.schema.json")).read_text(encoding="utf-8"))


def as_json(value: Any) -> Any:
    return json.loads(
        json.dumps(value, default=lambda one: one.isoformat() if isinstance(one, date) else str(one))
    )


def test_every_case_is_an_input_as_documented() -> None:
    schema = jsonschema_rs.Draft202012Validator(SCHEMA)
    base = read("base.yaml")
    found = {
        case["name"]: [str(one.message) for one in schema.iter_errors(as_json(merged(base, case.get("contract", {}))))]
        for name in RULES
        for case in read(name)
    }  # fmt: skip
    assert {name: errors for name, errors in found.items() if errors} == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {"total_amount": "一百万"},
        {"sign_on": "去年"},
        {"seller": {"phone": "1"}},
        {"nature": {"goal_clear": "maybe"}},
        {"form": "spoken"},
        {"annexes": ["nothing"]},
    ],
)
def test_what_the_reader_refuses_the_schema_refuses(wrong: dict[str, Any]) -> None:
    assert not jsonschema_rs.Draft202012Validator(SCHEMA).is_valid(wrong)


def test_the_schema_knows_every_field_and_every_other_name_of_it() -> None:
    assert set(reading.READERS) <= set(SCHEMA["properties"])
    top = {name for name, target in reading.ALIASES.items() if target in reading.READERS}
    assert top <= set(SCHEMA["properties"])
