"""All firms against all books: the same answers as one by one, and a run that broke off goes on."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from bench.rules import by_hand, made
from django.core.management import CommandError, call_command

from keqiao.core.errors import NotAllowed
from keqiao.rules import firms, registering
from keqiao.rules.batch import Bench, run
from keqiao.rules.judging import outcome
from keqiao.rules.models import FirmOutcome, RuleBatch
from keqiao.rules.registering import run_batch
from keqiao.rules.shelf import names, shipped

DAY = date(2026, 7, 1)


def test_many_books_at_once_say_what_each_says_alone() -> None:
    books = [shipped(name) for name in names()]
    bench = Bench(books, DAY)

    for _, _, facts in made(12):
        alone = {
            book.name: outcome(version, facts, on=DAY)
            for book in books
            if (version := book.find(DAY, facts["region"])) is not None
        }
        assert bench.outcomes(facts) == alone


def test_the_books_agree_with_predicates_written_by_hand() -> None:
    bench = Bench([shipped("tech_sme"), shipped("rd_clearing")], DAY)

    found = [bench.outcomes(facts) for _, _, facts in made(300)]

    assert [(one["tech_sme"], one["rd_clearing"]) for one in found] == [
        by_hand(facts) for _, _, facts in made(300)
    ]
    assert len({one["tech_sme"] for one in found}) == 4  # met, unmet, unknown and manual all occur


def test_firms_come_back_in_their_order_and_the_bar_is_told() -> None:
    told: list[int] = []

    chunks = run([shipped("rd_clearing")], made(30), on=DAY, workers=0, told=told.append)

    assert [identity for chunk in chunks for identity, _, _ in chunk] == [str(n) for n in range(30)]
    assert told == [30]


@pytest.fixture
def registry() -> Iterator[list[tuple[str, str, dict[str, Any]]]]:
    """Five firms of a made registry."""
    before = list(firms._sources), list(firms._counts)
    kept = [(str(n), f"示例企业{n}", {"sales": Decimal(9000 * n), "region": "210600"}) for n in range(5)]
    firms.register(lambda _: iter(kept), lambda: len(kept))
    yield kept
    firms._sources[:], firms._counts[:] = before


@pytest.fixture
def two_books(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registering, "names", lambda: ("tech_sme", "rd_clearing"))


@pytest.mark.django_db
@pytest.mark.usefixtures("two_books")
def test_a_run_that_broke_off_goes_on_with_the_firms_it_had_not_done(registry: list[Any]) -> None:
    whole = list(registry)
    registry.append(("5", "断电时读到的企业", None))  # reading it fails, after the first chunk was kept
    with pytest.raises(AttributeError):
        run_batch(on=DAY, workers=0)
    broken = RuleBatch.objects.get()
    FirmOutcome.objects.bulk_create(  # what the first chunk had kept
        FirmOutcome(batch=broken, firm_id=identity, firm_name=name) for identity, name, _ in whole[:3]
    )
    registry[:] = whole
    seen: list[tuple[int, int | None]] = []

    batch = run_batch(on=DAY, workers=0, told=lambda done, total: seen.append((done, total)))

    assert batch.pk == broken.pk
    assert seen == [(3, 5), (5, 5)]
    assert batch.outcomes.count() == 5
    assert batch.outcomes.get(firm_id="4").of("tech_sme") == "unmet"


@pytest.mark.django_db
@pytest.mark.usefixtures("two_books", "registry")
def test_another_day_is_another_run() -> None:
    first, second = run_batch(on=DAY, workers=0), run_batch(on=date(2026, 7, 2), workers=0)

    assert first.pk != second.pk
    assert run_batch(on=DAY, workers=0).pk != first.pk  # a finished one is done anew


@pytest.mark.django_db
@pytest.mark.usefixtures("two_books", "registry")
def test_the_command_shows_how_many_firms_meet_each_book() -> None:
    call_command("rules", "batch", "--on", "2026-07-01", "--workers", "0", stdout=StringIO())

    assert RuleBatch.objects.get().firms == 5


@pytest.mark.django_db
def test_without_a_registry_of_firms_the_command_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(firms, "_sources", [])

    with pytest.raises(NotAllowed, match="没有可判断的企业"):
        run_batch(on=DAY)
    with pytest.raises(CommandError, match="没有可判断的企业"):
        call_command("rules", "batch")


def test_a_firm_with_impossible_figures_does_not_stop_the_others() -> None:
    huge = {"main_income" + suffix: Decimal(5 * 10**14) for suffix in ("", "_1", "_2")}
    bench = Bench([shipped("giant"), shipped("rd_clearing")], date(2025, 6, 1))

    found = bench.outcomes(huge | {"sales": Decimal(5000), "titles": ["srdi"]})

    assert found == {"giant": "unknown", "rd_clearing": "not_applicable"}
