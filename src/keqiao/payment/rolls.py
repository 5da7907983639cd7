"""Lists: who gets what by an item for a period, found by rule on frozen data, confirmed by people."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from keqiao.core.audit import record
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.models import AuditLevel
from keqiao.core.numbers import next_number, next_numbers
from keqiao.payment.access import require_another, require_officer
from keqiao.payment.enums import HOLDING, AwardState, Overrun, Path
from keqiao.payment.envelopes import Movement, lock_envelope, move_money
from keqiao.payment.flow import AWARD_FLOW
from keqiao.payment.ledger import Kind, in_order, prorated, yuan_words
from keqiao.payment.models import Award, AwardList, AwardStep, Envelope
from keqiao.payment.steps import lock_award, lock_awards, move_award, move_awards, require_version, tell_firms
from keqiao.people.models import Organisation, User
from keqiao.policy.claims import Claim, Terms, already_higher, claim, day_of, pool_of, read_terms
from keqiao.policy.freezes import FrozenFirm, firms_of, freeze_facts
from keqiao.policy.models import FactFreeze, ItemRule, PolicyItem
from keqiao.rules.judging import Outcome, outcome

SERIES, AWARDS = "名单", "兑现"
_PROMISED = (*HOLDING, AwardState.PAID, AwardState.RECOVERING)


def terms_of(rule: ItemRule) -> Terms:
    """The rule version, read."""
    return read_terms(rule.book, rule.formula, rule.item.title)


def rivals_of(item: PolicyItem, period: str, organisations: Sequence[int]) -> dict[int, Award]:
    """Unit -> its highest live award of the same exclusion group and period by another item."""
    if not item.exclusion_group:
        return {}
    rows = (
        Award.objects.live()
        .filter(
            item__exclusion_group=item.exclusion_group, period=period, organisation_id__in=organisations,
            amount_fen__gt=0,
        )
        .exclude(item=item)
        .select_related("item")
        .order_by("amount_fen")
    )  # fmt: skip
    return {one.organisation_id: one for one in rows}


def same_purpose(item: PolicyItem, period: str, organisations: Sequence[int]) -> dict[int, Award]:
    """Unit -> a live award of another item for the same purpose and period: money for the same thing twice."""
    if not item.purpose:
        return {}
    rows = Award.objects.live().filter(
        item__purpose=item.purpose, period=period, organisation_id__in=organisations
    )
    return {
        one.organisation_id: one for one in rows.exclude(item=item).select_related("item").order_by("-pk")
    }


@transaction.atomic
def make_roll(
    *, item: PolicyItem, envelope: Envelope, period: str, by: User, on: dt.date | None = None,
    freeze: FactFreeze | None = None,
) -> AwardList:  # fmt: skip
    """Find by rule who qualifies, on data frozen now, and list them with what is due to each.

    Hits wait for an officer; firms that lack data are listed and told later what is missing; the others are counted and
    kept with their reason in the frozen data (`verdict_of`). Raises NotAllowed when the period has a list already.
    """
    require_officer(by, envelope.division_code, "兑现名单")
    rule = item.current
    if rule is None:
        raise NotAllowed(
            f"“{item.title}”还没有规则，不能生成名单。请先在政策编辑里写条件和金额。", code="roll.rule"
        )
    if AwardList.objects.filter(item=item, period=period, path=Path.AUTO).exists():
        raise NotAllowed(f"“{item.title}”{period} 年的名单已经有了。补充的企业请在原名单里办理。", code="roll.twice", conflict=True)  # fmt: skip
    day = on or timezone.localdate()
    judged_on = day_of(item.title_day, period, day)
    if envelope.division_code != item.policy.division_code and not envelope.division_code.startswith(
        item.policy.division_code.rstrip("0")
    ):
        raise BadInput("资金包的地区与政策的适用地区不一致。请选同一地区的资金包。", field="envelope")
    if freeze is None or freeze.on != judged_on:
        freeze = freeze_facts(on=judged_on, by=by)
    prefix = item.policy.division_code.rstrip("0")
    firms = [one for one in firms_of(freeze) if one.division.startswith(prefix)]
    terms = terms_of(rule)
    budget = Decimal(envelope.balance().left) / 1_000_000
    pool = pool_of(terms, (one.facts for one in firms), on=judged_on)
    outcomes = [(one, outcome(terms.version, one.facts, on=judged_on)) for one in firms]
    counts = Counter(str(found) for _, found in outcomes)
    claims = [
        (one, claim(terms, one.facts, on=judged_on, pool_total=pool, budget=budget))
        for one, found in outcomes
        if found in (Outcome.MET, Outcome.UNKNOWN)
    ]
    roll = AwardList.objects.create(
        number=next_number(SERIES, day.year), item=item, rule=rule, freeze=freeze, envelope=envelope, period=period,
        on=judged_on, path=Path.AUTO, division_code=envelope.division_code, created_by=by,
        counts=dict(counts) | {"budget": str(budget), "pool": str(pool) if pool is not None else None},
    )  # fmt: skip
    made = _list_awards(roll, claims, by)
    record("roll.made", by=by, target=roll, row_count=made, changes={"counts": [None, dict(counts)], "rule": [None, rule.digest], "data": [None, freeze.digest]}, level=AuditLevel.IMPORTANT)  # fmt: skip
    return roll


def _list_awards(roll: AwardList, claims: Sequence[tuple[FrozenFirm, Claim]], by: User) -> int:
    """Awards for hits and for those who lack data; firms without a unit are counted apart."""
    wanted = [(firm, one) for firm, one in claims if one.fen != 0]
    known = set(
        Organisation.objects.filter(pk__in=[firm.organisation for firm, _ in wanted if firm.organisation]).values_list("pk", flat=True)
    )  # fmt: skip
    there = set(
        Award.objects.live()
        .filter(item=roll.item, period=roll.period)
        .values_list("organisation_id", flat=True)
    )
    wanted = [(firm, one) for firm, one in wanted if firm.organisation in known - there]
    units = [firm.organisation for firm, _ in wanted if firm.organisation is not None]
    rivals, doubles = rivals_of(roll.item, roll.period, units), same_purpose(roll.item, roll.period, units)
    numbers = next_numbers(AWARDS, roll.created_at.year, len(wanted)) if wanted else []
    awards: list[Award] = []
    for (firm, one), number in zip(wanted, numbers, strict=True):
        assert firm.organisation is not None  # only units that are known
        dropped = _why_dropped(one, rivals.get(firm.organisation), doubles.get(firm.organisation))
        state = (
            AwardState.DROPPED
            if dropped
            else AwardState.MATCHED
            if one.outcome is Outcome.MET
            else AwardState.UNKNOWN
        )
        awards.append(
            Award(
                number=number, roll=roll, item=roll.item, organisation_id=firm.organisation, firm_name=firm.name[:120],
                division_code=firm.division, period=roll.period, path=Path.AUTO, state=state, reason=dropped[:500],
                **settled(figures_of(one), rivals.get(firm.organisation)),
            )
        )  # fmt: skip
    Award.objects.bulk_create(awards, batch_size=200)
    words = {
        AwardState.DROPPED: "",
        AwardState.MATCHED: "按规则列入名单",
        AwardState.UNKNOWN: "数据不全，暂不能判断",
    }
    AwardStep.objects.bulk_create(
        [AwardStep(award=one, move="listed", words=one.reason or words[AwardState(one.state)], by=by) for one in awards],
        batch_size=200,
    )  # fmt: skip
    return len(awards)


def figures_of(one: Claim) -> dict[str, Any]:
    """What an award keeps of a claim."""
    fen = one.amount.fen if one.amount is not None else None
    return {
        "asked_fen": fen,
        "amount_fen": fen,
        "verdict": one.judgement.as_json(),
        "working": one.amount.as_json() if one.amount is not None else {},
    }


def settled(figures: dict[str, Any], rival: Award | None) -> dict[str, Any]:
    """The figures less what a lower item of the same exclusion group gives already: together the higher one (补差)."""
    due = figures["asked_fen"]
    if rival is None or due is None or (rival.amount_fen or 0) >= due:
        return figures
    rest = due - (rival.amount_fen or 0)
    words = (
        f"{figures['working'].get('words', '')}；同组“{rival.item.title}”（{rival.number}）已给 {yuan_words(rival.amount_fen or 0)} 元，"
        f"从高不重复，补差 {yuan_words(rest)} 元"
    )
    return figures | {
        "asked_fen": rest,
        "amount_fen": rest,
        "working": figures["working"] | {"words": words, "fen": rest},
    }


def _why_dropped(one: Claim, rival: Award | None, double: Award | None) -> str:
    if rival is not None and one.is_hit and (rival.amount_fen or 0) >= (one.fen or 0):
        return already_higher(rival.item.title, rival.amount_fen or 0)
    if double is not None and rival is None and one.is_hit:
        return (
            f"同一用途不重复支持：“{double.item.title}”（{double.number}）已就“{double.item.purpose}”给予支持"
        )
    return ""


def verdict_of(roll: AwardList, firm_id: str) -> Claim | None:
    """Why a firm is on the list or not, judged again on the list's own rule and data: the same answer for ever."""
    if roll.freeze is None:
        return None
    firm = next((one for one in firms_of(roll.freeze) if one.id == firm_id), None)
    if firm is None:
        return None
    pool = roll.counts.get("pool")
    return claim(
        terms_of(roll.rule), firm.facts, on=roll.on, pool_total=Decimal(pool) if pool else None,
        budget=Decimal(roll.counts.get("budget") or 0),
    )  # fmt: skip


