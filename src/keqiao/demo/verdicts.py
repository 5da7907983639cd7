"""What the demo's people have answered to matches in the last two weeks, so that advice, statistics and quality are alive."""

import math
import random
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from keqiao.matching.matches import engine_matches
from keqiao.matching.reading import visible_records
from keqiao.people.access import VISITOR
from keqiao.people.models import User
from keqiao.registry.achievement.models import Achievement
from keqiao.registry.demand.models import Demand
from keqiao.registry.records.models import Record
from keqiao.verdict.access import speaker_for
from keqiao.verdict.actions import give_answer
from keqiao.verdict.enums import Reason
from keqiao.verdict.judging import draw_round, judge_pair
from keqiao.verdict.models import Answer, JudgingRound, ScoreSpread
from keqiao.verdict.searches import ALL_HALLS, note_empty_search
from keqiao.verdict.training import train_model

_SEED = 340323
_DEMANDS, _TOP = 36, 5
_REASONS = (
    (Reason.TOO_EARLY, 6),
    (Reason.OFF_TOPIC, 4),
    (Reason.PRICE, 2),
    (Reason.UNCLEAR, 2),
    (Reason.RIGHTS, 1),
)
# Said of 示例 only: of a real unit nobody here knows whether it answers its telephone
_OF_SAMPLES = ((Reason.UNREACHABLE, 2), (Reason.SOLVED, 1))
_TEXTS = {
    Reason.TOO_EARLY: ("示例：无中试数据", "示例：只有实验室结果"),
    Reason.PRICE: ("示例：一次性付款有困难", ""),
    Reason.UNCLEAR: ("示例：没有写处理量", ""),
    Reason.RIGHTS: ("示例：共有专利，权利人意见不一", ""),
}
_EMPTY = (
    ("demand", "氢能叉车改装"),
    ("achievement", "棉秆纤维板无醛胶"),
    (ALL_HALLS, "区块链农产品溯源芯片"),
)


def set_verdicts() -> bool:
    """Make them once. False when a round was judged already, or nothing is published. Answers alone are no sign of it:
    a deal that closes leaves some."""
    if JudgingRound.objects.exists() or not Demand.objects.open_to_strangers().exists():
        return False
    before = set(Answer.objects.values_list("pk", flat=True))
    chance = random.Random(_SEED)
    officer, county = (User.objects.get(username=name) for name in ("shiju", "guzhen"))
    with transaction.atomic():
        for demand in _demands(chance):
            _answer_matches(demand, "achievement", officer, chance)
        for achievement in Achievement.objects.open_to_strangers().filter(is_sample=True).order_by("pk")[:10]:
            _answer_matches(achievement, "demand", officer, chance)
        _gather_refusals(officer)
        _spread_over_two_weeks(Answer.objects.exclude(pk__in=before), chance)
        for kind, words in _EMPTY:
            for days in (0, 1, 1, 9):
                note_empty_search(kind, words, timezone.localdate() - timedelta(days=days))
        _earlier_spreads(chance)
    _judge([officer, county], chance)
    train_model(by=officer)
    return True


def _demands(chance: random.Random) -> list[Demand]:
    """Every 示例, and as many of the others as make the number."""
    found = list(Demand.objects.open_to_strangers().select_related("organisation").order_by("pk"))
    samples = [one for one in found if one.is_sample]
    others = [one for one in found if not one.is_sample]
    return samples[:_DEMANDS] + chance.sample(others, max(0, min(len(others), _DEMANDS - len(samples))))


def _answer_matches(record: Record, target_kind: str, officer: User, chance: random.Random) -> None:
    found = engine_matches(record, target_kind, VISITOR, _TOP)[:_TOP]
    targets = visible_records(target_kind, [int(one.id) for one in found], VISITOR)
    speaker = _speaker(record) or officer
    for match in found:
        target = targets.get(int(match.id))
        if target is None or chance.random() < 0.15:
            continue
        field = next((part.value for part in match.parts if part.name == "领域"), 0.5)
        is_yes = chance.random() < 1 / (1 + math.exp(-(6 * (match.score - 0.5) + 5 * (field - 0.7))))
        reason = "" if is_yes else _reason(record, target, chance)
        text = chance.choice(_TEXTS.get(Reason(reason), ("",))) if reason else ""
        give_answer(source=record, target=target, is_yes=is_yes, reason=reason, text=text, by=speaker)


def _gather_refusals(officer: User) -> None:
    """Something to read for the institute: what seven sample demands said to one achievement of its."""
    institute = User.objects.get(username="gaoxiao")
    own = Achievement.objects.published().filter(organisation=institute.organisation).order_by("pk").first()
    if own is None or not own.is_sample:
        return
    asking = Demand.objects.open_to_strangers().filter(is_sample=True).order_by("-pk")[:7]
    for at, demand in enumerate(asking):
        reason = (
            Reason.TOO_EARLY,
            Reason.TOO_EARLY,
            Reason.PRICE,
            "",
            Reason.TOO_EARLY,
            Reason.TOO_EARLY,
            Reason.TOO_EARLY,
        )[at]
        text = "示例：无中试数据" if reason == Reason.TOO_EARLY and at < 4 else ""
        give_answer(
            source=demand,
            target=own,
            is_yes=not reason,
            reason=str(reason),
            text=text,
            by=_speaker(demand) or officer,
        )


def _speaker(record: Record) -> User | None:
    """The demo's account of the unit, if it has one."""
    for name in ("qiye", "gaoxiao"):
        user = User.objects.filter(username=name).first()
        if user and user.organisation_id and user.organisation_id == record.organisation_id:
            return user if speaker_for(user, record) else None
    return None


def _reason(record: Record, target: Record, chance: random.Random) -> str:
    table: tuple[tuple[Any, int], ...] = _REASONS + (
        _OF_SAMPLES if record.is_sample and target.is_sample else ()
    )
    return str(chance.choices([one for one, _ in table], [weight for _, weight in table])[0])


def _spread_over_two_weeks(given: QuerySet[Answer], chance: random.Random) -> None:
    """As if they had been given one by one; all are 示例."""
    now = timezone.now()
    answers = list(given)
    for answer in answers:
        answer.at = now - timedelta(hours=chance.uniform(1, 13.5 * 24))
        answer.is_sample = True
    Answer.objects.bulk_update(answers, ["at", "is_sample"])


def _earlier_spreads(chance: random.Random) -> None:
    """A batch run of last week beside the demo's own, so that there is something to compare."""
    for spread in list(ScoreSpread.objects.all()):
        steps = [max(0, round(n * chance.uniform(0.85, 1.15))) for n in spread.steps]
        ScoreSpread.objects.create(
            run_id=10**9 + spread.run_id, kind_from=spread.kind_from, kind_to=spread.kind_to,
            engine="keqiao_match（示例）", finished_at=spread.finished_at - timedelta(days=7), steps=steps,
        )  # fmt: skip


def _judge(judges: list[User], chance: random.Random) -> None:
    made = draw_round(seed=_SEED, by=judges[0], size=20, is_sample=True)
    pairs = list(made.pairs.all())
    for at, judge in enumerate(judges):
        for pair in pairs[: len(pairs) - 6 * at]:
            guess = 1 + 3 * min(1.0, max(0.0, pair.score + chance.gauss(0, 0.12)))
            judge_pair(judged=pair, level=str(round(guess)), by=judge)
