"""Found experts as the page wants them. No query here but the evidence of the experts shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from keqiao.expertise.conflicts import Conflict
from keqiao.expertise.evidence import Asked, Evidence
from keqiao.expertise.finder import Found, knows_facts
from keqiao.expertise.models import Proposal
from keqiao.expertise.ties import Ties
from keqiao.expertise.wording import hops_of, sentence, short
from keqiao.people.access import scope_of
from keqiao.people.models import User
from keqiao.registry.kinds import kind_of
from keqiao.web.market.halls import detail_url
from keqiao.web.market.present import field_names, place_name
from keqiao.web.words import day

_GRADES = {"强相关": "green", "较强相关": "brand"}
_ORDER = ("强相关", "较强相关", "弱相关")
_BUSY = 3  # open things from which an enterprise reads 较忙


@dataclass(frozen=True, slots=True)
class Reader:
    """in_full: load, sign-ins and the sources of ties. sees_all: records that are not public, too."""

    in_full: bool
    sees_all: bool

    @classmethod
    def of(cls, user: User) -> Self:
        return cls(knows_facts(user), scope_of(user).sees_all)


def asked_box(asked: Asked) -> dict[str, Any]:
    """What was asked, with a link to the record."""
    record = asked.record
    return {
        "title": asked.title,
        "noun": kind_of(asked.kind).label if asked.kind else "问题",
        "href": detail_url(asked.kind, record.public_id) if record else "",
        "number": (record.number or "") if record else "",
        "text": asked.text if asked.text != asked.title else "",
    }


def expert_card(one: Found, ties: Ties, reader: Reader, listed: Sequence[Proposal]) -> dict[str, Any]:
    """One expert for `expertise/_expert.html`."""
    expert, in_full = one.expert, reader.in_full
    beside = [tie for tie in ties.between.get(expert.pk, ()) if in_full]
    evidence = one.evidence()
    grade = next((word for word in _ORDER if any(piece.grade == word for piece in evidence)), "")
    mine = next((line for line in listed if line.expert_id == expert.pk), None)
    return {
        "id": str(expert.public_id),
        "href": detail_url("expert", expert.public_id),
        "name": expert.title,
        "position": expert.position,
        "organisation": expert.organisation_name,
        "place": place_name(expert.division_code),
        "fields": field_names(expert)[:2],
        "is_sample": expert.is_sample,
        "grade": grade,
        "grade_tone": _GRADES.get(grade, ""),
        "counts": "、".join(
            f"{label} {count} 项" if label != "研究方向" else label for label, count in one.counts()
        ),
        "evidence": [_piece(piece) for piece in evidence],
        "load": _load(one, in_full),
        "activity": _activity(one, in_full),
        "contact": "、".join(one.contact),
        "proposal": mine,
        "conflicts": _ties(ties.asking.get(expert.pk, ()), ties, reader),
        "beside": [sentence(tie, ties.names) for tie in beside],
    }


def _ties(found: Sequence[Conflict], ties: Ties, reader: Reader) -> list[dict[str, Any]]:
    """Ties with the asking side, each with its way and sources where the reader may know them."""
    if not reader.in_full:
        words = dict.fromkeys((one.is_direct, short(one)) for one in found)
        return [{"head": _head(direct), "tone": _tone(direct), "short": text} for direct, text in words]
    return [
        {
            "head": _head(one.is_direct),
            "tone": _tone(one.is_direct),
            "short": sentence(one, ties.names),
            "verify": one.verify,
            "hops": [
                {"text": hop.text, "source": hop.source, "href": detail_url(hop.kind, hop.public_id) if hop.kind else ""}
                for hop in hops_of(one, ties.names, sees_all=reader.sees_all)
            ],
        }
        for one in found
    ]  # fmt: skip


def _head(is_direct: bool) -> str:
    return "直接关联" if is_direct else "间接关联"


def _tone(is_direct: bool) -> str:
    return "red" if is_direct else "amber"


def shortlist_lines(listed: Sequence[Proposal], ties: Ties, reader: Reader) -> list[dict[str, Any]]:
    """The shortlist with the ties among those on it."""
    on_it = {("expert", line.expert_id) for line in listed}
    return [
        {
            "proposal": line,
            "expert": line.expert,
            "ties": [
                sentence(tie, ties.names)
                for tie in ties.between.get(line.expert_id, ())
                if tie.party in on_it and reader.in_full
            ],
        }
        for line in listed
    ]


def _piece(piece: Evidence) -> dict[str, Any]:
    is_own_page = piece.kind == "expert"
    return {
        "what": piece.label if is_own_page else piece.note or piece.label,
        "title": "" if is_own_page else piece.title,
        "href": detail_url(piece.kind, piece.public_id) if piece.public_id and not is_own_page else "",
        "year": piece.year,
        "field": piece.field,
        "sentence": piece.sentence if piece.field != "题名" else (),
        "terms": "、".join(piece.terms[:5]),
    }


def _load(one: Found, in_full: bool) -> str:
    """Counts for officers; others read only whether he is busy."""
    if not in_full:
        return "较忙" if one.load.total >= _BUSY else "可以联系"
    cases = "、".join(f"{label} {count} 件" for label, count in one.load.cases) or "在手 0 件"
    return f"{cases}；近 30 天被推荐 {one.load.proposed} 次"


def _activity(one: Found, in_full: bool) -> str:
    words = [f"最近产出 {one.activity.last_work_year} 年"] if one.activity.last_work_year else []
    words += [
        f"{label} {day(when)}"
        for label, when, is_personal in one.activity.signs
        if in_full or not is_personal
    ]
    return "；".join(words) or "没有近期活动记录"
