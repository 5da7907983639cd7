"""The papers of a registration as PDF: 登记证明, 技术合同登记表, 技术性收入核定表."""

from decimal import Decimal
from typing import IO

import segno
from django.conf import settings

from keqiao.codes import lists
from keqiao.contract.book import book
from keqiao.contract.certificate import lines_of
from keqiao.contract.enums import IncomeState, Side
from keqiao.contract.models import Contract, ContractParty, IncomeForm, RegistrationVersion
from keqiao.contract.performing import COSTS
from keqiao.core.masks import mask_name, mask_phone
from keqiao.core.pdf import HIGH, WIDE, Page, height_of, write_pdf

_LEFT, _WHOLE = 25.0, 160.0
_BOTTOM = HIGH - 22


def _day(text: str) -> str:
    year, month, day = text.split("-")
    return f"{year}年{int(month)}月{int(day)}日"


def write_certificate_pdf(version: RegistrationVersion, url: str, out: IO[bytes]) -> None:
    """The certificate, one page. url: whole address of the page that proves it, drawn as a QR code."""
    said, page = dict(lines_of(version)), Page()
    page.centred(42, "技术合同登记证明", 24, bold=True)
    page.centred(51, f"第 {version.version} 版", 11)
    page.text(_LEFT, 66, "下列合同经审查，认定为技术合同，准予登记。", 13)
    rows = [one for one in lines_of(version) if one[0] not in ("登记机构", "登记日期")]
    below = page.table(_LEFT, 72, (38, _WHOLE - 38), rows, size=12)
    code = [list(row) for row in segno.make(url, error="m").matrix_iter(border=0)]
    page.squares(_LEFT, below + 10, 30, code)
    page.text(_LEFT + 36, below + 17, "扫码核对真伪。页面内容与本证明不一致的，以登记机构", 10.5)
    page.text(_LEFT + 36, below + 23, "的登记为准。", 10.5)
    page.text(_LEFT + 36, below + 30, f"查验码 {said['登记编号']}-{version.digest[:12]}", 10.5)
    page.right(_LEFT + _WHOLE, below + 56, said["登记机构"], 14)
    page.right(_LEFT + _WHOLE, below + 65, _day(said["登记日期"]), 14)
    write_pdf([page], out, title=f"技术合同登记证明 {said['登记编号']}", author=said["登记机构"])


def _yuan(value: Decimal | None) -> str:
    return f"{value:,.2f} 元" if value is not None else ""


def _coded(key: str, code: str) -> str:
    return f"{lists.label(key, code)}（{code}）" if code else ""


def _yes(value: bool | None) -> str:
    return "" if value is None else "是" if value else "否"


def _side_rows(party: ContractParty, *, plainly: bool) -> list[tuple[str, str]]:
    """A side's rows; contacts masked unless `plainly`."""
    name = party.contact if plainly else mask_name(party.contact)
    phone = party.contact_phone if plainly else mask_phone(party.contact_phone)
    flags = (
        ("技术转移机构", party.is_transfer_body), ("研发机构", party.is_rd_body), ("转制科研院所", party.is_converted_institute),
        ("国家高新区内企业", party.is_in_hightech_zone), ("上市公司", party.is_listed),
    )  # fmt: skip
    return [
        ("名称", party.name),
        ("统一社会信用代码", party.uscc),
        ("国别、行政区划代码", f"{party.country}　{party.division_code[:6]}"),
        ("性质", _coded("party2005", party.party_type)),
        ("国民经济行业", _coded("gbt4754", party.industry)),
        ("企业规模", party.get_scale_display()),
        ("属于", "、".join(label for label, holds in flags if holds) or "以上都不是"),
        ("地址、邮编", f"{party.address}　{party.zipcode}".strip("　")),
        ("法定代表人", party.representative),
        ("联系人、电话", f"{name}　{phone}".strip("　")),
    ]


def form_rows(contract: Contract, *, plainly: bool) -> list[tuple[str, list[tuple[str, str]]]]:
    """The 技术合同登记表 in its parts: (title, rows of label and text). Codes with their names."""
    registration = getattr(contract, "registration", None)
    rules = book(registration.rule_set if registration and registration.rule_set else "CN-2026")
    total = registration.total_amount if registration and registration.reg_no else contract.total_amount
    tech = registration.tech_amount if registration and registration.reg_no else contract.tech_amount
    code = (registration.subclass or registration.class_code) if registration and registration.reg_no else ""
    parts = [
        ("合同", [
            ("合同登记编号", registration.reg_no or "" if registration else ""),
            ("项目名称", contract.project_name),
            ("合同类别", rules.class_name(code or contract.subclass or contract.declared_class)),
            ("签订日期", contract.sign_on.isoformat() if contract.sign_on else ""),
            ("有效期限", " 至 ".join(str(day) for day in (contract.begin_on, contract.end_on) if day)),
            (rules.total_name, _yuan(total)),
            ("技术交易额", _yuan(tech)),
            ("支付方式", contract.get_pay_method_display()),
            ("是否关联交易", _yes(contract.is_related)),
        ]),
        ("统计", [
            ("技术领域", _coded("field11", contract.field11)),
            ("知识产权类型", "、".join(_coded("ip_type", one) for one in contract.ip_types)),
            ("计划来源", _coded("plan_source", contract.plan_source)),
            ("服务的社会经济目标", _coded("objective13", contract.objective)),
            ("服务的国民经济行业", _coded("gbt4754", contract.industry)),
            ("技术来源", contract.tech_source),
            ("预计新增投入、产值", "、".join(part for part in (_yuan(contract.new_input), _yuan(contract.new_output)) if part)),
        ]),
    ]  # fmt: skip
    labels = {Side.SELLER: "卖方", Side.BUYER: "买方", Side.BROKER: "中介方"}
    for party in sorted(contract.parties.all(), key=lambda one: list(labels).index(Side(one.side))):
        parts.append((labels[Side(party.side)], _side_rows(party, plainly=plainly)))
    return parts


