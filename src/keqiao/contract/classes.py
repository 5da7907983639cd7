"""Which class a contract is, and why. The conditions come from the book; the order of asking is that of the domain
file: excluded matter, a right that passes, development, advice, service, training and broking."""

from collections.abc import Mapping
from dataclasses import dataclass

from keqiao.contract.book import Book
from keqiao.contract.facts import Facts, Nature
from keqiao.contract.verdict import ClassVerdict, Finding, Tested, finding

CLASS_LABELS = {
    "DEV": "技术开发合同", "TRF": "技术转让合同", "LIC": "技术许可合同", "CON": "技术咨询合同", "SRV": "技术服务合同",
}  # fmt: skip
_KIND_TO_TAIL = {"专利申请": "APPL", "专利": "PATENT", "发明": "PATENT", "实用新型": "PATENT",
                 "外观设计": "PATENT", "技术秘密": "SECRET"}  # fmt: skip


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


def answers(nature: Nature) -> Mapping[str, bool | None]:
    """Every fact a condition may name, those turned around included."""
    passes = None if not nature.right_passed else nature.right_passed
    plain = {name: getattr(nature, name) for name in Nature.__dataclass_fields__}
    return {name: value for name, value in plain.items() if value is None or isinstance(value, bool)} | {
        "not_yet_held": True if nature.is_conversion else _not(nature.object_held),
        "not_public_domain": _not(nature.public_domain),
        "carries_out_no_plan": _not(nature.carries_out_plan),
        "right_passes": None if passes is None else passes in ("ownership", "use"),
        "ownership_passes": None if passes is None else passes == "ownership",
        "use_passes": None if passes is None else passes == "use",
        "no_ownership_passes": None if passes is None else passes != "ownership",
        "no_ip_right_passes": None if passes is None else passes == "none",
    }


@dataclass(frozen=True, slots=True)
class Choice:
    """What the order of asking came to. code "" = no class fits."""

    code: str
    subclass: str
    why: str
    is_answered: bool  # decided by answers, not by the declaration or by words


def conditions_of(book: Book, code: str, nature: Nature) -> tuple[Tested, ...]:
    """The conditions of a class (or of 培训, 中介) with their answers."""
    known = answers(nature)
    rule = book.classes[code]
    return tuple(Tested(c.text, c.article, known.get(c.fact), c.verify) for c in rule.conditions)


def _fits(book: Book, code: str, nature: Nature) -> bool | None:
    """True: every condition holds. False: one fails. None: some were not answered and none fails."""
    held = [one.holds for one in conditions_of(book, code, nature)]
    if any(one is False for one in held):
        return False
    return True if all(held) else None


def _rule_key(book: Book, code: str, subclass: str) -> str:
    """The row of conditions to apply: 培训 and 中介 have their own, 许可 under 2001 is a transfer."""
    if subclass in ("SRV-TRAIN", "SRV-BROKER"):
        return subclass
    return "TRF" if code == "LIC" and book.licence_is_transfer else code


def _tail(facts: Facts) -> str:
    for right in facts.ip:
        for word, tail in _KIND_TO_TAIL.items():
            if word in right.kind:
                return tail
    if facts.secret.holds:
        return "SECRET"
    return "OTHER-IP" if facts.ip else ""


def subclass_of(facts: Facts, code: str) -> str:
    """The sub-class from the facts; the declared one when they say nothing else."""
    nature, declared = facts.nature, facts.subclass if facts.subclass.startswith(code) else ""
    if code == "DEV":
        if nature.shared_work is None:
            return declared or "DEV-ENTRUST"
        return "DEV-COOP" if nature.shared_work else "DEV-ENTRUST"
    if code in ("TRF", "LIC"):
        tail = "" if declared.endswith("APPL") else _tail(facts)
        if code == "LIC" and tail == "APPL":
            tail = "OTHER-IP"
        return declared or (f"{code}-{tail}" if tail else "")
    return (declared or "SRV-GENERAL") if code == "SRV" else ""


