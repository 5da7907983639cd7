"""Firm → what it may claim; policy → which firms."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from keqiao.firm.facts import facts_of
from keqiao.people.models import Organisation
from keqiao.policy.claims import Claim, Terms, claim, day_of, higher_only, read_terms
from keqiao.policy.enums import PolicyState
from keqiao.policy.freezes import FrozenFirm
from keqiao.policy.models import Policy, PolicyItem
from keqiao.registry.enterprise.models import Enterprise
from keqiao.rules.judging import Outcome

_ORDER = {Outcome.MET: 0, Outcome.UNKNOWN: 1, Outcome.MANUAL: 2, Outcome.UNMET: 3, Outcome.NOT_APPLICABLE: 4}


def items_in_force(day: date, division_code: str = "") -> Sequence[PolicyItem]:
    """Items with a rule, of published policies in force that hold in the place. One query."""
    policies = Policy.objects.in_force_on(day).valid_in(division_code)
    return list(
        PolicyItem.objects.filter(policy__in=policies, current__isnull=False)
        .select_related("policy", "current")
        .order_by("policy", "order", "pk")
    )


def terms_of_item(item: PolicyItem) -> Terms:
    """The item's rule in force, read."""
    assert item.current is not None  # callers ask for items with a rule
    return read_terms(item.current.book, item.current.formula, item.title)


def claims_by_facts(
    items: Iterable[PolicyItem], facts: Mapping[str, Any], today: date, typed: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """{item, claim, is_open} for each item, hits first; of one exclusion group the highest stays (从高不重复)."""
    judged: list[tuple[PolicyItem, Claim]] = []
    for item in items:
        day = day_of(item.title_day, str(today.year), today)
        judged.append((item, claim(terms_of_item(item), facts, on=day, typed=typed)))
    groups: dict[str, list[int]] = {}
    for at, (item, _) in enumerate(judged):
        if item.exclusion_group:
            groups.setdefault(item.exclusion_group, []).append(at)
    for places in groups.values():
        kept = higher_only([(judged[at][0].title, judged[at][1]) for at in places])
        for at, (_, one) in zip(places, kept, strict=True):
            judged[at] = (judged[at][0], one)
    judged.sort(key=lambda pair: (not pair[1].is_hit, _ORDER[pair[1].outcome], -(pair[1].fen or 0)))
    return [{"item": item, "claim": one, "is_open": item.is_open(today)} for item, one in judged]


def firm_of(unit: Organisation) -> Enterprise | None:
    """The unit's page in the registry of enterprises, the newest when there are several."""
    found: Enterprise | None = Enterprise.objects.filter(organisation=unit).order_by("-pk").first()
    return found


def claims_of_unit(unit: Organisation, today: date) -> list[dict[str, Any]]:
    """What a unit may claim today by its own data; [] for a unit without a page in the registry."""
    firm = firm_of(unit)
    if firm is None:
        return []
    return claims_by_facts(items_in_force(today, firm.division_code), facts_of(firm, today), today)


def firms_for(item: PolicyItem, firms: Iterable[FrozenFirm], on: date) -> list[tuple[FrozenFirm, Claim]]:
    """Which firms an item fits, hits first, then those who lack data; the others are left out."""
    terms = terms_of_item(item)
    prefix = item.policy.division_code.rstrip("0")
    found = [(one, claim(terms, one.facts, on=on)) for one in firms if one.division.startswith(prefix)]
    wanted = [pair for pair in found if pair[1].outcome in (Outcome.MET, Outcome.UNKNOWN)]
    return sorted(wanted, key=lambda pair: (not pair[1].is_hit, -(pair[1].fen or 0), pair[0].name))


def successor_of(policy: Policy) -> Policy | None:
    """The policy that holds now in the stead of this one: the end of the chain, published."""
    seen, found = {policy.pk}, policy.successor
    while found is not None and found.successor is not None and found.pk not in seen:
        seen.add(found.pk)
        found = found.successor
    return found if found is not None and found.state == PolicyState.PUBLISHED else None
