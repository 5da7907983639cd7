"""Administrative divisions: 12-digit codes, their levels and parents, and names turned into codes.

Pure: reads the packed table `data/divisions.tsv.gz` (44,700 rows of 2023: provinces to townships, no villages),
never the database. Rules of the digits: reference-codes.md §7 (统计用区划代码编制规则).
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cache

from keqiao.codes.packed import DATA, PackedTable


class Level(IntEnum):
    """Level of a division; the number is its depth from the country."""

    PROVINCE = 1
    CITY = 2
    COUNTY = 3
    TOWN = 4
    VILLAGE = 5

    @property
    def label(self) -> str:
        """省级, 地级, 县级, 乡级 or 村级."""
        return ("省级", "地级", "县级", "乡级", "村级")[self - 1]


PREFIX_LENGTH = {Level.PROVINCE: 2, Level.CITY: 4, Level.COUNTY: 6, Level.TOWN: 9, Level.VILLAGE: 12}

NATIONS = [
    "汉族",
    "蒙古族",
    "回族",
    "藏族",
    "维吾尔族",
    "苗族",
    "彝族",
    "壮族",
    "布依族",
    "朝鲜族",
    "满族",
    "侗族",
    "瑶族",
    "白族",
    "土家族",
    "哈尼族",
    "哈萨克族",
    "傣族",
    "黎族",
    "傈僳族",
    "佤族",
    "畲族",
    "高山族",
    "拉祜族",
    "水族",
    "东乡族",
    "纳西族",
    "景颇族",
    "柯尔克孜族",
    "土族",
    "达斡尔族",
    "仫佬族",
    "羌族",
    "布朗族",
    "撒拉族",
    "毛南族",
    "仡佬族",
    "锡伯族",
    "阿昌族",
    "普米族",
    "塔吉克族",
    "怒族",
    "乌孜别克族",
    "俄罗斯族",
    "鄂温克族",
    "德昂族",
    "保安族",
    "裕固族",
    "京族",
    "塔塔尔族",
    "独龙族",
    "鄂伦春族",
    "赫哲族",
    "门巴族",
    "珞巴族",
    "基诺族",
]
"""The 56 nations in the order of GB/T 3304 (01 汉族 … 56 基诺族)."""

_NATION = "|".join(sorted((name.removesuffix("族") for name in NATIONS), key=len, reverse=True))
_AUTONOMOUS = re.compile(rf"(?:(?:{_NATION})族|蒙古|维吾尔|哈萨克|柯尔克孜|塔吉克|锡伯|各族)+自治[区州县旗]$")
_SUFFIX = re.compile(r"(特别行政区|自治区|自治州|自治县|自治旗|地区|林区|矿区|新区|省|市|县|区|旗|盟)$")
_PLACEHOLDERS = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})
_SEPARATORS = re.compile(r"[\s/\\|·,，、>＞\-—_]+")


@dataclass(frozen=True, slots=True)
class DivisionRow:
    """One division as shipped. `full_name` is written from the province down: 安徽省蚌埠市固镇县."""

    code: str
    name: str
    level: Level
    parent: str
    full_name: str
    pinyin: str
    source: str
    is_virtual: bool


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a written place name stands for.

    Exactly one of three: `division` is set; or `candidates` (two or more) ask a person;
    or both are empty and `rest` is what nobody knows.
    """

    division: DivisionRow | None
    candidates: tuple[DivisionRow, ...] = ()
    rest: str = ""


def full_code(text: str) -> str:
    """`340323`, `340323000000` or 2, 4, 9 digits as 12 digits. Raises ValueError for anything else."""
    digits = unicodedata.normalize("NFKC", text).strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) in (2, 4, 6, 9, 12)):
        raise ValueError(f"区划代码应为 2、4、6、9 或 12 位数字，收到“{text}”。")
    return digits.ljust(12, "0")


def level_of(code: str) -> Level:
    """Level by trailing zeros. `210302000000` county, `210302003000` town, `210381104205` village."""
    digits = full_code(code)
    for level, length in PREFIX_LENGTH.items():
        if digits[length:].strip("0") == "":
            return level
    raise AssertionError("twelve digits always have a level")


def prefix_of(code: str) -> str:
    """The digits that say something: 340323000000 -> `340323`. A scope check is a prefix match."""
    return full_code(code)[: PREFIX_LENGTH[level_of(code)]]


