"""One record on the working side: 内容, 变更, 审核, 来源, 匹配, and the buttons for what this user may do with it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from keqiao.codes import lists
from keqiao.core.errors import BadInput
from keqiao.core.models import AuditEntry
from keqiao.people.access import scope_of
from keqiao.people.enums import Act
from keqiao.people.models import User
from keqiao.registry.records import actions
from keqiao.registry.records.access import may, record_for, reveal_contact, shown
from keqiao.registry.records.display import TAG_LISTS
from keqiao.registry.records.enums import Status, Verdict
from keqiao.registry.records.history import diff, versions
from keqiao.registry.records.models import Contactable, Listed, Record
from keqiao.registry.records.nouns import flow_of, has_gate, noun_of
from keqiao.registry.records.review import desk_of, failed_criteria, last_return, reviews_of
from keqiao.web.desk.facts import facts_of
from keqiao.web.desk.registers import READERS, TONES
from keqiao.web.desk.writing import edit_url
from keqiao.web.expertise.entry import find_url
from keqiao.web.market.details import sides_of
from keqiao.web.verdict.blocks import advice_context

TABS = (
    ("content", "内容"),
    ("changes", "变更"),
    ("reviews", "审核"),
    ("source", "来源"),
    ("matches", "匹配"),
)
# move -> (button's words, question before it, act). Those with a reason are asked for it in a dialog.
_MOVES: dict[str, tuple[str, str, Act]] = {
    "submit": ("提交审核", "", Act.SUBMIT),
    "renew": ("续期一年", "", Act.RENEW),
    "withdraw": ("撤回", "撤回后不再对外显示，可以修改后重新提交。确定撤回？", Act.WITHDRAW),
    "restore": ("重新发布", "", Act.WITHDRAW),
    "close": ("关闭", "", Act.CLOSE),
    "reopen": ("重新填报", "", Act.CLOSE),
    "archive": ("归档", "归档后只能查看，不能再改。确定归档？", Act.CLOSE),
}
_WITH_REASON = frozenset({"close"})


@require_GET
def record_page(request: HttpRequest, kind: str, public_id: UUID) -> HttpResponse:
    """The record; `?tab=` chooses what is shown of it."""
    record = record_for(request.user, kind, public_id)
    return render(request, "desk/record.html", page_context(request, record))


def page_context(request: HttpRequest, record: Record, **more: Any) -> dict[str, Any]:
    """Everything the page needs for the chosen tab; what other tabs need is not read."""
    gated = has_gate(record.KIND)
    allowed = [key for key, _ in TABS if gated or key != "reviews"]
    tab = request.GET.get("tab", "content")
    tab = tab if tab in allowed else "content"
    here = reverse("desk:record", kwargs={"kind": record.KIND, "public_id": record.public_id})
    seen = shown(record, request.user)
    state = Status(record.status)
    return {
        "record": record,
        "kind": record.KIND,
        "noun": noun_of(record.KIND),
        "seen": seen,
        "tab": tab,
        "tabs": [
            {"label": label, "href": f"{here}?tab={key}", "current": key == tab}
            for key, label in TABS
            if key in allowed
        ],
        "state": state.label,
        "state_tone": TONES[state],
        "buttons": _buttons(request, record),
        "close_dialog": _offers(request, record, "close"),
        "move_url": reverse("desk:record-move", kwargs={"kind": record.KIND, "public_id": record.public_id}),
        "contact_url": reverse(
            "desk:record-contact", kwargs={"kind": record.KIND, "public_id": record.public_id}
        ),
        "contact": None,
        "has_contact": isinstance(record, Contactable)
        and bool(record.contact_phone or record.contact_email or record.contact_name),
        "clock": clock_of(record) if gated else [],
        "quality": record.assess(),
        "crumbs": [
            {"label": "工作台", "href": reverse("desk:inbox")},
            {
                "label": f"{noun_of(record.KIND)}",
                "href": reverse("desk:registry", kwargs={"kind": record.KIND}),
            },
            {"label": record.number or seen.title[:20], "href": ""},
        ],
        **_tab_context(request, record, tab, is_own=not seen.is_masked),
        **more,
    }


def _list_crumb(request: HttpRequest, kind: str) -> dict[str, str]:
    """Back to the list that this user came from: the registry, or his own records."""
    if scope_of(request.user).roles & READERS:
        return {"label": noun_of(kind), "href": reverse("desk:registry", kwargs={"kind": kind})}
    return {"label": "我的填报", "href": reverse("desk:mine")}


def _tab_context(request: HttpRequest, record: Record, tab: str, *, is_own: bool) -> dict[str, Any]:
    if tab == "content":
        returned = last_return(record) if record.status == Status.RETURNED else None
        return {
            "facts": facts_of(record) if is_own else None,
            "returned": returned,
            "failed": failed_criteria(returned) if returned else [],
            "can_retag": may(request.user, Act.RETAG, record) is None,
            **advice_context(request.user, record),
        }
    can_look_back = (
        may(request.user, Act.EDIT, record) is None or may(request.user, Act.VIEW_PERSONAL, record) is None
    )
    if tab == "changes":
        return {
            "steps": _changes(record) if can_look_back else None,
            "can_edit": may(request.user, Act.EDIT, record) is None,
        }
    if tab == "reviews":
        return {"reviews": _reviews(record) if can_look_back else None}
    if tab == "matches":
        return {"sides": sides_of(record, request.user)}
    return {}


def _buttons(request: HttpRequest, record: Record) -> list[dict[str, Any]]:
    """What this user may do now, the likely first. What he may not do is not shown."""
    post = reverse("desk:record-move", kwargs={"kind": record.KIND, "public_id": record.public_id})
    buttons: list[dict[str, Any]] = []
    for act in (Act.REVIEW_COUNTY, Act.REVIEW):
        if may(request.user, act, record) is None:
            href = reverse("desk:review", kwargs={"kind": record.KIND, "public_id": record.public_id})
            buttons.append({"label": "审核", "href": href, "kind": "primary", "icon": "clipboard-check"})
            break
    if may(request.user, Act.EDIT, record) is None:
        buttons.append({"label": "修改", "href": edit_url(record.KIND, record), "icon": "pencil"})
    if find := find_url(request.user, record):
        buttons.append({"label": "找专家", "href": find, "icon": "users"})
    for move, (label, question, _) in _MOVES.items():
        if not _offers(request, record, move):
            continue
        button = {"label": label, "name": "move", "value": move, "confirm": question}
        buttons.append(
            button
            | ({"dialog": f"ask-{move}", "href": f"#ask-{move}"} if move in _WITH_REASON else {"post": post})
        )
    return buttons


def _offers(request: HttpRequest, record: Record, move: str) -> bool:
    possible = {one.name for one in flow_of(record.KIND).moves_from(record.status)}
    return move in possible and may(request.user, _MOVES[move][2], record) is None


def clock_of(record: Record) -> list[dict[str, Any]]:
    """办理时钟: who had it, who holds it and since when, until when it is promised, what comes after."""
    flow, desk = flow_of(record.KIND), desk_of(record)
    has_county = Status.COUNTY_REVIEW in flow.labels
    stations: list[tuple[str, str]] = [("填报提交", Status.DRAFT)]
    stations += [("县区初审", Status.COUNTY_REVIEW)] if has_county else []
    stations += [("市级审核", Status.CITY_REVIEW), ("发布", Status.PUBLISHED)]
    order = [state for _, state in stations]
    status = record.status
    here = {Status.RETURNED: Status.DRAFT, Status.WITHDRAWN: Status.DRAFT}.get(status, status)  # type: ignore[call-overload]
    at = order.index(here) if here in order else len(order)
    done_on = {Status.DRAFT: getattr(record, "submitted_at", None), Status.PUBLISHED: record.published_at}
    steps = []
    for index, (label, state) in enumerate(stations):
        state_word = (
            "done"
            if index < at or at == len(order) or (index == at and state == Status.PUBLISHED)
            else "todo"
        )
        when, note = (f"{done_on[state]:%Y-%m-%d}" if state_word == "done" and done_on.get(state) else ""), ""  # type: ignore[index, call-overload]
        if index == at and state_word != "done":
            state_word = "late" if desk.is_late else "now"
            when = f"{desk.holder}办理，自 {desk.since:%Y-%m-%d} 起" if desk.since else desk.holder
            if desk.promised and desk.due:
                flag = "（待核实）" if desk.promised.verify else ""
                note = f"承诺 {desk.promised.value} {desk.promised.unit}内{flag}，最晚 {desk.due}"
            elif status == Status.RETURNED:
                note = "已退回，等填报单位修改"
        steps.append({"label": label, "state": state_word, "when": when, "note": note})
    if isinstance(record, Listed) and record.valid_until and status in (Status.PUBLISHED, Status.EXPIRED):
        over = status == Status.EXPIRED
        steps.append(
            {
                "label": "已过期" if over else "有效期内",
                "state": "late" if over else "now",
                "when": f"至 {record.valid_until}",
                "note": "",
            }
        )
    return steps


def _changes(record: Record) -> list[dict[str, Any]]:
    """Versions with their differences and the moves between them, newest first."""
    model = type(record)
    found = versions(record)
    steps: list[dict[str, Any]] = []
    for index, version in enumerate(found):
        before = found[index + 1] if index + 1 < len(found) else None
        changed = diff(model, before.content, version.content) if before else []
        steps.append({"at": version.at, "version": version, "changes": changed, "is_first": before is None})
    moves = AuditEntry.objects.filter(
        object_kind=model._meta.label_lower, object_id=str(record.pk), changes__has_key="status"
    ).order_by("-seq")[:100]
    names = {user.pk: str(user) for user in User.objects.filter(pk__in={move.actor_id for move in moves})}
    steps += [
        {
            "at": move.at,
            "move": move.changes["status"][-1],
            "who": names.get(move.actor_id, move.actor_name),
            "why": move.reason,
        }
        for move in moves
    ]
    return sorted(steps, key=lambda step: step["at"], reverse=True)


def _reviews(record: Record) -> list[dict[str, Any]]:
    return [
        {"review": one, "failed": failed_criteria(one), "passed": one.verdict == Verdict.PASS}
        for one in reviews_of(record)
    ]


@require_POST
def record_move(request: HttpRequest, kind: str, public_id: UUID) -> HttpResponse:
    """One move of the flow; the button's name is the action's."""
    move = request.POST.get("move", "")
    if move not in _MOVES:
        raise BadInput(
            f"没有“{move}”这个操作，什么也没有改。请返回上一页，用页面上的按钮。",
            code="move.unknown",
            field="move",
        )
    record = record_for(request.user, kind, public_id)
    more = {"reason": request.POST.get("reason", "")} if move in _WITH_REASON else {}
    try:
        record = getattr(actions, move)(record=record, by=request.user, **more)
    except BadInput as refused:
        messages.error(request, refused.message)
        return redirect("desk:record", kind=kind, public_id=public_id)
    messages.success(request, _said(move, record))
    if request.POST.get("next") == "inbox":
        return redirect("desk:inbox")
    if move == "reopen":
        return redirect(edit_url(kind, record))
    return redirect("desk:record", kind=kind, public_id=public_id)


def _said(move: str, record: Record) -> str:
    if move == "renew" and isinstance(record, Listed):
        return f"“{record.title}”已续期，有效期至 {record.valid_until}。"
    return f"“{record.title}”：{_MOVES[move][0]}已办理，现在的状态是“{Status(record.status).label}”。"


@require_POST
def record_contact(request: HttpRequest, kind: str, public_id: UUID) -> HttpResponse:
    """The full contact for a stated reason, on this one answer only; noted in the audit trail."""
    record = record_for(request.user, kind, public_id, Act.VIEW_PERSONAL)
    try:
        contact = reveal_contact(record=record, by=request.user, reason=request.POST.get("reason", ""))
    except BadInput as refused:
        messages.error(request, refused.message)
        return redirect("desk:record", kind=kind, public_id=public_id)
    response = render(request, "desk/record.html", page_context(request, record, contact=contact))
    response["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "POST"])
def record_tags(request: HttpRequest, kind: str, public_id: UUID) -> HttpResponse:
    """What the machine proposed, for a person to confirm or correct, list by list."""
    record = record_for(request.user, kind, public_id, Act.RETAG)
    error = ""
    if request.method == "POST":
        list_key = request.POST.get("list", "")
        try:
            codes = _codes(list_key, request)
            record = actions.retag(record=record, list_key=list_key, codes=codes, by=request.user)
            messages.success(request, f"{TAG_LISTS[list_key]}已按您的选择保存，机器不再改动。")
            return redirect("desk:record-tags", kind=kind, public_id=public_id)
        except BadInput as refused:
            error = refused.message
    groups = []
    for key, label in TAG_LISTS.items():
        tags = [{**tag, "label": lists.label(key, tag["code"])} for tag in (record.tags or {}).get(key, ())]
        chosen = {tag["code"] for tag in tags}
        options = lists.choices(key) if key == "field11" else []
        groups.append(
            {
                "key": key,
                "label": label,
                "tags": tags,
                "by_person": any(tag.get("by") == "person" for tag in tags),
                "options": [{"code": code, "name": name, "on": code in chosen} for code, name in options],
                "typed": "、".join(f"{tag['code']} {tag['label']}" for tag in tags),
            }
        )
    context = {
        "record": record,
        "groups": groups,
        "error": error,
        "crumbs": [
            {"label": "工作台", "href": reverse("desk:inbox")},
            {
                "label": record.number or record.title[:20],
                "href": reverse("desk:record", kwargs={"kind": kind, "public_id": public_id}),
            },
            {"label": "修正分类", "href": ""},
        ],
    }
    return render(request, "desk/record_tags.html", context, status=422 if error else 200)


def _codes(list_key: str, request: HttpRequest) -> list[str]:
    """The chosen codes: ticked ones, or codes and names typed with 、 between. BadInput for what is on no list."""
    if "typed" not in request.POST:
        return request.POST.getlist("codes")
    codes = []
    for word in request.POST["typed"].replace("；", "、").replace(";", "、").replace("\n", "、").split("、"):
        text = word.strip()
        if not text:
            continue
        first = text.split()[0]
        code = first if list_key in TAG_LISTS and lists.item(list_key, first) else None
        code = code or (lists.match_name(list_key, text) if list_key in TAG_LISTS else None)
        if code is None:
            raise BadInput(
                f"{TAG_LISTS.get(list_key, '')}里没有“{text}”。请写代码或全名，用顿号分开。",
                code="tags.code",
                field=list_key,
            )
        codes.append(code)
    return codes


@require_POST
def record_restore(request: HttpRequest, kind: str, public_id: UUID, number: int) -> HttpResponse:
    """An older version's content back, as a new version."""
    record = record_for(request.user, kind, public_id, Act.EDIT)
    given = request.POST.get("version", "")
    expected = int(given) if given.isdigit() else record.version
    record = actions.restore_version(record=record, number=number, by=request.user, expected_version=expected)
    messages.success(request, f"已把第 {number} 版的内容恢复为第 {record.version} 版。")
    return redirect(reverse("desk:record", kwargs={"kind": kind, "public_id": public_id}) + "?tab=changes")
