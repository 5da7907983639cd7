"""Filling in and correcting records: the form, its autosave, the live quality panel, two hands on one record."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.matching.duplicates import near
from keqiao.people.access import VISITOR, scope_of
from keqiao.people.enums import OFFICERS, Act
from keqiao.registry.records import actions, disclosure
from keqiao.registry.records.access import OWNER_EDITS, may_create, record_for
from keqiao.registry.records.enums import Disclosure, Status
from keqiao.registry.records.models import Record
from keqiao.registry.records.nouns import flow_of, has_gate, model_of, noun_of
from keqiao.registry.records.review import failed_criteria, last_return
from keqiao.registry.records.saving import proposed_tags, untitled
from keqiao.registry.records.terms import term
from keqiao.web.desk.forms import OPERATORS, MetricRow, RecordForm
from keqiao.web.desk.layouts import TIERS
from keqiao.web.desk.merging import clashes, marks_of, with_choices

_LEAST_TITLE, _LEAST_TEXT = 4, 12  # characters from which looking for near duplicates makes sense


def is_officer(request: HttpRequest) -> bool:
    return bool(scope_of(request.user).roles & OFFICERS)


def is_draft(record: Record | None, kind: str) -> bool:
    """Whether the form keeps a draft (autosave, submit) or saves versions."""
    return has_gate(kind) and (record is None or record.status in OWNER_EDITS)


@require_http_methods(["GET", "POST"])
def record_new(request: HttpRequest, kind: str) -> HttpResponse:
    """An empty form; a POST of it makes the draft (or, for kinds without review, the record)."""
    model_of(kind)
    if refusal := may_create(request.user, kind):
        raise NotAllowed(refusal, code=f"{kind}.create")
    if request.method == "GET":
        return _page(request, RecordForm(kind, officer=is_officer(request)), None)
    form = RecordForm(kind, request.POST, officer=is_officer(request))
    existing = _sent_before(request, kind)
    if existing is not None:
        return _save(request, form, existing)
    values = form.values()
    values["title"] = values.get("title") or (untitled(kind) if has_gate(kind) else "")
    record = actions.create_record(kind=kind, values=values, by=request.user, public_id=_chosen_id(request))
    return _after_save(request, form, record)


def _chosen_id(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.POST.get("public_id", ""))
    except ValueError:
        return None


def _sent_before(request: HttpRequest, kind: str) -> Record | None:
    """The draft that an earlier sending of this very form has made."""
    chosen = _chosen_id(request)
    if chosen is None:
        return None
    try:
        return record_for(request.user, kind, chosen, Act.EDIT)
    except NotFound:
        return None


@require_http_methods(["GET", "POST"])
def record_edit(request: HttpRequest, kind: str, public_id: UUID) -> HttpResponse:
    """The form of an existing record."""
    record = record_for(request.user, kind, public_id, Act.EDIT)
    if request.method == "GET":
        return _page(request, RecordForm(kind, record=record, officer=is_officer(request)), record)
    return _save(request, RecordForm(kind, request.POST, record=record, officer=is_officer(request)), record)


def _save(request: HttpRequest, form: RecordForm, record: Record) -> HttpResponse:
    values = with_choices(record, form.values(), request.POST)
    if is_draft(record, form.kind) and "title" in values:
        values["title"] = values["title"] or untitled(form.kind)
    try:
        if is_draft(record, form.kind):
            record = actions.save_draft(
                record=record, values=values, by=request.user, seen=request.POST.get("seen", "")
            )
        else:
            record = actions.update_record(
                record=record,
                values=values,
                expected_version=_posted_version(request, record),
                by=request.user,
                note=request.POST.get("note", "")[:200],
            )
    except actions.StaleEdit as stale:
        return _page(request, form, stale.current, stale=stale, status=409)
    except BadInput as refused:
        form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        return _page(request, form, record, status=422)
    return _after_save(request, form, record)


def _posted_version(request: HttpRequest, record: Record) -> int:
    given = request.POST.get("version", "")
    return int(given) if given.isdigit() else record.version


def _after_save(request: HttpRequest, form: RecordForm, record: Record) -> HttpResponse:
    """Where to go once it is saved: back to the form with what could not be read, or on."""
    form.kept_words = "草稿已保存，还没有提交" if is_draft(record, form.kind) else "其余内容已保存"
    if form.errors:
        messages.warning(request, "标红的几处没有看懂，其余内容已保存。")
        return _page(request, form, record, status=422)
    if request.POST.get("action") == "submit":
        try:
            record = actions.submit(record=record, by=request.user)
        except BadInput as refused:
            form.add_error(None, refused.message)
            return _page(request, form, record, status=422)
        messages.success(request, f"已提交，编号 {record.number}。{_waits_for(record)}")
        return redirect("desk:record", kind=form.kind, public_id=record.public_id)
    if request.POST.get("action") == "add-metric":
        return _back_to_form(form.kind, record, "#metrics")
    if is_draft(record, form.kind):
        messages.success(request, "草稿已保存，可以以后再来填。")
        return _back_to_form(form.kind, record)
    messages.success(request, f"已保存为第 {record.version} 版。")
    return redirect("desk:record", kind=form.kind, public_id=record.public_id)


def _back_to_form(kind: str, record: Record, anchor: str = "") -> HttpResponse:
    return HttpResponseRedirect(edit_url(kind, record) + anchor)


def _waits_for(record: Record) -> str:
    county = record.status == Status.COUNTY_REVIEW
    days = term("county_review_days" if county else "city_review_days")
    return f"{'县区科技局' if county else '市科技局'}将在 {days.value} {days.unit}内审核，结果在“我的填报”里查看。"


def edit_url(kind: str, record: Record) -> str:
    """The address of the form, with the short name for the two kinds that people fill in themselves."""
    if kind in ("demand", "achievement"):
        return reverse(f"desk:{kind}-edit", kwargs={"public_id": record.public_id})
    return reverse("desk:record-edit", kwargs={"kind": kind, "public_id": record.public_id})


def _page(
    request: HttpRequest,
    form: RecordForm,
    record: Record | None,
    *,
    stale: actions.StaleEdit | None = None,
    status: int = 200,
) -> HttpResponse:
    kind, draft = form.kind, is_draft(record, form.kind)
    returned = last_return(record) if record is not None and record.status == Status.RETURNED else None
    autosave = ""
    if draft:
        autosave = (
            reverse("desk:autosave", kwargs={"kind": kind, "public_id": record.public_id})
            if record is not None
            else reverse("desk:autosave-new", kwargs={"kind": kind})
        )
    context: dict[str, Any] = {
        "form": form,
        "kind": kind,
        "noun": noun_of(kind),
        "record": record,
        "is_draft": draft,
        "has_gate": has_gate(kind),
        "autosave": autosave,
        "public_id": record.public_id if record is not None else request.POST.get("public_id") or uuid4(),
        "seen": actions.stamp(record) if record is not None else "",
        "version": record.version if record is not None else 1,
        "marks": marks_of(record) if record is not None else "",
        "sections": form.shown_sections(),
        "metric_rows": form.metric_rows() if form.has_metrics else [],
        "operators": OPERATORS,
        "tiers": TIERS,
        "returned": returned,
        "failed": failed_criteria(returned) if returned else [],
        "stale": stale,
        "clashes": clashes(record, form.values(), request.POST.get("marks", "")) if stale and record else [],
        "state": flow_of(kind).labels.get(record.status, "") if record is not None else "",
        "crumbs": _crumbs(kind, record),
        "can_submit": draft,
    }
    return render(request, "desk/record_edit.html", context, status=status)


def _crumbs(kind: str, record: Record | None) -> list[dict[str, str]]:
    crumbs = [{"label": "工作台", "href": reverse("desk:inbox")}]
    if record is not None:
        href = reverse("desk:record", kwargs={"kind": kind, "public_id": record.public_id})
        crumbs.append({"label": record.number or record.title[:20], "href": href})
    return [*crumbs, {"label": "填写" if record is None else "修改", "href": ""}]


@require_POST
def autosave_new(request: HttpRequest, kind: str) -> HttpResponse:
    """The first autosave of a new form makes the draft; an empty form makes none."""
    form = RecordForm(kind, request.POST, officer=is_officer(request))
    existing = _sent_before(request, kind)
    if existing is not None:
        return _autosave(request, form, existing, seen="")
    values = {name: value for name, value in form.values().items() if value not in (None, "", [], False)}
    if not set(values) - {"disclosure"}:
        return JsonResponse({})
    values.setdefault("title", untitled(kind))
    record = actions.create_record(kind=kind, values=values, by=request.user, public_id=_chosen_id(request))
    return _saved(kind, record)


@require_POST
def autosave(request: HttpRequest, kind: str, public_id: UUID) -> HttpResponse:
    """Keeps what is on the page; 409 when another hand was here since it was filled."""
    record = record_for(request.user, kind, public_id, Act.EDIT)
    form = RecordForm(kind, request.POST, record=record, officer=is_officer(request))
    return _autosave(request, form, record, seen=request.POST.get("seen", ""))


def _autosave(request: HttpRequest, form: RecordForm, record: Record, *, seen: str) -> HttpResponse:
    values = form.values()
    if "title" in values:
        values["title"] = values["title"] or untitled(form.kind)
    try:
        record = actions.save_draft(record=record, values=values, by=request.user, seen=seen)
    except (actions.StaleEdit, BadInput) as refused:
        status = 409 if isinstance(refused, actions.StaleEdit) else 422
        return JsonResponse({"error": {"code": refused.code, "message": refused.message}}, status=status)
    return _saved(form.kind, record)


def _saved(kind: str, record: Record) -> JsonResponse:
    """What the page must know after an autosave: its own address, and from what it is filled now."""
    return JsonResponse(
        {
            "href": edit_url(kind, record),
            "autosave": reverse("desk:autosave", kwargs={"kind": kind, "public_id": record.public_id}),
            "fields": {
                "seen": actions.stamp(record),
                "version": str(record.version),
                "marks": marks_of(record),
            },
        }
    )


@require_POST
def record_check(request: HttpRequest, kind: str) -> HttpResponse:
    """The panel beside the form: quality, near duplicates, and how a stranger will see it. Saves nothing."""
    model_of(kind)
    form = RecordForm(kind, request.POST, officer=is_officer(request))
    record = _sent_before(request, kind)
    return render(request, "desk/_check.html", check_context(request, form, record))


def check_context(request: HttpRequest, form: RecordForm, record: Record | None) -> dict[str, Any]:
    """Quality, near duplicates and preview of what is typed, as an unsaved record."""
    typed = form.values()
    typed.pop("organisation", None)
    unsaved = form.model(**typed)
    unit = record.organisation if record is not None else None
    own = scope_of(request.user).organisations
    if unit is None and own and request.user.is_authenticated:
        unit = request.user.organisation
    unsaved.organisation = unit
    if unit is not None:
        unsaved.organisation_name = unsaved.organisation_name or unit.name
    unsaved.tags = record.tags if record is not None else {}
    unsaved.tags = proposed_tags(unsaved)
    quality = unsaved.assess()
    return {
        "quality": quality,
        "near": near_ones(request, form.kind, unsaved, record),
        "preview": disclosure.shown(unsaved, VISITOR),
        "tier": unsaved.disclosure,
        "tier_label": Disclosure(unsaved.disclosure).label,
        "tier_text": TIERS[unsaved.disclosure],
        "is_open": unsaved.disclosure in (Disclosure.PUBLIC, Disclosure.MASKED),
        "noun": noun_of(form.kind),
    }


def near_ones(request: HttpRequest, kind: str, unsaved: Record, exclude: Record | None) -> list[Any]:
    """Records nearly the same, of those this user may see; none while there is too little to compare."""
    text = "\n".join(text for _, text in unsaved.texts())
    if len(unsaved.title) < _LEAST_TITLE or len(text) < _LEAST_TEXT:
        return []
    return list(near(kind, unsaved.title, text, exclude=exclude, scope=scope_of(request.user)))


@require_GET
def metric_row(request: HttpRequest) -> HttpResponse:
    """One more empty line of the metrics editor."""
    given = request.GET.get("index", "")
    index = min(int(given), 59) if given.isdigit() else 0
    return render(
        request, "desk/_metric_row.html", {"row": MetricRow(index), "operators": OPERATORS, "next": index + 1}
    )
