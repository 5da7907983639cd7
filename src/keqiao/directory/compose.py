"""What goes into a directory: which records, in which order, and what strangers may read of them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Q

from keqiao.codes import lists
from keqiao.core.errors import BadInput
from keqiao.matching.matches import MatchView, matches_for
from keqiao.people.access import VISITOR
from keqiao.registry.achievement.models import Achievement
from keqiao.registry.demand.models import Demand
from keqiao.registry.records.disclosure import shown
from keqiao.registry.records.display import division_name, written
from keqiao.registry.records.models import Listed

MOST = 1000  # records of a side; a longer list is a registry, not a directory
MOST_MATCHES = 5
WEAK = "弱相关"  # worth a look on the screen, not in a list that a bureau signs
_TEXT = 260  # characters of a description in the list
_SENTENCE = 120
_MUNICIPALITIES = ("11", "12", "31", "50")
Progress = Callable[[int, int], None]

SIDES = {"both": "需求和成果", "demand": "只列需求", "achievement": "只列成果"}
ORDERS = {"number": "按编号", "newest": "最新发布在前", "field": "按技术领域", "place": "按县区"}


@dataclass(frozen=True, slots=True)
class Criteria:
    """division: prefix, "" = everywhere. fields: codes of field11, () = all. since, until: day of publication.

    only_open: leave out what is past its date of validity. top: matches shown with each demand, 0-5.
    """

    title: str = ""
    side: str = "both"
    division: str = ""
    fields: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    only_open: bool = True
    with_samples: bool = False
    order: str = "number"
    top: int = 3

    def checked(self) -> "Criteria":
        """Itself, when every choice exists. Raises BadInput at the field at fault."""
        if not self.title.strip():
            raise BadInput("请填写清单标题，例如“2026年第一批技术需求与科技成果双向清单”。", field="title")
        if len(self.title) > 120:
            raise BadInput(f"标题有 {len(self.title)} 字，最多 120 字。请写短一些。", field="title")
        for name, value, known in (("side", self.side, SIDES), ("order", self.order, ORDERS)):
            if value not in known:
                raise BadInput(f"没有“{value}”这个选项，可选：{'、'.join(known.values())}。", field=name)
        if not 0 <= self.top <= MOST_MATCHES:
            raise BadInput(
                f"每项需求列出的匹配成果应为 0 到 {MOST_MATCHES} 项，收到 {self.top}。", field="top"
            )
        if self.since and self.until and self.since > self.until:
            raise BadInput(
                f"起始日期 {self.since} 晚于截止日期 {self.until}。请改正其中一个。", field="since"
            )
        return replace(self, title=self.title.strip())

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as stored with the directory."""
        return asdict(self) | {
            "fields": list(self.fields),
            "since": self.since.isoformat() if self.since else None,
            "until": self.until.isoformat() if self.until else None,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Criteria":
        """What `as_dict` gave."""
        days = {
            name: date.fromisoformat(stored[name]) if stored.get(name) else None
            for name in ("since", "until")
        }
        known = {name: stored[name] for name in cls.__slots__ if name in stored}
        return cls(**(known | days | {"fields": tuple(stored.get("fields", ()))}))

    def words(self) -> str:
        """The choice in a sentence for the head of the list."""
        parts = [division_name(self.division.ljust(12, "0")) if self.division else ""]
        if self.fields:
            parts.append("、".join(lists.label("field11", code) for code in self.fields))
        if self.since or self.until:
            ends = (
                self.since.isoformat() if self.since else "开始",
                self.until.isoformat() if self.until else "今",
            )
            parts.append(f"{ends[0]} 至 {ends[1]}发布")
        if self.only_open:
            parts.append("有效期内")
        return "；".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class MatchLine:
    """A match as the list shows it. theirs: the sentence of the achievement; ours: that of the demand it answers."""

    public_id: str
    number: str
    title: str
    unit: str
    grade: str
    theirs: str
    ours: str


@dataclass(frozen=True, slots=True)
class DemandLine:
    public_id: str
    number: str
    title: str
    unit: str
    place: str
    fields: str
    content: str
    metrics: str
    modes: str
    budget: str
    due: str
    is_sample: bool
    matches: tuple[MatchLine, ...] = ()


@dataclass(frozen=True, slots=True)
class AchievementLine:
    """demands: numbers of the demands of this list that it was matched with."""

    public_id: str
    number: str
    title: str
    unit: str
    place: str
    fields: str
    summary: str
    maturity: str
    modes: str
    price: str
    is_sample: bool
    demands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    demands: tuple[Demand, ...]
    achievements: tuple[Achievement, ...]


def select(criteria: Criteria, today: date) -> Selection:
    """The records, in the list's order: published, in a tier open to strangers, and as the criteria ask.

    Raises BadInput when one side has more than MOST.
    """
    demands = _chosen(Demand, criteria, today) if criteria.side != "achievement" else ()
    achievements = _chosen(Achievement, criteria, today) if criteria.side != "demand" else ()
    return Selection(demands, achievements)


def _chosen(model: type[Any], criteria: Criteria, today: date) -> tuple[Any, ...]:
    rows = model.objects.open_to_strangers().in_division(criteria.division).select_related("organisation")
    if criteria.only_open:
        rows = rows.filter(Q(valid_until=None) | Q(valid_until__gte=today))
    if not criteria.with_samples:
        rows = rows.filter(is_sample=False)
    if criteria.since:
        rows = rows.filter(published_at__date__gte=criteria.since)
    if criteria.until:
        rows = rows.filter(published_at__date__lte=criteria.until)
    found = []
    for record in rows.order_by("pk").iterator(chunk_size=500):
        if not criteria.fields or set(_fields(record)) & set(criteria.fields):
            found.append(record)
            if len(found) > MOST:
                raise BadInput(
                    f"符合条件的{model.SERIES}超过 {MOST} 项，一份清单列不下。请按县区、领域或日期缩小范围，分几份发布。",
                    field="division",
                )
    return tuple(sorted(found, key=_sort_key(criteria.order)))


def _sort_key(order: str) -> Callable[[Listed], Any]:
    keys: dict[str, Callable[[Listed], Any]] = {
        "number": lambda r: (r.number or "", r.pk),
        "newest": lambda r: (-(r.published_at.timestamp() if r.published_at else 0), r.pk),
        "field": lambda r: (next(iter(_fields(r)), "~"), r.number or "", r.pk),
        "place": lambda r: (r.division_code or "~", r.number or "", r.pk),
    }
    return keys[order]


def _fields(record: Listed) -> list[str]:
    return [str(tag["code"]) for tag in (record.tags or {}).get("field11", ()) if tag.get("code")]


# --- lines -------------------------------------------------------------------------------------------------------


def compose(selection: Selection, criteria: Criteria, progress: Progress | None = None) -> dict[str, Any]:
    """The snapshot: every record as a stranger reads it today, with the best matches of each demand.

    One pass of the engine a demand (tens of milliseconds); `progress` is told (done, total).
    """
    demands, wanted = [], defaultdict(list)
    for done, demand in enumerate(selection.demands, start=1):
        line = demand_line(demand, criteria.top)
        for match in line.matches:
            wanted[match.public_id].append(line.number)
        demands.append(asdict(line))
        if progress is not None:
            progress(done, len(selection.demands))
    achievements = [
        asdict(replace(achievement_line(one), demands=tuple(wanted[str(one.public_id)])))
        for one in selection.achievements
    ]
    return {"demands": _plain(demands), "achievements": _plain(achievements)}


def _plain(value: Any) -> Any:
    """Tuples as lists, as JSON gives them back: the digest is the same before and after storing."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def demand_line(demand: Demand, top: int) -> DemandLine:
    """A demand as a stranger reads it, with its `top` best achievements."""
    seen = shown(demand, VISITOR)
    texts = dict(seen.texts)
    return DemandLine(
        public_id=str(demand.public_id),
        number=demand.number or "",
        title=seen.title,
        unit=seen.organisation_name,
        place=_place(demand.division_code),
        fields=_field_words(demand),
        content=_cut(texts.get("需求内容", ""), _TEXT),
        metrics=_cut(texts.get("技术指标", ""), _TEXT),
        modes=written(Demand, "cooperation_modes", demand.cooperation_modes),
        budget=_money(demand.budget_yuan, "面议" if demand.is_budget_open else ""),
        due=demand.due_on.isoformat() if demand.due_on else demand.due_text,
        is_sample=demand.is_sample,
        matches=tuple(_match_line(one) for one in _matches(demand, top)),
    )


def _matches(demand: Demand, top: int) -> Sequence[MatchView]:
    found = matches_for(demand, "achievement", VISITOR, top) if top else ()
    return [one for one in found if one.grade != WEAK]


def _match_line(match: MatchView) -> MatchLine:
    pair = match.pairs[0] if match.pairs else None
    return MatchLine(
        public_id=str(match.target.public_id),
        number=match.target.number or "",
        title=match.title,
        unit=match.owner.name,
        grade=match.grade,
        theirs=_cut(_text(pair.sentence), _SENTENCE) if pair else "",
        ours=_cut(_text(pair.other_sentence), _SENTENCE) if pair else "",
    )


def achievement_line(achievement: Achievement) -> AchievementLine:
    """An achievement as a stranger reads it."""
    seen = shown(achievement, VISITOR)
    return AchievementLine(
        public_id=str(achievement.public_id),
        number=achievement.number or "",
        title=seen.title,
        unit=seen.organisation_name,
        place=_place(achievement.division_code),
        fields=_field_words(achievement),
        summary=_cut(dict(seen.texts).get("成果简介", ""), _TEXT),
        maturity=written(Achievement, "market_stage", achievement.market_stage),
        modes=written(Achievement, "transfer_modes", achievement.transfer_modes),
        price=_money(achievement.price_yuan, "面议"),
        is_sample=achievement.is_sample,
    )


def _place(code: str) -> str:
    """蚌埠市固镇县: the name below the province; of the four municipalities the whole name."""
    name, province = division_name(code), division_name(code[:2].ljust(12, "0")) if code else ""
    return name if name == province or code[:2] in _MUNICIPALITIES else name.removeprefix(province)


def _text(pieces: Iterable[tuple[str, bool]]) -> str:
    return "".join(text for text, _ in pieces).strip()


def _cut(text: str, most: int) -> str:
    """At most so many characters on one line, cut at a full stop where one is near the end."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    stop = max(line.rfind(mark, most // 2, most) for mark in "。；！？")
    return line[: stop + 1] if stop > 0 else line[: most - 1] + "…"


def _field_words(record: Listed) -> str:
    return "、".join(lists.label("field11", code) for code in _fields(record)[:2])


def _money(yuan: Any, none: str) -> str:
    if yuan is None:
        return none
    wan = f"{yuan / 10_000:,.2f}".rstrip("0").rstrip(".")
    return f"{wan} 万元"
