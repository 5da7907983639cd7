"""The answer block under a match: buttons, or what was answered with 撤销. Also the fold of what was refused."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse

from keqiao.matching.masking import owner_of, shown_title
from keqiao.matching.matches import MatchView
from keqiao.matching.reading import visible_records
from keqiao.people.access import scope_of
from keqiao.registry.records.models import Record
from keqiao.verdict.access import NEEDS, OFFERS, are_pair, speaker_for
from keqiao.verdict.advice import advice_for
from keqiao.verdict.enums import Reason, Side, Speaker
from keqiao.verdict.models import Answer
from keqiao.web.market.halls import detail_url

_MOST_REFUSED = 30
_FOR = {
    Speaker.OWNER: "这一条对您有用吗？",
    Speaker.BROKER: "代该单位答复：这一条有用吗？",
    Speaker.OFFICER: "代该单位答复：这一条有用吗？",
}


def block_of(
    source: Record, target: Record, title: str, speaker: Speaker, answer: Answer | None, **more: Any
) -> dict[str, Any]:
    """For `verdict/_answer.html`."""
    return {
        "id": f"answer-{target.KIND}-{target.public_id}",
        "title": title,
        "post": reverse(
            "verdict:answer", args=[source.KIND, source.public_id, target.KIND, target.public_id]
        ),
        "ask": _FOR[speaker],
        "answer": answer,
        # The owner's own word stands above one given for him
        "can_change": answer is None or speaker == Speaker.OWNER or answer.speaker != Speaker.OWNER,
        "reasons": [(one.value, str(one.label)) for one in Reason],
        **more,
    }


def own_answers(source: Record, target_kind: str) -> Mapping[int, Answer]:
    """The side's current answers: id of the other record -> answer. One query."""
    mine, theirs = (Side.NEED, Side.OFFER) if source.KIND in NEEDS else (Side.OFFER, Side.NEED)
    found = Answer.objects.current().filter(
        **{"side": mine, f"{mine}_kind": source.KIND, f"{mine}_id": source.pk, f"{theirs}_kind": target_kind}
    )
    return {answer.end(theirs)[1]: answer for answer in found}


class Answering:
    """The answers of one page: one reader, one record, one kind of matches. Costs nothing for who may not answer."""

    def __init__(self, user: Any, source: Record, target_kind: str) -> None:
        self.user, self.source, self.kind = user, source, target_kind
        self.speaker = speaker_for(user, source) if are_pair(source.KIND, target_kind) else None
        self.answers = own_answers(source, target_kind) if self.speaker else {}

    def is_refused(self, view: MatchView) -> bool:
        """Refused by this side: it stands in the fold, not among the cards."""
        answer = self.answers.get(view.target.pk)
        return answer is not None and not answer.is_yes

    def block(self, view: MatchView) -> dict[str, Any] | None:
        """The block of one card, None for a reader who does not speak for the record."""
        if self.speaker is None:
            return None
        return block_of(self.source, view.target, view.title, self.speaker, self.answers.get(view.target.pk))

    def refused(self) -> Sequence[dict[str, Any]]:
        """What this side refused, newest first: {title, href, owner, verdict}."""
        speaker = self.speaker
        if speaker is None:
            return []
        wanted = [pk for pk, answer in self.answers.items() if not answer.is_yes][:_MOST_REFUSED]
        if not wanted:
            return []
        scope = scope_of(self.user)
        records = visible_records(self.kind, wanted, scope)
        rows = []
        for record in (records[pk] for pk in wanted if pk in records):
            title = shown_title(record, scope)
            block = block_of(self.source, record, title, speaker, self.answers[record.pk])
            rows.append(
                {
                    "title": title,
                    "href": detail_url(self.kind, record.public_id),
                    "owner": owner_of(record, scope).name,
                    "verdict": block,
                }
            )
        return rows


def advice_context(user: Any, record: Record) -> dict[str, Any]:
    """For `verdict/_advice.html`: nothing for who does not speak for the record, or when nobody has answered."""
    if record.KIND not in (*NEEDS, *OFFERS) or speaker_for(user, record) is None:
        return {}
    advice = advice_for(record)
    if advice is None:
        return {}
    return {
        "advice": advice,
        "advice_post": reverse("verdict:advice-read", args=[record.KIND, record.public_id]),
    }
