"""The repository keeps its own rules."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.apps import apps

FORBIDDEN_HOST = re.compile(
    r"\b(pypi|pythonhosted|npmjs|deb\.debian|files\.python)[a-z.]*\.(org|com)\b", re.IGNORECASE
)
MACHINE_PATH = re.compile(r"(^|[^A-Za-z0-9._])/(work|farm|root|home/[a-z]+)/")
BINARY = {".gz", ".png", ".woff2", ".ico", ".docx", ".xlsx", ".svg"}


def _committed(repository: Path) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=repository, capture_output=True, check=True
    ).stdout.decode()
    return [repository / name for name in listed.split("\0") if name]


def _texts(repository: Path) -> list[tuple[Path, str]]:
    wanted = [
        p
        for p in _committed(repository)
        if p.suffix not in BINARY and "vendor" not in p.parts and p.is_file()
    ]
    return [(path, path.read_text(encoding="utf-8", errors="replace")) for path in wanted]


def test_no_committed_text_names_a_registry_or_a_path_of_a_machine(repository: Path) -> None:
    own = Path(__file__).name
    found = [
        f"{path.relative_to(repository)}:{number}"
        for path, text in _texts(repository)
        if path.name != own
        for number, line in enumerate(text.splitlines(), start=1)
        if FORBIDDEN_HOST.search(line) or MACHINE_PATH.search(line)
    ]
    assert found == []


def test_the_locks_pin_every_version_without_an_address(repository: Path) -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (repository / name).read_text().splitlines():
            assert re.fullmatch(r"[a-z0-9._-]+==[^\s@]+( ;.*)?", line), f"{name}: {line}"


def test_every_dependency_says_why_it_is_there(repository: Path) -> None:
    text = (repository / "pyproject.toml").read_text()
    project = tomllib.loads(text)
    wanted = [
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["site"],
        *project["dependency-groups"]["dev"],
        *project["dependency-groups"]["build"],
    ]
    lines = text.splitlines()
    for requirement in wanted:
        line = next(one for one in lines if f'"{requirement}"' in one)
        assert re.search(r"#\s+\S.{4,}", line), f"{requirement} has no reason on its line"


def test_the_engine_imports_without_django(repository: Path) -> None:
    code = "import sys, keqiao_match; sys.exit('django' in sys.modules or 'keqiao' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=repository / "src", check=False).returncode == 0


def test_every_room_says_what_it_is_for(repository: Path) -> None:
    for config in apps.get_app_configs():
        if config.name.startswith("keqiao"):
            tree = ast.parse((Path(config.path) / "__init__.py").read_text(encoding="utf-8"))
            assert ast.get_docstring(tree), f"{config.name}/__init__.py has no docstring"


def test_no_file_is_called_utils_or_helpers(repository: Path) -> None:
    assert [p.name for p in _committed(repository) if p.stem in ("utils", "helpers", "misc", "common")] == []


def test_every_model_stands_in_the_glossary(repository: Path) -> None:
    glossary = (repository / "docs" / "glossary.md").read_text(encoding="utf-8")
    missing = [
        model.__name__
        for model in apps.get_models()
        if model.__module__.startswith("keqiao") and f"`{model.__name__}`" not in glossary
    ]
    assert missing == []


def test_every_environment_variable_is_documented_and_every_documented_one_exists(repository: Path) -> None:
    read = set()
    for path in (repository / "src" / "keqiao").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        read |= set(re.findall(r'(?:env_\w+|environ\.get|environ)[\[(]\s*"(KEQIAO_\w+)"', text))
    documented = set(
        re.findall(r"`(KEQIAO_\w+)`", (repository / "docs" / "environment.md").read_text(encoding="utf-8"))
    )
    assert read == {name for name in documented if not name.endswith("_FILE")}


def test_the_readme_opens_with_the_two_commands(repository: Path) -> None:
    for name in ("README.md", "README.zh-CN.md"):
        head = (repository / name).read_text(encoding="utf-8")
        assert 0 <= head.index("make demo") < head.index("make test")


@pytest.mark.parametrize("word", ["TODO", "FIXME", "NotImplementedError"])  # what is forbidden elsewhere
def test_nothing_is_left_unfinished_without_a_word(repository: Path, word: str) -> None:
    own = Path(__file__).name
    found = [
        f"{path.relative_to(repository)}" for path, text in _texts(repository)
        if path.suffix == ".py" and path.name != own and re.search(rf"(#.*|raise )\b{word}\b", text)
    ]  # fmt: skip
    assert found == []


def _template_names(repository: Path) -> set[str]:
    root = repository / "src" / "keqiao" / "web" / "templates"
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


def test_every_template_is_used(repository: Path) -> None:
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("src/keqiao", "tests")
        for path in (repository / folder).rglob("*")
        if path.suffix in (".py", ".html", ".txt")
    )
    built = {"errors/400.html", "errors/403.html", "errors/404.html", "errors/409.html", "errors/422.html",
             "errors/429.html", "errors/500.html", "errors/503.html"}  # chosen by status in web/errors.py  # fmt: skip
    mails = {
        name
        for name in _template_names(repository)
        if f'"{name.removeprefix("mail/").split(".")[0]}"' in source
    }
    unused = [
        name
        for name in _template_names(repository) - built - mails
        if f'"{name}' not in source and f"'{name}" not in source
    ]
    assert unused == []
