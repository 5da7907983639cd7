"""Why the night put two records together: the sentence of each side that it cited."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keqiao.matching.runs import latest_run
from keqiao.matching.search import Pieces
from keqiao.nightly.models import NightPair
from keqiao.people.access import Scope
from keqiao_match import highlight

_TITLE = "题名"  # the page shows both titles already


@dataclass(frozen=True, slots=True)
class Said:
    """What the offer says to what the need says, shared words marked. need: () where the need's title alone was answered."""

    offer: Pieces
    offer_field: str
    need: Pieces
    need_field: str


def reasons_of(pairs: Sequence[NightPair], scope: Scope) -> dict[int, Said]:
    """Primary key of the pair -> its sentences; pairs of which only titles were cited are left out. Two or four queries a
    kind that stands opposite.

    The night finds experts with all works and the whole demand before its eyes: what it cites for them is shown to whoever
    may see everything; others find it in the expert finder, as they may read it.
    """
    out: dict[int, Said] = {}
    for kind in {pair.offer_kind for pair in pairs}:
        part = [pair for pair in pairs if pair.offer_kind == kind]
        is_open = kind != "expert" or scope.sees_all
        forth = (
            _cited("demand", kind, {p.need_id for p in part}, {p.offer_id for p in part}) if is_open else {}
        )
        back = _cited(kind, "demand", {p.offer_id for p in part}, {p.need_id for p in part})
        for pair in part:
            said = _said(forth.get((pair.need_id, pair.offer_id), ()), is_back=False)
            said = said or _said(back.get((pair.offer_id, pair.need_id), ()), is_back=True)
            if said is not None:
                out[pair.pk] = said
    return out


def _cited(
    kind: str, other: str, sources: set[int], targets: set[int]
) -> Mapping[tuple[int, int], Sequence[Any]]:
    run = latest_run(kind, other)
    if run is None:
        return {}
    rows = run.recommendations.filter(source_id__in=sources, target_id__in=targets)
    return {
        (source, target): cited
        for source, target, cited in rows.values_list("source_id", "target_id", "evidence")
    }


def _said(cited: Sequence[Any], *, is_back: bool) -> Said | None:
    """The first piece whose found sentence is not a title. is_back: the need was found for the offer."""
    for one in cited:
        if one["field"] == _TITLE:
            continue
        terms = " ".join(one["terms"])
        found = tuple(highlight(one["sentence"], terms)), str(one["field"])
        asking = tuple(highlight(one["other_sentence"], terms)), str(one["other_field"])
        if asking[1] == _TITLE:
            asking = (), ""
        offer, need = (asking, found) if is_back else (found, asking)
        return Said(*offer, *need)
    return None