def choose(book: Book, facts: Facts) -> Choice:
    """The class by the answers, then by what was declared, then by the words."""
    nature = facts.nature
    held, passes = nature.object_held, nature.right_passed
    consult_weighs = nature.main_content == "consult" and nature.result_is_report
    if nature.is_broking:
        return Choice("SRV", "SRV-BROKER", "由中介方促成委托人与第三方的技术交易，属技术中介", True)
    if nature.is_training and not (held and passes in ("ownership", "use")) and not nature.has_innovation:
        return Choice("SRV", "SRV-TRAIN", "内容是为委托人指定的人员传授专业技术知识，属技术培训", True)
    if nature.by_shares:
        return Choice("TRF", subclass_of(facts, "TRF"), "以技术作价入股，按技术转让认定", True)
    if nature.is_conversion and nature.has_innovation:
        return Choice(
            "DEV", subclass_of(facts, "DEV"), "对有实用价值而未产业化的成果进行转化，参照技术开发认定", True
        )
    if held and passes in ("ownership", "use") and not consult_weighs:
        code = "TRF" if passes == "ownership" else "LIC"
        act = "所有权转给对方" if passes == "ownership" else "许可对方使用而所有权不转移"
        return Choice(code, subclass_of(facts, code), f"标的是已掌握的技术成果，{act}", True)
    if held is False and nature.has_innovation and not consult_weighs:
        return Choice("DEV", subclass_of(facts, "DEV"), "标的在订立合同时尚未掌握，且有技术创新内容", True)
    if nature.result_is_report and not nature.carries_out_plan:
        why = "合同兼有开发或转让内容，按技术内容的比重" if consult_weighs else "交付的是报告和意见"
        return Choice("CON", "", f"{why}，认定为技术咨询", True)
    if nature.problem_specific and nature.result_measurable:
        return Choice("SRV", "SRV-GENERAL", "解决特定技术问题，成果有质量和数量指标", True)
    return _by_declaration(book, facts)


def _by_declaration(book: Book, facts: Facts) -> Choice:
    declared = facts.declared_class
    if declared:
        key = _rule_key(book, declared, facts.subclass)
        subclass = subclass_of(facts, declared)
        if _fits(book, key, facts.nature) is False:
            return Choice("", "", "申报的类别有条件不成立，其他类别的条件也没有成立", True)
        return Choice(
            declared, subclass, f"按申报的“{CLASS_LABELS[declared]}”，认定条件尚待登记员核对", False
        )
    scores = word_scores(book, facts.words)
    if not scores:
        return Choice("", "", "没有申报类别，也没有可以判断类别的情况说明", False)
    best = max(scores, key=lambda code: scores[code])
    code = best.split("-")[0]
    subclass = best if best != code else subclass_of(facts, code)
    return Choice(code, subclass, f"没有申报类别，按文本中的用语推测为“{CLASS_LABELS[code]}”", False)


def word_scores(book: Book, words: str) -> dict[str, int]:
    """Class -> weight of its words in the text; classes without a word are left out."""
    hints: Mapping[str, list[str]] = book.common["hints"]
    scores = {code: sum(len(w) * words.count(w) for w in listed) for code, listed in hints.items()}
    return {code: score for code, score in scores.items() if score}


