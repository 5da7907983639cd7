"""Writing organisations: one identity through renames, parents and mergers."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, models, transaction
from django.dispatch import Signal
from django.utils import timezone
from pypinyin import lazy_pinyin

from keqiao.codes.divisions import division, prefix_of
from keqiao.codes.identifiers import check_uscc
from keqiao.core import audit
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.models import AuditLevel
from keqiao.people.doors import require
from keqiao.people.enums import Act, OrganisationKind
from keqiao.people.models import Affiliation, Organisation, OrganisationName, User

organisation_merged = Signal()
"""Sent after a merger, in its transaction. winner, loser: Organisation; moved: {"app.Model.field": rows}."""

organisation_renamed = Signal()
"""Sent after a change of name, in its transaction. organisation, old_name."""


@dataclass(frozen=True, slots=True)
class Found:
    """What `create_or_find` came to. namesakes: other units of that name, kept apart, for a person to look at."""

    organisation: Organisation
    is_new: bool
    namesakes: tuple[Organisation, ...] = ()


@dataclass(frozen=True, slots=True)
class Code:
    """A credit code as it is stored, with what an officer must know about it ("" = nothing)."""

    value: str
    warning: str = ""


def plain_name(name: str) -> str:
    """One way of writing a name: no blanks, full-width brackets, half-width letters and digits."""
    text = unicodedata.normalize("NFKC", name)
    return "".join(text.split()).replace("(", "（").replace(")", "）")


def pinyin_of(text: str, limit: int = 240) -> str:
    """固镇 -> guzhen; what is not Chinese stays as it is."""
    return "".join(lazy_pinyin(text)).lower()[:limit]


def usable_code(text: str) -> Code:
    """The credit code to store. A wrong check digit is a warning (such codes were issued); raises BadInput for the rest."""
    if not text.strip():
        return Code("")
    checked = check_uscc(text)
    if not checked.is_usable:
        raise BadInput(checked.message, field="uscc")
    return Code(checked.value, checked.message[:200])


def _usable_division(code: str) -> str:
    if code == "":
        return ""
    found = division(code)
    if found is None:
        raise BadInput(f"没有区划代码“{code}”。请从列表中选择所在地。", field="division_code")
    return found.code


@transaction.atomic
def create_or_find(
    *,
    name: str,
    by: User | None,
    kind: str | None = None,
    uscc: str = "",
    division_code: str = "",
    is_verified: bool = False,
    is_sample: bool = False,
    source_document: str = "",
    source_note: str = "",
) -> Found:
    """The unit with this credit code; else the one that bears or bore this name, within the kind; else a new one.

    A namesake with another credit code is another unit. Where several would fit and the division does not decide,
    none is chosen: the one of them that has no code yet, or a new one, holds the row until an officer merges.
    Raises BadInput for a code of wrong length or alphabet, or a blank name.
    """
    name = plain_name(name)
    if not name:
        raise BadInput("单位名称不能为空。", field="name")
    code = usable_code(uscc)
    if code.value and (
        same := Organisation.objects.filter(uscc=code.value).order_by("merged_into_id", "pk").first()
    ):
        return Found(in_force(same), is_new=False)
    fits = _bearers(name, kind, code.value)
    chosen = the_one(fits, division_code)
    if chosen is not None:
        if code.value and not chosen.uscc:
            chosen.uscc, chosen.uscc_warning = code.value, code.warning
            chosen.save(update_fields=["uscc", "uscc_warning", "updated_at"])
            audit.record(
                "organisation.coded", by=by, target=chosen, changes={"统一社会信用代码": ["", code.value]}
            )
        return Found(chosen, is_new=False, namesakes=tuple(o for o in fits if o != chosen))
    organisation = Organisation(
        name=name[:120],
        pinyin=pinyin_of(name),
        kind=kind or OrganisationKind.OTHER,
        uscc=code.value,
        uscc_warning=code.warning,
        division_code=_usable_division(division_code),
        is_verified=is_verified,
        is_sample=is_sample,
        source_document=source_document[:120],
        source_note=source_note[:200],
    )
    organisation.save()
    audit.record("organisation.created", by=by, target=organisation)
    return Found(
        organisation, is_new=True, namesakes=tuple(_bearers(name, kind, "", apart_from=organisation))
    )


def _bearers(
    name: str, kind: str | None, uscc: str, apart_from: Organisation | None = None
) -> list[Organisation]:
    """Units in force that bear or bore the name, within the kind, without those of another credit code."""
    bearing = Organisation.objects.bearing(name).select_related("merged_into")
    found = {one.pk: one for one in map(in_force, bearing.order_by("pk"))}
    return [one for one in fitting(found.values(), kind, uscc) if one != apart_from]


def fitting(bearers: Iterable[Organisation], kind: str | None, uscc: str) -> list[Organisation]:
    """Those of the units of one name that a row of this kind and credit code may mean."""
    return [
        one
        for one in bearers
        if (kind is None or one.kind == kind) and not (uscc and one.uscc and one.uscc != uscc)
    ]


def the_one(fits: list[Organisation], division_code: str) -> Organisation | None:
    """The unit that a name means: the only one, the only one of the place, or the one that is not verified and has
    no code yet. None when nobody can tell: then a new unit holds the row until an officer merges."""
    if len(fits) > 1 and division_code:
        prefix = prefix_of(division_code)[:6]
        fits = [one for one in fits if one.division_code.startswith(prefix)] or fits
    if len(fits) == 1:
        return fits[0]
    return next((one for one in fits if not one.uscc and not one.is_verified), None)


def in_force(organisation: Organisation) -> Organisation:
    """The unit that this one has become through mergers; itself when it still stands."""
    seen = {organisation.pk}
    while organisation.merged_into is not None and organisation.merged_into.pk not in seen:
        organisation = organisation.merged_into
        seen.add(organisation.pk)
    return organisation


def _locked(organisation: Organisation, version: int | None) -> Organisation:
    """Read again and held. Raises NotAllowed (conflict) when somebody changed it since `version`, or merged it away."""
    held: Organisation = (
        Organisation.objects.select_for_update(of=("self",))
        .select_related("merged_into")
        .get(pk=organisation.pk)
    )
    if held.merged_into is not None:
        raise NotAllowed(
            f"“{held.name}”已并入“{held.merged_into.name}”，请到后者办理。",
            code="organisation.merged",
            conflict=True,
        )
    if version is not None and held.version != version:
        raise NotAllowed(
            f"您打开页面之后，“{held.name}”已被别人改过（现在是第 {held.version} 版）。您的修改没有保存，请刷新页面核对后再提交。",
            code="organisation.version",
            conflict=True,
        )
    return held


@transaction.atomic
def rename_organisation(
    *,
    organisation: Organisation,
    name: str,
    by: User | None,
    on: date | None = None,
    note: str = "",
    version: int | None = None,
) -> Organisation:
    """A new name from `on`; the old one is kept as a former name, so that old files still find the unit."""
    require(by, Act.APPROVE_ORGANISATION)
    organisation = _locked(organisation, version)
    name = plain_name(name)
    if not name or name == organisation.name:
        raise BadInput("新名称不能为空，也不能与现名相同。", field="name")
    old = organisation.name
    OrganisationName.objects.update_or_create(
        organisation=organisation,
        name=old,
        defaults={"is_former": True, "valid_to": on or timezone.localdate(), "note": note[:200]},
    )
    organisation.names.filter(name=name).delete()  # it takes up a former name again
    organisation.name, organisation.pinyin = name[:120], pinyin_of(name)
    organisation.version += 1
    organisation.save(update_fields=["name", "pinyin", "version", "updated_at"])
    audit.record(
        "organisation.renamed", by=by, target=organisation, reason=note, changes={"名称": [old, name]}
    )
    organisation_renamed.send(Organisation, organisation=organisation, old_name=old)
    return organisation


@dataclass(frozen=True, slots=True)
class Identity:
    """What an officer may correct about a unit, besides its name."""

    kind: str
    uscc: str = ""
    division_code: str = ""
    intro: str = ""
    website: str = ""
    is_verified: bool = True


_LABELS = {
    "kind": "类型",
    "uscc": "统一社会信用代码",
    "division_code": "所在地",
    "intro": "简介",
    "website": "网址",
    "is_verified": "已核实",
}


@transaction.atomic
def correct_organisation(
    *, organisation: Organisation, identity: Identity, by: User | None, version: int | None = None
) -> Organisation:
    """Correct kind, code, place, introduction. Raises BadInput when another unit has that code."""
    require(by, Act.APPROVE_ORGANISATION)
    organisation = _locked(organisation, version)
    code = usable_code(identity.uscc)
    wanted = {
        "kind": identity.kind,
        "uscc": code.value,
        "division_code": _usable_division(identity.division_code),
        "intro": identity.intro,
        "website": identity.website,
        "is_verified": identity.is_verified,
    }
    changes = {
        _LABELS[key]: [getattr(organisation, key), value]
        for key, value in wanted.items()
        if getattr(organisation, key) != value
    }
    for key, value in wanted.items():
        setattr(organisation, key, value)
    organisation.uscc_warning = code.warning
    organisation.version += 1
    try:
        with transaction.atomic():
            organisation.save(update_fields=[*wanted, "uscc_warning", "version", "updated_at"])
    except IntegrityError as error:
        other = Organisation.objects.current().filter(uscc=code.value).exclude(pk=organisation.pk).first()
        if other is None:
            raise
        raise BadInput(
            f"统一社会信用代码“{code.value}”已登记在“{other.name}”名下。请核对代码；确是同一家的，请办理合并。",
            field="uscc",
        ) from error
    audit.record("organisation.corrected", by=by, target=organisation, changes=changes)
    return organisation


@transaction.atomic
def set_parent(*, organisation: Organisation, parent: Organisation | None, by: User | None) -> Organisation:
    """Put a unit under another (法人分支、二级学院). Raises BadInput for a circle."""
    require(by, Act.APPROVE_ORGANISATION)
    organisation = _locked(organisation, None)
    above, steps = parent, 0
    while above is not None and steps < 50:
        if above.pk == organisation.pk:
            raise BadInput(f"“{organisation.name}”是“{parent}”的上级，不能反过来归它管。", field="parent")
        above, steps = above.parent, steps + 1
    old = organisation.parent.name if organisation.parent else ""
    organisation.parent = in_force(parent) if parent else None
    organisation.version += 1
    organisation.save(update_fields=["parent", "version", "updated_at"])
    new = organisation.parent.name if organisation.parent else ""
    audit.record("organisation.parent_set", by=by, target=organisation, changes={"上级单位": [old, new]})
    return organisation


@transaction.atomic
def merge_organisations(
    *, winner: Organisation, loser: Organisation, reason: str, by: User | None
) -> dict[str, int]:
    """Two rows are one unit: everything that points at `loser` points at `winner` from now on.

    The loser stays as a row that resolves to the winner (`in_force`), its names become former names of the winner,
    its credit code still finds the winner. Returns rows moved per "app.Model.field".
    """
    require(by, Act.APPROVE_ORGANISATION)
    if winner.pk == loser.pk:
        raise BadInput("请选择另一家单位：单位不能并入自己。", field="loser")
    if not reason.strip():
        raise BadInput("请写明合并的依据，例如营业执照变更或同一单位重复建档。", field="reason")
    first, second = sorted((winner, loser), key=lambda one: one.pk)  # always in one order: no deadlock
    held = {one.pk: _locked(one, None) for one in (first, second)}
    winner, loser = held[winner.pk], held[loser.pk]
    if winner.parent_id == loser.pk:
        winner.parent = loser.parent
    if not winner.uscc and loser.uscc:
        winner.uscc, winner.uscc_warning = loser.uscc, loser.uscc_warning
    loser.merged_into = winner
    loser.version += 1
    loser.save(update_fields=["merged_into", "version", "updated_at"])  # first: frees the code for the winner
    winner.version += 1
    winner.save(update_fields=["parent", "uscc", "uscc_warning", "version", "updated_at"])
    _move_names(winner, loser, reason)
    moved = _move_references(winner, loser)
    audit.record(
        "organisation.merged",
        by=by,
        target=winner,
        reason=reason,
        changes={
            "并入": [f"{loser.name}（{loser.uscc or '无代码'}）", winner.name],
            **{k: ["", n] for k, n in moved.items()},
        },
        row_count=sum(moved.values()),
        level=AuditLevel.IMPORTANT,
    )
    organisation_merged.send(Organisation, winner=winner, loser=loser, moved=moved)
    return moved


def _move_names(winner: Organisation, loser: Organisation, reason: str) -> None:
    known = {winner.name, *winner.names.values_list("name", flat=True)}
    for name in {loser.name, *loser.names.values_list("name", flat=True)} - known:
        OrganisationName.objects.create(organisation=winner, name=name, is_former=True, note=reason[:200])


def _move_references(winner: Organisation, loser: Organisation) -> dict[str, int]:
    """Point every foreign key of every room at the winner. Rooms above need not be known here: the models tell."""
    moved: dict[str, int] = {}
    for relation in Organisation._meta.get_fields(include_hidden=True):
        if not (isinstance(relation, models.ManyToOneRel) and not isinstance(relation, models.OneToOneRel)):
            continue
        model, name = relation.related_model, relation.field.name
        if model is OrganisationName or (model is Organisation and name == "merged_into"):
            continue
        rows = model._base_manager.filter(**{name: loser})
        if model is Affiliation:  # a person who belongs to both keeps one affiliation
            rows.filter(person__in=Affiliation.objects.filter(organisation=winner).values("person")).delete()
        count = rows.update(**{name: winner})
        if count:
            moved[f"{model._meta.label}.{name}"] = count
    Organisation.objects.filter(merged_into=loser).update(merged_into=winner)
    return moved
