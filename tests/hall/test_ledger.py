"""A published log, played again by an outsider: what holds, and every way in which one could cheat."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from keqiao.core.errors import BadInput
from keqiao.hall.bidding import Form, Rules
from keqiao.hall.command import main
from keqiao.hall.ledger import (
    FIRST_HASH,
    Entry,
    Played,
    as_document,
    hash_of,
    play,
    read_document,
    receipt_of,
    rules_as_dict,
)

OPENS = datetime(2026, 12, 2, 1, tzinfo=UTC)
CLOSES = OPENS + timedelta(hours=2)
NUMBER = "挂牌-2026-0001"


def _rules(form: Form) -> Rules:
    return Rules(form, Decimal(100_000), OPENS, CLOSES, Decimal(5_000) if form is Form.OPEN else Decimal(0))


def _log(*events: tuple[str, datetime, dict[str, Any]]) -> list[Entry]:
    entries: list[Entry] = []
    for seq, (kind, at, data) in enumerate(events, start=1):
        prev = entries[-1].hash if entries else FIRST_HASH
        entries.append(Entry(seq, at, kind, data, prev, hash_of(NUMBER, seq, at, kind, data, prev)))
    return entries


def _announced(form: Form) -> tuple[str, datetime, dict[str, Any]]:
    return (
        "announced",
        OPENS - timedelta(days=20),
        {"way": "listed", "asking": None, "rules": rules_as_dict(_rules(form))},
    )


def _admitted(*aliases: str) -> list[tuple[str, datetime, dict[str, Any]]]:
    return [
        ("admitted", OPENS - timedelta(days=3), {"alias": alias, "relation": "none"}) for alias in aliases
    ]


def _bid(alias: str, amount: int, minutes: float, kind: str = "bid") -> tuple[str, datetime, dict[str, Any]]:
    at, nonce = OPENS + timedelta(minutes=minutes), f"n{amount}"
    data = {"alias": alias, "receipt": receipt_of(alias, Decimal(amount), nonce, at)}
    return kind, at, data | ({"amount": f"{amount}.00", "nonce": nonce} if kind == "bid" else {})


def _opened(*lines: tuple[int, int], minutes: float = 121) -> tuple[str, datetime, dict[str, Any]]:
    bids = [{"seq": seq, "amount": f"{amount}.00", "nonce": f"n{amount}"} for seq, amount in lines]
    return "opened", OPENS + timedelta(minutes=minutes), {"bids": bids, "persons": 2}


def _result(alias: str, amount: int, minutes: float = 130) -> tuple[str, datetime, dict[str, Any]]:
    return "result", OPENS + timedelta(minutes=minutes), {"alias": alias, "amount": f"{amount}.00"}


def _open_round() -> list[Entry]:
    return _log(_announced(Form.OPEN), *_admitted("竞买人1", "竞买人2"), _bid("竞买人1", 100_000, 5), _bid("竞买人2", 105_000, 9),
                _result("竞买人2", 105_000))  # fmt: skip


def _sealed_round() -> list[Entry]:
    return _log(
        _announced(Form.SEALED), *_admitted("竞买人1", "竞买人2", "竞买人3"), _bid("竞买人1", 120_000, 5, "sealed"),
        _bid("竞买人2", 150_000, 6, "sealed"), _bid("竞买人3", 150_000, 7, "sealed"), _bid("竞买人1", 130_000, 8, "sealed"),
        _opened((6, 150_000), (7, 150_000), (8, 130_000)), _result("竞买人2", 150_000),
    )  # fmt: skip


def _faults(entries: list[Entry]) -> str:
    return "；".join(words for _, words in play(NUMBER, entries).faults)


def test_an_honest_open_round_holds() -> None:
    played = play(NUMBER, _open_round())
    assert played.holds
    assert played.winner is not None
    assert played.winner.bidder == "竞买人2"


def test_an_honest_sealed_round_holds_and_of_equal_bids_the_earlier_wins() -> None:
    played = play(NUMBER, _sealed_round())
    assert played.faults == []
    assert played.winner is not None
    assert (played.winner.bidder, played.winner.amount) == ("竞买人2", 150_000)


def test_nobody_leads_a_sealed_round_before_it_is_opened() -> None:
    assert play(NUMBER, _sealed_round()[:-2]).winner is None


@pytest.mark.parametrize(
    ("events", "word"),
    [
        pytest.param(lambda: [_announced(Form.OPEN), *_admitted("竞买人1"), _bid("竞买人9", 100_000, 5)], "没有准入", id="nobody"),
        pytest.param(lambda: [_announced(Form.OPEN), *_admitted("竞买人1"), _bid("竞买人1", 90_000, 5)], "低于", id="low"),
        pytest.param(lambda: [_announced(Form.OPEN), *_admitted("竞买人1"), _bid("竞买人1", 100_000, 121)], "截止", id="late"),
        pytest.param(lambda: [_announced(Form.OPEN), *_admitted("竞买人1"), _bid("竞买人1", 100_000, 5), _result("竞买人1", 99_000)],
                     "按规则重放的不同", id="other-price"),
        pytest.param(lambda: [_announced(Form.OPEN), *_admitted("竞买人1"), _bid("竞买人1", 100_000, 5), _result("竞买人1", 100_000, 60)],
                     "截止之前就确认", id="too-soon"),
        pytest.param(lambda: [_announced(Form.SEALED), *_admitted("竞买人1"), _bid("竞买人1", 120_000, 5, "sealed"), _opened((3, 130_000))],
                     "与当时的回执不符", id="amount-changed"),
        pytest.param(lambda: [_announced(Form.SEALED), *_admitted("竞买人1"), _bid("竞买人1", 120_000, 5, "sealed"), _opened()],
                     "没有开出", id="bid-hidden"),
        pytest.param(lambda: [_announced(Form.SEALED), *_admitted("竞买人1"), _bid("竞买人1", 120_000, 5, "sealed"),
                              _opened((3, 120_000), minutes=60)], "截止之前就开了标", id="peeped"),
        pytest.param(lambda: [_announced(Form.SEALED), *_admitted("竞买人1"), _bid("竞买人1", 120_000, 5)], "公开的金额", id="not-sealed"),
    ],
)  # fmt: skip
def test_what_breaks_the_rules_is_found(events: Callable[[], list[Any]], word: str) -> None:
    assert word in _faults(_log(*events()))


def test_a_changed_or_missing_entry_is_found() -> None:
    log = _open_round()
    changed = Entry(
        log[3].seq,
        log[3].at,
        log[3].kind,
        {**log[3].data, "amount": "104000.00"},
        log[3].prev_hash,
        log[3].hash,
    )
    assert "可能被改动" in _faults([*log[:3], changed, *log[4:]])
    assert "缺了条目" in _faults([*log[:3], *log[4:]])


def test_a_bidder_whose_admission_was_withdrawn_no_longer_counts_and_the_next_best_stands() -> None:
    expelled = ("expelled", OPENS + timedelta(minutes=10), {"alias": "竞买人2", "reason": "保证金未到"})
    log = _log(
        _announced(Form.OPEN),
        *_admitted("竞买人1", "竞买人2"),
        _bid("竞买人1", 100_000, 5),
        _bid("竞买人2", 105_000, 9),
        expelled,
    )

    played = play(NUMBER, log)

    assert played.winner is not None
    assert played.winner.bidder == "竞买人1"
    assert "没有准入" in _faults(
        _log(*((one.kind, one.at, dict(one.data)) for one in log), _bid("竞买人2", 110_000, 11))
    )


def test_an_agreed_price_must_be_the_announced_one() -> None:
    announced = ("announced", OPENS, {"way": "agreed", "asking": "800000.00", "rules": None})
    assert play(NUMBER, _log(announced, _result("", 800_000))).holds
    assert "拟交易价格不同" in _faults(_log(announced, _result("", 700_000)))


def test_an_outsider_replays_a_downloaded_log_without_site_or_database(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "log.json"
    document = as_document(NUMBER, "膜技术", _sealed_round())
    file.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")

    assert main(["replay", str(file), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["holds"], told["winner"]) == (True, {"alias": "竞买人2", "amount": "150000.00"})
    assert main(["replay", str(file), "--head", "0" * 64]) == 1
    assert "不同" in capsys.readouterr().out

    document["entries"][-1]["data"]["alias"] = "竞买人3"
    file.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    assert main(["replay", str(file)]) == 1
    assert "可能被改动" in capsys.readouterr().out


@pytest.mark.parametrize(
    "text", ["", "[]", '{"format": "x"}', '{"format": "keqiao-hall-log/1", "entries": [{"seq": 1}]}']
)
def test_a_file_that_is_no_log_is_refused_in_words(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "x.json"
    file.write_text(text, encoding="utf-8")
    assert main(["replay", str(file)]) == 2
    assert "下载" in capsys.readouterr().err


def test_the_file_carries_everything_that_the_log_says() -> None:
    log = _sealed_round()
    number, entries = read_document(json.loads(json.dumps(as_document(NUMBER, "膜技术", log))))
    assert (number, entries) == (NUMBER, log)
    assert isinstance(play(number, entries), Played)
    with pytest.raises(BadInput, match="没有条目"):
        read_document({"format": "keqiao-hall-log/1", "entries": []})
