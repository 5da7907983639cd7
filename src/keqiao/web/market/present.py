"""Records as the page's parts want them: rows, cards, facts. No query here; what is shown was already decided."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.utils import timezone

from keqiao.codes import divisions, lists
from keqiao.freshness.reading import has_pulse, silence_of
from keqiao.matching.masking import owner_of
from keqiao.matching.matches import MatchView, Pair
from keqiao.matching.search import Row
from keqiao.people.access import Scope
from keqiao.registry.records import display
from keqiao.registry.records.disclosure import LEADS_TO_OWNER
from keqiao.registry.records.enums import Disclosure, Status, TagBy
from keqiao.registry.records.models import Listed, Record
from keqiao.verdict.outcomes import PROVEN
from keqiao.web.market.halls import detail_url, hall_of
from keqiao.web.words import day, money_wan, remaining

Chip = dict[str, str]
_SOON_DAYS = 30
_STAGE_TONES = {"mass": "green", "pilot": "green"}
_GRADES = {"强相关": "green", "较强相关": "brand"}
_VERIFY = "待核实"


def place_name(code: str) -> str:
    """安徽省蚌埠市固镇县 -> 蚌埠市固镇县: the province is left out where the city says enough."""
    row = divisions.division(code) if code else None
    if row is None:
        return ""
    province = divisions.division(code[:2])
    return row.full_name.removeprefix(province.name) or row.full_name if province else row.full_name


def _labels(list_key: str, codes: Iterable[Any]) -> list[str]:
    return [lists.label(list_key, str(code)) for code in codes if code]


def field_names(record: Record) -> list[str]:
    """The record's technology fields in words."""
    return _labels("field11", (tag["code"] for tag in record.tags.get("field11", ())))


def _state_chips(record: Record) -> list[Chip]:
    chips: list[Chip] = []
    if record.status != Status.PUBLISHED:
        chips.append({"text": str(Status(record.status).label), "tone": "amber"})
    if record.disclosure in (Disclosure.DIRECTED, Disclosure.CLOSED):
        chips.append({"text": str(Disclosure(record.disclosure).label), "tone": "outline"})
    if record.is_sample:
        chips.append({"text": "示例", "tone": "plain"})
    return chips


def _deadline_chip(record: Record) -> list[Chip]:
    until = getattr(record, "valid_until", None)
    if until is None or record.status != Status.PUBLISHED or (until - timezone.localdate()).days > _SOON_DAYS:
        return []
    return [{"text": f"有效期{remaining(until)}", "tone": "amber"}]


def _silence_chip(record: Record) -> list[Chip]:
    """How long nothing was heard of it, where the row was read with that."""
    words = silence_of(record) if has_pulse(record) else ""
    return [{"text": words, "tone": "plain"}] if words else []


def _demand(r: Any) -> tuple[list[Chip], list[str]]:
    chips = [{"text": text, "tone": ""} for text in _labels("demand_kind", [r.demand_type])]
    if r.urgency == "high":
        chips.append({"text": "紧迫", "tone": "red"})
    meta = [f"预算 {money_wan(r.budget_yuan)}" if r.budget_yuan is not None or r.is_budget_open else ""]
    meta.append("、".join(_labels("cooperation_way", r.cooperation_modes)))
    return chips + _deadline_chip(r) + _silence_chip(r), meta


def _achievement(r: Any) -> tuple[list[Chip], list[str]]:
    chips = [
        {"text": text, "tone": _STAGE_TONES.get(r.market_stage, "")}
        for text in _labels("maturity_market", [r.market_stage])
    ]
    if r.trl and r.trl <= 9:
        chips.append({"text": f"TRL {r.trl}", "tone": "outline"})
    modes = "、".join(_labels("transfer_mode", r.transfer_modes))
    price = f"意向价格 {money_wan(r.price_yuan)}" if r.price_yuan is not None else ""
    return chips + _deadline_chip(r) + _silence_chip(r), [f"可{modes}" if modes else "", price]


def _expert(r: Any) -> tuple[list[Chip], list[str]]:
    chips = [{"text": text, "tone": ""} for text in (r.position, r.degree) if text]
    return chips, [f"科研产出 {r.work_count} 项" if r.work_count else ""]


def _enterprise(r: Any) -> tuple[list[Chip], list[str]]:
    return [{"text": text, "tone": ""} for text in _labels("enterprise_label", r.labels)[:4]], []


def _work(r: Any) -> tuple[list[Chip], list[str]]:
    people = "、".join(map(str, r.people[:4])) + (" 等" if len(r.people) > 4 else "")
    return [{"text": r.get_work_type_display(), "tone": ""}], [people, day(r.done_on, ""), r.source_no]


