"""Reading settings from the environment: refuse loudly, name the variable and the mend."""

import os
import secrets
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def env_str(name: str, default: str = "") -> str:
    """The variable, or `default`."""
    return os.environ.get(name, default)


def env_bool(name: str, *, default: bool) -> bool:
    """true or false. Anything else is refused."""
    raw = os.environ.get(name, "")
    if raw == "":
        return default
    if raw.lower() in ("true", "1"):
        return True
    if raw.lower() in ("false", "0"):
        return False
    raise ImproperlyConfigured(f"{name}={raw!r}：请写 true 或 false。")


def env_int(name: str, default: int, *, low: int = 0, high: int = 2**31) -> int:
    """A whole number within [low, high]."""
    raw = os.environ.get(name, "")
    if raw == "":
        return default
    try:
        value = int(raw)
    except ValueError:
        raise ImproperlyConfigured(f"{name}={raw!r}：请写一个整数。") from None
    if not low <= value <= high:
        raise ImproperlyConfigured(f"{name}={value}：须在 {low} 到 {high} 之间。")
    return value


def env_date(name: str) -> date | None:
    """A day as 2026-07-01; None when it is not set."""
    raw = os.environ.get(name, "")
    if raw == "":
        return None
    try:
        return date.fromisoformat(raw)
    except ValueError:
        raise ImproperlyConfigured(f"{name}={raw!r}：请写成日期，例如 2026-07-01。") from None


def env_list(name: str, default: str = "") -> list[str]:
    """Comma-separated words, blanks dropped."""
    return [word for part in os.environ.get(name, default).split(",") if (word := part.strip())]


def env_secret(name: str, *, keep_in: Path) -> str:
    """The secret in `name`, or in the file named by `name`_FILE, or made once and kept at `keep_in` (mode 600)."""
    if value := os.environ.get(name, ""):
        return value
    if path := os.environ.get(f"{name}_FILE", ""):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE={path!r} 读不出来：{error.strerror}。") from error
    if keep_in.exists():
        return keep_in.read_text(encoding="utf-8").strip()

    keep_in.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    value = secrets.token_urlsafe(48)
    descriptor = os.open(keep_in, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(value)
    return value


def database(url: str, *, sqlite_path: Path) -> dict[str, Any]:
    """Django's DATABASES entry. url: "" = SQLite at `sqlite_path`; sqlite:///path; postgresql://user:password@host:port/name."""
    if url.startswith("sqlite:///"):
        sqlite_path, url = Path(url.removeprefix("sqlite://")), ""
    if url == "":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(sqlite_path),
            "TEST": {
                "NAME": str(sqlite_path.with_name("test.sqlite3"))
            },  # a file: tests kill real processes on it
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",  # two writers wait for each other instead of failing midway
                "timeout": 30,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; "
                    "PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY;"
                ),
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
        raise ImproperlyConfigured(
            f"KEQIAO_DATABASE_URL 看不懂（{parts.scheme}://…）：请写 postgresql://用户:密码@主机:端口/库名，或留空使用 SQLite。"
        )
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }
