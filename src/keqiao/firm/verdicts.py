"""Verdicts on a firm that are kept: under the text and with the data of their day, behind the door of the firm's file."""

from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from keqiao.core.errors import BadInput, NotFound
from keqiao.firm.access import firm_for, require_write
from keqiao.firm.facts import Facts, facts_of
from keqiao.people.models import User
from keqiao.registry.enterprise.models import Enterprise
from keqiao.rules.assessing import keep_assessment
from keqiao.rules.models import Assessment
from keqiao.rules.shelf import current, names

SUBJECT = "enterprise"
_EARLIEST = date(2008, 1, 1)  # before it no book holds


def verdicts_of(firm: Enterprise) -> QuerySet[Assessment]:
    """The verdicts kept on a firm, newest first, with their texts and hands."""
    return Assessment.objects.of(SUBJECT, str(firm.public_id)).select_related("text", "by")


def verdict_for(user: Any, firm_id: UUID | str, public_id: UUID | str) -> tuple[Enterprise, Assessment]:
    """A kept verdict, for readers of the firm's file. NotFound when absent or hidden: one answer."""
    firm = firm_for(user, firm_id)
    found = verdicts_of(firm).filter(public_id=public_id).first()
    if found is None:
        raise NotFound("留存的结论")
    return firm, found


def books_for(firm: Enterprise, on: date) -> list[tuple[str, str]]:
    """(name, title) of the books that hold for the firm's place on that day."""
    books = (current(name) for name in names())
    return [(one.name, one.title) for one in books if one.find(on, firm.division_code[:6]) is not None]


def _checked_day(on: date) -> date:
    today = timezone.localdate()
    if not _EARLIEST <= on <= today:
        raise BadInput(
            f"“{on}”不能判断：请选 {_EARLIEST} 至今天（{today}）之间的一天。", code="verdict.day", field="on"
        )
    return on


@transaction.atomic
def keep_verdict(*, firm: Enterprise, book: str, on: date, by: User | None, purpose: str = "") -> Assessment:
    """Judge the firm by the book in force on that day with the data of its file, and keep it.

    The same text, day, data and purpose are kept once: a second click gives the first verdict again.
    Raises NotAllowed for those who may not write the file, BadInput for an unknown book, a day ahead, or a day and
    place without a version.
    """
    require_write(by, firm)
    Enterprise.objects.select_for_update(of=("self",)).get(pk=firm.pk)
    version = current(book).find(_checked_day(on), firm.division_code[:6])
    if version is None:
        raise BadInput(
            f"{on} 在“{firm.title}”所在地没有有效的“{current(book).title}”。请换一天或另选一部规则。",
            code="verdict.version",
            field="book",
        )
    facts: Facts = facts_of(firm, on)
    kept = keep_assessment(
        version=version, facts=facts, on=on, subject_kind=SUBJECT, subject_id=str(firm.public_id),
        subject_name=firm.title, purpose=purpose.strip()[:60], by=by, once=True,
    )  # fmt: skip
    return kept
