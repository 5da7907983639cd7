"""A whole case as one .zip that opens in twenty years: HTML to read, JSON for machines, the files, and their digests."""

import hashlib
import io
import json
import zipfile
from html import escape
from typing import Any

from django.utils import timezone

from keqiao.core.audit import record as record_audit
from keqiao.core.models import AuditLevel
from keqiao.deal.access import cases_of, party_view, seat_of, trust_of
from keqiao.deal.enums import Stage
from keqiao.deal.files import files_of, folder
from keqiao.deal.models import Case
from keqiao.deal.parties import consents_of
from keqiao.deal.steps import open_title
from keqiao.deal.thread import require_participant, step_text, words_of
from keqiao.people.models import User


def case_facts(case: Case, user: User) -> dict[str, Any]:
    """The case as this user may see it, as plain JSON values: what he may not know now is not in it."""
    seat, trust = seat_of(user, case), trust_of(case)
    steps = case.steps.select_related("by").order_by("at", "pk")
    if not seat.is_desk:
        steps = steps.filter(is_internal=False)
    knows = seat.is_officer or trust.both
    sides = list(case.parties.select_related("user"))
    parties = [party_view(one, seat, trust) for one in sides]
    return {
        "number": case.number,
        "title": case.title if knows else open_title(case),
        "stage": str(Stage(case.stage).label),
        "outcome": case.get_outcome_display(),
        "outcome_note": case.outcome_note,
        "opened_at": _when(case.opened_at),
        "ended_at": _when(case.ended_at),
        "next_step": case.next_step,
        "due_on": str(case.due_on or ""),
        "contract": {"number": case.contract_number, "yuan": str(case.contract_yuan or ""), "on": str(case.contract_on or "")},
        "parties": [
            {"side": str(one.party.get_side_display()), "name": one.name, "contact": one.contact.name,
             "phone": one.contact.phone, "email": one.contact.email, "answer": str(one.party.get_answer_display())}
            for one in parties
        ],
        "consents": [
            {"side": str(one.party.get_side_display()), "given_at": _when(one.given_at), "how": str(one.get_how_display()),
             "data": one.data, "text_version": one.text_version, "text_sha256": one.text_sha256,
             "withdrawn_at": _when(one.withdrawn_at)}
            for one in consents_of(case)
        ],
        "steps": [
            {"at": _when(one.at), "by": str(one.by or "系统") if knows else "", "kind": str(one.get_kind_display()),
             "text": step_text(one, case, sides, seat, trust)}
            for one in steps
        ],
        "messages": [{"at": _when(one.message.at), "by": one.who, "text": one.text} for one in words_of(case, user, seat, trust)],
        "meetings": [
            {"at": _when(one.starts_at), "subject": one.subject, "place": one.place, "decisions": one.decisions if knows else "",
             "participants": one.participants if knows else "", "next_steps": one.steps if knows else []}
            for one in case.meetings.filter(cancelled_at=None).order_by("starts_at")
        ],
        "files": [{"name": one.name, "sha256": one.sha256, "bytes": one.size_bytes} for one in files_of(case, seat, trust)],
    }  # fmt: skip


def _when(moment: Any) -> str:
    return timezone.localtime(moment).isoformat(timespec="seconds") if moment else ""


def export_case(*, case: Case, by: User) -> tuple[str, bytes]:
    """(file name, zip) of a case for one of its participants; an audit entry keeps the digest."""
    case = cases_of(by).get(pk=case.pk)
    require_participant(by, case)
    facts = case_facts(case, by)
    parts: dict[str, bytes] = {
        "index.html": as_html(facts).encode(),
        "case.json": json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True).encode(),
    }
    for at, file in enumerate(files_of(case, seat_of(by, case), trust_of(case)), start=1):
        path = folder() / file.stored_as
        if path.is_file():
            parts[f"files/{at:02d}_{file.name.replace('/', '_')}"] = path.read_bytes()
    parts["SHA256SUMS"] = "".join(
        f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(parts.items())
    ).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    content = out.getvalue()
    record_audit(
        "case.exported", by=by, target=case, file_name=f"{case.number}.zip", row_count=len(parts),
        file_sha256=hashlib.sha256(content).hexdigest(), level=AuditLevel.IMPORTANT,
    )  # fmt: skip
    return f"{case.number}.zip", content


def as_html(facts: dict[str, Any]) -> str:
    """The facts as one page without links to anything outside."""
    rows = "".join(
        f"<p>{escape(one['at'])} {escape(one['by'])} {escape(one['kind'])}：{escape(one['text'])}</p>"
        for one in facts["steps"]
    )
    parties = "".join(
        f"<li>{escape(one['side'])}：{escape(one['name'])} {escape(one['contact'])} {escape(one['phone'])} {escape(one['email'])}（{escape(one['answer'])}）</li>"
        for one in facts["parties"]
    )
    consents = "".join(
        f"<li>{escape(one['side'])} {escape(one['given_at'])} {escape(one['how'])}，文本 {escape(one['text_version'])}"
        + (f"，{escape(one['withdrawn_at'])} 撤回" if one["withdrawn_at"] else "")
        + "</li>"
        for one in facts["consents"]
    )
    messages = "".join(
        f"<p><b>{escape(one['by'])}</b> {escape(one['at'])}<br>{escape(one['text'])}</p>"
        for one in facts["messages"]
    )
    meetings = "".join(
        f"<h3>{escape(one['at'])} {escape(one['subject'])}</h3><p>{escape(one['place'])} {escape(one['participants'])}</p><p>{escape(one['decisions'])}</p>"
        + "".join(
            f"<p>· {escape(step['what'])} {escape(step['who'])} {escape(step['due'])}</p>"
            for step in one["next_steps"]
        )
        for one in facts["meetings"]
    )
    files = "".join(
        f"<li>{escape(one['name'])}（{one['bytes']} 字节，SHA-256 {one['sha256']}）</li>"
        for one in facts["files"]
    )
    return (
        f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>{escape(facts["number"])}</title>'
        "<style>body{max-width:50rem;margin:2rem auto;padding:0 1rem;font-family:sans-serif;line-height:1.7}</style>"
        f"<h1>{escape(facts['number'])} {escape(facts['title'])}</h1><p>{escape(facts['stage'])} {escape(facts['outcome'])} {escape(facts['outcome_note'])}</p>"
        f"<h2>对接双方</h2><ul>{parties}</ul><h2>同意记录</h2><ul>{consents}</ul><h2>办理记录</h2>{rows}"
        f"<h2>消息</h2>{messages}<h2>会议</h2>{meetings}<h2>附件</h2><ul>{files}</ul>"
    )
