"""One human being, one page: merging, undoing a merger, splitting. Everything moved is noted, so that it can go back."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError, models, transaction
from django.utils import timezone

from keqiao.core import audit
from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.core.models import AuditLevel
from keqiao.expertise.models import IdentityMove, MoveKind, NamesakePair, PairState, Proposal
from keqiao.people.access import scope_of
from keqiao.people.enums import OFFICERS
from keqiao.people.models import User
from keqiao.people.persons import merge_persons, same_person, split_person
from keqiao.registry.expert.models import Expert
from keqiao.registry.records.actions import create_record
from keqiao.registry.records.changes import mark_changed
from keqiao.registry.records.enums import Status
from keqiao.registry.records.history import keep_version
from keqiao.registry.work.models import Authorship

_NOT_MOVED = (IdentityMove, NamesakePair, Proposal)  # they tell what was so then
_COUNTERS = ("work_count", "last_work_year")
_LONGEST_CHAIN = 20
_WORKS = "work.Authorship.expert"


def standing_page(expert: Expert) -> Expert:
    """The page that this one was merged into, and that one again; itself when it stands."""
    seen = {expert.pk}
    for _ in range(_LONGEST_CHAIN):
        move = (
            IdentityMove.objects.filter(source=expert, kind=MoveKind.MERGE, undone_at=None)
            .select_related("target")
            .first()
        )
        if move is None or move.target_id in seen:
            break
        expert = move.target
        seen.add(expert.pk)
    return expert


def merged_away(public_id: UUID | str) -> Expert | None:
    """Where a former page leads; None for a page that stands, or that never was."""
    found = Expert.objects.filter(public_id=public_id, status=Status.ARCHIVED).first()
    if found is None:
        return None
    stands = standing_page(found)
    return stands if stands.pk != found.pk else None


# -- who may ----------------------------------------------------------------------------------------------------


def check_officer(by: User, *experts: Expert) -> None:
    """Raises NotAllowed unless `by` is an officer and all of these pages lie in his area, merged ones too."""
    scope = scope_of(by)
    if not scope.roles & OFFICERS:
        raise NotAllowed(
            "重名核对由县区和市科技局办理。发现重名请在专家页点“我要更正”告知。", code="namesake.role"
        )
    for one in experts:
        if not scope.covers(one.division_code):
            raise NotAllowed(
                f"“{one.title}”（{one.organisation_name or '单位不详'}）不在您的辖区，请由市科技局或所在县区办理。",
                code="namesake.area",
            )


def _reason(text: str, what: str) -> str:
    text = " ".join(text.split())[:300]
    if not text:
        raise BadInput(f"请写明{what}的依据，例如“电话向本人核实”“两页的合作者和项目一致”。", field="reason")
    return text


def _locked(*experts: Expert) -> list[Expert]:
    """Read again and held, always in one order: two officers at once never wait for one another."""
    held = {
        one.pk: one
        for one in Expert.objects.select_for_update(of=("self",))
        .filter(pk__in=[each.pk for each in experts])
        .order_by("pk")
    }
    return [held[one.pk] for one in experts]


def _check_stands(*experts: Expert) -> None:
    for one in experts:
        if IdentityMove.objects.filter(source=one, kind=MoveKind.MERGE, undone_at=None).exists():
            raise NotAllowed(
                f"“{one.title}”（{one.organisation_name}）这一页已经并入别的专家页，可能是另一位同事刚办的。请刷新页面。",
                code="namesake.merged",
                conflict=True,
            )
        if one.status != Status.PUBLISHED:
            raise NotAllowed(
                f"“{one.title}”（{one.organisation_name}）已撤下，请先重新发布再办理。",
                code="namesake.state",
                conflict=True,
            )


# -- merging ----------------------------------------------------------------------------------------------------


@transaction.atomic
def merge_experts(*, winner: Expert, loser: Expert, reason: str, by: User) -> IdentityMove:
    """Two pages are one human being: works and all else that points at `loser` point at `winner` from now on.

    The loser's page stays as a trace that leads to the winner's. Raises NotAllowed when both signed one work, when
    their identity numbers differ, or when somebody else was first.
    """
    if winner.pk == loser.pk:
        raise BadInput("不能并入自己，请选择另一页。", field="keep")
    reason = _reason(reason, "合并")
    winner, loser = _locked(winner, loser)
    check_officer(by, winner, loser)
    _check_stands(winner, loser)
    _check_not_together(winner, loser)
    before = {
        "source": _state(loser),
        "target": _state(winner),
        "persons": _join_persons(winner, loser, reason, by),
    }
    moved = _move_all(loser, winner)
    keep_version(loser, by=by)
    loser.status, loser.updated_at = Status.ARCHIVED, timezone.now()
    loser.save(update_fields=["status", "updated_at", *_COUNTERS])
    recount(winner, loser)
    move = IdentityMove.objects.create(
        kind=MoveKind.MERGE,
        source=loser,
        target=winner,
        moved=moved,
        before=before,
        reason=reason,
        done_by=by,
    )
    _settle_pair(winner, loser, PairState.SAME, reason, by)
    audit.record(
        "expert.merged", target=winner, by=by, reason=reason, level=AuditLevel.IMPORTANT,
        changes={"并入": [_called(loser), _called(winner)]}, row_count=sum(map(len, moved.values())),
    )  # fmt: skip
    return move


@transaction.atomic
def undo_move(*, move: IdentityMove, reason: str, by: User) -> int:
    """Take a merger or a split back: everything goes where it was. Returns how many rows could not, because somebody
    has moved or removed them since. Raises NotAllowed when it was taken back already, or a later merger stands in the way."""
    reason = _reason(reason, "撤销")
    move = IdentityMove.objects.select_for_update(of=("self",)).get(pk=move.pk)
    source, target = _locked(move.source, move.target)
    check_officer(by, source, target)
    if move.undone_at is not None:
        raise NotAllowed(
            f"这次{move.get_kind_display()}已经在 {timezone.localtime(move.undone_at):%Y-%m-%d %H:%M} 撤销，不用再办。",
            code="namesake.undone",
            conflict=True,
        )
    later = IdentityMove.objects.filter(source=target, kind=MoveKind.MERGE, undone_at=None).first()
    if later is not None:
        raise NotAllowed(
            f"“{target.title}”后来又并入了另一页，请先撤销那一次合并，再撤销这一次。",
            code="namesake.later",
            conflict=True,
        )
    left = _move_back(move)
    _put_back(source, move.before["source"], exactly=not left)
    if not move.made_target:
        _put_back(target, move.before["target"], exactly=not left)
    elif not Authorship.objects.filter(expert=target).exists():
        target.status, target.updated_at = Status.ARCHIVED, timezone.now()
        target.save(update_fields=["status", "updated_at"])
    _part_persons(move, reason, by)
    for one in (source, target):
        mark_changed(one)
    move.undone_at, move.undone_by, move.undo_reason = timezone.now(), by, reason
    move.save(update_fields=["undone_at", "undone_by", "undo_reason"])
    if move.kind == MoveKind.MERGE:
        _settle_pair(target, source, PairState.UNDECIDED, f"撤销合并：{reason}"[:300], by)
    audit.record(
        f"expert.{move.kind}_undone", target=source, by=by, reason=reason, level=AuditLevel.IMPORTANT,
        changes={"撤销": [_called(target), _called(source)]},
    )  # fmt: skip
    return left


# -- splitting --------------------------------------------------------------------------------------------------


@transaction.atomic
def split_expert(
    *,
    source: Expert,
    works: Iterable[int],
    reason: str,
    by: User,
    target: Expert | None = None,
    values: Mapping[str, Any] | None = None,
) -> IdentityMove:
    """Some of the works are somebody else's: they go to `target`, or to a new page made of `values`.

    works: primary keys of works that `source` signed. A new page bears the same name unless `values` say otherwise.
    """
    reason = _reason(reason, "拆分")
    wanted = set(works)
    experts = _locked(source, target) if target is not None else _locked(source)
    source = experts[0]
    check_officer(by, *experts)
    _check_stands(*experts)
    if target is not None and target.pk == source.pk:
        raise BadInput("请选择另一位专家，或新建一页。", field="target")
    rows = list(Authorship.objects.select_for_update(of=("self",)).filter(expert=source, work_id__in=wanted))
    if not rows:
        raise BadInput("请勾选要移走的产出。可能另一位同事刚移走了它们，请刷新页面。", field="works")
    if target is None and len(rows) == Authorship.objects.filter(expert=source).count():
        raise BadInput(
            "勾选了全部产出，拆出去的就是整页。请至少留下一项；如果是改单位或改名，请直接修改专家页。",
            field="works",
        )
    before: dict[str, Any] = {"source": _state(source)}
    made = target is None
    other = target if target is not None else _new_page(source, values or {}, by)
    if not made:
        _check_works_free(other, rows)
    before["target"] = _state(other)
    Authorship.objects.filter(pk__in=[row.pk for row in rows]).update(expert=other)
    recount(source, other)
    move = IdentityMove.objects.create(
        kind=MoveKind.SPLIT, source=source, target=other, made_target=made, moved={_WORKS: [row.pk for row in rows]},
        before=before, reason=reason, done_by=by,
    )  # fmt: skip
    _settle_pair(source, other, PairState.DIFFERENT, reason, by)
    audit.record(
        "expert.split", target=source, by=by, reason=reason, level=AuditLevel.IMPORTANT, row_count=len(rows),
        changes={"移走产出": [_called(source), _called(other)]},
    )  # fmt: skip
    return move


def _new_page(source: Expert, values: Mapping[str, Any], by: User) -> Expert:
    given = {"title": source.title, "division_code": source.division_code, **values}
    made = create_record(kind="expert", values=given, by=by, note=f"从{_called(source)}拆分")
    assert isinstance(made, Expert)
    if source.is_sample:
        made.is_sample = True
        made.save(update_fields=["is_sample"])
    return made


# -- deciding about a pair --------------------------------------------------------------------------------------


@transaction.atomic
def decide(
    *, pair: NamesakePair, state: str, reason: str, by: User, version: int, keep: str = "first"
) -> NamesakePair:
    """同一人, 不是同一人 or 暂不定. 同一人 merges into the page that `keep` names ("first" or "second").

    version: of the pair as the officer saw it. Raises NotAllowed (conflict) when somebody has decided since.
    """
    pair = NamesakePair.objects.select_for_update(of=("self",)).select_related("decided_by").get(pk=pair.pk)
    first, second = pair.first, pair.second
    check_officer(by, first, second)
    if pair.version != version:
        who = pair.decided_by.display_name if pair.decided_by else "系统"
        raise NotAllowed(
            f"您打开页面之后，{who}已把这一对定为“{pair.get_state_display()}”。您的结论没有保存，请核对后再定。",
            code="namesake.version",
            conflict=True,
        )
    if state not in (PairState.SAME, PairState.DIFFERENT, PairState.UNDECIDED):
        raise BadInput("请选择“同一人”“不是同一人”或“暂不定”。", field="state")
    if pair.state == PairState.SAME:
        raise NotAllowed("这两页已经合并。要改结论，请先撤销合并。", code="namesake.state", conflict=True)
    if state == PairState.SAME:
        winner, loser = (first, second) if keep != "second" else (second, first)
        merge_experts(winner=winner, loser=loser, reason=reason, by=by)
    else:
        text = _reason(reason, "判定") if state == PairState.DIFFERENT else " ".join(reason.split())[:300]
        _settle_pair(first, second, PairState(state), text, by)
        audit.record(
            "expert.namesake_decided", target=first, by=by, reason=text,
            changes={"重名核对": [f"{_called(first)}、{_called(second)}", str(PairState(state).label)]},
        )  # fmt: skip
    pair.refresh_from_db()
    return pair


def pair_for(public_id: UUID | str) -> NamesakePair:
    """The pair, or NotFound."""
    found = (
        NamesakePair.objects.select_related("first__organisation", "second__organisation", "decided_by")
        .filter(public_id=public_id)
        .first()
    )
    if found is None:
        raise NotFound("这一对重名")
    return found


def _settle_pair(one: Expert, other: Expert, state: PairState, reason: str, by: User) -> None:
    first, second = sorted((one, other), key=lambda each: each.pk)
    pair, is_new = NamesakePair.objects.get_or_create(
        first=first, second=second, defaults={"name": first.title, "division_code": first.division_code}
    )
    pair.state, pair.reason, pair.decided_by, pair.decided_at = state, reason, by, timezone.now()
    pair.version += 0 if is_new else 1
    pair.save(update_fields=["state", "reason", "decided_by", "decided_at", "version"])


# -- moving -----------------------------------------------------------------------------------------------------


def _called(one: Expert) -> str:
    return f"{one.title}（{one.organisation_name or '单位不详'}，{one.number or one.pk}）"


def _state(one: Expert) -> dict[str, Any]:
    return {
        "status": one.status, "person": one.person_id, "works": Authorship.objects.filter(expert=one).count(),
        **{name: getattr(one, name) for name in _COUNTERS},
    }  # fmt: skip


def _check_not_together(winner: Expert, loser: Expert) -> None:
    mine = Authorship.objects.filter(expert=winner).values("work_id")
    both = Authorship.objects.filter(expert=loser, work_id__in=mine).select_related("work").first()
    if both is not None:
        raise NotAllowed(
            f"两人在《{both.work.title}》里分别署名，不会是同一人，没有合并。如果是这项产出的署名录重了，请先更正它。",
            code="namesake.same_work",
        )


def _check_works_free(target: Expert, rows: list[Authorship]) -> None:
    taken = Authorship.objects.filter(
        expert=target, work_id__in=[row.work_id for row in rows]
    ).select_related("work")
    if (first := taken.first()) is not None:
        raise NotAllowed(
            f"“{target.title}”在《{first.work.title}》里已有署名，不能再移给他。请去掉这一项。",
            code="namesake.same_work",
        )


def _relations() -> list[tuple[str, Any, str]]:
    """Every foreign key to an expert, of whatever room: (label, model, field)."""
    found = []
    for relation in Expert._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel) and not isinstance(relation, models.OneToOneRel):
            model, name = relation.related_model, relation.field.name
            if model not in _NOT_MOVED:
                found.append((f"{model._meta.label}.{name}", model, name))
    return found


def _move_all(source: Expert, target: Expert) -> dict[str, list[int]]:
    moved: dict[str, list[int]] = {}
    for label, model, name in _relations():
        keys = list(model._base_manager.filter(**{name: source}).values_list("pk", flat=True))
        if done := _repointed(model, name, keys, target):
            moved[label] = done
    return moved


def _repointed(model: Any, name: str, keys: list[int], target: Expert) -> list[int]:
    """Rows that point at `target` now; one that would stand there twice stays where it is."""
    if not keys:
        return []
    try:
        with transaction.atomic():
            model._base_manager.filter(pk__in=keys).update(**{name: target})
        return keys
    except IntegrityError:
        done = []
        for key in keys:
            try:
                with transaction.atomic():
                    model._base_manager.filter(pk=key).update(**{name: target})
                done.append(key)
            except IntegrityError:
                continue
        return done


def _move_back(move: IdentityMove) -> int:
    """Rows that could not go back."""
    left = 0
    for label, model, name in _relations():
        keys = move.moved.get(label, [])
        there = list(
            model._base_manager.filter(pk__in=keys, **{name: move.target}).values_list("pk", flat=True)
        )
        left += len(keys) - len(_repointed(model, name, there, move.source))
    return left


def recount(*experts: Expert) -> None:
    """Counters after the works, and the index told."""
    for one in experts:
        rows = Authorship.objects.filter(expert=one)
        one.work_count = rows.count()
        one.last_work_year = rows.aggregate(latest=models.Max("work__year"))["latest"]
        one.save(update_fields=list(_COUNTERS))
        mark_changed(one)


def _put_back(one: Expert, before: Mapping[str, Any], *, exactly: bool) -> None:
    one.status, one.person_id = before["status"], before["person"]
    if exactly and Authorship.objects.filter(expert=one).count() == before["works"]:
        for name in _COUNTERS:
            setattr(one, name, before[name])
        one.updated_at = timezone.now()
        one.save(update_fields=["status", "person", "updated_at", *_COUNTERS])
    else:
        one.save(update_fields=["status", "person"])
        recount(one)


def _join_persons(winner: Expert, loser: Expert, reason: str, by: User) -> int | None:
    """Their rows of people become one too; returns the row that was merged, to be split again."""
    if loser.person is None:
        return None
    if winner.person is None:
        winner.person = loser.person
        winner.save(update_fields=["person"])
        return None
    mine, theirs = same_person(winner.person), same_person(loser.person)
    if mine.pk == theirs.pk:
        return None
    merge_persons(winner=mine, loser=theirs, reason=reason, by=by)
    return theirs.pk


def _part_persons(move: IdentityMove, reason: str, by: User) -> None:
    joined = move.before.get("persons")
    if joined is not None and move.source.person is not None:
        person = type(move.source.person).objects.filter(pk=joined, merged_into__isnull=False).first()
        if person is not None:
            split_person(person=person, reason=reason, by=by)
