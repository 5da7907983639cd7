"""A gateway on this machine that takes messages as docs/howto/message-gateway.md says and keeps them in a list.

For tests, and for a bureau that writes its own gateway and wants to see what arrives: `keqiao messages gateway`.
"""

import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from keqiao.message.channels import signature


@dataclass(slots=True)
class FakeGateway:
    """url: where it listens. taken: what it took, once per id. answer: the status of the next answers, 200 = takes."""

    url: str
    secret: str
    taken: dict[str, dict[str, Any]] = field(default_factory=dict)
    answer: int = 200
    seen: Callable[[dict[str, Any]], None] | None = None

    def take(self, body: bytes, moment: str, proof: str) -> tuple[int, dict[str, str]]:
        """Status and answer for one POST: 401 for a wrong signature, 422 for what is no mobile number."""
        if not hmac.compare_digest(proof, signature(self.secret, moment, body)):
            return 401, {"error": "signature"}
        if self.answer != 200:
            return self.answer, {"error": "told to"}
        message = json.loads(body)
        if not (message["to"].isdigit() and len(message["to"]) == 11):
            return 422, {"error": "to"}
        self.taken.setdefault(message["id"], message)  # the same id again is the same message
        if self.seen:
            self.seen(message)
        return 200, {"receipt": f"fake-{len(self.taken)}"}


@contextmanager
def fake_gateway(secret: str, *, port: int = 0) -> Iterator[FakeGateway]:
    """A running gateway at 127.0.0.1; port 0 takes a free one."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(min(int(self.headers.get("Content-Length", "0")), 100_000))
            status, answer = gateway.take(
                body, self.headers.get("X-Keqiao-Time", ""), self.headers.get("X-Keqiao-Signature", "")
            )
            raw = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *args: object) -> None:
            """Quiet: whoever started it prints what it took."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    gateway = FakeGateway(f"http://127.0.0.1:{server.server_address[1]}/", secret)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