def parent_of(code: str) -> str:
    """The zero-filled code one level up; empty for a province.

    A town directly under a city (441900003000 in 东莞市) has the city as its parent.
    """
    digits = full_code(code)
    level = level_of(digits)
    if level is Level.PROVINCE:
        return ""
    return digits[: PREFIX_LENGTH[Level(level - 1)]].ljust(12, "0")


def chain_of(code: str) -> list[str]:
    """Ancestors from the nearest to the province, each once. Empty for a province."""
    chain: list[str] = []
    while code := parent_of(code):
        chain.append(code)
    return chain


def is_within(code: str, scope: str) -> bool:
    """Whether `code` lies in the division `scope` (itself included). An empty scope holds everything."""
    return not scope or full_code(code).startswith(prefix_of(scope))


def town_kind(code: str) -> str:
    """街道, 镇, 乡 or 类似乡级单位 by digits 7-9; empty when the code is not of a town or lower."""
    number = int(full_code(code)[6:9])
    for kind, first, last in (
        ("街道", 1, 99),
        ("镇", 100, 199),
        ("乡", 200, 399),
        ("类似乡级单位", 400, 599),
    ):
        if first <= number <= last:
            return kind
    return ""


def table() -> PackedTable:
    """The packed rows: code, name, level, parent, full_name, pinyin, source, virtual (1 or 0), '.'."""
    return _TABLE


_TABLE = PackedTable(DATA / "divisions.tsv.gz")


def all_divisions() -> Iterator[DivisionRow]:
    """Every shipped division in code order."""
    return (_as_division(row) for row in _TABLE)


def division(code: str) -> DivisionRow | None:
    """The division of this code (12 digits or a shorter form), or None when the table has none."""
    row = _TABLE.find(full_code(code))
    return _as_division(row) if row else None


def children(code: str) -> list[DivisionRow]:
    """Divisions one level below `code` in code order; placeholders such as 市辖区 are looked through."""
    if not code:
        return [row for row in _upper_rows() if row.level is Level.PROVINCE]
    prefix = prefix_of(code)
    below = (_as_division(row) for row in _TABLE.starting_with(prefix))
    found: list[DivisionRow] = []
    for row in below:
        if row.parent != full_code(code) or row.code == full_code(code):
            continue
        found.extend(children(row.code) if row.name in _PLACEHOLDERS else [row])
    return found


def short_name(name: str) -> str:
    """Name as people say it: 固镇县 -> 固镇, 恩施土家族苗族自治州 -> 恩施. Never shorter than two characters."""
    for pattern in (_AUTONOMOUS, _SUFFIX):
        short = pattern.sub("", name)
        if short != name and len(short) >= 2:
            return short
    return name


def resolve(text: str, within: str = "") -> Resolution:
    """Turn 固镇县, 蚌埠市固镇县, 安徽省蚌埠市固镇县, 固镇 or 340323 into a division.

    `within`: a code or prefix; only divisions inside it are considered, so 高新区 can be asked for in 蚌埠.
    A full name beats a short one; a province beats what shares its short name (吉林, 海南).
    Everything else that fits more than one place comes back as candidates, best known level first.
    """
    wanted = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).removeprefix("中国")
    scope = prefix_of(within) if within else ""
    if wanted.isascii() and wanted.isdigit() and len(wanted) in (2, 4, 6, 9, 12):
        found = division(wanted)
        inside = found is not None and found.code.startswith(scope)
        return Resolution(found) if found and inside else Resolution(None, rest=wanted)
    ends = [(row, exact) for row, rest, exact in _readings(wanted, scope) if not rest]
    if not ends and (plainer := _plainer(wanted)) != wanted:
        return resolve(plainer, within)
    if not ends:
        towns = {row[0]: (_as_division(row), 1) for row in _TABLE.holding(wanted, scope)} if wanted else {}
        ends = [(row, 1) for row, _ in towns.values() if row.name == wanted]
    if not ends:
        return Resolution(None, rest=wanted)
    return _best(ends)


def _plainer(text: str) -> str:
    """Without the placeholders of statistics and names said twice: 石河子市石河子市 -> 石河子市."""
    bare = re.sub(r"(?:省|自治区)直辖县级行政(?:区划|单位)|市辖区", "", text)
    return re.sub(r"(\w{2,}?)\1", r"\1", bare)


