"""The machine's proposal of a field for a text: 技术领域, GB/T 4754, 高新技术领域 and IPC, with its reasons.

    propose("西瓜采摘机器人", "")[0]   # Proposal('field11', '09', '农业', 0.4, ('西瓜', '采摘'))

Every code is a small document: its official names (for IPC those of all subgroups too), the words of
`data/tagging.yaml`, weighted by tf-idf over character pairs and compared by cosine. What the text says about
IPC also speaks for the fields and industries its classes belong to. No dictionary, no training texts.
A proposal is for a person to confirm; floors of what was measured stand in tests/codes/test_tagging.py.
"""

import gzip
import io
import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml

from keqiao.codes import lists
from keqiao.codes.packed import DATA

LISTS = ("field11", "gbt4754", "hitech", "ipc")
MODEL = DATA / "tagging.npz.gz"

_RUN = re.compile(r"[\u3400-\u9fff]+|[a-z][a-z0-9]+")
_BRACKETED = re.compile(r"[（(][^（）()]*[）)]")
_TITLE_WEIGHT = 4
_LONGEST = 6000  # characters read of a text: what follows adds time, not knowledge
_SHARPNESS = {"field11": 3.0, "gbt4754": 4.0, "hitech": 4.0, "ipc": 4.0}
_FROM_IPC = {"field11": 1.6, "gbt4754": 0.8, "hitech": 0.7}
_HITECH_OF_FIELD = {
    "01": "1", "02": "3", "03": "8", "04": "2", "05": "4", "06": "6", "07": "7", "08": "6", "09": "2", "10": "8", "11": "5",
}  # fmt: skip

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Proposal:
    """One proposed code. `score` 0-1 is its share of the evidence among the best ten of its list."""

    list: str
    code: str
    name: str
    score: float
    terms: tuple[str, ...]


def propose(title: str, body: str, *, lists: Sequence[str] = LISTS, top: int = 3) -> list[Proposal]:
    """Up to `top` codes for each list, best first; none for a text without a known term.

    field11 gives its 11 codes, gbt4754 groups of 3 digits, hitech leaves (1.2.3), ipc subclasses (A01B).
    About 2 ms a text after the first call, which opens the model (under 0.5 s).
    """
    model = _model()
    marks = _marks(title, body)
    if not marks:
        return []
    ipc = model.read("ipc", marks)
    runs = _RUN.findall(unicodedata.normalize("NFKC", f"{title}\n{body[:_LONGEST]}").lower())
    found: list[Proposal] = []
    for key in lists:
        own = ipc if key == "ipc" else model.read(key, marks)
        scores = own.scores if key == "ipc" else _with_ipc(key, own.scores, ipc.scores)
        for code, column, share in _best(model, key, scores, top):
            worth = own.worth(column) or _worth_through_ipc(key, column, ipc)
            found.append(Proposal(key, code, _name(key, code), share, _reasons(worth, runs)))
    return found


def pairs(text: str) -> Iterator[str]:
    """Character pairs of Chinese runs, and Latin words, in half width and lower case."""
    for run in _RUN.findall(unicodedata.normalize("NFKC", text).lower()):
        if run[0] < "\u3400":
            yield run
        else:
            yield from (run[at : at + 2] for at in range(len(run) - 1))


def _marks(title: str, body: str) -> dict[str, float]:
    stop = _stop()
    counts: Counter[str] = Counter()
    for text, weight in ((title, _TITLE_WEIGHT), (body[:_LONGEST], 1)):
        for pair in pairs(text):
            if pair not in stop:
                counts[pair] += weight
    return {pair: 1 + math.log(count) for pair, count in counts.items()}


