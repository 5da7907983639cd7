"""Where the two rule books part over one contract, with both articles and what it means."""

from dataclasses import dataclass

from keqiao.contract.book import Book, Limit, Place, book
from keqiao.contract.facts import Facts
from keqiao.contract.verdict import Finding, Verdict


@dataclass(frozen=True, slots=True)
class Difference:
    """One point where the books part. meaning: what it means for the parties and for tax."""

    what: str
    under_2001: str
    under_2026: str
    article_2001: str
    article_2026: str
    meaning: str
    verify: bool = True


def differences(facts: Facts, old: Verdict, new: Verdict, place: Place | None = None) -> list[Difference]:
    """Class, verdict, sums on the certificate, time limit, then each finding that only one book has. place: whose own
    time limits hold under both books; then only what is large may differ."""
    first, second = book(old.book), book(new.book)
    found = [
        *_class(first, old, new),
        *_verdict(old, new),
        _certificate(first, second),
        *_limit(first, second, old, new, place),
    ]
    return found + _findings(old, new)


def _class(first: Book, old: Verdict, new: Verdict) -> list[Difference]:
    one, other = old.contract_class, new.contract_class
    if one.code == other.code:
        return []
    if (one.code, other.code) == ("TRF", "LIC"):
        meaning = (
            "旧规则把许可作为技术转让的一个子类，新规则单列为技术许可。企业所得税减免对符合年限的许可同样适用；"
            "增值税免税条款写的是“技术转让”，许可是否在内须税务机关确认。跨2021年的统计应同时列“转让（含许可）”。"
        )
        return [Difference("合同类别", f"技术转让（{one.subclass_name or '许可'}）", "技术许可",
                           "《技术合同认定规则》第四条", "民法典第八百六十二条、第八百六十三条", meaning)]  # fmt: skip
    meaning = "能登记的一方可凭登记证明申请减免税和奖励，不能登记的不享受。"
    return [Difference("合同类别", one.name, other.name, _why(old), _why(new), meaning)]


def _why(verdict: Verdict) -> str:
    grounds = [one.article for one in verdict.findings if one.level == "refuse"]
    return grounds[0] if grounds else "认定条件"


def _verdict(old: Verdict, new: Verdict) -> list[Difference]:
    if old.verdict == new.verdict:
        return []
    meaning = "结论以受理日适用的规则为准。"
    if "refused" in (old.verdict, new.verdict):
        meaning = "不予登记的一边不享受与登记相联系的税收优惠、补助和奖励。" + meaning
    return [Difference("结论", old.verdict_name, new.verdict_name, _why(old), _why(new), meaning)]


def _certificate(first: Book, second: Book) -> Difference:
    return Difference(
        "登记证明上的金额",
        "合同交易总额、技术交易额和核定的技术性收入",
        "合同成交总额和技术交易额，不再列技术性收入",
        "《技术合同认定登记管理办法》（2000）",
        "征求意见稿第十五条",
        "减免税和奖励的计算依据旧规则下看核定的技术性收入，新规则下证明不载，收到款项时须另备收入核算资料供税务机关查验。",
    )


def _limit(first: Book, second: Book, old: Verdict, new: Verdict, place: Place | None) -> list[Difference]:
    if old.due_on is None or new.due_on is None or (place is not None and old.due_on == new.due_on):
        return []
    large = any(one.code == "TC-12" for one in new.findings)
    before, limit = first.limit, second.large if large else second.limit
    if place is not None:
        before, limit = place.limit, (place.large_limit or place.limit) if large else place.limit
    meaning = (
        "大额或有争议的合同须经专家评审，办结更晚，申请减免税要留出时间。"
        if large
        else "只影响办结时间，不影响类别和税收。"
    )
    return [
        Difference(
            "办结期限",
            f"{_span(before)}，最迟{old.due_on}",
            f"{_span(limit)}，最迟{new.due_on}",
            before.article,
            limit.article,
            meaning,
        )
    ]


def _span(limit: Limit) -> str:
    return f"{limit.value}{'个工作日' if limit.unit == 'working' else '日'}"


def _findings(old: Verdict, new: Verdict) -> list[Difference]:
    """Findings that one book has and the other lacks, or holds at another level."""
    skip = {"BOOK-01", "TC-13", "TC-12"}
    mine = {(one.code, one.field): one for one in old.findings if one.code not in skip}
    theirs = {(one.code, one.field): one for one in new.findings if one.code not in skip}
    found = []
    for key in dict.fromkeys([*mine, *theirs]):
        one, other = mine.get(key), theirs.get(key)
        if one and other and one.level == other.level:
            continue
        found.append(
            Difference(
                (one or other or _NOTHING).code,
                _shown(one), _shown(other), one.article if one else "—", other.article if other else "—",
                _meaning(one, other), bool((one and one.verify) or (other and other.verify)),
            )
        )  # fmt: skip
    if any(one.code == "TC-12" for one in new.findings) and not any(
        one.code == "TC-12" for one in old.findings
    ):
        large = next(one for one in new.findings if one.code == "TC-12")
        found.append(Difference("专家评审", "国家规定没有大额标准", large.message, "—", book(new.book).large.article,
                                "登记前多一道评审，类别和税收不变。"))  # fmt: skip
    return found


_NOTHING = Finding("", "info", "", "")


def _shown(one: Finding | None) -> str:
    return f"{one.level_name}：{one.message}" if one else "没有这项要求"


def _meaning(one: Finding | None, other: Finding | None) -> str:
    hard = ("refuse", "error")
    old_hard, new_hard = bool(one and one.level in hard), bool(other and other.level in hard)
    if old_hard and not new_hard:
        return "旧规则下要先解决才能登记，新规则下不妨碍登记和享受优惠。"
    if new_hard and not old_hard:
        return "新规则下要先解决才能登记，解决之前不能凭登记申请优惠。"
    return "提示不同，不影响类别和税收。"
