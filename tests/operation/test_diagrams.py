"""The pictures in the documents are those of the code."""

from pathlib import Path

from django.core.management import call_command

from keqiao.operation.diagrams import imports_between_rooms, pages, room_of, without_detours


def test_the_committed_diagrams_are_up_to_date(repository: Path) -> None:
    """Run `make diagrams` when this fails."""
    for name, text in pages().items():
        assert (repository / "docs" / "diagrams" / name).read_text(encoding="utf-8") == text, name


def test_the_command_writes_every_page(tmp_path: Path) -> None:
    call_command("diagrams", "--out", str(tmp_path / "diagrams"))
    assert {path.name for path in (tmp_path / "diagrams").iterdir()} == set(pages())
    assert {"demand-flow.md", "case-flow.md", "award-flow.md", "payment-batch-flow.md", "rooms.md"} <= set(
        pages()
    )


def test_a_module_knows_its_room() -> None:
    assert room_of("keqiao.registry.demand.models") == "registry.demand"
    assert room_of("keqiao.registry.kinds") == "registry.kinds"
    assert room_of("keqiao.web.desk.views") == "web"
    assert room_of("keqiao.settings") == ""


def test_rooms_look_down_in_the_picture_too() -> None:
    edges = imports_between_rooms()
    assert "people" in edges["registry.records"]
    assert "core" not in edges
    assert "web" not in edges["api"]


def test_a_way_round_hides_the_short_cut() -> None:
    edges = {"a": frozenset({"b", "c"}), "b": frozenset({"c"})}
    assert without_detours(edges) == {"a": {"b"}, "b": {"c"}}
