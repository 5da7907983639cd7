"""The log of searches that found nothing: folded words, a day, a count. Nothing about who searched."""

import logging
import re
from datetime import date
from typing import Any

import rjieba
from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils import timezone

from keqiao.core.masks import mask_name
from keqiao.verdict.models import EmptySearch
from keqiao_match.background import background, meaning
from keqiao_match.text import fold

ALL_HALLS = "all"
_MOST_WORDS = 60
_MOST_A_DAY = 2000  # different ones; a machine that types nonsense fills no disk
_LONG_NUMBER = re.compile(r"\d{7,}")  # a telephone, an identity card, a bank account
_ADDRESS = re.compile(r"\S+@\S+")

log = logging.getLogger(__name__)


def kept_words(text: str) -> str:
    """The words as they are counted: folded, one space between them, without what could be a person's number or mail.

    "" when nothing worth keeping is left.
    """
    plain = _LONG_NUMBER.sub(" ", _ADDRESS.sub(" ", fold(text)))
    return " ".join(plain.split())[:_MOST_WORDS].strip()


def shown_words(words: str) -> tuple[str, bool]:
    """The words as an officer reads them, and whether a person's name was masked among them.

    A name is what the tagger calls one and technical Chinese does not know as a word: 王小明, but neither 黄精 nor 杨梅.
    """
    text = " ".join(mask_name(word) if _is_name(word) else word for word in words.split())
    return text, text != words


def _is_name(word: str) -> bool:
    if [tag for _, tag in rjieba.tag(word)] != ["nr"]:
        return False
    return word not in background().terms and word not in meaning().rows


def note_empty_search(kind: str, text: str, day: date | None = None) -> None:
    """Count a search that found nothing. kind: of the hall, or ALL_HALLS. Never keeps a reader waiting for a fault."""
    words = kept_words(text)
    if len(words) < 2:
        return
    today = day or timezone.localdate()
    key: dict[str, Any] = {"day": today, "kind": kind[:20], "words": words}
    try:
        with transaction.atomic():
            if EmptySearch.objects.filter(**key).update(count=F("count") + 1):
                return
            if EmptySearch.objects.filter(day=today).count() < _MOST_A_DAY:
                EmptySearch.objects.get_or_create(**key)
    except DatabaseError:  # a long import holds the database: the page matters, the count does not
        log.info("empty search not counted")
