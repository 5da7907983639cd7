"""Writes of the policy library: policies, items, their rules, trials."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from keqiao.core.audit import record
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.models import AuditLevel
from keqiao.people.models import User
from keqiao.policy.access import require_editor
from keqiao.policy.claims import digest_of, read_terms
from keqiao.policy.enums import PolicyState
from keqiao.policy.freezes import firms_of
from keqiao.policy.models import FactFreeze, ItemRule, Policy, PolicyItem, Trial
from keqiao.policy.sandbox import moved, run

_POLICY = ("title", "document_no", "issuer", "issued_on", "valid_from", "valid_to", "division_code", "successor", "reading",
           "source", "needs_checking", "check_note")  # fmt: skip
_ITEM = ("article", "title", "order", "service", "benefit", "who", "how_much", "opens_on", "closes_on", "materials",
         "exclusion_group", "purpose", "title_day", "second_over_fen", "publicity_days", "reading")  # fmt: skip


def _checked(target: Policy | PolicyItem) -> None:
    """The model's own rules, as our words."""
    try:
        target.full_clean()
    except ValidationError as problem:
        field, texts = next(iter(problem.message_dict.items()))
        label = str(getattr(target._meta.get_field(field), "verbose_name", "")) if field != "__all__" else ""
        raise BadInput(
            f"{label}：{texts[0]}" if label else texts[0], field=field if label else None
        ) from None


@transaction.atomic
def save_policy(
    *, policy: Policy | None, values: Mapping[str, Any], by: User, version: int | None = None
) -> Policy:
    """A new draft, or the change of a policy. Raises NotAllowed when somebody was faster."""
    if policy is None:
        found = Policy(created_by=by)
    else:
        found = Policy.objects.select_for_update().get(pk=policy.pk)
        require_editor(by, found.division_code)
        if version is not None and version != found.version:
            raise NotAllowed(
                "这份政策刚被别人改过。请刷新页面，核对后再改。", code="policy.stale", conflict=True
            )
        found.version += 1
    before = {name: str(getattr(found, name) or "") for name in _POLICY}
    for name, value in values.items():
        if name in _POLICY:
            setattr(found, name, value)
    require_editor(by, found.division_code)
    if found.successor is not None and found.successor.valid_from <= found.valid_from:
        raise BadInput("接续政策应当晚于这一份施行。", field="successor")
    _checked(found)
    found.save()
    changes = {name: [before[name], str(getattr(found, name) or "")] for name in _POLICY if before[name] != str(getattr(found, name) or "")}  # fmt: skip
    record("policy.saved", by=by, target=found, changes=changes)
    return found


@transaction.atomic
def save_item(
    *, policy: Policy, item: PolicyItem | None, values: Mapping[str, Any], by: User, book: Any = None, formula: Any = None
) -> PolicyItem:  # fmt: skip
    """An item of a policy; a changed rule becomes a new version, the old ones stay for the verdicts that name them."""
    require_editor(by, policy.division_code)
    found = (
        PolicyItem(policy=policy) if item is None else PolicyItem.objects.select_for_update().get(pk=item.pk)
    )
    for name, value in values.items():
        if name in _ITEM:
            setattr(found, name, value)
    _checked(found)
    found.save()
    if book or formula:
        set_rule(item=found, book=book or {}, formula=formula or {}, by=by)
    record("policy_item.saved", by=by, target=found)
    return found


@transaction.atomic
def set_rule(
    *, item: PolicyItem, book: Mapping[str, Any], formula: Mapping[str, Any], by: User | None
) -> ItemRule:
    """The machine's reading of an item. Raises BadInput naming the place that cannot be read. The same again changes nothing."""
    read_terms(book, formula, item.title)
    digest = digest_of(book, formula)
    if item.current is not None and item.current.digest == digest:
        return item.current
    number = (item.rules.order_by("-number").values_list("number", flat=True).first() or 0) + 1
    rule = ItemRule.objects.create(
        item=item, number=number, book=book, formula=formula, digest=digest, created_by=by
    )
    item.current = rule
    item.save(update_fields=["current"])
    record("item_rule.set", by=by, target=rule, changes={"digest": ["", digest]}, level=AuditLevel.IMPORTANT)
    return rule


@transaction.atomic
def publish_policy(*, policy: Policy, by: User) -> Policy:
    """Show it to everybody. Raises NotAllowed for a policy without items."""
    found = Policy.objects.select_for_update().get(pk=policy.pk)
    require_editor(by, found.division_code)
    if not found.items.exists():
        raise NotAllowed("这份政策还没有条款，不能发布。请先加一条。", code="policy.empty")
    if found.state == PolicyState.PUBLISHED:
        return found
    found.state, found.published_at, found.version = PolicyState.PUBLISHED, timezone.now(), found.version + 1
    found.save(update_fields=["state", "published_at", "version"])
    record("policy.published", by=by, target=found, level=AuditLevel.IMPORTANT)
    return found


@transaction.atomic
def withdraw_policy(*, policy: Policy, reason: str, by: User) -> Policy:
    """Take it off the site; what was given by it stays."""
    found = Policy.objects.select_for_update().get(pk=policy.pk)
    require_editor(by, found.division_code)
    if not reason.strip():
        raise BadInput("请写撤下的原因。", field="reason")
    found.state, found.version = PolicyState.WITHDRAWN, found.version + 1
    found.save(update_fields=["state", "version"])
    record("policy.withdrawn", by=by, target=found, reason=reason, level=AuditLevel.IMPORTANT)
    return found


@transaction.atomic
def keep_trial(
    *, item: PolicyItem, freeze: FactFreeze, changes: Mapping[str, str], name: str, by: User, budget_fen: int | None = None,
    note: str = "", on: dt.date | None = None,
) -> Trial:  # fmt: skip
    """Try moved numbers on frozen data and keep the result with its author."""
    require_editor(by, item.policy.division_code)
    rule = item.current
    if rule is None:
        raise NotAllowed(f"“{item.title}”还没有规则，不能测算。", code="sandbox.rule")
    if not name.strip():
        raise BadInput("请给这次测算取个名字，例如“研发占比降到 2%”。", field="name")
    before = read_terms(rule.book, rule.formula, item.title)
    after = moved(rule.book, rule.formula, changes, item.title)
    result = run(
        before, after, firms_of(freeze), on=on or freeze.on, place=item.policy.division_code.rstrip("0")
    )
    trial = Trial.objects.create(
        name=name.strip()[:100], item=item, rule=rule, freeze=freeze, changes=dict(changes), budget_fen=budget_fen,
        result=result.as_json(), author=by, note=note.strip()[:300],
    )  # fmt: skip
    record("trial.kept", by=by, target=trial, changes={"numbers": [None, dict(changes)]})
    return trial
