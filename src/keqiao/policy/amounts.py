"""How much an item gives: an expression over facts, typed-in values and the item's own numbers. Pure.

formula = parse_formula({"amount": "min([rate * rd_deduct, cap])", "numbers": {...}, "says": "{rd_deduct} × {rate}，最高 {cap}"})
reckon(formula, {"rd_deduct": Decimal(2500)}).fen        # 25_000_000_0
Amounts are in 万元 in the expression and in fen outside it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from keqiao.core.errors import BadInput
from keqiao.rules import expressions
from keqiao.rules.facts import fact_of, title_of, unit_of

FEN_OF_WAN = Decimal(1_000_000)
KINDS = ("money", "number", "flag")
_POOL = {"pool_total": "全部合格基数之和", "budget": "预算"}
_SLOT = re.compile(r"\{([a-z_0-9]+)\}")


@dataclass(frozen=True, slots=True)
class Number:
    """A number of the item that a draft may move. A rate is written in %, and reckoned as a hundredth of it."""

    name: str
    title: str
    value: Decimal
    unit: str = "万元"
    verify: bool = False

    @property
    def reckoned(self) -> Decimal:
        return self.value / 100 if self.unit == "%" else self.value

    @property
    def words(self) -> str:
        return with_unit(self.value, self.unit)


@dataclass(frozen=True, slots=True)
class Asked:
    """A value that no register has: typed in by the firm. kind: money (万元), number, flag."""

    name: str
    title: str
    unit: str = ""
    kind: str = "number"
    help: str = ""


@dataclass(frozen=True, slots=True)
class Gate:
    """A condition on what was typed in; where it fails nothing is given, and `says` is the reason."""

    test: str
    says: str


@dataclass(frozen=True, slots=True)
class Formula:
    """The amount rule of an item. pool: the expression whose sum over all who qualify is `pool_total`; "" = no pool."""

    amount: str
    numbers: Mapping[str, Number]
    asked: Mapping[str, Asked]
    gates: tuple[Gate, ...] = ()
    pool: str = ""
    says: str = ""
    step_fen: int = 1
    rounds_down: bool = False
    names: tuple[str, ...] = ()

    def moved(self, changes: Mapping[str, Decimal]) -> "Formula":
        """The same with some numbers changed. Unknown names are left to the caller."""
        numbers = {
            name: replace(one, value=changes[name]) if name in changes else one
            for name, one in self.numbers.items()
        }
        return replace(self, numbers=numbers)


@dataclass(frozen=True, slots=True)
class Factor:
    """One value that went into an amount. verify: 待核实. value "" = not known."""

    name: str
    title: str
    value: str
    verify: bool = False


@dataclass(frozen=True, slots=True)
class Amount:
    """fen: None when it cannot be said yet; missing: what it lacks, by name. words: the formula filled in."""

    fen: int | None
    words: str
    factors: tuple[Factor, ...] = ()
    missing: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        return {
            "fen": self.fen,
            "words": self.words,
            "factors": [[one.title, one.value, one.verify] for one in self.factors],
            "missing": list(self.missing),
        }


def plain(value: Decimal) -> str:
    """Without zeros at the end and without an exponent: 300, 3.95."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def with_unit(value: Any, unit: str) -> str:
    """10%, 2,500 万元, 是."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if not isinstance(value, int | Decimal):
        return str(value)
    number = Decimal(value)
    whole, _, rest = plain(number).partition(".")
    text = f"{int(whole):,}" if whole not in ("-0",) else whole
    text += f".{rest}" if rest else ""
    return f"{text}{unit}" if unit in ("", "%") else f"{text} {unit}"


def wan_words(fen: int) -> str:
    """An amount as an officer writes it: 250 万元, 9.875 万元, 800 元."""
    if abs(fen) >= 1_000_000:
        return with_unit(Decimal(fen) / FEN_OF_WAN, "万元")
    return with_unit(Decimal(fen) / 100, "元")


def _refuse(says: str) -> BadInput:
    return BadInput(f"金额公式：{says}", code="policy.formula", field="formula")


def _decimal(raw: Any, place: str) -> Decimal:
    try:
        value = Decimal(str(raw))
    except InvalidOperation:
        raise _refuse(f"{place}的值“{raw}”不是数字。") from None
    if isinstance(raw, bool) or not value.is_finite() or len(value.as_tuple().digits) > 15:
        raise _refuse(f"{place}的值“{raw}”不是数字，或超过 15 位。")
    return value


def parse_formula(data: Any) -> Formula:
    """A formula from plain data. Raises BadInput naming what is wrong."""
    if not isinstance(data, Mapping) or not str(data.get("amount", "")).strip():
        raise _refuse("没有写 amount（金额怎样算）。")
    unknown = set(data) - {"amount", "numbers", "asked", "gates", "pool", "says", "round_to", "rounds_down"}
    if unknown:
        raise _refuse(f"没有“{'、'.join(sorted(unknown))}”这一项。")
    numbers = {
        name: Number(name, str(one["title"]), _decimal(one["value"], f"“{one['title']}”"), str(one.get("unit", "万元")), bool(one.get("verify", False)))
        for name, one in (data.get("numbers") or {}).items()
    }  # fmt: skip
    asked = {
        name: Asked(name, str(one["title"]), str(one.get("unit", "")), str(one.get("kind", "number")), str(one.get("help", "")))
        for name, one in (data.get("asked") or {}).items()
    }  # fmt: skip
    for one in asked.values():
        if one.kind not in KINDS:
            raise _refuse(f"“{one.title}”的类型“{one.kind}”不认识，可以写：{'、'.join(KINDS)}。")
    pool = str(data.get("pool", "")).strip()
    gates = tuple(Gate(str(one["test"]), str(one["says"])) for one in data.get("gates") or ())
    amount = str(data["amount"]).strip()
    names: dict[str, None] = {}
    for text in filter(None, (amount, pool, *(one.test for one in gates))):
        names |= dict.fromkeys(expressions.names_in(text))
        expressions.compiled(text)
    for name in names:
        if name not in numbers and name not in asked and name not in _POOL and fact_of(name) is None:
            raise _refuse(f"用了没有的名称“{name}”。名称只能是企业数据项、本条的参数或申报时填写的项。")
    if ("pool_total" in names) != bool(pool):
        raise _refuse("用到 pool_total 就要写 pool（按什么分），不用就不写。")
    step = _decimal(data.get("round_to", "0.01"), "round_to") * 100
    if step < 1 or step != step.to_integral_value():
        raise _refuse(f"round_to 的值“{data.get('round_to')}”应是 0.01 元的整数倍。")
    says = str(data.get("says", ""))
    for name in _SLOT.findall(says):
        if name not in names:
            raise _refuse(f"说明里的“{{{name}}}”不在公式里。")
    return Formula(
        amount,
        numbers,
        asked,
        gates,
        pool,
        says,
        int(step),
        bool(data.get("rounds_down", False)),
        tuple(names),
    )


def _context(formula: Formula, known: Mapping[str, Any]) -> dict[str, Any]:
    """Everything the expressions may name, as the engine takes it; unknown ones are absent."""
    found: dict[str, Any] = {}
    for name in formula.names:
        number = formula.numbers.get(name)
        value = number.reckoned if number is not None else known.get(name)
        if value is not None:
            found[name] = float(value) if isinstance(value, Decimal) else value
    return found


def missing_of(formula: Formula, known: Mapping[str, Any]) -> tuple[str, ...]:
    """Names without a value."""
    return tuple(name for name in formula.names if name not in formula.numbers and known.get(name) is None)


def pool_base(formula: Formula, known: Mapping[str, Any]) -> Decimal | None:
    """What a firm brings to the pool; None when unknown or there is no pool."""
    if not formula.pool:
        return None
    names = [name for name in expressions.names_in(formula.pool) if name not in formula.numbers]
    if any(known.get(name) is None for name in names):
        return None
    return Decimal(repr(expressions.compiled(formula.pool).evaluate(_context(formula, known))))


def reckon(formula: Formula, known: Mapping[str, Any], year: int | None = None) -> Amount:
    """The amount for one firm. known: facts, typed-in values and, for a pool, pool_total and budget (万元).

    Rounded to the formula's step, half up unless it rounds down. Never negative. Exact to the fen below 10 亿元: the
    engine reckons in decimals, and a float gives 15 digits back. year: the data year, for the words.
    """
    lacking = missing_of(formula, known)
    factors = tuple(_factor(formula, name, known, year) for name in formula.names)
    context = _context(formula, known)
    for gate in formula.gates:
        if not set(expressions.names_in(gate.test)) & set(lacking) and not _compiled(gate.test).evaluate(
            context
        ):
            return Amount(0, gate.says, factors)
    if lacking:
        titles = "、".join(_title(formula, name, year) for name in lacking)
        return Amount(None, f"还缺：{titles}", factors, lacking)
    wan = Decimal(repr(_compiled(formula.amount).evaluate(context)))
    rounding = ROUND_DOWN if formula.rounds_down else ROUND_HALF_UP
    steps = (max(wan, Decimal(0)) * FEN_OF_WAN / formula.step_fen).quantize(Decimal(1), rounding=rounding)
    fen = int(steps) * formula.step_fen
    filled = {one.name: one.value for one in factors}
    said = _SLOT.sub(lambda slot: filled.get(slot.group(1), "—"), formula.says)
    due = wan_words(fen)
    return Amount(
        fen,
        said if said.endswith(due) and said.count(" ") <= 2 else f"{said} ＝ {due}" if said else due,
        factors,
    )


_COMPILED: dict[str, Any] = {}


def _compiled(text: str) -> Any:
    """Compiled once a process; texts are few (one an item)."""
    if text not in _COMPILED:
        _COMPILED[text] = expressions.compiled(text)
    return _COMPILED[text]


def _title(formula: Formula, name: str, year: int | None) -> str:
    if name in formula.numbers:
        return formula.numbers[name].title
    if name in formula.asked:
        return formula.asked[name].title
    return _POOL.get(name) or title_of(name, year)


def _factor(formula: Formula, name: str, known: Mapping[str, Any], year: int | None) -> Factor:
    number = formula.numbers.get(name)
    title = _title(formula, name, year)
    if number is not None:
        return Factor(name, title, number.words, number.verify)
    value = known.get(name)
    if value is None:
        return Factor(name, title, "")
    unit = formula.asked[name].unit if name in formula.asked else "万元" if name in _POOL else unit_of(name)
    shown = Decimal(repr(value)) if isinstance(value, float) else value
    return Factor(name, title, with_unit(shown, unit))
