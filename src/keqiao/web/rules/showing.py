"""What the pages show: groups of books, the lines of a version in sections, a judgement as rows."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Any

from django.utils import timezone

from keqiao.rules.book import Book, Version
from keqiao.rules.facts import title_of
from keqiao.rules.judging import Judgement, Outcome
from keqiao.rules.lawtable import lines, number
from keqiao.rules.saying import shown
from keqiao.rules.shelf import current, names

TONES = {
    Outcome.MET: "green",
    Outcome.UNMET: "red",
    Outcome.UNKNOWN: "amber",
    Outcome.MANUAL: "amber",
    Outcome.NOT_APPLICABLE: "plain",
}


def day_of(raw: str) -> tuple[date, str]:
    """(the asked day, what was wrong with it); today when nothing was asked."""
    today = timezone.localdate()
    if not raw:
        return today, ""
    try:
        return date.fromisoformat(raw), ""
    except ValueError:
        return today, f"“{raw}”不是日期，应写成 2026-04-01。下面按今天显示。"


def region_of(raw: str) -> str:
    """The digits of a division code, at most six."""
    return "".join(one for one in raw if one.isascii() and one.isdigit())[:6]


def shelf_rows(on: date, region: str = "") -> list[dict[str, Any]]:
    """The books by group: {title, books [{name, title, about, version, others}]}."""
    books = [current(name) for name in names()]
    rows = []
    for book in books:
        version = book.find(on, region)
        elsewhere = [one for one in book.versions if one.holds_on(on) and one is not version]
        rows.append({"book": book, "group": book.group, "version": version, "elsewhere": elsewhere})
    order = list(dict.fromkeys(one["group"] for one in rows))
    return [{"title": group, "books": [one for one in rows if one["group"] == group]} for group in order]


def value_rows(version: Version) -> list[dict[str, Any]]:
    """The figures of a version: {title, value, unit, article, source, verify, since, until, region, note}."""
    return [
        {
            "name": one.name,
            "title": one.title,
            "value": number(one.value),
            "is_text": isinstance(one.value, str | tuple) and not one.unit,
            "unit": one.unit,
            "article": one.where.article,
            "source": one.where.source if one.where.source != version.source else "",
            "verify": one.where.verify,
            "note": one.where.note,
            "since": one.since,
            "until": one.until,
            "region": one.region,
        }
        for one in version.values
    ]


def law_sections(version: Version, on: date, region: str = "") -> list[dict[str, Any]]:
    """The lines of a version in sections: {title, lines}."""
    found = lines(version, on if version.holds_on(on) else version.valid_from, region)
    return [
        {"title": title, "lines": list(group)}
        for (_, title), group in groupby(found, key=lambda one: (one.group, one.group_title))
    ]


def version_context(book: Book, version: Version, on: date, region: str = "") -> dict[str, Any]:
    """Everything the table of the law needs."""
    return {
        "book": book,
        "version": version,
        "values": value_rows(version),
        "sections": law_sections(version, on, region),
        "is_in_force": version.holds_on(on),
    }


def judgement_rows(found: Judgement) -> dict[str, Any]:
    """A judgement for `rules/_judgement.html`."""
    routes = {one.route for one in found.conditions if one.route}
    held = [one for one in found.conditions if not found.route or one.route in ("", found.route)]
    return {
        "outcome": found.outcome.label,
        "tone": TONES[found.outcome],
        "conditions": [
            {
                "one": one,
                "tone": TONES[one.outcome],
                "label": one.outcome.label,
                "is_part": bool(one.parent),
                "way": one.route,
            }
            for one in (held if found.route else found.conditions)
        ],
        "has_routes": bool(routes),
        "scores": [
            {
                "one": one,
                "value": shown(one.value) + (one.unit if one.unit == "%" else "")
                if one.value is not None
                else "",
            }
            for one in found.scores
        ],
        "missing": [title_of(name, found.on.year - 1) for name in found.missing],
        "asked": [title_of(name, found.on.year - 1) for name in found.asked],
        "notes": found.notes,
        "unverified": found.unverified,
        "on": found.on,
    }


def counts(trial_counts: dict[str, int]) -> Sequence[tuple[str, int]]:
    """Outcome labels with how many, in the order of the outcomes."""
    return [(one.label, trial_counts.get(one, 0)) for one in Outcome]