@transaction.atomic
def confirm_awards(
    *, roll: AwardList, award_ids: Sequence[int], by: User, overrun: str = "", on: dt.date | None = None
) -> Mapping[str, int]:
    """An officer confirms awards of a list; their money is committed at once. Gives {confirmed, second, waiting}.

    When the pot has not enough, nothing happens until `overrun` says how: all in the same proportion, or in the order of
    the list until the money is gone (the rest wait). Awards above the item's limit wait for a second person.
    """
    require_officer(by, roll.division_code, "兑现名单")
    envelope = lock_envelope(roll.envelope_id)
    awards = [one for one in lock_awards(award_ids) if one.roll_id == roll.pk]
    if not awards:
        raise BadInput("没有选中要确认的企业。请在名单里勾选。", field="awards")
    for one in awards:
        AWARD_FLOW.the_move(one.state, "confirm")
    due = [one.asked_fen or 0 for one in awards]
    left = envelope.balance().left
    if sum(due) <= left:
        given = due
    elif overrun == Overrun.PRORATA:
        given = prorated(due, left)
    elif overrun == Overrun.ORDER:
        given = in_order(due, left)
    else:
        raise NotAllowed(
            f"要确认的合计 {yuan_words(sum(due))} 元，资金包只剩 {yuan_words(left)} 元，差 {yuan_words(sum(due) - left)} 元。"
            "请选按比例兑现，还是按先后顺序兑现，或者少选几家。",
            code="envelope.overrun", conflict=True,
        )  # fmt: skip
    chosen = [(one, fen) for one, fen in zip(awards, given, strict=True) if fen > 0]
    for one, fen in chosen:
        one.amount_fen = fen
    _commit(envelope, [one for one, _ in chosen], by, on)
    limit = roll.item.second_over_fen
    large = [one for one, fen in chosen if limit is not None and fen > limit]
    plain = [one for one, fen in chosen if limit is None or fen <= limit]
    if overrun and sum(due) > left:
        roll.overrun = overrun
        roll.save(update_fields=["overrun"])
    move_awards(
        plain,
        "confirm",
        _confirmed_words(sum(due), left, overrun),
        by=by,
        confirmed_by=by,
        with_figures=given != due,
    )
    move_awards(large, "confirm_large", f"金额超过 {yuan_words(limit or 0)} 元，等待复核", by=by, is_for_firm=False, confirmed_by=by, with_figures=given != due)  # fmt: skip
    _tell_confirmed(plain)
    counts = {"confirmed": len(plain), "second": len(large), "waiting": len(awards) - len(chosen)}
    record("awards.confirmed", by=by, target=roll, row_count=len(chosen), changes={"amount": [0, yuan_words(sum(fen for _, fen in chosen))], "overrun": ["", overrun]}, level=AuditLevel.IMPORTANT)  # fmt: skip
    return counts


