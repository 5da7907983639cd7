"""A contract given as facts (the JSON of the pre-check) as what `save_contract` takes: the way back of `factsof`."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from keqiao.codes import divisions, lists
from keqiao.contract.facts import Facts, Party, plain
from keqiao.contract.models import Contract, ContractIp, ContractParty, CostItem, PlannedPayment
from keqiao.core.errors import BadInput

_SAME = (
    "project_name", "title", "declared_class", "subclass", "licence_type", "sign_on", "effective_on", "begin_on", "end_on",
    "rate", "rate_on", "total_amount", "tech_amount", "pay_method", "entry_fee", "royalty_base", "royalty_rate",
    "same_invoice", "licence_years", "is_global_exclusive", "owns_technology", "tech_source", "industry", "content",
    "is_import", "is_disputed",
)  # fmt: skip
_WITH_DEFAULT = ("form", "document_kind", "language", "currency")
_FLAGS = (
    "is_related",
    "is_wholly_related",
    "needs_approval",
)  # of the contract two-valued: not answered is no
_LISTED = {"field11": "field11", "plan_source": "plan_source", "objective": "objective13"}
_NOT_KEPT = {
    "text": "合同全文请在网页上传 .docx", "income_forms": "到账后在合同页申报", "other_registrations": "登记机构查重",
    "accepted_on": "由登记机构受理时产生", "submitted_on": "提交时产生", "is_secret": "涉密合同不得在网上填报",
    "monopoly_clauses": "由登记机构认定", "other_refusal": "由登记机构认定",
}  # fmt: skip
"""What the pre-check takes and a draft does not hold, and where it belongs."""


def saved_as(facts: Facts) -> dict[str, Any]:
    """Keyword arguments of `save_contract` but for the contract and who saves. BadInput for what a draft cannot hold:
    unknown fields, codes that are in no list, texts that are too long."""
    _check_kept(facts)
    values: dict[str, Any] = {name: getattr(facts, name) for name in _SAME}
    values |= {name: value for name in _WITH_DEFAULT if (value := getattr(facts, name))}
    values |= {name: bool(getattr(facts, name)) for name in _FLAGS}
    values |= {name: _code(key, getattr(facts, name), name) for name, key in _LISTED.items()}
    values |= {
        "ip_types": [_code("ip_type", one, "ip_type") for one in facts.ip_type],
        "nature": plain(facts.nature),
        "secret": {name: flag for name, flag in asdict(facts.secret).items() if flag is not None},
        "annexes": list(facts.annexes or ()),
        "clauses": list(facts.clauses or ()),
    }
    if facts.industry and lists.match_name("gbt4754", facts.industry) is None:
        raise _bad("industry", facts.industry, "不在 GB/T 4754 里，请填代码，例如 1713")
    if facts.begin_on and facts.end_on and facts.begin_on > facts.end_on:
        raise _bad("end_on", facts.end_on, f"早于开始日期 {facts.begin_on}")
    _fits(Contract, [values], "")
    sides = {"seller": facts.seller, "buyer": facts.buyer} | (
        {"broker": facts.broker} if facts.broker else {}
    )
    costs = [
        {"kind": one.kind, "description": one.description, "amount": one.amount, "is_reasonable_object": one.reasonable_object}
        for one in facts.non_tech_items
    ]  # fmt: skip
    payments = [asdict(one) for one in facts.payments]
    rights = [asdict(one) | {"kind": _code("ip_type", one.kind, "ip.kind")} for one in facts.ip]
    _fits(CostItem, costs, "non_tech_items")
    _fits(PlannedPayment, payments, "payments")
    _fits(ContractIp, rights, "ip")
    return {
        "values": values, "parties": {side: _party(side, one) for side, one in sides.items() if one != Party()},
        "cost_items": costs, "payments": payments, "ip": rights,
    }  # fmt: skip


def _bad(name: str, value: object, why: str) -> BadInput:
    return BadInput(f"字段 {name} 的值“{str(value)[:60]}”{why}。", code="contract.field", field=name)


def _check_kept(facts: Facts) -> None:
    if facts.unknown:
        raise BadInput(
            f"没有字段“{facts.unknown[0]}”，没有保存。可用的字段见 docs/contracts.md。",
            code="contract.unknown",
            field=facts.unknown[0],
        )
    for name, instead in _NOT_KEPT.items():
        if value := getattr(facts, name):
            raise _bad(name, value, f"不能写入草稿：{instead}")


def _code(list_key: str, text: str, name: str) -> str:
    """The code of what was written, a code or its name; "" for nothing."""
    if not text:
        return ""
    if lists.item(list_key, text):
        return text
    found = lists.match_name(list_key, text)
    if found is None:
        raise _bad(name, text, f"不在代码表“{lists.info(list_key).name}”里，请填代码")
    return found


def _party(side: str, one: Party) -> dict[str, Any]:
    region = "".join(one.region.split())
    if region and divisions.division(region.ljust(12, "0")) is None:
        raise _bad(f"{side}.region", one.region, "不是行政区划代码，请填六位或十二位代码，例如 340302")
    found: dict[str, Any] = {
        "name": one.name, "uscc": "".join(one.credit_code.split()).upper(), "country": one.country or "CN",
        "division_code": region.ljust(12, "0") if region else "", "industry": one.industry, "address": one.address,
        "party_type": _code("party2005", one.party_type, f"{side}.party_type"), "representative": one.representative,
        "is_department": one.is_department, "account_number": one.account,
    }  # fmt: skip
    if one.seal is not None:
        found |= {"seal": one.seal, "seal_checked": True}
    _fits(ContractParty, [found], side)
    return found


_Row = type[Contract] | type[ContractParty] | type[ContractIp] | type[CostItem] | type[PlannedPayment]


def _fits(model: _Row, rows: Iterable[Mapping[str, Any]], where: str) -> None:
    """BadInput for a text that its column is too short for, or a number that has too many places."""
    for row in rows:
        for name, value in row.items():
            column = model._meta.get_field(name)
            path = f"{where}.{name}" if where else name
            most = getattr(column, "max_length", None)
            if isinstance(value, str):
                if most is not None and len(value) > most:
                    raise _bad(path, value, f"有 {len(value)} 字，最多 {most} 字")
            elif isinstance(value, Decimal):
                places, digits = getattr(column, "decimal_places", 2), getattr(column, "max_digits", 15)
                if abs(value) >= Decimal(10) ** (digits - places) or value != round(value, places):
                    raise _bad(path, value, f"超出范围，整数最多 {digits - places} 位、小数最多 {places} 位")
