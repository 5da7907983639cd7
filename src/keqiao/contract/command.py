"""`keqiao contracts check`: the pre-check from the command line. Needs neither site nor database."""

import argparse
import json
import os
import sys
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from keqiao.contract.reading import facts_from_text
from keqiao.contract.rules import Comparison, check, compare
from keqiao.contract.verdict import Amounts, Finding, Verdict, number
from keqiao.core.errors import BadInput

MAX_BYTES = 10 * 1024 * 1024
_BAD = 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="keqiao contracts", description="技术合同认定登记预检")
    inner = parser.add_subparsers(dest="what", required=True, metavar="check")
    one = inner.add_parser("check", help="检查一份合同：类别、金额、材料、不予登记情形，逐条注明条款")
    one.add_argument(
        "file", metavar="FILE.json", help="合同内容，格式见 docs/contracts.md；“-”表示从标准输入读"
    )
    one.add_argument("--rules", choices=["CN-2001", "CN-2026"], help="指定规则版本；不指定时按受理日期选用")
    one.add_argument("--compare", action="store_true", help="两部规则并列比较，并说明对税收的影响")
    one.add_argument("--on", type=date.fromisoformat, help="文件没有写受理日期时使用的日期，默认今天")
    one.add_argument("--strict", action="store_true", help="有须补正或不予登记的情形时以状态 1 结束")
    one.add_argument("--json", action="store_true", help="输出 JSON")
    return parser


def _read(name: str) -> str:
    if name == "-":
        raw = sys.stdin.buffer.read(MAX_BYTES + 1)
    else:
        path = Path(name)
        if not path.is_file():
            raise BadInput(f"没有找到文件“{name}”。请核对路径。", code="contract.file")
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise BadInput(
            f"文件“{name}”超过 {MAX_BYTES // 1024 // 1024} MB，不像一份合同。请核对文件。",
            code="contract.file",
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(
            f"文件“{name}”不是 UTF-8 编码。请另存为 UTF-8 后再试。", code="contract.file"
        ) from None


def main(argv: list[str]) -> int:
    """Exit status: 0 checked, 1 with --strict when something stands in the way, 2 the input cannot be used."""
    arguments = _parser().parse_args(argv)
    try:
        facts = facts_from_text(_read(arguments.file))
        today = arguments.on or datetime.now(ZoneInfo("Asia/Shanghai")).date()
        established = _established()
        if arguments.compare:
            both = compare(facts, on=today, cn2026_effective_on=established)
            _print(_comparison(both) if arguments.json else _compared(both), arguments.json)
            return 0
        verdict = check(facts, arguments.rules, on=today, cn2026_effective_on=established)
    except BadInput as refusal:
        if arguments.json:
            _print(
                {"error": {"code": refusal.code, "message": refusal.message, "field": refusal.field}}, True
            )
        else:
            sys.stderr.write(refusal.message + "\n")
        return _BAD
    _print(verdict.as_dict() if arguments.json else _told(verdict), arguments.json)
    return 1 if arguments.strict and verdict.verdict in ("refused", "to_correct") else 0


def _established() -> date | None:
    """The first day of CN-2026 as the bureau has set it; the same variable as the site reads."""
    text = os.environ.get("KEQIAO_CN2026_EFFECTIVE_ON", "")
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(
            f"环境变量 KEQIAO_CN2026_EFFECTIVE_ON 的值“{text}”不是日期，应写成 2026-07-01。",
            code="contract.date",
        ) from None


def _print(what: object, as_json: bool) -> None:
    text = json.dumps(what, ensure_ascii=False, indent=2) if as_json else str(what)
    sys.stdout.write(text + "\n")


def _comparison(both: Comparison) -> dict[str, object]:
    return {
        "applies": both.applies,
        "CN-2001": both.under_2001.as_dict(),
        "CN-2026": both.under_2026.as_dict(),
        "differences": [
            {name: getattr(one, name) for name in one.__dataclass_fields__} for one in both.differences
        ],
        "tax": {
            key: [
                {name: getattr(one, name) for name in ("tax", "answer", "why", "article", "verify")}
                | {"amount": number(one.amount_yuan)}
                for one in lines
            ]
            for key, lines in (("CN-2001", both.tax_2001), ("CN-2026", both.tax_2026))
        },
    }


def _money(value: object) -> str:
    return "未知" if value is None else f"{value:,.2f} 元"


def _sums(amounts: Amounts) -> list[str]:
    lines = [
        f"  成交总额    {_money(amounts.total_amount)}",
        f"  非技术性费用 {_money(amounts.non_tech_amount)}",
        f"  技术交易额   {_money(amounts.tech_amount)}",
        f"  技术性收入   {_money(amounts.tech_income)}",
    ]
    for one in amounts.deductions:
        lines.append(
            f"    {'扣除' if one.is_deducted else '不扣'} {one.kind} {one.description} {_money(one.amount)}：{one.why}"
        )
    return lines


def _line(one: Finding) -> str:
    mark = "（待核实）" if one.verify else ""
    return f"  [{one.level_name}] {one.code} {one.message}\n      依据：{one.article}{mark}"


def _told(verdict: Verdict) -> str:
    kind = verdict.contract_class
    lines = [
        f"规则：{verdict.book}（{verdict.book_label}），按 {verdict.on} 受理",
        f"类别：{kind.name}{'，' + kind.subclass_name if kind.subclass_name else ''}",
        *(f"  {why}" for why in kind.reasons),
        "金额：",
        *_sums(verdict.amounts),
        f"发现 {len(verdict.findings)} 项：",
        *map(_line, verdict.findings),
        f"结论：{verdict.verdict_name}",
    ]
    return "\n".join(lines)


def _compared(both: Comparison) -> str:
    lines = [
        f"按受理日期适用 {both.applies}。",
        "",
        _told(both.under_2001),
        "",
        _told(both.under_2026),
        "",
        "两部规则的不同：",
    ]
    for one in both.differences:
        mark = "（待核实）" if one.verify else ""
        lines += [f"  {one.what}", f"    CN-2001：{one.under_2001}（{one.article_2001}）",
                  f"    CN-2026：{one.under_2026}（{one.article_2026}）{mark}", f"    影响：{one.meaning}"]  # fmt: skip
    for key, tax in (("CN-2001", both.tax_2001), ("CN-2026", both.tax_2026)):
        lines.append(f"{key} 下的税收：")
        lines += [
            f"  {one.tax}：{one.answer}，{one.why}（{one.article}{'，待核实' if one.verify else ''}）"
            for one in tax
        ]
    return "\n".join(lines)
