"""Ten years of made firms from a seed: names, growth, research, titles, rights, moves, ends. Plain values, no database.

Nothing here is about a real firm: every name begins with 示例, every credit code carries DEM where real ones have digits.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as made
from datetime import date, timedelta
from typing import Any

SEED = 20261122
FIRST, LAST = 2016, 2025  # years of figures
HOW_MANY = 1300

# County of 蚌埠 (six digits, name in firms' names, share of the firms)
COUNTIES = (
    ("340302", "龙子湖", 9), ("340303", "蚌山", 12), ("340304", "禹会", 14), ("340311", "淮上", 13), ("340321", "怀远", 13),
    ("340322", "五河", 9), ("340323", "固镇", 10), ("340371", "高新", 14), ("340372", "经开", 6),
)  # fmt: skip
# field11, trades: (words in the name, GB/T 4754, main product)
FIELDS: tuple[tuple[str, int, tuple[tuple[str, str, str], ...]], ...] = (
    ("01", 14, (("电子科技", "3979", "传感器和电子元件"), ("智能科技", "6513", "工业软件"), ("显示材料", "3974", "显示玻璃盖板"), ("数据技术", "6531", "数据服务"))),
    ("03", 30, (("精密机械", "3484", "机械零部件"), ("汽车部件", "3670", "汽车零部件"), ("过滤装备", "3463", "滤清器"), ("自动化设备", "3490", "自动化生产线"), ("泵阀制造", "3441", "泵和阀门"))),
    ("04", 10, (("生物医药", "2761", "生物制品"), ("医疗器械", "3581", "医用耗材"), ("药业", "2720", "化学药制剂"))),
    ("05", 22, (("新材料", "2659", "高分子材料"), ("玻璃科技", "3042", "特种玻璃"), ("生物基材料", "2832", "聚乳酸制品"), ("硅基材料", "3099", "硅基粉体"))),
    ("06", 7, (("新能源", "3841", "储能电池"), ("节能科技", "3464", "换热设备"), ("光伏科技", "3825", "光伏组件"))),
    ("07", 7, (("环保科技", "3591", "水处理设备"), ("资源循环", "4220", "再生材料"))),
    ("09", 8, (("农业科技", "1391", "农产品精深加工"), ("种业", "0511", "小麦和花生良种"), ("食品科技", "1499", "功能食品"))),
    ("11", 2, (("建筑科技", "3021", "装配式构件"),)),
)  # fmt: skip
_FIRST = "恒泽宏瑞安华中科博远德盛新兴金鼎天正创世信诚凯达佳明亿丰众合通源润禾汇景志昂"
_SECOND = "泽源达盛邦诚泰昌润康辉腾鑫立格纳美森特威隆航创杰锐诺力程浩丰图兴伟海通信"


@dataclass(slots=True)
class Temper:
    """How a firm lives. Rates are per year; research is R&D over sales."""

    key: str
    share: int
    growth: tuple[float, float]
    research: tuple[float, float]
    tech: tuple[float, float]
    ends: float  # chance to close in a year


TEMPERS = (
    Temper("steady", 42, (0.00, 0.12), (0.015, 0.045), (0.08, 0.22), 0.012),
    Temper("learned", 24, (0.06, 0.20), (0.035, 0.085), (0.15, 0.38), 0.008),
    Temper("fast", 11, (0.18, 0.42), (0.04, 0.09), (0.16, 0.40), 0.015),
    Temper("plain", 15, (-0.04, 0.08), (0.0, 0.012), (0.02, 0.09), 0.025),
    Temper("fading", 8, (-0.22, -0.02), (0.005, 0.03), (0.04, 0.15), 0.07),
)


@dataclass(slots=True)
class MadeTitle:
    kind: str
    number: str
    issued_on: date
    expires_on: date | None


@dataclass(slots=True)
class MadeRight:
    kind: str
    number: str
    title: str
    acquired_by: str
    granted_on: date
    expires_on: date
    is_applied: bool
    used_in: str = ""


@dataclass(slots=True)
class Life:
    """One firm. figures: year -> fact name -> value (万元 to two places, 人). facts: (name, year or 0) -> value."""

    name: str
    county: str
    field: str
    industry: str
    products: str
    founded_on: date
    temper: str
    uscc_body: str
    figures: dict[int, dict[str, float]] = made(default_factory=dict)
    facts: dict[tuple[str, int], Any] = made(default_factory=dict)
    titles: list[MadeTitle] = made(default_factory=list)
    rights: list[MadeRight] = made(default_factory=list)
    moved: tuple[str, date] | None = None  # from which county, when it came here
    closed_on: date | None = None


def lives(count: int = HOW_MANY, seed: int = SEED) -> Iterator[Life]:
    """`count` firms, the same ones for the same seed, names and codes all different."""
    chance = random.Random(seed)
    names: set[str] = set()
    for number in range(count):
        life = _born(chance, number, names)
        live(life, chance)
        yield life


def _born(chance: random.Random, number: int, names: set[str]) -> Life:
    county, place, _ = chance.choices(COUNTIES, weights=[one[2] for one in COUNTIES])[0]
    code, _, trades = chance.choices(FIELDS, weights=[one[1] for one in FIELDS])[0]
    words, industry, products = chance.choice(trades)
    while True:
        name = f"示例·{place}{chance.choice(_FIRST)}{chance.choice(_SECOND)}{words}有限公司"
        if name not in names:
            names.add(name)
            break
    temper = chance.choices(TEMPERS, weights=[one.share for one in TEMPERS])[0]
    # Half stood before the first year of figures, the others arrive year by year
    year = chance.randint(1998, FIRST - 1) if chance.random() < 0.5 else chance.randint(FIRST, LAST)
    founded = date(year, chance.randint(1, 12), chance.randint(1, 28))
    body = f"91{county}DEM1{number:05d}"
    return Life(name, county, code, industry, products, founded, temper.key, body)


def live(life: Life, chance: random.Random) -> None:
    """Fill in the years: figures, then what follows from them."""
    temper = next(one for one in TEMPERS if one.key == life.temper)
    _figures(life, temper, chance)
    _rights(life, chance)
    _titles(life, chance)
    _facts(life, chance)
    if life.closed_on is None and chance.random() < 0.06 and life.founded_on.year < 2020:
        other = chance.choice([one[0] for one in COUNTIES if one[0] != life.county])
        life.moved = (other, date(chance.randint(2019, 2025), chance.randint(1, 12), 1))


_OF_OLD = ("sales", "profit", "tax_paid", "rd_deduct", "rd_stat", "staff", "tech_staff", "assets", "net_assets",
           "hightech_income", "total_income")  # of years that no rule asks for any more  # fmt: skip


def _figures(life: Life, temper: Temper, chance: random.Random) -> None:
    first = max(FIRST, life.founded_on.year)
    is_old = life.founded_on.year < FIRST
    sales = min(90_000.0, chance.lognormvariate(7.4 if is_old else 5.9, 1.05))
    growth = chance.uniform(*temper.growth)
    research, tech = chance.uniform(*temper.research), chance.uniform(*temper.tech)
    per_head, owned, owed = chance.uniform(45, 130), chance.uniform(0.7, 1.7), chance.uniform(0.22, 0.72)
    margin, hightech = chance.uniform(0.01, 0.14), chance.uniform(0.42, 0.97)
    for year in range(first, LAST + 1):
        if year > FIRST + 1 and chance.random() < temper.ends:
            life.closed_on = date(year, chance.randint(3, 12), chance.randint(1, 28))
            return
        if year > first:
            swing = -0.06 if year in (2020, 2022) else 0.0
            young = 0.35 if year - life.founded_on.year <= 3 and temper.key != "fading" else 0.0
            sales = max(20.0, sales * (1 + growth + swing + young + chance.gauss(0, 0.07)))
            research = max(0.0, research + chance.gauss(0.0008, 0.004))
            tech = min(0.7, max(0.01, tech + chance.gauss(0.002, 0.012)))
        if not (year == LAST and chance.random() < 0.04):  # a few have not reported yet
            life.figures[year] = _year(
                sales,
                research,
                tech,
                per_head,
                owned,
                owed,
                margin + chance.gauss(0, 0.015),
                hightech,
                chance,
            )


def _year(
    sales: float, research: float, tech: float, per_head: float, owned: float, owed: float, margin: float,
    hightech: float, chance: random.Random,
) -> dict[str, float]:  # fmt: skip
    sales = round(sales, 2)
    staff = max(3, round(sales / per_head))
    tech_staff = min(staff, round(staff * tech))
    rd = round(sales * research, 2) if research > 0.004 else 0.0
    total = round(sales * chance.uniform(1.0, 1.03), 2)
    assets = round(sales * owned, 2)
    liabilities = round(assets * min(1.1, owed + chance.gauss(0, 0.03)), 2)
    hnte = round(rd * chance.uniform(1.02, 1.18), 2)
    return {
        "sales": sales, "total_income": total, "main_income": round(sales * chance.uniform(0.86, 0.99), 2),
        "hightech_income": round(total * min(0.99, hightech + chance.gauss(0, 0.02)), 2) if rd else 0.0,
        "assets": assets, "liabilities": liabilities, "net_assets": round(assets - liabilities, 2),
        "cost_expense": round(sales * (1 - margin), 2), "profit": round(sales * margin * 0.85, 2),
        "tax_paid": round(sales * chance.uniform(0.015, 0.05), 2),
        "rd_deduct": rd, "rd_hnte": hnte, "rd_domestic": round(hnte * chance.uniform(0.94, 1.0), 2),
        "rd_stat": 0.0 if chance.random() < 0.06 else round(rd * chance.uniform(0.85, 1.25), 2),
        "staff": staff, "tech_staff": tech_staff, "rd_staff": min(tech_staff, round(tech_staff * chance.uniform(0.5, 0.95))),
    }  # fmt: skip


_RIGHTS = {
    "learned": (1.1, 3.2),
    "fast": (1.2, 3.5),
    "steady": (0.25, 1.6),
    "plain": (0.02, 0.3),
    "fading": (0.15, 0.8),
}
_THINGS = ("装置", "方法", "系统", "工艺", "设备", "配方", "夹具", "检测装置")


def _rights(life: Life, chance: random.Random) -> None:
    ones, twos = _RIGHTS[life.temper]
    years = sorted(life.figures)
    if not years:
        return
    span = years[-1] - years[0] + 1
    for kind, most, lasts in (
        ("invention", ones * span / 4, 20),
        ("utility", twos * span / 5, 10),
        ("software", twos * span / 12, 50),
    ):
        for number in range(min(14, int(chance.expovariate(1 / most)) if most > 0 else 0)):
            granted = date(chance.choice(years), chance.randint(1, 12), chance.randint(1, 28))
            serial = f"{life.uscc_body[-5:]}{number:02d}"
            written = (
                f"{granted.year}SR{serial}"
                if kind == "software"
                else f"ZL{granted.year - 2}{1 if kind == 'invention' else 2}0{serial}.示例"
            )
            what = f"{life.products.split('和')[0]}{chance.choice(_THINGS)}"
            life.rights.append(MadeRight(
                kind, written, f"一种{what}" if kind != "software" else f"{what}控制软件",
                "transfer" if chance.random() < 0.12 else "own", granted,
                granted.replace(year=granted.year - 2 + lasts), chance.random() < 0.7,
            ))  # fmt: skip


def _titles(life: Life, chance: random.Random) -> None:
    """Titles follow from the figures, roughly as the rules ask; not everybody who could applies."""
    keen = {"learned": 0.8, "fast": 0.85, "steady": 0.5, "plain": 0.05, "fading": 0.3}[life.temper]
    hnte_until: date | None = None
    held: set[str] = set()
    for year in range(FIRST + 1, LAST + 2):
        now = life.figures.get(year - 1)
        if now is None or (life.closed_on and life.closed_on.year <= year):
            continue
        rights = [one for one in life.rights if one.granted_on.year < year]
        tech, rd = now["tech_staff"] / now["staff"], now["rd_deduct"] / now["sales"]
        small = now["staff"] <= 500 and now["sales"] <= 20_000 and now["assets"] <= 20_000
        if small and tech >= 0.10 and rd >= 0.03 and rights and chance.random() < keen:
            issued = date(year, chance.choice((6, 7, 8, 9, 10)), chance.randint(1, 28))
            flag = "B" if life.founded_on.year == year else "A" if issued.month > 5 else "0"
            number = f"{year}{life.county}{flag}{chance.randint(1, 9_999_999):07d}"
            life.titles.append(MadeTitle("tech_sme", number, issued, date(year, 12, 31)))
        old_enough = year - life.founded_on.year >= 2
        if old_enough and (hnte_until is None or hnte_until.year <= year):
            able = tech >= 0.10 and rd >= (
                0.05 if now["sales"] <= 5000 else 0.04 if now["sales"] <= 20_000 else 0.03
            )
            good = able and now["hightech_income"] >= 0.6 * now["total_income"] and len(rights) >= 3
            if good and chance.random() < keen:
                issued = date(year, chance.choice((10, 11, 12)), chance.randint(1, 18))
                if issued <= date(2026, 11, 1):
                    hnte_until = issued.replace(year=year + 3) - timedelta(days=1)
                    number = f"GR{year}34{chance.randint(0, 999_999):06d}"
                    life.titles.append(MadeTitle("hnte", number, issued, hnte_until))
                    continue
            if able and "hnte_nursery" not in held and hnte_until is None and chance.random() < 0.4:
                _grant(life, held, "hnte_nursery", date(year, 5, 20), 3)
        if year >= 2022:
            _later_titles(life, held, now, rights, year, chance)


def _later_titles(
    life: Life,
    held: set[str],
    now: dict[str, float],
    rights: list[MadeRight],
    year: int,
    chance: random.Random,
) -> None:
    rd, sales = now["rd_deduct"], now["sales"]
    inventions = sum(1 for one in rights if one.kind == "invention")
    before = life.figures.get(year - 3, {}).get("sales", 0)
    is_young = year - life.founded_on.year <= 10
    could = (  # title, whether the firm could, the share that does, day
        ("innovative_sme", rd >= 0.03 * sales and bool(rights), 0.25, (6, 30)),
        ("srdi", "innovative_sme" in held and rd >= 100 and inventions > 0 and sales >= 1500, 0.3, (8, 15)),
        ("giant", "srdi" in held and rd >= 600 and inventions >= 4 and sales >= 5000, 0.6, (9, 10)),
        ("gazelle", before > 1000 and sales >= before * 1.44 and rd >= 0.04 * sales, 0.3, (10, 12)),
        ("eagle", is_young and rd >= 0.05 * sales, 0.12, (10, 12)),
        ("leading", sales >= 40_000 and rd >= 1500, 0.2, (11, 3)),
    )
    for kind, can, share, (month, day) in could:
        if can and kind not in held and chance.random() < share:
            _grant(life, held, kind, date(year, month, day), 3)


def _grant(life: Life, held: set[str], kind: str, day: date, years: int) -> None:
    if life.closed_on and life.closed_on <= day:
        return
    held.add(kind)
    life.titles.append(MadeTitle(kind, "", day, day.replace(year=day.year + years) - timedelta(days=1)))


def _facts(life: Life, chance: random.Random) -> None:
    now = life.figures.get(LAST)
    facts = life.facts
    facts["resident", 0] = True
    if chance.random() < 0.97:
        facts["sound_accounts", 0], facts["restricted_products", 0] = True, False
        facts["excluded_industry", 0] = False
    if chance.random() < 0.95:
        facts["accidents", LAST] = chance.random() < 0.015
        facts["dishonest", LAST] = chance.random() < 0.01
    if now is None:
        return
    is_scale = now["main_income"] >= 2000 and life.industry[:2] < "50"
    facts["above_scale", 0] = is_scale
    facts["rd_activity", LAST] = now["rd_stat"] > 0
    facts["rd_institution", LAST] = now["rd_stat"] > 0 and chance.random() < 0.55
    facts["niche_years", 0] = min(20, max(0, LAST - life.founded_on.year - chance.randint(0, 2)))
    learned = life.temper in ("learned", "fast")
    if chance.random() < 0.85:
        facts["awards_national", 0], facts["standards", 0], facts["awards_provincial", 0] = 0, 0, 0
        facts["platforms", 0] = []
    if learned or chance.random() < 0.4:
        facts["conversions", 0] = chance.choice((3, 4, 6, 9, 12, 15, 18) if learned else (0, 1, 2, 3, 5))
        facts["standards_joined", 0] = chance.random() < 0.2
        facts["emerging_industry", 0] = life.field in ("01", "04", "05", "06")
        facts["main_products_half", 0] = True
    if learned and chance.random() < 0.35:
        facts["platforms", 0] = ["provincial"] if chance.random() < 0.12 else ["city"]
    if learned and chance.random() < 0.08:
        facts["equity_2y", 0] = chance.choice((300, 500, 1000, 2000, 3000))
    if any(one.kind == "hnte" for one in life.titles):  # experts and officers have said so
        facts["field_ok", 0], facts["ip_core_support", 0] = True, True
    if learned and chance.random() < 0.6:  # the firm's own estimate of its management
        facts["score_management_system", 0], facts["score_management_facility", 0] = [3, 5], [3, 5]
        facts["score_management_reward", 0], facts["score_management_talent", 0] = [2, 3], [2, 4]
