"""The API against its own OpenAPI document: whatever is asked, it answers as the document says and never breaks."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import positive_data_acceptance

from keqiao.api.v1.api import api
from tests.api.conftest import Market

EXAMPLES = 8  # of each operation and mode; the same ones in every run
CONFIG = SchemathesisConfig.from_dict({"generation": {"allow-x00": True}})
BOUNDED = hypothesis.settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,  # seeded by the test itself
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
)
# A document has no words for "this filter is for that kind": the kind decides, so fitting requests may be refused
BEYOND_THE_DOCUMENT = {
    "/api/v1/records/{kind}": [positive_data_acceptance],
    "/api/v1/records/{kind}/{public_id}/matches": [positive_data_acceptance],
    "/api/v1/contracts/check": [positive_data_acceptance],  # what a contract says must make sense besides
}
OPERATIONS = [
    (method.upper(), path)
    for path, methods in api.get_openapi_schema(path_prefix="/api/v1/")["paths"].items()
    for method in methods
]


@cache
def _served() -> Any:
    """The document: the same whoever asks and whatever is in the market."""
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", WSGIHandler(), config=CONFIG)


@pytest.fixture
def document(market: Market) -> Iterator[Any]:
    """The document as the application serves it, with a market behind it that has hidden records too.

    The test's transaction must outlive the requests, as it does with Django's own client.
    """
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield _served()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_answer_is_one_that_the_document_knows(document: Any, method: str, path: str) -> None:
    operation = document[path][method]
    modes = [GenerationMode.POSITIVE]
    if operation.query or operation.path_parameters or operation.body:
        modes.append(GenerationMode.NEGATIVE)  # else nothing can be sent that does not fit

    for mode in modes:

        @BOUNDED
        @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: schemathesis.Case) -> None:
            case.call_and_validate(excluded_checks=BEYOND_THE_DOCUMENT.get(path, []))

        ask()


def test_real_records_conform_whoever_answers(document: Any, market: Market) -> None:
    """Made-up ids find nothing, so the answers with something in them are asked for by hand."""
    record = market.demand
    asked = [
        ("/api/v1/records/{kind}/{public_id}", {}),
        ("/api/v1/records/{kind}/{public_id}/matches", {"target": "achievement"}),
        ("/api/v1/records/{kind}/{public_id}/matches", {"target": "expert"}),
    ]
    for path, query in asked:
        case = document[path]["GET"].Case(
            path_parameters={"kind": "demand", "public_id": str(record.public_id)}, query=query
        )
        response = case.call()
        assert response.status_code == 200, response.text
        case.validate_response(response)


def test_the_operations_of_the_document_are_all_asked(document: Any) -> None:
    served = {(result.ok().method.upper(), result.ok().path) for result in document.get_all_operations()}
    assert served == set(OPERATIONS)
    assert len(served) >= 13
