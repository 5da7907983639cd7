"""Where a query's words stand in a text, and the piece of a document that shows them best."""

import re
from collections.abc import Iterable

from keqiao_match.text import code_key, fold_with_origin, pinyin_keys, words
from keqiao_match.types import Snippet


def _pattern(query: str) -> re.Pattern[str] | None:
    pieces: dict[str, None] = {}
    for chunk in query.split():
        if len(key := code_key(chunk)) > 1:
            pieces[key] = None
    for word in words(query):
        # A lone character of a run is asked for with its neighbour: 高 of 高盐 is no hit in 能耗高
        is_carried = len(word.text) == 1 < len(word.grams[0])
        if not is_carried:
            pieces[word.text] = None
        pieces.update(dict.fromkeys(gram for gram in word.grams if is_carried or len(word.text) > 2))
    if not pieces:
        return None
    return re.compile("|".join(re.escape(piece) for piece in sorted(pieces, key=lambda p: (-len(p), p))))


def _marks(text: str, query: str) -> list[bool]:
    marks = [False] * len(text)
    folded, origin = fold_with_origin(text)
    if pattern := _pattern(query):
        at = 0
        # From each hit on by one character, so that overlapping words are marked too.
        while found := pattern.search(folded, at):
            for place in range(found.start(), found.end()):
                marks[origin[place]] = True
            at = found.start() + 1
    return marks


def _cut(text: str, marks: list[bool]) -> list[tuple[str, bool]]:
    parts: list[tuple[str, bool]] = []
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or marks[at] != marks[start]:
            parts.append((text[start:at], marks[start]))
            start = at
    return parts


def highlight(text: str, query: str) -> list[tuple[str, bool]]:
    """`text` cut into (piece, is it a hit); joined, the pieces are the text again.

    Finds what search finds: 待處理 is marked for 处理, ＰＬＡ for pla, 王建国 for wjg.
    """
    if not text:
        return []
    marks = _marks(text, query)
    typed = code_key(query)
    if not any(marks) and typed.isascii() and typed.isalpha() and typed in pinyin_keys(text):
        marks = [True] * len(text)
    return _cut(text, marks)


def best_snippet(fields: Iterable[tuple[str, str]], query: str, *, width: int = 120) -> Snippet | None:
    """The stretch of at most `width` characters with most hits, cut where a sentence starts if it can be.

    None when all fields are empty; the first field's beginning when nothing is hit.
    """
    best: tuple[int, str, str, list[bool]] | None = None
    for name, raw in fields:
        text = " ".join(raw.replace("\\n", " ").split())
        if not text:
            continue
        marks = _marks(text, query)
        start, hits = _densest(text, marks, width)
        if best is None or hits > best[0]:
            piece, kept = text[start : start + width], marks[start : start + width]
            if start:
                piece, kept = "…" + piece, [False, *kept]
            if start + width < len(text):
                piece, kept = piece + "…", [*kept, False]
            best = (hits, name, piece, kept)
    if best is None:
        return None
    return Snippet(best[1], tuple(_cut(best[2], best[3])))


def _densest(text: str, marks: list[bool], width: int) -> tuple[int, int]:
    """Where the fullest window starts and how many characters are hit in it.

    Windows start at a sentence or clause; of equally full ones the last, so that what follows the hits is read too.
    """
    starts = [0, *(at + 1 for at, char in enumerate(text[:-1]) if char in "。！？；;，,")]
    total = [0]
    for mark in marks:
        total.append(total[-1] + mark)
    hits = {start: total[min(len(text), start + width)] - total[start] for start in starts}
    most = max(hits.values())
    return (max(start for start in starts if hits[start] == most), most) if most else (0, 0)