class Model:
    """Term weights of every list, as one compressed sparse table per list."""

    def __init__(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        self._arrays = arrays

    @cached_property
    def _rows(self) -> dict[str, dict[str, int]]:
        return {
            key: {
                term: row for row, term in enumerate(bytes(self._arrays[f"{key}_terms"]).decode().split("\n"))
            }
            for key in LISTS
        }

    @cached_property
    def codes(self) -> dict[str, list[str]]:
        """Codes of each list in column order."""
        return {key: bytes(self._arrays[f"{key}_codes"]).decode().split("\n") for key in LISTS}

    def read(self, key: str, marks: dict[str, float]) -> "Reading":
        """What the terms of a text say about every code of the list."""
        rows, starts = self._rows[key], self._arrays[f"{key}_starts"]
        known = [(term, rows[term], mark) for term, mark in marks.items() if term in rows]
        spans = [slice(starts[row], starts[row + 1]) for _, row, _ in known]
        columns, weights = self._arrays[f"{key}_columns"], self._arrays[f"{key}_weights"]
        size = len(self.codes[key])
        if not known:
            return Reading([], np.zeros(0, np.uint16), np.zeros(0, np.uint32), np.zeros(0, np.float32), size)
        counts = [span.stop - span.start for span in spans]
        mark_of = np.array([mark for _, _, mark in known], dtype=np.float32)
        return Reading(
            [term for term, _, _ in known],
            np.concatenate([columns[span] for span in spans]),
            np.repeat(np.arange(len(known), dtype=np.uint32), counts),
            np.concatenate([weights[span] for span in spans]) * np.repeat(mark_of, counts),
            size,
        )


class Reading:
    """Contributions of the terms of one text to the codes of one list."""

    def __init__(
        self,
        terms: list[str],
        columns: npt.NDArray[Any],
        term_of: npt.NDArray[Any],
        values: Floats,
        size: int,
    ) -> None:
        self._terms, self._columns, self._term_of, self._values = terms, columns, term_of, values
        self.scores: Floats = np.bincount(columns, weights=values, minlength=size).astype(np.float32)

    def worth(self, column: int) -> dict[str, float]:
        """What each term gave to one code."""
        at = np.flatnonzero(self._columns == column)
        return {self._terms[self._term_of[i]]: float(self._values[i]) for i in at}


@cache
def _model() -> Model:
    with np.load(io.BytesIO(gzip.decompress(MODEL.read_bytes()))) as arrays:
        return Model({name: _widen(arrays[name]) for name in arrays.files})


def _widen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return array.astype(np.float32) if array.dtype == np.float16 else array


@cache
def _knowledge() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DATA / "tagging.yaml").read_text(encoding="utf-8"))
    return loaded


@cache
def _stop() -> frozenset[str]:
    return frozenset(_knowledge()["stop"].split())


@cache
def _bridge(key: str) -> Floats:
    """(codes of IPC, codes of `key`): 1 where a subclass speaks for a code."""
    model = _model()
    mapping: dict[str, tuple[str, str]] = _knowledge()["ipc_map"]
    codes = model.codes[key]
    bridge = np.zeros((len(model.codes["ipc"]), len(codes)), dtype=np.float32)
    columns: dict[str, list[int]] = {}
    for row, subclass in enumerate(model.codes["ipc"]):
        field, divisions = mapping.get(subclass) or mapping.get(subclass[:3]) or ("", "")
        area = _HITECH_OF_FIELD.get(field, "")
        spoken = {"field11": [field], "gbt4754": divisions.split(), "hitech": [f"{area}."]}[key]
        for prefix in spoken:
            if prefix not in columns:
                columns[prefix] = [at for at, code in enumerate(codes) if prefix and code.startswith(prefix)]
            bridge[row, columns[prefix]] = 1.0
    return bridge


def _with_ipc(key: str, own: Floats, ipc: Floats) -> Floats:
    """Own evidence plus what the ten likeliest IPC subclasses say, both scaled to a best of 1."""
    best = np.argsort(-ipc)[:10]
    votes = ipc[best] ** 2
    spoken = votes @ _bridge(key)[best] if votes.sum() else np.zeros_like(own)
    return _scaled(own) + np.float32(_FROM_IPC[key]) * _scaled(spoken)


def _scaled(scores: Floats) -> Floats:
    highest = scores.max(initial=0)
    return scores / highest if highest > 0 else scores


def _best(model: Model, key: str, scores: Floats, top: int) -> Iterator[tuple[str, int, float]]:
    """(code, column, share of the evidence) of the best codes."""
    order = np.argsort(-scores, kind="stable")[: max(10, top)]
    share = scores[order] ** _SHARPNESS[key]
    total = float(share.sum())
    for place, column in enumerate(order[:top]):
        if scores[column] <= 0:
            return
        yield model.codes[key][column], int(column), round(float(share[place]) / total, 3)


@cache
def _name(key: str, code: str) -> str:
    return lists.label(key, code)


def _worth_through_ipc(key: str, column: int, ipc: Reading) -> dict[str, float]:
    """For a code that only IPC spoke for: the terms of the subclass that spoke loudest."""
    return ipc.worth(int(np.argmax(ipc.scores * _bridge(key)[:, column])))


def _reasons(worth: dict[str, float], runs: list[str]) -> tuple[str, ...]:
    """The stretches of the text that spoke most for a code, at most five."""
    if not worth:
        return ()
    least = max(worth.values()) * 0.25
    worthy = [term for term, value in worth.items() if value >= least]
    gathered: dict[str, float] = {}
    for run in runs:
        if not any(term in run for term in worthy):
            continue
        for stretch, value in _stretches(run, worth, least):
            gathered[stretch] = max(gathered.get(stretch, 0.0), value)
    return tuple(sorted(gathered, key=lambda stretch: (-gathered[stretch], stretch))[:5])


