"""JSON into Facts. Whatever cannot be read is refused with the field's name, the value and what is wanted."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from keqiao.contract.facts import CostItem, Facts, Income, Ip, Nature, Other, Party, Payment, Secret
from keqiao.core.errors import BadInput

MAX_YUAN = Decimal(10) ** 13
MAX_TEXT = 500_000
MAX_ITEMS = 500

CLASS_WORDS = {
    "技术开发": "DEV", "技术开发合同": "DEV", "TD": "DEV", "委托开发": "DEV-ENTRUST", "TD1": "DEV-ENTRUST",
    "合作开发": "DEV-COOP", "TD2": "DEV-COOP", "技术转让": "TRF", "技术转让合同": "TRF", "TR": "TRF",
    "专利权转让": "TRF-PATENT", "专利申请权转让": "TRF-APPL", "技术秘密转让": "TRF-SECRET",
    "技术许可": "LIC", "技术许可合同": "LIC", "TL": "LIC", "专利实施许可": "LIC-PATENT",
    "技术秘密使用许可": "LIC-SECRET", "技术咨询": "CON", "技术咨询合同": "CON", "TC": "CON",
    "技术服务": "SRV", "技术服务合同": "SRV", "TS": "SRV", "技术培训": "SRV-TRAIN", "TS1": "SRV-TRAIN",
    "技术中介": "SRV-BROKER", "TS2": "SRV-BROKER",
}  # fmt: skip
CLASSES = ("DEV", "TRF", "LIC", "CON", "SRV")
SUBCLASSES = (
    "DEV-ENTRUST", "DEV-COOP", "TRF-PATENT", "TRF-APPL", "TRF-SECRET", "TRF-OTHER-IP", "LIC-PATENT",
    "LIC-SECRET", "LIC-OTHER-IP", "SRV-GENERAL", "SRV-TRAIN", "SRV-BROKER",
)  # fmt: skip
PAY_METHODS = {
    "lump": "lump", "instalment": "instalment", "royalty": "royalty", "entry_royalty": "entry_royalty",
    "一次总算一次总付": "lump", "一次支付": "lump", "一次": "lump", "一次总付": "lump",
    "一次总算分期支付": "instalment", "分期支付": "instalment", "分期": "instalment",
    "提成支付": "royalty", "提成": "royalty", "提成支付附加预付入门费": "entry_royalty",
    "提成加入门费": "entry_royalty", "提成+入门费": "entry_royalty",
}  # fmt: skip
LICENCES = {"exclusive": "exclusive", "sole": "sole", "ordinary": "ordinary", "独占": "exclusive",
            "独占许可": "exclusive", "排他": "sole", "排他许可": "sole", "普通": "ordinary",
            "普通许可": "ordinary"}  # fmt: skip
FORMS = {"written": "written", "electronic": "electronic", "oral": "oral",
         "书面": "written", "电子": "electronic", "口头": "oral"}  # fmt: skip
RIGHTS = {
    "ownership": "ownership",
    "use": "use",
    "none": "none",
    "所有权": "ownership",
    "使用权": "use",
    "无": "none",
}
WEIGHTS = {"consult": "consult", "development": "development", "transfer": "transfer",
           "咨询": "consult", "开发": "development", "转让": "transfer"}  # fmt: skip
DOCUMENTS = {"contract": "contract", "agreement": "agreement", "task_book": "task_book", "bid": "bid",
             "合同": "contract", "协议": "agreement", "任务书": "task_book", "中标文件": "bid"}  # fmt: skip
SIDES = {"seller": "seller", "buyer": "buyer", "卖方": "seller", "买方": "buyer"}
ANNEXES = {
    "contract_text": "合同文本", "registration_form": "技术合同登记表", "authority": "法人授权书",
    "agency_consent": "主管机关同意文件", "approval": "批准或许可文件", "ip_certificate": "知识产权证明",
    "chinese_version": "中文文本和一致声明", "budget": "预算清单",
}  # fmt: skip
CLAUSES = {
    "project_name": "项目名称", "content_scope": "内容、范围和要求", "plan_place_method": "计划、地点和方式",
    "secrecy": "保密", "ownership": "成果归属和收益分配", "acceptance": "验收", "terms": "名词和术语",
}  # fmt: skip
MONOPOLY = ("improvement", "other_sources", "market", "tie_in", "purchase", "no_challenge")

# Names of the national entry page and of the 技术合同登记表, so that an export of theirs reads as it is.
ALIASES = {
    "class": "declared_class", "contracttype": "declared_class", "合同类别": "declared_class",
    "projectname": "project_name", "项目名称": "project_name", "合同名称": "title", "signdate": "sign_on",
    "合同签订日期": "sign_on", "签订日期": "sign_on", "contractbegindate": "begin_on", "开始日期": "begin_on",
    "contractenddate": "end_on", "结束日期": "end_on", "受理日期": "accepted_on", "提交日期": "submitted_on",
    "totalamount": "total_amount", "合同成交总额": "total_amount", "合同交易总额": "total_amount",
    "合同金额": "total_amount", "technicalamount": "tech_amount", "技术交易额": "tech_amount",
    "非技术性费用": "non_tech_items", "paymethod": "pay_method", "支付方式": "pay_method",
    "isrelated": "is_related", "是否关联交易": "is_related", "projectplantype": "plan_source",
    "计划来源": "plan_source", "ipr": "ip_type", "知识产权类型": "ip_type", "techarea": "field11",
    "field": "field11", "技术领域": "field11", "社会经济目标": "objective", "服务的社会经济目标": "objective",
    "技术来源": "tech_source", "国民经济行业": "industry", "卖方": "seller", "买方": "buyer", "中介方": "broker",
    "许可方式": "licence_type", "币种": "currency", "汇率": "rate", "附件": "annexes", "合同内容": "content",
    "合同文本": "text", "合同形式": "form",
    "名称": "name", "统一社会信用代码": "credit_code", "uscc": "credit_code", "行政区划": "region",
    "单位性质": "party_type", "种类": "kind", "说明": "description", "金额": "amount",
}  # fmt: skip

Reader = Callable[[Any, str], Any]


def _bad(where: str, value: Any, wanted: str) -> BadInput:
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return BadInput(
        f"字段“{where}”的值“{shown[:60]}”不能用：{wanted}。请改正后重新检查。",
        code="contract.field",
        field=where,
    )


def _text(value: Any, where: str) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _bad(where, value, "应为文字")
    text = str(value).replace("\0", "").strip()
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        raise _bad(where, text.encode("utf-8", "replace").decode(), "有不成对的编码，不是文字")
    if len(text) > MAX_TEXT:
        raise _bad(where, text[:20] + "…", f"文字有 {len(text)} 字，最多 {MAX_TEXT} 字")
    return text


def _money(value: Any, where: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise _bad(where, value, '应为金额，单位元，例如 22926000 或 "22926000.00"')
    try:
        amount = Decimal(str(value).replace(",", "").replace("，", "").strip())
    except InvalidOperation:
        raise _bad(where, value, "应为以元为单位的数字，不带“万元”等单位，例如 22926000.00") from None
    if not amount.is_finite() or abs(amount) >= MAX_YUAN:
        raise _bad(where, value, "应为有限的数，且小于十万亿元")
    if amount != amount.quantize(Decimal("0.01")):
        raise _bad(where, value, "金额精确到分，最多两位小数")
    return amount.quantize(Decimal("0.01"))


def _number(value: Any, where: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise _bad(where, value, "应为数字")
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise _bad(where, value, "应为数字") from None
    if not number.is_finite() or abs(number) >= MAX_YUAN:
        raise _bad(where, value, "应为有限的数")
    return number


def _day(value: Any, where: str) -> date:
    if type(value) is date:
        return value
    if not isinstance(value, str):
        raise _bad(where, value, "应为日期，写成 2026-03-01")
    try:
        return date.fromisoformat(value.strip().replace("/", "-"))
    except ValueError:
        raise _bad(where, value, "应为真实存在的日期，写成 2026-03-01") from None


def _flag(value: Any, where: str) -> bool:
    if isinstance(value, bool):
        return value
    known = {"是": True, "否": False, "true": True, "false": False}
    if isinstance(value, str) and value.strip().lower() in known:
        return known[value.strip().lower()]
    raise _bad(where, value, "应为 true 或 false（是或否）")


def _choice(options: Mapping[str, str]) -> Reader:
    def read(value: Any, where: str) -> str:
        text = _text(value, where)
        if text and text not in options:
            raise _bad(where, value, f"应为 {'、'.join(options)} 之一")
        return options.get(text, "")

    return read


def _class(value: Any, where: str) -> str:
    text = _text(value, where)
    code = CLASS_WORDS.get(text, text.upper())
    if code and code not in CLASSES and code not in SUBCLASSES:
        raise _bad(where, value, f"应为 {'、'.join((*CLASSES, *SUBCLASSES))} 或它们的中文名称")
    return code


def _list(read: Reader) -> Reader:
    def read_list(value: Any, where: str) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise _bad(where, value, "应为列表，用方括号")
        if len(value) > MAX_ITEMS:
            raise _bad(where, f"{len(value)} 项", f"最多 {MAX_ITEMS} 项")
        return tuple(read(one, f"{where}[{at}]") for at, one in enumerate(value))

    return read_list


def _codes(known: Mapping[str, str]) -> Reader:
    by_name = {name: code for code, name in known.items()}

    def read(value: Any, where: str) -> str:
        text = _text(value, where)
        code = by_name.get(text, text)
        if code not in known:
            raise _bad(
                where, value, f"应为 {'、'.join(f'{code}（{name}）' for code, name in known.items())} 之一"
            )
        return code

    return read


def _texts(value: Any, where: str) -> tuple[str, ...]:
    return (_text(value, where),) if isinstance(value, str) else tuple(_list(_text)(value, where))


def _deductions(value: Any, where: str) -> tuple[tuple[str, Decimal], ...]:
    if not isinstance(value, Mapping):
        raise _bad(where, value, '应为费用名称到金额的对象，例如 {"劳务费": 1000}')
    return tuple((str(name), _money(amount, f"{where}.{name}")) for name, amount in value.items())


def _object(kind: type, readers: Mapping[str, Reader]) -> Reader:
    def read(value: Any, where: str) -> Any:
        if not isinstance(value, Mapping):
            raise _bad(where, value, "应为对象，用花括号")
        return kind(**_read_fields(value, readers, where, []))

    return read


def _read_fields(
    raw: Mapping[Any, Any], readers: Mapping[str, Reader], where: str, unknown: list[str]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in raw.items():
        name = str(key)
        target = name if name in readers else ALIASES.get(name, name)
        path = f"{where}.{name}" if where else name
        if target not in readers:
            if where:
                raise _bad(path, value, f"没有这个字段，这里可以写 {'、'.join(readers)}")
            unknown.append(name)
            continue
        if target in found:
            raise _bad(path, value, f"与同义的字段“{target}”重复，只能写一个")
        if value is not None:
            found[target] = readers[target](value, path)
    return found


_PARTY = _object(
    Party,
    dict.fromkeys(
        (
            "name",
            "credit_code",
            "country",
            "region",
            "party_type",
            "industry",
            "seal",
            "address",
            "account",
            "representative",
        ),
        _text,
    )
    | {"is_department": _flag},
)
_COST = _object(CostItem, {"kind": _text, "description": _text, "amount": _money, "reasonable_object": _flag})
_PAYMENT = _object(Payment, {"amount": _money, "due_on": _day, "condition": _text})
_INCOME = _object(
    Income,
    {
        "realised_contract": _money,
        "realised_tech": _money,
        "deductions": _deductions,
        "tech_income": _money,
        "received_on": _day,
    },
)
_IP = _object(
    Ip, {"kind": _text, "number": _text, "name": _text, "owner": _text, "filed_on": _day, "expires_on": _day}
)
_SECRET = _object(Secret, dict.fromkeys(("not_public", "has_value", "usable", "measures_taken"), _flag))
_OTHER = _object(
    Other,
    {
        "number": _text,
        "project_name": _text,
        "seller": _text,
        "buyer": _text,
        "sign_on": _day,
        "total_amount": _money,
        "is_same": _flag,
    },
)
_NATURE_WORDS = {"right_passed": _choice(RIGHTS), "main_content": _choice(WEIGHTS), "broker_clause": _text,
                 "excluded_as": _text, "embedded_in": _text}  # fmt: skip
_NATURE = _object(Nature, {name: _NATURE_WORDS.get(name, _flag) for name in Nature.__dataclass_fields__})

NATURE_READER = _NATURE
READERS: dict[str, Reader] = {
    "project_name": _text, "title": _text, "declared_class": _class, "subclass": _class,
    "licence_type": _choice(LICENCES), "form": _choice(FORMS), "document_kind": _choice(DOCUMENTS),
    "language": _text, "is_effective": _flag, "sign_on": _day, "effective_on": _day, "begin_on": _day,
    "end_on": _day, "submitted_on": _day, "accepted_on": _day, "late_reason": _text, "currency": _text,
    "rate": _number, "rate_on": _day, "total_amount": _money, "tech_amount": _money,
    "non_tech_items": _list(_COST), "pay_method": _choice(PAY_METHODS), "entry_fee": _money,
    "royalty_base": _text, "royalty_rate": _number, "payments": _list(_PAYMENT), "income_forms": _list(_INCOME),
    "same_invoice": _flag, "seller": _PARTY, "buyer": _PARTY, "broker": _PARTY, "applicant": _choice(SIDES),
    "is_import": _flag, "buyer_may_apply": _flag, "is_related": _flag, "is_wholly_related": _flag,
    "registrar_region": _text, "field11": _text, "ip_type": _texts, "plan_source": _text, "objective": _text,
    "industry": _text, "tech_source": _text, "ip": _list(_IP), "secret": _SECRET, "licence_years": _number,
    "is_global_exclusive": _flag, "owns_technology": _flag, "nature": _NATURE,
    "annexes": _list(_codes(ANNEXES)), "clauses": _list(_codes(CLAUSES)),
    "monopoly_clauses": _list(_codes({one: one for one in MONOPOLY})), "needs_approval": _flag,
    "is_disputed": _flag, "is_secret": _flag, "other_refusal": _text, "content": _text, "text": _text,
    "other_registrations": _list(_OTHER),
}  # fmt: skip


def facts_from(raw: object) -> Facts:
    """The contract in a decoded JSON object. Raises BadInput naming the field at fault."""
    if isinstance(raw, Facts):
        return raw
    if not isinstance(raw, Mapping):
        raise BadInput(
            "合同文件应是一个 JSON 对象（用花括号括起来的字段），读到的却不是。格式见 docs/contracts.md。",
            code="contract.shape",
        )
    unknown: list[str] = []
    found = _read_fields(raw, READERS, "", unknown)
    if found.get("declared_class", "") in SUBCLASSES:
        found.setdefault("subclass", found["declared_class"])
    if found.get("declared_class") or found.get("subclass"):
        code = found.get("declared_class") or found["subclass"]
        found["declared_class"] = code.split("-")[0]
    return Facts(**found, unknown=tuple(unknown))


def facts_from_text(text: str) -> Facts:
    """The contract in JSON text; sums are read exactly. Raises BadInput with the line when it is no JSON."""
    try:
        raw = json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
    except json.JSONDecodeError as wrong:
        raise BadInput(
            f"文件不是正确的 JSON：第 {wrong.lineno} 行第 {wrong.colno} 列附近有误。"
            "请检查引号、逗号和括号是否成对，全角标点要改成半角。",
            code="contract.json",
        ) from wrong
    except RecursionError as deep:
        raise BadInput("文件的括号嵌套太深，不像一份合同。请核对文件。", code="contract.json") from deep
    return facts_from(raw)


def _no_constant(name: str) -> Decimal:
    raise BadInput(f"文件中有“{name}”，它不是数字。请写成实际的金额。", code="contract.json")
