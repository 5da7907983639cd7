"""Draw the related words of keqiao_match: abbreviations from the corpus, alternatives from the IPC titles.

Run from the repository root: python -m bench.match_related ../shared/data
Writes src/keqiao_match/data/related.tsv: why, word, other word, source. Terms only, no text. The IPC is a table of
facts; two words that one subgroup names side by side are kept when they also keep the same company.
"""

import argparse
import gzip
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

from bench.match_corpus import abstracts
from keqiao_match.background import background
from keqiao_match.related import harvest_abbreviations

TARGET = Path(__file__).parents[1] / "src" / "keqiao_match" / "data" / "related.tsv"
LEAST_TEXTS = 3
LEAST_COSINE = 0.72
MOST_ALTERNATIVES = 4
NOTE = re.compile(r"（[^）]*）|\([^)]*\)")
PIECE = re.compile("[\u4e00-\u9fff]{2,6}")


def abbreviations(data: Path) -> Iterator[str]:
    """Rows of abbreviations that at least three abstracts give."""
    for short, (name, times) in sorted(harvest_abbreviations(abstracts(data)).items()):
        if times >= LEAST_TEXTS and len(name) > 2 and not re.fullmatch(r"[a-z]\d*|no|tag", short):
            yield f"缩写\t{short}\t{name}\t见于 {times} 篇文献"


def neighbours(data: Path) -> Iterator[str]:
    """Rows of words that one IPC group names side by side."""
    shared, seen = background(), set()
    with gzip.open(data / "reference" / "ipc_zh.tsv.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            code, level, title = line.rstrip("\n").split("\t")
            if "group" not in level:
                continue
            pieces = re.split("[；、，;,]|或", NOTE.sub("", title).replace(" ", ""))
            known = [piece for piece in pieces if PIECE.fullmatch(piece) and piece in shared.rows]
            if not 2 <= len(known) <= MOST_ALTERNATIVES:
                continue
            for one, other in combinations(dict.fromkeys(known), 2):
                near = float(shared.vectors[shared.rows[one]] @ shared.vectors[shared.rows[other]])
                if near >= LEAST_COSINE and (one, other) not in seen:
                    seen |= {(one, other), (other, one)}
                    yield f"同一IPC组\t{one}\t{other}\t{code}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    data = parser.parse_args().data
    rows = [*abbreviations(data), *neighbours(data)]
    TARGET.write_text("\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