def _stretches(run: str, worth: dict[str, float], least: float) -> Iterator[tuple[str, float]]:
    """Neighbouring pairs that count, joined: 西瓜 + 瓜采 + 采摘 -> 西瓜采摘."""
    if run[0] < "\u3400":
        if worth.get(run, 0) >= least:
            yield run, worth[run]
        return
    first, value = -1, 0.0
    for at in range(len(run)):
        worthy = worth.get(run[at : at + 2], 0.0) if at + 1 < len(run) else 0.0
        if worthy >= least and worthy > 0:
            first, value = (at, worthy) if first < 0 else (first, value + worthy)
        elif first >= 0:
            yield run[first : at + 1], value
            first, value = -1, 0.0


# Building the model: `python -m django build_tagging`, from the shipped lists and tagging.yaml alone.

Document = dict[str, list[tuple[str, float]]]


def documents(key: str) -> Document:
    """For each code that may be proposed: its texts with their weights."""
    gathered: Document = defaultdict(list)
    words: dict[str, str] = _knowledge().get(key, {})
    if key == "ipc":
        for code, _, level, name, _ in lists.packed("ipc") or ():
            bare = _BRACKETED.sub("", name)
            if level == "3":
                gathered[code] += [
                    (bare, 6.0),
                    (lists.label("ipc", code[:3]), 3.0),
                    (words.get(code, ""), 8.0),
                ]
            elif int(level) > 3:
                gathered[code[:4]].append((bare, 1.0))
    elif key == "field11":
        for item in lists.items(key):
            gathered[item.code] = [(item.name, 3.0), (words[item.code], 3.0)]
            areas = {
                area
                for field, area in _HITECH_OF_FIELD.items()
                if field == item.code and field not in ("08", "09")
            }
            gathered[item.code] += [(sub.name, 1.0) for area in areas for sub in _below("hitech", area)]
    elif key == "gbt4754":
        for item in (item for item in lists.items(key) if item.level == 3):
            gathered[item.code] = [
                (item.name, 3.0),
                (lists.label(key, item.parent), 1.0),
                (words.get(item.parent, ""), 1.0),
            ]
            gathered[item.code] += [(sub.name, 2.0) for sub in lists.children(key, item.code)]
    else:
        for item in (item for item in lists.items(key) if item.level == 3):
            gathered[item.code] = [(item.name, 3.0), (lists.label(key, item.parent), 1.5)]
    return dict(gathered)


def _below(key: str, code: str) -> Iterator[lists.Item]:
    for item in lists.children(key, code):
        yield item
        yield from _below(key, item.code)


def build(path: Path = MODEL) -> int:
    """Write the model; the same lists and words give the same arrays. Returns its size in bytes."""
    arrays: dict[str, npt.NDArray[Any]] = {}
    for key in LISTS:
        arrays |= _table(key, documents(key))
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]  # the stub takes allow_pickle for one of the arrays
    return path.write_bytes(gzip.compress(buffer.getvalue(), compresslevel=9, mtime=0))


def _table(key: str, gathered: Document) -> dict[str, npt.NDArray[Any]]:
    codes = sorted(gathered)
    counts = [_weighted(gathered[code]) for code in codes]
    known = Counter(term for count in counts for term in count)
    rarity = {term: math.log(1 + (len(codes) - n + 0.5) / (n + 0.5)) for term, n in known.items()}
    postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for column, count in enumerate(counts):
        vector = {term: rarity[term] * (1 + math.log(max(weight, 1.0))) for term, weight in count.items()}
        length = math.sqrt(sum(value * value for value in vector.values())) or 1.0
        for term, value in vector.items():
            postings[term].append((column, rarity[term] * value / length))
    terms = sorted(postings)
    lengths = [len(postings[term]) for term in terms]
    return {
        f"{key}_codes": _as_bytes(codes),
        f"{key}_terms": _as_bytes(terms),
        f"{key}_starts": np.concatenate([[0], np.cumsum(lengths)]).astype(np.uint32),
        f"{key}_columns": np.array(
            [column for term in terms for column, _ in postings[term]], dtype=np.uint16
        ),
        f"{key}_weights": np.array(
            [weight for term in terms for _, weight in postings[term]], dtype=np.float16
        ),
    }


def _weighted(texts: Iterable[tuple[str, float]]) -> Counter[str]:
    stop = _stop()
    count: Counter[str] = Counter()
    for text, weight in texts:
        for pair in pairs(text):
            if pair not in stop:
                count[pair] += weight  # type: ignore[assignment]  # weights are halves
    return count


def _as_bytes(words: list[str]) -> npt.NDArray[np.uint8]:
    return np.frombuffer("\n".join(words).encode(), dtype=np.uint8)
