"""What is known of a listing's owner being active, and the questions that were asked."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone


class Question(models.Model):
    """还在做吗: one message to one owner about all of his silent listings."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+"
    )
    asked_at = models.DateTimeField("询问时间", default=timezone.now)

    class Meta:
        verbose_name = "时效询问"

    def __str__(self) -> str:
        return f"{self.asked_at:%Y-%m-%d}"


class Pulse(models.Model):
    """Signs of life of one listing besides its own edits. alive_at: its owner answered for it. seen_at: somebody of the
    owner's unit signed in, as of last night."""

    kind = models.CharField("类型", max_length=20)
    record_id = models.BigIntegerField("记录")
    alive_at = models.DateTimeField("有答复", null=True, blank=True)
    seen_at = models.DateTimeField("单位登录", null=True, blank=True)
    asked_at = models.DateTimeField("上次询问", null=True, blank=True)
    question = models.ForeignKey(
        Question, models.SET_NULL, null=True, blank=True, related_name="pulses", verbose_name="询问"
    )

    class Meta:
        verbose_name = "动静"
        constraints = [models.UniqueConstraint(fields=["kind", "record_id"], name="pulse_of_a_record")]

    def __str__(self) -> str:
        return f"{self.kind} {self.record_id}"
