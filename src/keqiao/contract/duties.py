"""Parties, dates, rights, papers and codes: the checks TC-*, DOC-*, CNT-* and the grounds of refusal R01 … R99."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date

from keqiao.codes.lists import item, match_name
from keqiao.contract.book import Book
from keqiao.contract.facts import Facts, Other, Party
from keqiao.contract.reading import ANNEXES
from keqiao.contract.verdict import Amounts, ClassVerdict, Finding, finding

_NOISE = re.compile(r"[\s（）()·.,，。、]+")
NO_IP = "00"  # 未涉及知识产权
SELLER_WORDS, BUYER_WORDS = "卖方（受托方、让与方、许可方）", "买方（委托方、受让方、被许可方）"


def folded(name: str) -> str:
    """A name in the form in which two spellings are compared."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", name)).casefold()


def fingerprint(*, seller: str, buyer: str, project_name: str, sign_on: object, total: object) -> str:
    """What a second registration of the same contract would share: both parties, project, day and total."""
    sum_text = format(total, "f").rstrip("0").rstrip(".") if hasattr(total, "as_tuple") else ""
    return "|".join((folded(seller), folded(buyer), folded(project_name), str(sign_on or ""), sum_text))


def fingerprint_of(facts: Facts) -> str:
    """The fingerprint of this contract; "" while parties or project are unnamed."""
    if not (facts.seller.name and facts.buyer.name and facts.project_name):
        return ""
    return fingerprint(
        seller=facts.seller.name, buyer=facts.buyer.name, project_name=facts.project_name,
        sign_on=facts.sign_on, total=facts.total_amount,
    )  # fmt: skip


def _of_other(other: Other) -> str:
    return fingerprint(
        seller=other.seller, buyer=other.buyer, project_name=other.project_name,
        sign_on=other.sign_on, total=other.total_amount,
    )  # fmt: skip


def parties(book: Book, facts: Facts) -> list[Finding]:
    """TC-01, TC-04, TC-05, R03, R10."""
    found, checks = [], book.checks
    for side, words, where in ((facts.seller, SELLER_WORDS, "seller"), (facts.buyer, BUYER_WORDS, "buyer")):
        if not side.name:
            found.append(
                finding(checks["R03"], f"没有写明{words}的名称。请按合同填写全称。", field=f"{where}.name")
            )
        found += _seal(book, side, words, where)
    same_code = facts.seller.credit_code and folded(facts.seller.credit_code) == folded(
        facts.buyer.credit_code
    )
    same_name = facts.seller.name and folded(facts.seller.name) == folded(facts.buyer.name)
    if same_code or (same_name and not (facts.seller.credit_code and facts.buyer.credit_code)):
        shown = facts.seller.credit_code if same_code else facts.seller.name
        message = f"买卖双方是同一主体（{shown}），不构成交易。请核对双方名称和统一社会信用代码。"
        found.append(finding(checks["TC-01"], message, field="buyer.credit_code"))
    wanted = "buyer" if facts.is_import else "seller"
    if (
        facts.applicant
        and facts.applicant != wanted
        and not (facts.applicant == "buyer" and facts.buyer_may_apply)
    ):
        who = "境内买方" if facts.is_import else "卖方"
        message = f"申请人是{'买方' if facts.applicant == 'buyer' else '卖方'}，{'技术进口合同' if facts.is_import else '一般'}应由{who}申请。请由{who}办理。"
        found.append(finding(checks["TC-04"], message, field="applicant"))
    here = facts.buyer if facts.is_import else facts.seller
    area = facts.registrar_region.rstrip("0") if facts.registrar_region else ""
    if area and here.region and not here.region.startswith(area):
        message = f"{'买方' if facts.is_import else '卖方'}所在地{here.region}不在登记机构的区域{facts.registrar_region}内。请到所在地的登记机构办理。"
        found.append(finding(checks["TC-05"], message, field="seller.region"))
    return found


def _seal(book: Book, side: Party, words: str, where: str) -> list[Finding]:
    if side.seal is None or not side.name or folded(side.seal) == folded(side.name):
        return []
    message = (
        f"{words}没有盖章。请补盖合同专用章或公章。"
        if not side.seal
        else f"{words}的印章“{side.seal}”与书面名称“{side.name}”不一致。请核对，更名的附证明。"
    )
    return [finding(book.checks["R10"], message, field=f"{where}.seal")]