def _confirmed_words(due: int, left: int, overrun: str) -> str:
    if due <= left or overrun != Overrun.PRORATA:
        return "科技局已确认"
    return f"科技局已确认；应兑现合计 {yuan_words(due)} 元，可用资金 {yuan_words(left)} 元，按 {left * 100 / due:.2f}% 的同一比例兑现"


def _commit(envelope: Envelope, awards: Sequence[Award], by: User, on: dt.date | None = None) -> None:
    move_money(
        envelope.pk,
        [Movement(Kind.COMMIT, one.amount_fen or 0, f"commit:{one.pk}:{one.version}", award=one, note=one.firm_name) for one in awards],
        by=by, on=on,
    )  # fmt: skip


def release(award: Award, by: User | None) -> None:
    """Give the award's committed money back to the pot; the caller holds the award's lock."""
    if award.state in HOLDING and award.amount_fen:
        key = f"release:{award.pk}:{award.version}"
        move_money(
            award.roll.envelope_id, [Movement(Kind.RELEASE, award.amount_fen, key, award=award)], by=by
        )


def _tell_confirmed(awards: Sequence[Award]) -> None:
    tell_firms(
        awards,
        "免申即享：{item}",
        "{firm} 符合“{item}”的条件，无需申报。请核对每一项条件和金额；有不符的可以逐条提出申诉，公示期满后确认收款账户即可。",
        "confirmed",
    )


@transaction.atomic
def second_award(*, award: Award, by: User, version: int | None = None) -> Award:
    """A second person agrees to an amount above the limit."""
    award = lock_award(award)
    require_officer(by, award.roll.division_code, "兑现复核")
    require_another(by, award.confirmed_by_id, award.number)
    require_version(award, version)
    move_award(award, "second", "科技局已确认并复核", by=by, seconded_by=by)
    _tell_confirmed([award])
    record("award.seconded", by=by, target=award, level=AuditLevel.CRITICAL)
    return award