def write_form_pdf(contract: Contract, out: IO[bytes], *, plainly: bool) -> None:
    """The whole form, broken over pages between its rows."""
    pages = [Page()]
    pages[0].centred(28, "技术合同登记表", 20, bold=True)
    pages[0].centred(35, "栏目依全国技术合同登记的登记表，代码表中标待核实的以登记机构公布的为准", 9)
    y, widths = 42.0, (46.0, _WHOLE - 46)
    for title, rows in form_rows(contract, plainly=plainly):
        if y + 24 > _BOTTOM:
            pages.append(Page())
            y = 24
        pages[-1].text(_LEFT, y + 5, title, 12, bold=True)
        y += 8
        waiting: list[tuple[str, str]] = []
        for row in rows:
            if y + sum(height_of(widths, one, size=10, pad=1.4) for one in (*waiting, row)) > _BOTTOM:
                pages[-1].table(_LEFT, y, widths, waiting, size=10, pad=1.4)
                pages.append(Page())
                y, waiting = 24.0, []
            waiting.append(row)
        y = pages[-1].table(_LEFT, y, widths, waiting, size=10, pad=1.4) + 5
    for number, page in enumerate(pages, start=1):
        page.centred(HIGH - 12, f"{contract.number}　第 {number} 页，共 {len(pages)} 页", 9)
    write_pdf(pages, out, title=f"技术合同登记表 {contract.number}", author=settings.KEQIAO_BUREAU_NAME)


def write_income_pdf(form: IncomeForm, out: IO[bytes]) -> None:
    """技术性收入核定表 of one payment, with the fields of technology-contracts.md §3, in four copies to be signed."""
    contract, page = form.contract, Page()
    registration = contract.registration
    rules = book(registration.rule_set or "CN-2026")
    seller = contract.parties.filter(side=Side.SELLER).first()
    page.centred(34, "技术性收入核定表", 22, bold=True)
    page.centred(42, f"第 {form.seq} 次　{form.get_state_display()}", 11)
    spent = sum((Decimal(str(amount)) for amount in form.deductions.values()), Decimal(0))
    rows = [
        ("申报方", seller.name if seller else ""),
        ("申报日期", form.created_at.date().isoformat()),
        ("合同编号", registration.reg_no or contract.number),
        ("项目名称", contract.project_name),
        ("合同类别", rules.class_name(registration.subclass or registration.class_code)),
        (rules.total_name, _yuan(registration.total_amount)),
        ("技术交易总额", _yuan(registration.tech_amount)),
        ("支付方式", contract.get_pay_method_display()),
        ("到账日期", form.received_on.isoformat() if form.received_on else ""),
        ("本次实现合同交易额", _yuan(form.realised_contract)),
        ("本次实现技术交易额", _yuan(form.realised_tech)),
        *((f"扣除：{name}", _yuan(Decimal(str(form.deductions.get(name, 0))))) for name in COSTS),
        ("扣除成本合计", _yuan(spent)),
        ("本次实现技术性收入", _yuan(form.tech_income)),
        ("审查意见", form.reason or ("核定" if form.state == IncomeState.APPROVED else "")),
        ("审查人", f"{form.approved_by or ''}"),
        ("核定日期", form.approved_at.date().isoformat() if form.approved_at else ""),
    ]
    below = page.table(_LEFT, 48, (56, _WHOLE - 56), rows, size=10.5, pad=1.5)
    page.text(_LEFT, below + 14, "申报方（盖章）", 11)
    page.text(WIDE / 2 + 10, below + 14, "登记机构（盖章）", 11)
    page.text(_LEFT, HIGH - 18, "一式四份：申报方一份，税务机关两份，登记机构一份。", 9)
    write_pdf([page], out, title=f"技术性收入核定表 {registration.reg_no} 第{form.seq}次", author=settings.KEQIAO_BUREAU_NAME)  # fmt: skip
