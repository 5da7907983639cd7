"""What became of pairs that came to a contract: told by the room that asks the buyers, counted in rankings and training."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from keqiao.matching.matches import RANKED, TARGETS, engine_matches
from keqiao.people.access import VISITOR
from keqiao.registry.records.models import Record
from keqiao.verdict.enums import Proof, Side
from keqiao.verdict.models import PairOutcome, values_of
from keqiao.verdict.rules import effect, stepped_effect

PROVEN = "应用回访"
"""Name of the part that proven use adds to a match."""


def note_outcome(
    *, source: str, need: Record, offer: Record, proof: Proof, at: datetime, is_sample: bool
) -> PairOutcome:
    """Keep what became of the pair, over what the same source said before. Call inside the caller's transaction, which
    leaves the audit record; who may say it is the caller's question too."""
    kept, _ = PairOutcome.objects.update_or_create(
        source=source,
        defaults={
            "need_kind": need.KIND, "need_id": need.pk, "offer_kind": offer.KIND, "offer_id": offer.pk,
            "proof": proof, "at": at, "is_sample": is_sample, **_as_it_stands(need, offer),
        },
    )  # fmt: skip
    return kept


def forget_outcome(source: str) -> None:
    """The source says nothing about use any more."""
    PairOutcome.objects.filter(source=source).delete()


def _as_it_stands(need: Record, offer: Record) -> dict[str, Any]:
    """Score and parts of the pair by the engine alone; nothing when the pair is not among the matches."""
    if offer.KIND in TARGETS.get(need.KIND, ()):
        for one in engine_matches(need, offer.KIND, VISITOR, RANKED):
            if one.id == str(offer.pk):
                return {"score": one.score, "parts": values_of(one.parts)}
    return {"score": None, "parts": {}}


@dataclass(slots=True)
class Use:
    """What buyers say of one record: how many contracts put it to use or failed to; own: of the pair that is asked for."""

    works: int = 0
    failed: int = 0
    own: str = ""

    def effect(self) -> float:
        """Log-odds to add to a match with this record."""
        total = stepped_effect("works", self.works) + stepped_effect("failed", self.failed)
        return total + (effect(f"own_{self.own}") if self.own else 0.0)

    @property
    def proven(self) -> str:
        """For everybody, no unit named: 2 家买方回访已投产应用; "" without any."""
        return f"{self.works} 家买方回访已投产应用" if self.works else ""

    def against(self, *, hears: bool) -> list[str]:
        """What stands against it. hears: the reader may know what single units said."""
        found = ["本方回访：没有用成"] if hears and self.own == Proof.FAILED else []
        if stepped_effect("failed", self.failed):
            found.append(f"{self.failed} 家买方回访没有用成")
        return found


def use_of(record: Record, target_kind: str, ids: Iterable[int], side: str) -> Mapping[int, Use]:
    """What buyers say of the targets, which stand at `side` of the pairs. One query; none where nothing is sold."""
    mine = Side(side).other
    if side != Side.OFFER:  # a demand is not better for having been served; only the very pair says something
        rows = PairOutcome.objects.filter(
            **{f"{mine}_kind": record.KIND, f"{mine}_id": record.pk, f"{side}_kind": target_kind}
        )
    else:
        rows = PairOutcome.objects.filter(offer_kind=target_kind, offer_id__in=list(ids))
    found: dict[int, Use] = {}
    for row in rows:
        use = found.setdefault(row.end(side)[1], Use())
        if row.end(mine) == (record.KIND, record.pk):
            use.own = row.proof
        if side == Side.OFFER:
            use.works += row.proof == Proof.WORKS
            use.failed += row.proof == Proof.FAILED
    return found


def use_of_offer(record: Record) -> Use:
    """What buyers say of one offered record. One query."""
    proofs = list(
        PairOutcome.objects.filter(Q(offer_kind=record.KIND, offer_id=record.pk)).values_list(
            "proof", flat=True
        )
    )
    return Use(proofs.count(Proof.WORKS), proofs.count(Proof.FAILED))