@transaction.atomic
def drop_award(*, award: Award, reason: str, by: User, version: int | None = None) -> Award:
    """Take a firm off the list, with a reason that it can read; its money goes back to the pot."""
    award = lock_award(award)
    require_officer(by, award.roll.division_code, "兑现名单")
    require_version(award, version)
    if len(reason.strip()) < 4:
        raise BadInput("请写不兑现的理由和依据，企业会看到。", field="reason")
    AWARD_FLOW.the_move(award.state, "drop")
    release(award, by)
    award.evidence.update(is_in_use=False)
    move_award(award, "drop", f"不兑现：{reason.strip()}", by=by, reason=reason.strip()[:500])
    tell_firms([award], "不再兑现：{item}", "{number} 不再兑现，理由：" + reason.strip().replace("{", "（").replace("}", "）"), f"dropped:{award.version}")  # fmt: skip
    record("award.dropped", by=by, target=award, reason=reason, level=AuditLevel.IMPORTANT)
    return award


@transaction.atomic
def rejudge(*, award: Award, facts: Mapping[str, Any], by: User, why: str) -> Award:
    """Judge an award again on today's facts, after data was completed or corrected; the money follows the amount.

    The award keeps its rule version and its day. A firm that no longer qualifies is dropped with the reason.
    """
    award = lock_award(award)
    lock_envelope(award.roll.envelope_id)
    pool, budget = award.roll.counts.get("pool"), award.roll.counts.get("budget")
    found = claim(
        terms_of(award.roll.rule), facts, on=award.roll.on, typed=typed_of(award),
        pool_total=Decimal(pool) if pool else None, budget=Decimal(budget) if budget else None,
    )  # fmt: skip
    before, due_before = award.amount_fen, award.asked_fen
    if found.outcome is Outcome.UNMET or found.fen == 0:
        release(award, by)
        award.verdict, award.working = found.judgement.as_json(), {}
        move_award(award, "drop", f"{why}；重新核算不符合条件：{found.why}", by=by, reason=found.why[:500], verdict=award.verdict)  # fmt: skip
    elif found.outcome is Outcome.MET:
        holds = award.state in HOLDING
        if holds:
            release(award, by)
        rival = rivals_of(award.item, award.period, [award.organisation_id]).get(award.organisation_id)
        for name, value in settled(figures_of(found), rival).items():
            setattr(award, name, value)
        if (
            before and due_before and before < due_before
        ):  # the list was cut in proportion: so is the new amount
            award.amount_fen = (award.asked_fen or 0) * before // due_before
        award.reason = ""
        award.version += 1
        if holds:
            _commit(award.roll.envelope, [award], by)
        award.save(update_fields=["asked_fen", "amount_fen", "verdict", "working", "reason", "version"])
        words = f"{why}；重新核算为 {yuan_words(award.amount_fen or 0)} 元"
        if award.state == AwardState.UNKNOWN:
            move_award(award, "complete", words, by=by)
        else:
            AwardStep.objects.create(award=award, move="rejudge", words=words[:500], by=by)
    else:
        raise NotAllowed(f"{award.number} 还是不能判断：{found.why}。请先补齐数据。", code="award.unknown")
    record("award.rejudged", by=by, target=award, reason=why, changes={"amount_fen": [before, award.amount_fen]}, level=AuditLevel.IMPORTANT)  # fmt: skip
    return award


def typed_of(award: Award) -> dict[str, Any]:
    """The application's typed values as the formula takes them."""
    return {name: Decimal(value) if isinstance(value, str) else value for name, value in award.inputs.items()}


@transaction.atomic
def add_award(*, roll: AwardList, organisation: Organisation, state: str, found: Claim | None, path: str, **fields: Any) -> Award:  # fmt: skip
    """One award into a list. Raises NotAllowed when the unit has this item in this period already."""
    try:
        with transaction.atomic():
            return Award.objects.create(
                number=next_number(AWARDS, timezone.localdate().year), roll=roll, item=roll.item, organisation=organisation,
                firm_name=organisation.name, division_code=organisation.division_code, period=roll.period, path=path,
                state=state, **(figures_of(found) if found else {}), **fields,
            )  # fmt: skip
    except IntegrityError:
        there = (
            Award.objects.live().filter(organisation=organisation, item=roll.item, period=roll.period).first()
        )
        shown = f"{there.number}，{there.get_state_display()}" if there else "刚刚建立"
        raise NotAllowed(
            f"{organisation.name} {roll.period} 年已经有“{roll.item.title}”（{shown}），同一事项一期只兑现一次。",
            code="award.twice", conflict=True,
        ) from None  # fmt: skip