def _exclusion_findings(book: Book, facts: Facts) -> tuple[list[Finding], tuple[str, ...], bool]:
    """(findings, classes it may be filed again as, whether the contract is out)."""
    nature, found = facts.nature, []
    code = nature.excluded_as or ("public_domain" if nature.public_domain and nature.object_held else "")
    excluded = book.exclusions.get(code)
    if excluded is not None:
        again = "、".join(CLASS_LABELS[one] for one in excluded.refile_as)
        hint = f"符合条件的可改按{again}申报。" if again else "请勿作为技术合同申报。"
        check = book.checks["R02"]
        found.append(
            Finding("R02", check.level, f"{check.article}；{excluded.article}",
                    f"合同内容是“{excluded.name}”，不属于技术合同。{hint}",
                    check.verify or excluded.verify, "R02", "nature.excluded_as")
        )  # fmt: skip
        return found, excluded.refile_as, True
    if code:
        message = f"排除项目“{code}”不在本规则的清单内，未据此判断。可写：{'、'.join(book.exclusions)}。"
        found.append(finding(book.checks["CLS-05"], message, field="nature.excluded_as"))
    for one in book.exclusions.values():
        hits = [word for word in one.words if word in facts.words]
        if hits:
            message = f"文本中有“{'、'.join(hits[:3])}”，请核对是否属于“{one.name}”（{one.article}），属于的不予登记。"
            found.append(
                Finding(
                    "CLS-05", "warning", book.checks["CLS-05"].article, message, one.verify, "", "content"
                )
            )
    return found, (), False


def _embedded(book: Book, facts: Facts) -> list[Finding]:
    """Technology content inside another typical contract: the two books part ways here."""
    nature = facts.nature
    if not nature.embedded_in or nature.separately_signed:
        return []
    check = book.checks["CLS-04"]
    if check.level == "refuse":
        message = f"技术内容含在“{nature.embedded_in}”合同中，没有单独签订，不予登记。技术部分能独立成立的，请另签技术合同后再报。"
        return [finding(check, message, field="nature.embedded_in")]
    if facts.tech_amount is None:
        message = (
            f"技术内容含在“{nature.embedded_in}”合同中，可以登记技术部分，但没有写明技术交易额。请补写。"
        )
        return [finding(book.checks["CLS-04B"], message, field="tech_amount")]
    message = f"技术内容含在“{nature.embedded_in}”合同中，技术交易额明确，只登记技术部分，不必另签合同。"
    return [finding(check, message, field="nature.embedded_in")]


def decide(book: Book, facts: Facts) -> tuple[ClassVerdict, list[Finding]]:
    """The class under this book with its conditions, and the findings that belong to it."""
    found, again, is_out = _exclusion_findings(book, facts)
    found += _embedded(book, facts)
    choice = choose(book, facts)
    code, subclass = ("", "") if is_out else (choice.code, choice.subclass)
    reasons = [found[0].message if is_out else choice.why]
    key = _rule_key(book, code, subclass) if code else _rule_key(book, facts.declared_class, facts.subclass)
    tested = conditions_of(book, key, facts.nature) if key else ()
    candidates = again or tuple(
        one for one in CLASS_LABELS if _fits(book, _rule_key(book, one, ""), facts.nature) is True
    )
    failing = [one for one in tested if one.holds is False]
    if code and failing:
        code, subclass, is_out = "", "", True
        candidates = tuple(one for one in candidates if one != choice.code)
    if not is_out or failing:
        found += _unfit(book, facts, choice, failing, candidates)
    is_sure = bool(code) and choice.is_answered and all(one.holds for one in tested)
    if code:
        found += _class_findings(book, facts, code, subclass, choice, tested)
    shown = "TRF" if code == "LIC" and book.licence_is_transfer else code
    return (
        ClassVerdict(
            code=shown,
            name=book.class_name(shown) if shown else "不能认定为技术合同",
            subclass=subclass,
            subclass_name=book.class_name(subclass) if subclass else "",
            statistic_class=_statistic(book, facts, code),
            is_sure=is_sure,
            reasons=tuple(reasons),
            conditions=tested,
            candidates=candidates,
        ),
        found,
    )


def _statistic(book: Book, facts: Facts, code: str) -> str:
    """Since the Civil Code yearly figures count 许可 apart, also for contracts judged by the 2001 Rules."""
    since = book.licence_counted_apart_from
    if code == "LIC" and since is not None and facts.sign_on is not None and facts.sign_on < since:
        return "TRF"
    return code