def papers(book: Book, facts: Facts, kind: ClassVerdict) -> list[Finding]:
    """TC-02, DOC-02 … DOC-09, R06, R11: written form and annexes. Nothing is called missing when none were listed."""
    found, checks, listed = [], book.checks, facts.annexes
    if facts.form == "oral":
        return [finding(checks["R11"], "口头合同不予登记。请与对方签订书面合同后再申请。", field="form")]
    if facts.form == "electronic":
        message = (
            "这是电子合同，登记时交电子文本和可靠的电子签名。"
            if checks["DOC-09"].level == "info"
            else "这是电子合同，请先问登记机构是否另要纸质原件。"
        )
        found.append(finding(checks["DOC-09"], message, field="form"))
    if facts.needs_approval and not (listed and "approval" in listed):
        found.append(
            finding(
                checks["DOC-05"], "合同或标的依法须经批准、许可，没有附批准文件。请补交。", field="annexes"
            )
        )
    if listed is None:
        return found
    needed = [
        ("TC-02", "contract_text", True),
        ("DOC-02", "registration_form", True),
        ("DOC-03", "authority", facts.seller.is_department or facts.buyer.is_department),
        ("DOC-04", "agency_consent", bool(facts.plan_source) and facts.plan_source != "X"),
        ("DOC-06", "ip_certificate", any(right.kind and "秘密" not in right.kind for right in facts.ip)),
        ("DOC-07", "chinese_version", facts.language not in ("", "zh")),
        ("DOC-08", "budget", bool(facts.non_tech_items)),
    ]
    for code, annex, is_needed in needed:
        if is_needed and annex not in listed and not (annex == "contract_text" and facts.text):
            message = f"缺少“{ANNEXES[annex]}”。请补交后再报。"
            found.append(finding(checks[code], message, field="annexes"))
    return found


def days(book: Book, facts: Facts, on: date) -> list[Finding]:
    """TC-03, R01, R12: the contract is in force and not yet over on the day it is handed in."""
    found, checks = [], book.checks
    handed_in = facts.submitted_on or on
    begins = facts.effective_on or facts.sign_on
    if facts.is_effective is False:
        message = "合同无效或尚未生效，不予登记。请待合同生效后再申请。"
        found.append(finding(checks["R01"], message, field="is_effective"))
    if facts.sign_on is None:
        message = "没有写明合同签订日期，不能判断是否在有效期内申请。请按合同填写。"
        found.append(finding(checks["TC-03"], message, field="sign_on"))
    if begins and handed_in < begins:
        message = f"申请日{handed_in}早于合同{'生效' if facts.effective_on else '签订'}日{begins}。请核对日期，待合同生效后再申请。"
        found.append(finding(checks["TC-03"], message, field="submitted_on"))
    if facts.begin_on and facts.end_on and facts.begin_on > facts.end_on:
        message = f"合同有效期限的开始日期{facts.begin_on}晚于结束日期{facts.end_on}。请改正。"
        found.append(finding(checks["TC-03"], message, field="end_on"))
    elif facts.end_on and handed_in > facts.end_on:
        if facts.late_reason:
            message = f"申请日{handed_in}已过合同有效期{facts.end_on}，说明的原因是“{facts.late_reason}”，由登记员判断。"
            found.append(finding(checks["R12"], message, level="warning", field="end_on"))
        else:
            message = f"合同有效期至{facts.end_on}，申请日{handed_in}已过期，不予登记。续签的请以新合同申请。"
            found.append(finding(checks["R12"], message, field="end_on"))
    return found