def _resource(r: Any) -> tuple[list[Chip], list[str]]:
    return [
        {"text": text, "tone": ""}
        for text in (*_labels("resource_kind", [r.category]), *_labels("resource_level", [r.grade]))
    ], []


def _event(r: Any) -> tuple[list[Chip], list[str]]:
    today = timezone.localdate()
    when = day(r.starts_on, "") + (f" 至 {day(r.ends_on)}" if r.ends_on and r.ends_on != r.starts_on else "")
    chips = [{"text": text, "tone": ""} for text in _labels("event_kind", [r.category])]
    if r.starts_on and r.starts_on >= today:
        chips.append({"text": "即将举行", "tone": "green"})
    return chips, [when, r.place]


_OF_KIND: Mapping[str, Callable[[Any], tuple[list[Chip], list[str]]]] = {
    "demand": _demand, "achievement": _achievement, "expert": _expert, "enterprise": _enterprise, "work": _work,
    "resource": _resource, "event": _event,
}  # fmt: skip


def chips_of(record: Record) -> list[Chip]:
    return [*_state_chips(record), *_OF_KIND[record.KIND](record)[0]]


def result_row(row: Row, *, with_snippet: bool = True) -> dict[str, Any]:
    """For `_parts/result_row.html`."""
    record = row.record
    owner = row.owner.name if row.owner.name != record.title else ""
    _, more = _OF_KIND[record.KIND](record)
    meta = [owner, place_name(record.division_code), *more]
    if isinstance(record, Listed) and record.published_at:
        meta.append(f"{day(record.published_at)}发布")
    return {
        "href": detail_url(record.KIND, record.public_id),
        "title": row.title,
        "no": record.number or "",
        "chips": [*([{"text": "相近", "tone": "outline"}] if row.is_near else []), *chips_of(record)],
        "meta": [text for text in meta if text],
        "snippet": row.snippet if with_snippet else (),
        "snippet_from": "" if row.snippet_field in ("", _main_field(record)) else row.snippet_field,
    }


def _main_field(record: Record) -> str:
    return str(record._meta.get_field(record.TEXT_FIELDS[0]).verbose_name)  # type: ignore[union-attr]  # a column


# -- matches ----------------------------------------------------------------------------------------------------


