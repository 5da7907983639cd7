"""A slot for an encoder of one's own."""

import json
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest

from keqiao_match import Doc, EncoderDown, EndpointEncoder, Matcher, OnnxEncoder
from keqiao_match.encoder import Floats, mean_of_tokens

ABOUT_WATER = ("污水", "水处理")


def vector(text: str) -> list[float]:
    return [1.0, 0.0] if any(word in text for word in ABOUT_WATER) else [0.0, 1.0]


class Small:
    """Knows one thing: water or not. Counts what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> Floats:
        self.asked += texts
        return np.array([vector(text) for text in texts], np.float32)


DEMAND = Doc("需求", "污水净化")
WATER, FIRE = Doc("水", "水处理药剂"), Doc("火", "净化炉")


def test_an_encoder_lifts_what_it_finds_alike_and_shows_its_part() -> None:
    plain = {match.id: match.score for match in Matcher().rank(DEMAND, [WATER, FIRE])}

    lifted = {match.id: match for match in Matcher(encoder=Small()).rank(DEMAND, [WATER, FIRE])}

    assert lifted["水"].score > plain["水"]
    assert lifted["火"].score < plain["火"]
    assert lifted["水"].parts[-1].name == "语义相近"


def test_each_title_is_encoded_once() -> None:
    encoder = Small()
    matcher = Matcher(encoder=encoder)

    matcher.rank(DEMAND, [WATER, FIRE])
    matcher.rank(DEMAND, [WATER, FIRE, Doc("空", "")])

    assert sorted(encoder.asked) == sorted([DEMAND.title, WATER.title, FIRE.title])


class Endpoint(BaseHTTPRequestHandler):
    """Answers as OpenAI-compatible servers do, in any order."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        rows = [{"index": at, "embedding": vector(text)} for at, text in enumerate(asked["input"])]
        known = (
            self.path == "/v1/embeddings"
            and asked["model"] == "小"
            and self.headers["Authorization"] == "Bearer k"
        )
        self.send_response(200 if known else 404)
        self.end_headers()
        self.wfile.write(json.dumps({"data": rows[::-1]}).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def endpoint() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Endpoint)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_endpoint_gives_vectors_in_the_order_they_were_asked(endpoint: str) -> None:
    vectors = EndpointEncoder(endpoint, "小", key="k").encode(["污水", "炉"])

    assert vectors.tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_an_endpoint_that_refuses_is_named_with_its_model(endpoint: str) -> None:
    with pytest.raises(EncoderDown, match="大"):
        EndpointEncoder(endpoint, "大", key="k").encode(["污水"])


def test_an_address_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(EncoderDown, match="ftp"):
        EndpointEncoder("ftp://x", "小")


def test_a_folder_without_a_model_is_refused_by_the_missing_file(tmp_path: Path) -> None:
    with pytest.raises(EncoderDown, match=r"model\.onnx"):
        OnnxEncoder(tmp_path)


def test_padding_does_not_count_in_the_mean_of_tokens() -> None:
    hidden = np.array([[[2.0, 0.0], [4.0, 0.0], [9.0, 9.0]]], np.float32)

    assert mean_of_tokens(hidden, np.array([[1, 1, 0]])).tolist() == [[3.0, 0.0]]