def rights(book: Book, facts: Facts, kind: ClassVerdict) -> list[Finding]:
    """TC-07 … TC-11: what is passed or licensed, and training and broking inside other contracts."""
    found, checks, nature = [], book.checks, facts.nature
    is_licence = kind.statistic_class == "LIC" or kind.subclass.startswith("LIC")
    if kind.code in ("TRF", "LIC") or is_licence:
        if not facts.ip and not facts.secret.holds:
            message = "转让、许可合同须写明至少一项知识产权；属技术秘密的，四个条件（不公开、有价值、能使用、已保密）都要确认。请补填。"
            found.append(finding(checks["TC-07"], message, field="ip"))
        if any((match_name("ip_type", one) or one) == NO_IP for one in facts.ip_type):
            message = "转让、许可合同的知识产权类型不能是“未涉及知识产权”。请按合同标的改正。"
            found.append(finding(checks["TC-16"], message, field="ip_type"))
        if kind.subclass.endswith("SECRET") and not facts.secret.holds and facts.ip:
            message = "技术秘密须同时满足：不为公众所知、有经济价值、能实际使用、已采取保密措施。请逐项确认。"
            found.append(finding(checks["TC-07"], message, field="secret"))
    if is_licence:
        if not facts.licence_type:
            message = "没有约定许可方式，按普通许可处理。是独占或排他许可的，请写入合同。"
            found.append(finding(checks["TC-09"], message, field="licence_type"))
        for right in facts.ip:
            if facts.end_on and right.expires_on and facts.end_on > right.expires_on:
                message = f"许可期至{facts.end_on}，专利“{right.number or right.name}”有效期只到{right.expires_on}。请把许可期改在专利有效期内。"
                found.append(finding(checks["TC-08"], message, field="end_on"))
    if nature.is_training and kind.subclass != "SRV-TRAIN" and kind.code in ("DEV", "TRF", "LIC"):
        message = f"{kind.name}中的培训是合同的一部分，不能单独登记。请与主合同一并登记。"
        found.append(finding(checks["TC-10"], message, field="nature.is_training"))
    if kind.subclass == "SRV-BROKER":
        found += _broking(book, facts)
    for right in facts.ip:
        if "专利" in right.kind or right.kind in ("发明", "实用新型", "外观设计"):
            missing = [
                word
                for word, value in (("名称", right.name), ("权利人", right.owner), ("申请日", right.filed_on),
                                    ("专利号", right.number), ("有效期", right.expires_on))
                if not value
            ]  # fmt: skip
            if missing:
                message = (
                    f"专利“{right.number or right.name or '未写号'}”没有写明{'、'.join(missing)}。请补填。"
                )
                found.append(finding(checks["CNT-02"], message, field="ip"))
    return found


def _broking(book: Book, facts: Facts) -> list[Finding]:
    found = []
    if facts.nature.three_party and not (facts.broker and facts.broker.name and facts.nature.broker_clause):
        message = "三方中介合同须写明中介方，并指明约定其权利义务的条款。请补填中介方和条款号。"
        found.append(finding(book.checks["TC-11"], message, field="broker"))
    if facts.nature.brings_deal is False:
        message = "中介方没有促成合同成立的，只能请求支付必要费用，不能请求报酬。请核对价款。"
        found.append(finding(book.checks["TC-11B"], message, field="nature.brings_deal"))
    return found


def duplicates(book: Book, facts: Facts, known: Iterable[tuple[str, str]]) -> list[Finding]:
    """TC-06 and R13. known: (fingerprint, number) of registrations on file."""
    mine = fingerprint_of(facts)
    same = [number for other, number in known if mine and other == mine]
    confirmed = [one.number or "未写号" for one in facts.other_registrations if one.is_same]
    same += [
        one.number or "未写号"
        for one in facts.other_registrations
        if not one.is_same and mine and _of_other(one) == mine
    ]
    found = []
    if confirmed:
        message = f"同一合同已经登记（{'、'.join(confirmed)}），一份合同只登记一次，不予登记。合同有变动的请办变更登记。"
        found.append(finding(book.checks["R13"], message, field="other_registrations"))
    if same:
        message = f"与已登记的 {'、'.join(same[:5])} 的双方、项目、签订日期和总额都相同，疑似重复。请登记员核对确认。"
        found.append(finding(book.checks["TC-06"], message, field="project_name"))
    return found


_LISTS = (
    ("field11", "field11", "技术领域"),
    ("plan_source", "plan_source", "计划来源"),
    ("objective", "objective13", "社会经济目标"),
    ("industry", "gbt4754", "国民经济行业"),
)


