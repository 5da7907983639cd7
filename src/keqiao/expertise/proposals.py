"""The shortlist (拟请名单) of one question: put on, taken off, written as a table. Each is a fact that counts as load."""

from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from keqiao.core import audit
from keqiao.core.errors import BadInput, NotFound
from keqiao.expertise.evidence import Asked
from keqiao.expertise.finder import Found, contact_words, knows_facts, loads_of
from keqiao.expertise.models import Proposal
from keqiao.expertise.ties import Ties, ties_of
from keqiao.expertise.wording import lines, sentence
from keqiao.matching.reading import visible_records
from keqiao.people.access import scope_of
from keqiao.people.models import User
from keqiao.registry.expert.models import Expert
from keqiao.registry.intake.workbook import Value, write_xlsx
from keqiao.registry.records.access import record_for
from keqiao.registry.records.enums import Status

MOST_LISTED = 50
_PIECES_KEPT = 6
_HEADINGS = (
    "序号", "姓名", "职称", "单位", "研究方向", "依据（产出、年份、原文）", "最近产出", "在手", "与需方、与其他候选人的关联", "联系途径", "列入时间",
)  # fmt: skip
_WIDTHS = (6, 16, 11, 22, 24, 52, 10, 8, 40, 16, 13)


@transaction.atomic
def propose_expert(
    *, asked: Asked, expert_id: object, by: User, found: Found | None = None, conflicts: Sequence[str] = ()
) -> Proposal:
    """Put an expert on `by`'s shortlist for the question. Twice is once.

    The question went through its door when `asked` was made. found: what the page showed, kept as the reason.
    Raises NotFound for an expert that `by` does not see, BadInput when the list is full.
    """
    expert = record_for(by, "expert", str(expert_id))
    if not isinstance(expert, Expert) or expert.status != Status.PUBLISHED:
        raise NotFound("专家")
    Expert.objects.select_for_update(of=("self",)).get(pk=expert.pk)  # two clicks, one line
    mine = Proposal.objects.standing().filter(ask_key=asked.key, proposed_by=by)
    if there := mine.filter(expert=expert).first():
        return there
    if mine.count() >= MOST_LISTED:
        raise BadInput(f"拟请名单最多 {MOST_LISTED} 人，已经满了。请先移出几位，再加入“{expert.title}”。")
    proposal = Proposal.objects.create(
        ask_key=asked.key,
        ask_kind=asked.kind,
        ask_id=asked.record.pk if asked.record else None,
        ask_title=asked.title[:300],
        ask_text=asked.text,
        expert=expert,
        score=found.score if found else 0.0,
        evidence=evidence_lines(found) if found else [],
        conflicts=list(conflicts),
        proposed_by=by,
    )
    audit.record("expert.proposed", target=expert, by=by, changes={"问题": ["", asked.title[:80]]})
    return proposal


@transaction.atomic
def withdraw_proposal(*, public_id: UUID | str, by: User) -> Proposal:
    """Take an expert off one's own list. Raises NotFound for another's line, or one that is off already."""
    found = (
        Proposal.objects.select_for_update(of=("self",))
        .standing()
        .select_related("expert")
        .filter(public_id=public_id, proposed_by=by)
        .first()
    )
    if found is None:
        raise NotFound("名单里的这位专家")
    found.withdrawn_at = timezone.now()
    found.save(update_fields=["withdrawn_at"])
    audit.record(
        "expert.proposal_withdrawn", target=found.expert, by=by, changes={"问题": [found.ask_title[:80], ""]}
    )
    return found


def shortlist_of(asked: Asked, user: User) -> list[Proposal]:
    """The user's own list for the question, the most strongly supported first."""
    rows = Proposal.objects.standing().filter(ask_key=asked.key, proposed_by=user).select_related("expert")
    return list(rows.order_by("-score", "pk"))


def evidence_lines(found: Found) -> list[str]:
    """The card's evidence in words: 发明专利《…》（2023）：原文。"""
    told = []
    for piece in found.evidence()[:_PIECES_KEPT]:
        year = f"（{piece.year}）" if piece.year else ""
        head = (
            piece.label if piece.kind == "expert" else f"{piece.note or piece.label}《{piece.title}》{year}"
        )
        sentence = "".join(text for text, _ in piece.sentence).strip()
        told.append(f"{head}：{sentence}" if sentence and sentence != piece.title else head)
    return told


def write_shortlist(asked: Asked, by: User, out: Path | IO[bytes]) -> int:
    """The list as .xlsx, facts as of today, without contacts; returns the number of experts. One audit entry."""
    listed = shortlist_of(asked, by)
    experts = visible_records("expert", [line.expert_id for line in listed], scope_of(by))
    listed = [line for line in listed if line.expert_id in experts]
    loads, in_full = loads_of(list(experts)), knows_facts(by)
    ties = ties_of(asked, list(experts.values()), scope_of(by))
    day = timezone.localdate()
    rows = [
        _row(
            at,
            line,
            experts[line.expert_id],
            loads[line.expert_id].total if in_full else None,
            _tie_lines(line.expert_id, ties, in_full=in_full),
        )
        for at, line in enumerate(listed, start=1)
    ]
    count = write_xlsx(
        list(_HEADINGS),
        rows,
        out,
        title="拟请专家名单",
        note=f"{asked.title}    {day.year} 年 {day.month} 月 {day.day} 日    {by.unit_name or by.display_name}",
        widths=_WIDTHS,
        sheet="拟请专家",
        footer=f"{by.display_name}  {day:%Y-%m-%d}  仅供内部工作使用",
    )
    audit.record("expert.shortlist_exported", by=by, target=asked.record, reason=asked.title, row_count=count)
    return count


def _tie_lines(expert: int, ties: Ties, *, in_full: bool) -> list[str]:
    """Ties with the asking side, then with others on the list."""
    if not ties.can_check:
        return ["由科技局核对"]
    found = lines(ties.asking.get(expert, ()), ties.names, in_full=in_full)
    if in_full:
        found += [f"名单内：{sentence(tie, ties.names)}" for tie in ties.between.get(expert, ())]
    return found


def _row(at: int, line: Proposal, expert: Any, load: int | None, tied: Sequence[str]) -> list[Value]:
    return [
        at,
        f"{expert.title}（示例）" if expert.is_sample else expert.title,
        expert.position,
        expert.organisation_name,
        expert.research,
        "\n".join(line.evidence),
        expert.last_work_year or "",
        "—" if load is None else f"{load} 件",
        "\n".join(tied) or "未发现",
        "、".join(contact_words(expert, set())),
        timezone.localdate(line.proposed_at),
    ]
