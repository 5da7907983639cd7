"""Every write about answers: giving, changing, undoing, reading the advice."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from keqiao.core.audit import record as audit
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.matching.masking import hide_owner
from keqiao.matching.matches import ENGINE, RANKED, TARGETS, engine_matches
from keqiao.people.access import scope_of
from keqiao.people.models import User
from keqiao.registry.records.models import Record
from keqiao.verdict.access import require_speaker, side_of
from keqiao.verdict.enums import Ending, Reason, Side, Speaker
from keqiao.verdict.models import AdviceReading, Answer, values_of
from keqiao.verdict.ranking import active_version
from keqiao.verdict.telling import tell_owner

MOST_TEXT = 200


def pair_of(source: Record, target: Record) -> dict[str, Any]:
    """The fields of the pair, whichever of the two is the need. BadInput when they are none."""
    need, offer = (source, target) if side_of(source, target) == Side.NEED else (target, source)
    return {
        "need_kind": need.KIND,
        "need_id": need.pk,
        "offer_kind": offer.KIND,
        "offer_id": offer.pk,
    }


@transaction.atomic
def give_answer(
    *, source: Record, target: Record, is_yes: bool, by: User, reason: str = "", text: str = ""
) -> Answer:
    """Answer, for the side of `source`, whether `target` is any use to it. Replaces that side's earlier answer.

    Both records must have come through their door. Raises NotAllowed for who does not speak for `source`, or speaks
    on behalf where the owner himself has answered; BadInput for a refusal without a known reason.
    """
    side, speaker = side_of(source, target), require_speaker(by, source)
    reason, text = _checked(is_yes=is_yes, reason=reason, text=hide_owner(source, text))
    type(source)._default_manager.select_for_update(of=("self",)).get(pk=source.pk)  # two clicks, one answer
    pair = pair_of(source, target)
    before = Answer.objects.current().filter(**pair, side=side).first()
    if before is not None:
        if (before.is_yes, before.reason, before.text) == (is_yes, reason, text):
            return before
        _require_weight(before, speaker)
        _end(before, Ending.CHANGED, by)
    answer = Answer.objects.create(
        **pair, side=side, is_yes=is_yes, reason=reason, text=text, speaker=speaker, by=by, replaces=before,
        field=_field(source) or _field(target), division_code=source.division_code,
        is_sample=source.is_sample and target.is_sample, **_as_it_stood(source, target, by),
    )  # fmt: skip
    changes: dict[str, Any] = {"answer": [before.words if before else "", answer.words], "pair": ["", pair]}
    audit("answer.given", by=by, target=answer, changes=changes)
    if not is_yes:
        tell_owner(target, by=by)
    return answer


def _checked(*, is_yes: bool, reason: str, text: str) -> tuple[str, str]:
    text = " ".join(text.split())
    if is_yes:
        reason = ""
    elif reason not in Reason.values:
        names = "、".join(str(one.label) for one in Reason)
        raise BadInput(
            f"答复“不合适”要选一个原因，收到的是“{reason}”。可选：{names}。",
            code="verdict.reason",
            field="reason",
        )
    if reason == Reason.OTHER and not text:
        raise BadInput(
            "选了“其他”，请用一句话写明原因，对方才知道怎么改。", code="verdict.text", field="text"
        )
    if len(text) > MOST_TEXT:
        raise BadInput(
            f"说明有 {len(text)} 字，最多 {MOST_TEXT} 字。请写短一些。", code="verdict.text", field="text"
        )
    return reason, text


def _require_weight(before: Answer, speaker: Speaker) -> None:
    if before.speaker == Speaker.OWNER and speaker != Speaker.OWNER:
        raise NotAllowed(
            f"这一对已由所属单位自己答复“{before.words}”，代答不能改它。请联系该单位自己修改。",
            code="verdict.owner",
            conflict=True,
        )


def _end(answer: Answer, ending: Ending, by: User) -> None:
    answer.ended_at, answer.ended_by, answer.ending = timezone.now(), by, ending
    answer.save(update_fields=["ended_at", "ended_by", "ending"])


def _as_it_stood(source: Record, target: Record, by: User) -> dict[str, Any]:
    """Rank, score and parts by the engine alone, as this reader was shown them."""
    if target.KIND not in TARGETS.get(source.KIND, ()):
        return {"engine": ENGINE}
    found = engine_matches(source, target.KIND, scope_of(by), RANKED)
    match = next((one for one in found if one.id == str(target.pk)), None)
    if match is None:
        return {"engine": ENGINE}
    return {
        "engine": ENGINE, "rank": match.rank, "score": match.score, "grade": match.grade,
        "parts": values_of(match.parts), "model_version": active_version(),
    }  # fmt: skip


def _field(record: Record) -> str:
    return next((str(tag["code"]) for tag in (record.tags or {}).get("field11", ())), "")


@transaction.atomic
def undo_answer(*, source: Record, target: Record, by: User) -> Answer | None:
    """Take the side's current answer back; the one it replaced stands again and is given. None when none does.

    Raises NotAllowed when there is nothing to undo (somebody was first), or the owner's own word stands.
    """
    side, speaker = side_of(source, target), require_speaker(by, source)
    type(source)._default_manager.select_for_update(of=("self",)).get(pk=source.pk)
    current = (
        Answer.objects.current()
        .filter(**pair_of(source, target), side=side)
        .select_related("replaces")
        .first()
    )
    if current is None:
        raise NotAllowed(
            "这一对现在没有答复，可能已在另一个页面撤销。请刷新页面。", code="verdict.none", conflict=True
        )
    _require_weight(current, speaker)
    _end(current, Ending.UNDONE, by)
    again = current.replaces
    if again is not None:
        again.ended_at, again.ended_by, again.ending = None, None, ""
        again.save(update_fields=["ended_at", "ended_by", "ending"])
    changes = {"answer": [current.words, again.words if again else ""]}
    audit("answer.undone", by=by, target=current, changes=changes)
    return again


@transaction.atomic
def read_advice(*, record: Record, by: User) -> AdviceReading:
    """The owner's side has read what the others said; the inbox asks again when more is said."""
    require_speaker(by, record)
    reading = AdviceReading.objects.create(kind=record.KIND, record_id=record.pk, by=by)
    audit("advice.read", by=by, target=record)
    return reading