def codes(book: Book, facts: Facts) -> list[Finding]:
    """TC-16: every coded field is in the active list. Empty ones are named once, as what the form still wants."""
    found, check, empty = [], book.checks["TC-16"], []
    for name, list_key, label in _LISTS:
        value = getattr(facts, name)
        if not value:
            empty.append(label)
        elif item(list_key, value) is None and match_name(list_key, value) is None:
            message = f"{label}“{value}”不在现行代码表内。请从列表中选择。"
            found.append(finding(check, message, field=name))
    for side, where in ((facts.seller, "seller"), (facts.buyer, "buyer")):
        if (
            side.party_type
            and item("party2005", side.party_type) is None
            and match_name("party2005", side.party_type) is None
        ):
            message = f"{'卖方' if where == 'seller' else '买方'}性质“{side.party_type}”不在现行代码表内。请从列表中选择。"
            found.append(finding(check, message, field=f"{where}.party_type"))
    if not facts.ip_type:
        empty.append("知识产权类型")
    for kind in facts.ip_type:
        if item("ip_type", kind) is None and match_name("ip_type", kind) is None:
            message = f"知识产权类型“{kind}”不在现行代码表内。请从列表中选择。"
            found.append(finding(check, message, field="ip_type"))
    if empty:
        message = f"技术合同登记表还缺：{'、'.join(empty)}。请从列表中选择。"
        found.append(finding(check, message, level="warning", field="field11"))
    return found


def contents(book: Book, facts: Facts) -> list[Finding]:
    """CNT-01, R04, R08, R99: what the text should say, and what it must not."""
    found, checks = [], book.checks
    if facts.clauses is not None:
        missing = [one["name"] for key, one in book.common["content"].items() if key not in facts.clauses]
        if missing:
            message = f"合同没有约定：{'、'.join(missing)}。请补充，或说明不需要的理由。"
            found.append(finding(checks["CNT-01"], message, field="clauses"))
    if facts.nature.object_unclear or not facts.project_name:
        message = (
            "没有项目名称，登记人员无法了解合同的技术内容。请按合同填写。"
            if not facts.project_name
            else "合同标的写得不明确，登记人员无法了解其技术内容。请补充技术内容、范围和要求。"
        )
        found.append(
            finding(checks["R04"], message, field="project_name" if not facts.project_name else "content")
        )
    monopoly = book.common["monopoly"]
    for key in facts.monopoly_clauses:
        message = f"合同有非法垄断技术的条款：{monopoly[key]['name']}。该类约定无效，请删除后再申请。"
        found.append(finding(checks["R08"], message, field="monopoly_clauses"))
    for key, one in monopoly.items():
        hits = [word for word in one["words"] if word in facts.words]
        if hits and key not in facts.monopoly_clauses:
            message = f"文本有“{hits[0]}”，请核对是否属于“{one['name']}”，属于的为非法垄断技术。"
            found.append(finding(checks["R08-HINT"], message, field="text"))
    if facts.is_secret:
        message = "涉及国家秘密的合同不得在网上填报。请删除已填内容，带纸质材料到登记机构办理。"
        found.append(finding(checks["SEC-01"], message, field="is_secret"))
    if facts.other_refusal:
        found.append(
            finding(checks["R99"], f"{facts.other_refusal}。请按登记机构的意见处理。", field="other_refusal")
        )
    return found


def procedure(book: Book, facts: Facts, amounts: Amounts) -> list[Finding]:
    """TC-12, TC-15: experts, second review, linked parties."""
    found, checks = [], book.checks
    tech, threshold = amounts.tech_amount, book.large_threshold
    is_large = threshold is not None and tech is not None and tech >= threshold
    if is_large or facts.is_disputed:
        why = (
            "合同有争议"
            if facts.is_disputed and not is_large
            else f"技术交易额{tech:,.2f}元，达到大额标准{threshold:,.0f}元"
        )
        message = f"{why}，登记前须组织专家评审。请预留时间并备好技术材料。"
        found.append(finding(checks["TC-12"], message, field="tech_amount"))
    if facts.is_related:
        message = "买卖双方有关联关系，可以登记，但不享受各地按合同额的补助；持股百分之百的关联方之间也不享受所得税减免。"
        found.append(finding(checks["TC-15"], message, field="is_related"))
    return found
