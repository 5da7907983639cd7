"""The commands, the self-check, and a server that starts, answers and stops with its companion."""

import io
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from keqiao.__main__ import COMMANDS, main, usage
from keqiao.codes.models import Division
from keqiao.core import audit
from keqiao.core.models import AuditEntry
from keqiao.matching import index
from keqiao.operation.management.commands.selfcheck import CHECKS
from keqiao.operation.readiness import make_ready
from keqiao.people.models import User
from keqiao.registry.kinds import KINDS
from tests.factories.people import UserFactory
from tests.factories.registry import DemandFactory


def _run(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """`keqiao …` in a process of its own, with this folder for everything that changes."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("KEQIAO_")} | {
        "DJANGO_SETTINGS_MODULE": "keqiao.settings",
        "KEQIAO_VAR": str(folder),
        "KEQIAO_FIELD_KEY": "field key of this test",
        "PYTHONWARNINGS": "ignore",
    }
    return subprocess.run(
        [sys.executable, "-m", "keqiao", *arguments],
        env=environment | more, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - {"manage"}))
def test_every_command_exists_and_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert name in usage()
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    assert "usage" in capsys.readouterr().out


def test_the_other_commands_are_reached_by_manage(capsys: pytest.CaptureFixture[str]) -> None:
    main(["manage", "help"])
    listed = capsys.readouterr().out
    assert "apitoken" in listed
    assert "diagrams" in listed


def test_an_unknown_command_is_answered_with_those_that_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["frobnicate"]) == 2
    assert "serve" in capsys.readouterr().err
    assert main([]) == 0


def _finding(name: str) -> tuple[bool, str]:
    return CHECKS[name]()


def test_a_site_without_administrators_is_told_which_are_missing(db: None) -> None:
    is_fine, words = _finding("三员")
    assert not is_fine
    assert "安全管理员" in words
    for trait in ("system_admin", "security_admin", "audit_admin"):
        UserFactory(**{trait: True})
    assert _finding("三员")[0]


def test_a_record_that_the_index_lacks_is_found(db: None) -> None:
    for kind in KINDS:
        index.rebuild(kind)
    assert _finding("索引")[0]
    DemandFactory(published=True)
    is_fine, words = _finding("索引")
    assert not is_fine
    assert "需求 0/1" in words
    index.rebuild("demand")
    assert _finding("索引")[0]


def test_a_changed_audit_entry_is_found(audit_admin: User) -> None:
    entry = audit.record("test.happened", by=audit_admin)
    assert _finding("审计链")[0]
    audit.record("test.again")
    forged = AuditEntry(seq=99, at=entry.at, action="test.forged", prev_hash="0" * 64, hash="0" * 64)
    forged.save(force_insert=True)
    is_fine, words = _finding("审计链")
    assert not is_fine
    assert "99" in words


def test_debug_and_missing_codes_are_found(db: None, settings: Any) -> None:
    settings.DEBUG = True
    assert not _finding("调试")[0]
    assert not _finding("代码表")[0]
    assert _finding("数据库")[0]


def test_the_check_ends_with_how_many_need_a_hand(db: None) -> None:
    out = io.StringIO()
    with pytest.raises(CommandError, match="项需要处理"):
        call_command("selfcheck", stdout=out)
    assert all(name in out.getvalue() for name in CHECKS)


def test_making_ready_loads_the_codes_once(db: None) -> None:
    assert make_ready() == ["行政区划和代码表已载入"]
    assert Division.objects.exists()
    assert make_ready() == []


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def server(tmp_path: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """`keqiao serve` on an empty folder, as after installing."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("KEQIAO_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "keqiao", "serve", "--port", str(port), "--workers", "1"],
        env=environment | {"KEQIAO_VAR": str(tmp_path / "var"), "DJANGO_SETTINGS_MODULE": "keqiao.settings"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    yield process
    if process.poll() is None:
        process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def _answer(port: int, path: str, seconds: float) -> str:
    """What the server says, once it does."""
    until = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as response:
                return str(response.read().decode())
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.3)


def _children(pid: int) -> list[int]:
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    return [int(line) for line in listed.stdout.split()]


@pytest.mark.slow
def test_a_fresh_installation_serves_and_stops_with_its_companion(
    server: subprocess.Popen[str], port: int
) -> None:
    assert '"demand": 0' in _answer(port, "/api/v1/counts", 90)
    assert "<html" in _answer(port, "/", 10)
    children = _children(server.pid)
    assert len(children) >= 2, "a worker and the index follower"
    server.send_signal(signal.SIGTERM)
    assert server.wait(timeout=30) == 0
    for _ in range(50):
        alive = [pid for pid in children if Path(f"/proc/{pid}").exists()]
        if not alive:
            break
        time.sleep(0.2)
    assert alive == []


@pytest.mark.slow
def test_a_site_moves_to_another_machine_by_its_archive(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    assert _run(old, "manage", "migrate").returncode == 0
    made = _run(old, "account", "create", "root1", "--name", "杨", "--role", "system_admin")
    assert made.returncode == 0, made.stderr
    saved = _run(old, "backup", str(tmp_path / "site.tar"))
    assert saved.returncode == 0, saved.stderr
    back = _run(new, "restore", str(tmp_path / "site.tar"))
    assert back.returncode == 0, back.stderr
    verified = _run(new, "audit", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
