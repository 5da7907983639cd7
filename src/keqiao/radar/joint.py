"""One click: a draft of a joint demand, its text filled from the members that anybody may read."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction

from keqiao.codes import divisions
from keqiao.core import audit
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.matching.masking import owner_of, shown_texts, shown_title
from keqiao.people.access import VISITOR, may_act, scope_of
from keqiao.people.enums import OFFICERS, Act
from keqiao.people.models import User
from keqiao.radar.models import CommonNeed, JointDemand
from keqiao.radar.runs import firm_of
from keqiao.registry.demand.models import Demand
from keqiao.registry.records.access import is_visible
from keqiao.registry.records.actions import create_record
from keqiao.registry.records.enums import OPENLY_LISTED

_MOST_METRICS = 12
_MOST_WORDS = 160  # of a member's problem that are quoted


@transaction.atomic
def make_joint_demand(*, need: CommonNeed, by: User) -> JointDemand:
    """The draft of this need's joint demand; the one that is there when somebody made it before.

    Only members that are open to everybody are quoted, masked ones without their owner; others are counted. The draft
    belongs to the officer's bureau and goes through the review like any other. NotAllowed for whoever is no officer.
    """
    if (refusal := may_act(by, Act.CREATE)) or not scope_of(by).roles & OFFICERS:
        raise NotAllowed(refusal or "联合需求由县区或市科技局牵头，请联系所在地科技局。", code="radar.joint")
    need = CommonNeed.objects.select_for_update().get(pk=need.pk)
    made = JointDemand.objects.filter(key=need.key).first()
    if made is not None:
        return made
    rows = [
        one.demand
        for one in need.members.select_related("demand__organisation").order_by("-is_central", "pk")
    ]
    open_rows = [row for row in rows if row.disclosure in OPENLY_LISTED]
    if not open_rows:
        raise BadInput(
            f"“{need.name}”的 {len(rows)} 条需求都不对外公开，不能写进联合需求。请先与各企业商定公开范围。",
            code="radar.closed",
        )
    draft = create_record(
        kind="demand", values=_values(need, rows, open_rows, by), by=by, note="由共性需求生成"
    )
    joint = JointDemand.objects.create(demand=Demand.objects.get(pk=draft.pk), key=need.key, by=by)
    joint.sources.set(rows)
    audit.record("radar.joined", by=by, target=joint, changes={"sources": ["", len(rows)]})
    return joint


def _values(
    need: CommonNeed, rows: Sequence[Demand], open_rows: Sequence[Demand], by: User
) -> dict[str, Any]:
    values: dict[str, Any] = {
        "title": f"{'、'.join(need.terms) or shown_title(open_rows[0], VISITOR)}共性技术联合攻关"[:300],
        "content": _content(need, rows, open_rows),
        "metrics_text": "；".join(_metrics(open_rows)),
        "foundation": _foundation(open_rows),
        "cooperation_modes": _shared_modes(rows),
        "division_code": _division(by),
        "keywords": list(need.terms),
        "remark": f"由共性需求“{need.name}”生成，来源 {len(rows)} 条需求。",
        "source_note": "共性需求雷达",
        **_budget(rows),
    }
    if by.organisation_id is not None:
        values["organisation"] = by.organisation
    else:
        values["organisation_name"] = settings.KEQIAO_BUREAU_NAME
    return values


def _division(by: User) -> str:
    """Where the officer works: his area, or the bureau's city."""
    prefixes = scope_of(by).prefixes
    prefix = prefixes[0] if prefixes else settings.KEQIAO_HOME_DIVISION
    return prefix.ljust(6, "0") if prefix and len(prefix) < 6 else prefix


def _places(rows: Sequence[Demand]) -> str:
    names = [row.name for code in dict.fromkeys(one.division_code[:6] for one in rows if one.division_code)
             if (row := divisions.division(code)) is not None]  # fmt: skip
    return "、".join(names[:6]) + ("等地" if len(names) > 6 else "")


def _content(need: CommonNeed, rows: Sequence[Demand], open_rows: Sequence[Demand]) -> str:
    """What is asked, by how many, since when; then each open demand with its own words."""
    years = need.parts("years")
    when = f" {years[0]}—{years[-1]} 年" if len(years) > 1 else f" {years[0]} 年" if years else ""
    lines = [
        f"{_places(rows)} {len({firm_of(row) for row in rows})} 家单位{when}先后提出 {len(rows)} 条相近的技术需求，"
        "拟联合攻关、共担费用、共享成果。",
        "【示范文本，请逐项核对】共同的问题：（写明各家共同的瓶颈、现在的做法和差距）",
    ]
    if need.failures:
        lines.append(f"其中 {need.failures} 条此前到期或未成，请写明原因和这次的不同。")
    lines.append("各家原来的提法：")
    for number, row in enumerate(open_rows, 1):
        words = next((text for _, text in shown_texts(row, VISITOR) if text.strip()), "")
        cut = words.strip()[:_MOST_WORDS] + ("……" if len(words.strip()) > _MOST_WORDS else "")
        owner = owner_of(row, VISITOR).name
        lines.append(
            f"{number}. {shown_title(row, VISITOR)}（{owner or '单位未填'}，{row.number or '未编号'}）：{cut}"
        )
    if hidden := len(rows) - len(open_rows):
        lines.append(f"另有 {hidden} 条只对平台定向公开，未列出。")
    return "\n".join(lines)


def _metrics(rows: Sequence[Demand]) -> list[str]:
    """Each measure once, in the words of the first that has it."""
    found: dict[str, str] = {}
    for row in rows:
        for text in row.metric_texts():
            if text.strip():
                found.setdefault("".join(text.split()), text.strip())
    return list(found.values())[:_MOST_METRICS]


def _foundation(rows: Sequence[Demand]) -> str:
    texts = [
        f"{owner_of(row, VISITOR).name or '一家单位'}：{text.strip()}"
        for row in rows
        for label, text in shown_texts(row, VISITOR)
        if label == str(Demand._meta.get_field("foundation").verbose_name) and text.strip()
    ]
    return "\n".join(texts)


def _shared_modes(rows: Sequence[Demand]) -> list[str]:
    return sorted({str(mode) for row in rows for mode in row.cooperation_modes})


def _budget(rows: Sequence[Demand]) -> dict[str, Any]:
    """The sum of what is known; 面议 where nobody named a sum."""
    known = [row.budget_yuan for row in rows if row.budget_yuan is not None]
    return {"budget_yuan": sum(known, Decimal(0))} if known else {"is_budget_open": True}


def readable(need: CommonNeed, user: User) -> list[Demand]:
    """The members that this reader may see, the central one first."""
    scope = scope_of(user)
    rows = need.members.select_related("demand__organisation").order_by("-is_central", "pk")
    return [one.demand for one in rows if is_visible(one.demand, scope)]
