"""Pure judgements of the radar: which demands form a group, what a group is called, whether a demand failed."""

import datetime as dt
import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from keqiao_match.text import words

_DATA = Path(__file__).parent / "data" / "limits.yaml"
_LONGEST_TERM = 5  # words
_LONGEST_PHRASE = 10  # characters
_COMMON = frozenset(  # of nearly every demand: they tell nothing apart
    [
        "技术",
        "关键技术",
        "研究",
        "开发",
        "研发",
        "应用",
        "产业化",
        "制备",
        "生产",
        "工艺",
        "设备",
        "系统",
        "项目",
        "产品",
        "需求",
        "问题",
        "解决",
        "提升",
        "提高",
        "改进",
        "优化",
        "攻关",
        "关键",
        "新型",
        "方法",
        "示范",
        "集成",
        "推广",
        "及其",
        "基于",
        "高效",
        "智能",
        "企业",
        "公司",
        "示例",
        "成本",
        "低成本",
        "高性能",
        "功能性",
        "可控",
        "绿色",
        "集约化",
        "标准化",
        "改良",
        "防控",
        "污染控制",
    ]
)
_SOLVED = ("签约", "解决", "合同", "达成", "成交", "合作成功", "已实施", "完成")
_DENIED = ("未", "没有", "不", "无法", "失败", "终止")


@dataclass(frozen=True, slots=True)
class Limits:
    """The dated figures of a run. verify: not confirmed by anybody yet (待核实)."""

    neighbours: int
    least_score: float
    most_members: int
    least_firms: int
    source: str
    verify: bool


@cache
def limits_on(day: dt.date) -> Limits:
    """The figures in force on `day`: the newest that are not from later, the oldest before that."""
    rows = sorted(yaml.safe_load(_DATA.read_text(encoding="utf-8")), key=lambda row: row["from"])
    chosen = max((row for row in rows if row["from"] <= day), key=lambda row: row["from"], default=rows[0])
    return Limits(**{key: value for key, value in chosen.items() if key != "from"})


@dataclass(frozen=True, slots=True)
class Group:
    """Members in ascending order. tightness: mean score of all pairs inside, a pair that nobody saw counts 0."""

    members: tuple[int, ...]
    tightness: float


def groups_of(scores: Mapping[tuple[int, int], float], *, least: float, most: int) -> list[Group]:
    """Groups by average linkage over a sparse graph, tightest joins first; the same input gives the same groups.

    scores: (smaller id, larger id) -> 0..1; a pair that is absent counts 0, so a chain of neighbours does not become a
    group. Two groups are joined while the mean over all pairs between them is at least `least` and the joined group has
    no more than `most` members. O(e log e) heap steps for e pairs.
    """
    sums: dict[int, dict[int, float]] = defaultdict(dict)
    for (one, other), score in scores.items():
        sums[one][other] = sums[other][one] = score
    members: dict[int, list[int]] = {node: [node] for node in sums}
    inside: dict[int, float] = dict.fromkeys(sums, 0.0)
    heap = [(-score, one, other) for (one, other), score in scores.items() if score >= least]
    heapq.heapify(heap)
    while heap:
        minus, one, other = heapq.heappop(heap)
        if one not in members or other not in members:
            continue
        size, other_size = len(members[one]), len(members[other])
        mean = sums[one].get(other, 0.0) / (size * other_size)
        if -mean != minus or size + other_size > most:
            continue  # an entry from before one of the two grew; the newer one is in the heap
        inside[one] += inside.pop(other) + sums[one].pop(other)
        members[one] += members.pop(other)
        for third, total in sums.pop(other).items():
            if third == one:
                continue
            sums[third].pop(other, None)
            sums[one][third] = sums[third][one] = sums[one].get(third, 0.0) + total
        for third, total in sums[one].items():
            mean = total / (len(members[one]) * len(members[third]))
            if mean >= least:
                heapq.heappush(heap, (-mean, min(one, third), max(one, third)))
    found = [
        Group(tuple(sorted(group)), inside[root] / (len(group) * (len(group) - 1) / 2))
        for root, group in members.items()
        if len(group) > 1
    ]
    return sorted(found, key=lambda group: (-len(group.members), -group.tightness, group.members))


def most_central(members: Sequence[int], scores: Mapping[tuple[int, int], float]) -> int:
    """The member that is nearest to the others on the whole; the smallest id among equals."""

    def total(node: int) -> float:
        return sum(
            scores.get((min(node, other), max(node, other)), 0.0) for other in members if other != node
        )

    return max(sorted(members), key=total)


# -- names ------------------------------------------------------------------------------------------------------


def phrases(title: str) -> list[str]:
    """Runs of up to five neighbouring words of a title as written, two to ten characters long, without stop words and
    the words that every demand has."""
    low = title.lower()
    runs: list[list[str]] = [[]]
    at = 0
    for word in words(title):
        where = low.find(word.text, at)
        if where != at or word.text in _COMMON:
            runs.append([])
        if word.text not in _COMMON:
            runs[-1].append(word.text)
        at = where + len(word.text) if where >= 0 else at
    out = []
    for run in runs:
        for length in range(1, _LONGEST_TERM + 1):
            out += ["".join(run[i : i + length]) for i in range(len(run) - length + 1)]
    return [phrase for phrase in out if 2 <= len(phrase) <= _LONGEST_PHRASE]


class Naming:
    """What tells a group from all other demands. Built once a run over every title."""

    def __init__(self, titles: Iterable[str]) -> None:
        self.counts: Counter[str] = Counter()
        self.total = 0
        for title in titles:
            self.total += 1
            self.counts.update(set(phrases(title)))

    def terms(self, titles: Sequence[str], *, most: int = 3) -> tuple[str, ...]:
        """Up to `most` phrases that many of these titles share and few others have, most telling first.

        Weight: share of the titles × rarity × square root of the length; a phrase inside a chosen one is left out.
        """
        candidates = {phrase for title in titles for phrase in phrases(title)}
        # By what is written, not by how it was cut: 废水处理 may be one word here and two there
        shared = {phrase: sum(phrase in title.lower() for title in titles) for phrase in candidates}
        least = 2 if len(titles) > 1 else 1

        def weight(item: tuple[str, int]) -> float:
            phrase, count = item
            rarity = math.log(1 + self.total / max(1, self.counts[phrase]))
            return count / len(titles) * rarity * math.sqrt(min(len(phrase), 8))

        chosen: list[str] = []
        for phrase, count in sorted(shared.items(), key=lambda item: (-weight(item), item[0])):
            if count < least or any(_overlap(phrase, other) for other in chosen):
                continue
            chosen.append(phrase)
            if len(chosen) == most:
                break
        return tuple(_as_written(phrase, titles) for phrase in chosen)


def _overlap(one: str, other: str) -> bool:
    """Whether they say partly the same: a piece of three characters in common, or one inside the other."""
    if one in other or other in one:
        return True
    return any(one[at : at + 3] in other for at in range(len(one) - 2))


def _as_written(phrase: str, titles: Sequence[str]) -> str:
    """With the capitals of the first title that has it: MEMS, not mems."""
    for title in titles:
        if (at := title.lower().find(phrase)) >= 0:
            return title[at : at + len(phrase)]
    return phrase


# -- what became of a demand ------------------------------------------------------------------------------------


def is_failure(status: str, close_reason: str) -> bool:
    """Expired, or closed without a result that its reason tells of. status: a value of records.Status."""
    if status == "expired":
        return True
    if status != "closed":
        return False
    told = any(word in close_reason for word in _SOLVED)
    return not told or any(word in close_reason for word in _DENIED)
