"""States of a rule version that officers write."""

from django.db.models import TextChoices


class DraftState(TextChoices):
    DRAFT = "draft", "起草中"
    IN_REVIEW = "in_review", "待审定"
    PUBLISHED = "published", "已发布"
    DISCARDED = "discarded", "已作废"
    WITHDRAWN = "withdrawn", "已撤销"
