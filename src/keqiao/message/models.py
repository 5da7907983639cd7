"""Messages with what became of them, and what their readers do not want."""

import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from keqiao.core.fields import EncryptedTextField


class MessageState(models.TextChoices):
    QUEUED = "queued", "待发送"
    SENT = "sent", "已发送"
    FAILED = "failed", "发送失败"
    SUPPRESSED = "suppressed", "只在站内"


class MessageQuerySet(models.QuerySet["Message"]):
    def of_user(self, user: object) -> Self:
        """Addressed to this account."""
        return self.filter(user=user)

    def unread(self) -> Self:
        """Not opened yet on the site."""
        return self.filter(read_at=None)

    def due_at(self, moment: datetime) -> Self:
        """Waiting to be handed over, and not before its time."""
        return self.filter(state=MessageState.QUEUED, next_at__lte=moment)


class Message(models.Model):
    """One message to one reader. The address is encrypted; a user's own is looked up when the message goes out."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="messages", verbose_name="收件人"
    )  # fmt: skip
    address = EncryptedTextField("地址", blank=True, default="")  # of somebody without an account
    address_hash = models.CharField("地址摘要", max_length=64, blank=True, db_index=True)
    kind = models.CharField("类型", max_length=40)
    subject = models.CharField("标题", max_length=200)
    text = EncryptedTextField("内容")
    link = models.CharField("链接", max_length=500, blank=True)
    is_material = models.BooleanField("有实质变化", default=True)
    digest = models.CharField("去重摘要", max_length=64, unique=True)
    state = models.CharField("状态", max_length=12, choices=MessageState, default=MessageState.QUEUED)
    channel = models.CharField("渠道", max_length=12, blank=True)  # that took it: mail, gateway
    receipt = models.CharField("回执", max_length=120, blank=True)
    attempts = models.PositiveSmallIntegerField("已试次数", default=0)
    note = models.CharField("说明", max_length=300, blank=True)  # why it failed or stayed on the site
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    queued_at = models.DateTimeField("写入时间", default=timezone.now)
    next_at = models.DateTimeField("下次尝试", default=timezone.now)
    sent_at = models.DateTimeField("发出时间", null=True, blank=True)
    read_at = models.DateTimeField("读过时间", null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = "消息"
        indexes = [
            models.Index(fields=["next_at"], condition=Q(state=MessageState.QUEUED), name="message_due"),
            models.Index(fields=["user", "-queued_at"], name="message_of_user"),
            models.Index(fields=["state", "-queued_at"], name="message_by_state"),
        ]
        constraints = [
            models.CheckConstraint(
                name="message_sent_at_when_sent",
                condition=Q(state=MessageState.SENT, sent_at__isnull=False)
                | (~Q(state=MessageState.SENT) & Q(sent_at=None)),
                violation_error_message="已发送的消息须有发出时间，未发送的不能有。",
            )
        ]

    def __str__(self) -> str:
        return self.subject


class MessageOptOut(models.Model):
    """Somebody does not want a kind of message in the mailbox or on the telephone; it stays readable on the site."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="message_opt_outs"
    )
    address_hash = models.CharField("地址摘要", max_length=64, blank=True)
    kind = models.CharField("类型", max_length=40)
    made_at = models.DateTimeField("退订时间", default=timezone.now)

    class Meta:
        verbose_name = "消息退订"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind"], condition=Q(address_hash=""), name="message_opt_out_user_once"
            ),
            models.UniqueConstraint(
                fields=["address_hash", "kind"], condition=Q(user=None), name="message_opt_out_address_once"
            ),
            models.CheckConstraint(
                name="message_opt_out_of_somebody",
                condition=Q(user__isnull=False, address_hash="") | (Q(user=None) & ~Q(address_hash="")),
                violation_error_message="退订须指明是哪个账号或哪个地址。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.made_at:%Y-%m-%d}"