def match_card(
    view: MatchView,
    record: Record,
    actions: Sequence[Mapping[str, str]] = (),
    verdict: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """For `_parts/match_card.html`: left the record of the page, right the one that answers. verdict: the reader's
    answer block (`web.verdict.blocks`), None for who may not answer."""
    target = view.target
    mine, theirs = _short(record.KIND), _short(target.KIND)
    chips, more = _OF_KIND[target.KIND](target)
    meta = [view.owner.name if view.owner.name != view.title else "", place_name(target.division_code), *more]
    return {
        "href": detail_url(target.KIND, target.public_id),
        "title": view.title,
        "grade": view.grade,
        "grade_tone": _GRADES.get(view.grade, ""),
        "grade_note": _grade_note(view),
        "meta": [text for text in meta if text],
        "chips": chips,
        "pairs": [_pair(pair, mine, theirs) for pair in view.pairs],
        "reasons": _reasons(view),
        "against": view.against,
        "parts": [
            {"label": part.name, "value": _in_words(part.value), "share": round(part.value * 100)}
            for part in view.parts
            if part.weight > 0
        ],
        "note": "每一部分都由两边的原文或登记内容算出，越长越支持；合成规则随软件公开，等级供参考，请以原文为准。",
        "actions": actions,
        "verdict": verdict,
    }


def _pair(pair: Pair, mine: str, theirs: str) -> dict[str, Any]:
    return {
        "left_from": f"{mine} · {pair.other_field}",
        "left": pair.other_sentence,
        "right_from": f"{theirs} · {pair.field}",
        "right": pair.sentence,
    }


def _short(kind: str) -> str:
    return {"demand": "需求", "achievement": "成果", "work": "产出", "resource": "资源"}.get(
        kind, hall_of(kind).label
    )


def _grade_note(view: MatchView) -> str:
    strong = [part for part in view.parts if part.value >= 0.6 and part.weight > 0]
    return f"{len(strong)} / {len(view.parts)} 项依据较强" if view.parts else ""


def _in_words(value: float) -> str:
    for least, word in ((0.75, "很高"), (0.5, "较高"), (0.25, "一般")):
        if value >= least:
            return word
    return "较低"


def _reasons(view: MatchView) -> list[str]:
    terms: dict[str, None] = {}
    for pair in view.pairs:
        terms.update(dict.fromkeys(pair.terms))
    reasons = [f"两边都说到：{'、'.join(list(terms)[:6])}"] if terms else []
    return reasons + [
        f"{p.name}：{p.note}"
        for p in view.parts
        if p.name in ("领域", "地区", "预算", "成熟度", PROVEN) and p.value > 0.5
    ]


# -- detail -----------------------------------------------------------------------------------------------------


def facts_of(record: Record, scope: Scope) -> list[tuple[str, str]]:
    """(name, value) of what is registered besides the long texts; blank ones left out."""
    model = type(record)
    names = _FACTS[record.KIND]
    facts = [(display.label_of(model, name).removesuffix("（元）"), _fact(record, name)) for name in names]
    facts += [(label, _tags(tags)) for _, label, tags in display.tag_words(record)]
    if record.keywords and owner_of(record, scope).is_masked is False:
        facts.append(("关键词", "、".join(map(str, record.keywords))))
    return [(label, value) for label, value in facts if value]


def _tags(tags: Sequence[Mapping[str, Any]]) -> str:
    """Labels in one line; what no person has confirmed says so."""
    words = "、".join(str(tag["label"]) for tag in tags)
    return f"{words}（系统归类，可更正）" if all(tag["by"] == TagBy.MACHINE for tag in tags) else words


_FACTS: Mapping[str, tuple[str, ...]] = {
    "demand": ("demand_type", "cooperation_modes", "budget_yuan", "pay_to_partner_yuan", "due_on", "ip_ownership",
               "chain", "enterprise_types", "urgency", "year"),
    "achievement": ("market_stage", "trl", "level", "ip_forms", "patent_numbers", "transfer_modes", "price_basis",
                    "price_yuan", "team", "completed_on", "year"),
    "expert": ("position", "degree", "discipline"),
    "enterprise": ("uscc", "founded_on", "labels"),
    "work": ("work_type", "people", "source_no", "done_on", "ipc", "discipline", "funding_yuan"),
    "resource": ("category", "grade", "year"),
    "event": ("category", "starts_on", "ends_on", "place"),
}  # fmt: skip


def _fact(record: Record, name: str) -> str:
    value = getattr(record, name)
    if record.disclosure == Disclosure.MASKED and name in LEADS_TO_OWNER:
        return ""  # they lead to the owner
    if name.endswith("_yuan"):
        return money_wan(
            value, "面议" if getattr(record, "is_budget_open", False) and name == "budget_yuan" else ""
        )
    if name == "due_on":
        return day(value, "") or str(getattr(record, "due_text", ""))
    if name.endswith("_on"):
        return day(value, "")
    return display.written(type(record), name, value)


def metric_rows(record: Record) -> list[dict[str, str]]:
    """The indicators of a demand, one a row: name and what is asked."""
    rows = []
    for metric in getattr(record, "metrics", None) or ():
        asked = f"{metric.get('operator', '')} {metric.get('value', '')} {metric.get('unit', '')}".strip()
        name = str(metric.get("name") or "") or str(metric.get("text") or "")
        rows.append(
            {
                "name": name,
                "asked": asked or ("" if name == metric.get("text") else str(metric.get("text") or "")),
            }
        )
    return rows


def clock_of(record: Record) -> list[dict[str, str]]:
    """The steps a listing has gone through and the next one, for `_parts/clock.html`."""
    if not isinstance(record, Listed):
        return []
    steps = []
    if record.submitted_at:
        steps.append({"label": "单位提交", "state": "done", "when": day(record.submitted_at)})
    if record.published_at:
        steps.append({"label": "审核通过，公开发布", "state": "done", "when": _took(record)})
    if record.status == Status.PUBLISHED:
        steps.append({"label": "征集对接中", "state": "now", "when": _until(record)})
        steps.append({"label": "双方见面", "state": "todo", "when": "待定"})
    elif record.status in (Status.CLOSED, Status.EXPIRED, Status.WITHDRAWN):
        when = record.closed_at if record.status == Status.CLOSED else record.valid_until
        state = "done" if record.status == Status.CLOSED else "late"
        steps.append({"label": str(Status(record.status).label), "state": state, "when": day(when, "")})
    return steps


def _took(record: Listed) -> str:
    published = day(record.published_at)
    if not (record.submitted_at and record.published_at):
        return published
    days = (record.published_at - record.submitted_at).days
    return f"{published}，用时 {days} 天" if days else f"{published}，当天办结"


def _until(record: Listed) -> str:
    return (
        f"有效期至 {day(record.valid_until)}，{remaining(record.valid_until)}"
        if record.valid_until
        else "长期有效"
    )


def verify_note(record: Record) -> str:
    """Why this record carries 待核实, "" when it does not: its own remark says so, or its code fails the check."""
    notes = [record.remark] if _VERIFY in record.remark else []
    organisation = record.organisation
    if organisation and organisation.uscc_warning and record.disclosure != Disclosure.MASKED:
        notes.append(organisation.uscc_warning)
    return "；".join(notes)
