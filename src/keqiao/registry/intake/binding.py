"""What a row says becomes what a record holds: one small function a kind, and a table of them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone
from pypinyin import lazy_pinyin

from keqiao.codes import identifiers, tagging
from keqiao.people.enums import OrganisationKind
from keqiao.registry.intake.amounts import Money
from keqiao.registry.intake.dates import When
from keqiao.registry.intake.organisations import Wanted, kind_by_name
from keqiao.registry.intake.problems import Problem, warning
from keqiao.registry.intake.rows import ParsedRow
from keqiao.registry.intake.writer import Bound
from keqiao.registry.records.enums import Disclosure, TagBy

Values = Mapping[str, Any]
_WORTH_PROPOSING = 0.3  # share of the evidence; below, a proposal is more often wrong than right
_DISCLOSURE = {
    "public": Disclosure.PUBLIC, "masked": Disclosure.MASKED,
    "platform": Disclosure.DIRECTED, "private": Disclosure.CLOSED,
}  # fmt: skip
# Market card stage -> TRL, and registration stage -> TRL: the scale's own table, 待核实 in codes
_TRL_OF_STAGE = {"rd": 3, "sample": 4, "small": 6, "pilot": 8, "mass": 9}
_STAGE_OF_TRL = {
    1: "rd",
    2: "rd",
    3: "rd",
    4: "sample",
    5: "small",
    6: "small",
    7: "pilot",
    8: "pilot",
    9: "mass",
}
_TRL_OF_REGISTRATION = {"early": 4, "middle": 7, "mature": 9}


def _day(value: When | None) -> date | None:
    return value.on if value else None


def _amount(money: Money | None) -> Decimal | None:
    """The figure to store; none for 面议 and for a zero, which says the same."""
    return (money.yuan or None) if money else None


def _common(v: Values) -> dict[str, Any]:
    """What every kind may carry."""
    return {
        "title": v.get("title") or v.get("name") or "",
        "division_code": v.get("division") or "",
        "organisation_name": (v.get("organisation") or "")[:200],
        "keywords": list(v.get("keywords") or ()),
        "year": v.get("year"),
        "remark": v.get("remark") or "",
        "is_sample": bool(v.get("is_sample")),
        "source_no": v.get("source_no") or "",
        "source_document": v.get("source_document") or "",
        "source_note": v.get("source_note") or "",
        "disclosure": _DISCLOSURE.get(v.get("disclosure") or "", Disclosure.PUBLIC),
    }


def _contact(v: Values) -> dict[str, Any]:
    return {f"contact_{part}": v.get(f"contact_{part}") or "" for part in ("name", "phone", "email")}


def _tags(
    v: Values, title: str, body: str, lists: Sequence[str] = ("field11", "gbt4754", "hitech")
) -> dict[str, Any]:
    """The row's own codes stand as a person's; what is missing the machine proposes, and says so."""
    tags: dict[str, Any] = {}
    for key, list_key in (("fields", "field11"), ("industry", "gbt4754"), ("ipc", "ipc")):
        given = v.get(key)
        codes = [given] if isinstance(given, str) else list(given or ())
        if codes:
            tags[list_key] = [{"code": code, "by": str(TagBy.PERSON)} for code in codes if code]
    wanted = tuple(key for key in lists if key not in tags)
    if wanted and title:
        for proposal in tagging.propose(title, body, lists=wanted, top=2):
            if proposal.score < _WORTH_PROPOSING:
                continue
            entry = {"code": proposal.code, "by": str(TagBy.MACHINE), "score": round(proposal.score, 3)}
            tags.setdefault(proposal.list, []).append(entry)
    return tags


def _owner(v: Values, key: str, kind: str | None = None) -> Wanted | None:
    """The first organisation that the cell names."""
    name = (v.get(key) or "").split("、")[0].strip() if isinstance(v.get(key), str) else ""
    if not name:
        return None
    return Wanted(
        name=name, uscc=v.get("uscc") or "", division_code=v.get("division") or "",
        is_sample=bool(v.get("is_sample")), source_document=v.get("source_document") or "", kind=kind or kind_by_name(name),
    )  # fmt: skip


def _demand(row: ParsedRow) -> Bound:
    v: Values = row.values
    budget, pay, due = v.get("budget"), v.get("pay_to_partner"), v.get("due")
    metrics = v.get("metrics") or ()
    values = _common(v) | _contact(v) | {
        "enterprise_types": list(v.get("enterprise_types") or ()),
        "chain": "、".join(v.get("chain") or ())[:120],
        "demand_type": v.get("demand_type") or "",
        "content": v.get("content") or "",
        "metrics_text": "；".join(m.text for m in metrics),
        "metrics": [m.as_dict() for m in metrics],
        "foundation": v.get("foundation") or "",
        "cooperation_modes": list(v.get("cooperation_modes") or ()),
        "budget_yuan": _amount(budget),
        "is_budget_open": bool(budget and (budget.is_open or budget.yuan == 0)),  # platforms write 0 for 面议
        "pay_to_partner_yuan": _amount(pay),
        "due_on": _day(due),
        "due_text": (due.text if due else "")[:60],
        "ip_ownership": (v.get("ip_ownership") or "")[:200],
        "partner_requirements": v.get("partner_requirements") or "",
        "urgency": v.get("urgency") or "",
        "valid_until": _day(v.get("valid_until")),
    }  # fmt: skip
    values["tags"] = _tags(v, values["title"], f"{values['content']} {values['metrics_text']}")
    kind = (
        kind_by_name(v.get("organisation") or "") or OrganisationKind.ENTERPRISE
    )  # who asks is a firm unless its name says else
    return Bound(row.number, values, _listing_identity(v), _owner(v, "organisation", kind))


def _listing_identity(v: Values) -> tuple[str, ...]:
    """A listing is the same next year by its own number with its unit, else by its name, unit and year."""
    unit = v.get("organisation") or ""
    if v.get("source_no"):
        return ("no", v["source_no"], unit)
    return ("title", v.get("title") or "", unit, str(v.get("year") or ""))


def _achievement(row: ParsedRow) -> Bound:
    v: Values = row.values
    price = v.get("price")
    trl, scale, stage = _maturity(v.get("maturity") or "")
    values = _common(v) | _contact(v) | {
        "summary": v.get("summary") or "",
        "innovation": v.get("innovation") or "",
        "prospects": v.get("prospects") or "",
        "cases": v.get("cases") or "",
        "trl": trl,
        "maturity_scale": scale,
        "market_stage": stage,
        "level": v.get("level") or "",
        "ip_forms": list(v.get("ip_forms") or ()),
        "patent_numbers": list(v.get("patent_numbers") or ()),
        "ipc": list(v.get("ipc") or ()),
        "transfer_modes": list(v.get("transfer_modes") or ()),
        "price_basis": v.get("price_basis") or "",
        "price_yuan": _amount(price),
        "team": list(v.get("team") or ()),
        "completed_on": _day(v.get("completed_on")),
        "valid_until": _day(v.get("valid_until")),
    }  # fmt: skip
    values["tags"] = _tags(v, values["title"], f"{values['summary']} {values['innovation']}")
    return Bound(row.number, values, _listing_identity(v), _owner(v, "organisation"))


def _maturity(coded: str) -> tuple[int | None, str, str]:
    """(TRL, scale it was given in, market card's word) from "list:code"."""
    scale, _, code = coded.partition(":")
    if scale == "maturity_trl9":
        return int(code), "TRL9", _STAGE_OF_TRL[int(code)]
    if scale == "maturity_stage":
        trl = _TRL_OF_REGISTRATION[code]
        return trl, "STAGE3", _STAGE_OF_TRL[trl]
    return _TRL_OF_STAGE.get(code), "MARKET5" if code else "", code


def _enterprise(row: ParsedRow) -> Bound:
    v: Values = row.values
    values = _common(v) | _contact(v) | {
        "organisation_name": v.get("name") or "",
        "uscc": v.get("uscc") or "",
        "founded_on": _day(v.get("founded_on")),
        "labels": list(v.get("labels") or ()),
        "products": "、".join(v.get("products") or ()),
        "intro": v.get("summary") or "",
        "legal_representative": v.get("legal_representative") or "",
        "address": (v.get("address") or "")[:200],
    }  # fmt: skip
    values["tags"] = _tags(v, values["title"], f"{values['products']} {values['intro']}")
    identity = ("uscc", v["uscc"]) if v.get("uscc") else ("name", v.get("name") or "")
    owner = _owner(dict(v) | {"organisation": v.get("name")}, "organisation", OrganisationKind.ENTERPRISE)
    return Bound(row.number, values, identity, owner)


def _expert(row: ParsedRow) -> Bound:
    v: Values = row.values
    disciplines = list(v.get("disciplines") or ())
    values = _common(v) | {
        "title": v.get("name") or "",
        "contact_phone": v.get("contact_phone") or "",
        "contact_email": v.get("contact_email") or "",
        "contact_name": "",
        "pinyin": "".join(lazy_pinyin(v.get("name") or ""))[:120],
        "position": v.get("position") or "",
        "degree": (v.get("degree") or "")[:20],
        "research": "、".join(v.get("research") or ()),
        "discipline": (disciplines[0] if disciplines else "")[:20],
        "intro": v.get("summary") or "",
    }  # fmt: skip
    values["tags"] = _tags(
        v, values["research"][:60], f"{values['research']} {values['intro']}", ("field11", "hitech")
    )
    return Bound(
        row.number,
        values,
        ("expert", v.get("name") or "", v.get("organisation") or ""),
        _owner(v, "organisation"),
    )


def _work(row: ParsedRow) -> Bound:
    v: Values = row.values
    organisations = [name for name in v.get("organisations") or () if name]
    authors = list(v.get("authors") or ())
    done_on, grant = _day(v.get("published_on")), v.get("grant")
    values = _common(v) | {
        "organisation_name": "、".join(organisations)[:200],
        "work_type": v.get("work_type") or "paper",
        "abstract": v.get("abstract") or "",
        "people": authors,
        "done_on": done_on,
        "year": done_on.year if done_on else None,
        "ipc": list(v.get("ipc") or ()),
        "discipline": "、".join(v.get("disciplines") or ())[:60],
        "funding_yuan": grant.yuan if grant else None,
        "source_no": v.get("number") or "",
    }  # fmt: skip
    values["tags"] = _tags(v, "", "")  # a million of them: only what the row says
    identity = (
        ("no", values["work_type"], v["number"])
        if v.get("number")
        else ("title", values["work_type"], values["title"], organisations[0] if organisations else "")
    )
    first = organisations[0] if organisations else ""
    signed = [
        (name, organisations[min(i, len(organisations) - 1)] if organisations else "")
        for i, name in enumerate(authors)
    ]
    return Bound(
        row.number,
        values,
        identity,
        Wanted(first, is_sample=bool(v.get("is_sample"))) if first else None,
        signed,
    )


def _resource(row: ParsedRow) -> Bound:
    v: Values = row.values
    values = _common(v) | {
        "category": v.get("resource_type") or "",
        "grade": (v.get("level") or "")[:20],
        "intro": v.get("summary") or "",
        "services": v.get("services") or "",
    }  # fmt: skip
    values["tags"] = _tags(v, values["title"], values["intro"], ("field11",))
    return Bound(
        row.number,
        values,
        ("resource", values["title"], values["organisation_name"]),
        _owner(v, "organisation"),
    )


def _event(row: ParsedRow) -> Bound:
    v: Values = row.values
    starts = _day(v.get("starts_on"))
    values = _common(v) | {
        "organisation_name": (v.get("organiser") or "")[:200],
        "category": v.get("event_type") or "",
        "place": (v.get("venue") or "")[:120],
        "starts_on": starts,
        "ends_on": _day(v.get("ends_on")),
        "intro": v.get("summary") or "",
        "year": starts.year if starts else None,
    }  # fmt: skip
    return Bound(row.number, values, ("event", values["title"], str(starts or "")), _owner(v, "organiser"))


BINDINGS: Mapping[str, Callable[[ParsedRow], Bound]] = {
    "demand": _demand, "achievement": _achievement, "enterprise": _enterprise, "expert": _expert,
    "work": _work, "resource": _resource, "event": _event,
}  # fmt: skip


def bind(kind: str, row: ParsedRow) -> tuple[Bound, list[Problem]]:
    """The record's values of a row without errors, and what is worth a look across its cells."""
    bound = BINDINGS[kind](row)
    problems: list[Problem] = []
    if uscc := str(row.values.get("uscc") or ""):
        checked = identifiers.check_uscc(uscc)
        if checked.level == "warning":
            problems.append(warning("uscc.check", checked.message, value=uscc, field="uscc"))
    valid_until = bound.values.get("valid_until")
    if valid_until and valid_until < timezone.localdate():
        problems.append(
            warning(
                "valid.past",
                f"有效期至 {valid_until} 已过，写入后列为“已过期”，可续期。",
                field="valid_until",
            )
        )
    return bound, problems
