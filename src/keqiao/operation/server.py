"""The web server and its companion that keeps the index fresh, started and stopped together."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections
from gunicorn.app.base import BaseApplication

from keqiao.matching.follow import warm
from keqiao.wsgi import application


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    """gunicorn with our settings, without a configuration file."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        super().__init__(usage=None, prog="keqiao")

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return application


def _warmed(worker: Any) -> None:
    """A new worker loads the dictionaries while it already answers, so that nobody's first search waits for them."""
    threading.Thread(target=warm, name="keqiao-warm", daemon=True).start()


@contextmanager
def index_follower() -> Iterator[None]:
    """A process of its own that puts changed records into the index; it ends with us."""
    environment = os.environ | {"KEQIAO_FOLLOWS": str(os.getpid())}
    follower = subprocess.Popen([sys.executable, "-m", "keqiao", "index", "--follow"], env=environment)
    try:
        yield
    finally:
        follower.terminate()
        try:
            follower.wait(timeout=10)
        except subprocess.TimeoutExpired:
            follower.kill()


def serve(*, host: str, port: int, workers: int, threads: int) -> None:
    """Serve until stopped (Ctrl+C or SIGTERM)."""
    options = {
        "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        "workers": workers,
        "threads": threads,
        "worker_class": "gthread",
        "timeout": 120,
        "graceful_timeout": 20,
        "max_requests": 20_000,
        "max_requests_jitter": 2_000,
        "loglevel": "warning",
        "proc_name": "keqiao",
        "limit_request_line": 8190,
        "post_worker_init": _warmed,
    }
    connections.close_all()  # no worker inherits a connection of this process
    with index_follower():
        Server(options).run()