def _unfit(
    book: Book, facts: Facts, choice: Choice, failing: list[Tested], candidates: tuple[str, ...]
) -> list[Finding]:
    """No class, because of failing conditions, or because nothing was said."""
    if failing:
        listed = "；".join(f"{one.text}（{one.article}）" for one in failing)
        other = "、".join(CLASS_LABELS[one] for one in candidates)
        hint = (
            f"按所填情况符合{other}的条件，可改按该类申报。"
            if other
            else "请核对合同内容；确属此情形的不予登记。"
        )
        message = f"不成立的认定条件：{listed}。{hint}"
        return [finding(book.checks["R02"], message, field="declared_class")]
    if choice.code:
        return []
    if choice.is_answered:
        message = f"{choice.why}，不能认定为技术合同。请核对合同内容。"
        return [finding(book.checks["R02"], message, field="declared_class")]
    message = f"{choice.why}，无法了解标的的技术内容。请填写申报类别和技术内容。"
    return [finding(book.checks["R04"], message, field="content")]


def _same(book: Book, one: str, other: str) -> bool:
    """Whether both are one class under this book: 许可 is a kind of 转让 under that of 2001."""
    return one == other or (book.licence_is_transfer and {one, other} == {"TRF", "LIC"})


def _class_findings(
    book: Book, facts: Facts, code: str, subclass: str, choice: Choice, tested: tuple[Tested, ...]
) -> list[Finding]:
    found: list[Finding] = []
    declared = facts.declared_class
    open_ones = [one.text for one in tested if one.holds is None]
    if open_ones:
        message = f"认定{CLASS_LABELS[code]}还须说明：{'；'.join(open_ones)}。请在“技术内容”中逐条回答。"
        found.append(finding(book.checks["CLS-01"], message, field="nature"))
    if declared and not _same(book, declared, code):
        level = "refuse" if facts.nature.name_not_corrected else ""
        rest = (
            "已要求改正而没有改正，不予登记。"
            if level
            else "请按内容改正类别和名称后再报，不改正的不予登记。"
        )
        message = (
            f"申报的是“{CLASS_LABELS[declared]}”，按内容应为“{CLASS_LABELS[code]}”（{choice.why}）。{rest}"
        )
        found.append(finding(book.checks["CLS-02"], message, level=level, field="declared_class"))
    elif (titled := title_class(facts.title)) and not _same(book, titled, code):
        level = "refuse" if facts.nature.name_not_corrected else ""
        message = f"合同名称“{facts.title}”写的是{CLASS_LABELS[titled]}，内容应认定为{CLASS_LABELS[code]}。请改正名称，不改正的不予登记。"
        found.append(finding(book.checks["CLS-02"], message, level=level, field="title"))
    if facts.subclass == "DEV-COOP" and facts.nature.shared_work is False:
        message = "申报为合作开发，但一方没有参加设计、工艺、试验、试制等研究开发工作，应为委托开发。请改正。"
        found.append(finding(book.checks["CLS-03"], message, field="subclass"))
    if facts.nature.by_shares:
        found.append(finding(book.checks["CLS-06"], "技术入股可以按技术转让合同登记，价款按作价金额。"))
    if facts.nature.is_conversion and code == "DEV":
        found.append(
            finding(book.checks["CLS-07"], "对有实用价值的成果进行转化的合同，参照技术开发合同认定。")
        )
    return found


def title_class(title: str) -> str:
    """The class that a contract's name claims; "" when it claims none."""
    for word, code in (("开发", "DEV"), ("许可", "LIC"), ("转让", "TRF"), ("咨询", "CON"),
                       ("技术服务", "SRV"), ("技术培训", "SRV"), ("中介", "SRV")):  # fmt: skip
        if word in title and "合同" in title:
            return code
    return ""