def locate(address: str, within: str = "") -> Resolution:
    """The deepest division an address begins with, and the rest: 蚌埠市固镇县谷阳路 1 号 -> 固镇县, 谷阳路1号."""
    wanted = _SEPARATORS.sub("", unicodedata.normalize("NFKC", address)).removeprefix("中国")
    readings = list(_readings(wanted, prefix_of(within) if within else ""))
    if not readings:
        return Resolution(None, rest=wanted)
    shortest = min(len(rest) for _, rest, _ in readings)
    best = _best([(row, exact) for row, rest, exact in readings if len(rest) == shortest])
    return Resolution(best.division, best.candidates, wanted[len(wanted) - shortest :])


def _best(ends: Iterable[tuple[DivisionRow, int]]) -> Resolution:
    by_code: dict[str, tuple[DivisionRow, int]] = {}
    for row, exact in ends:
        if row.code not in by_code or by_code[row.code][1] < exact:
            by_code[row.code] = (row, exact)
    top = max(exact for _, exact in by_code.values())
    fitting = sorted(
        (row for row, exact in by_code.values() if exact == top), key=lambda row: (-row.level, row.code)
    )
    # 嘉峪关市 is a city and its only county: one place, the higher level stands for it.
    places = {row.full_name: row for row in fitting}
    rows = sorted(places.values(), key=lambda row: (row.level, row.code))
    if len(rows) == 1 or (rows[0].level is Level.PROVINCE and rows[1].level is not Level.PROVINCE):
        return Resolution(rows[0])
    return Resolution(None, tuple(rows))


def _readings(text: str, scope: str) -> Iterator[tuple[DivisionRow, str, int]]:
    """Every way to read the beginning of `text` as divisions, each inside the one before.

    Yields (division, what is left, number of names written in full minus short ones at the end).
    """
    index = _name_index()
    for length in range(min(len(text), 20), 1, -1):
        for row, is_full in index.get(text[:length], ()):
            if not row.code.startswith(scope):
                continue
            rest = text[length:]
            yield row, rest, int(is_full)
            if rest:
                yield from _below(row, rest)


def _below(row: DivisionRow, rest: str) -> Iterator[tuple[DivisionRow, str, int]]:
    prefix = prefix_of(row.code)
    for lower, left, exact in _readings(rest, prefix):
        if lower.code != row.code and lower.level > row.level:
            yield lower, left, exact
    if row.level in (Level.CITY, Level.COUNTY):
        for town in _TABLE.starting_with(prefix):
            if rest.startswith(town[1]) and town[2] == str(int(Level.TOWN)):
                yield _as_division(town), rest[len(town[1]) :], 1


@cache
def _upper_rows() -> tuple[DivisionRow, ...]:
    return tuple(_as_division(row) for row in _TABLE if row[2] in "123")


@cache
def _name_index() -> dict[str, list[tuple[DivisionRow, bool]]]:
    """Full and short names of provinces, cities and counties (3,300 divisions; no placeholders)."""
    index: dict[str, list[tuple[DivisionRow, bool]]] = defaultdict(list)
    by_code = {row.code: row for row in _upper_rows()}
    for row in _upper_rows():
        if row.name in _PLACEHOLDERS:
            continue
        index[row.name].append((row, True))
        shorts = {short_name(row.name)}
        if row.is_virtual and row.parent in by_code:
            shorts |= _zone_names(row.name, by_code[row.parent].name)
        for short in sorted(shorts - {row.name}):
            index[short].append((row, False))
    return dict(index)


def _zone_names(name: str, city: str) -> set[str]:
    """How a development zone is called inside its city: 蚌埠市高新技术开发区 -> 高新区, 高新技术开发区."""
    bare = name.removeprefix(city).removeprefix(short_name(city))
    names = {bare} if len(bare) > 2 else set()
    if "高新" in bare:
        names.add("高新区")
    elif "开发区" in bare and "经济" in bare:
        names.add("经开区")
    return names


def _as_division(row: tuple[str, ...]) -> DivisionRow:
    code, name, level, parent, full_name, pinyin, source, virtual, *_ = row
    return DivisionRow(code, name, Level(int(level)), parent, full_name, pinyin, source, virtual == "1")
