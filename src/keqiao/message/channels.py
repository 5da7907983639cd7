"""How a message leaves: by mail through Django's settings, or through the one gateway for SMS and WeChat.

A bureau that has another way writes a class with `key` and `deliver` and names it in `channels_in_use`.
docs/howto/message-gateway.md describes what the gateway must answer.
"""

import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from smtplib import SMTPException, SMTPRecipientsRefused
from typing import Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from keqiao.core.errors import KeqiaoError, SourceDown

_TIMEOUT_S = 10.0


class Refused(KeqiaoError):
    """The other side will never take this message: no such address, unsubscribed there. Not tried again."""

    default_code = "message.refused"


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a channel gets. id: stable over attempts, so that a gateway can drop a second copy. link and stop: whole
    addresses or "". to: an e-mail address or a telephone number, as the channel needs it."""

    id: str
    to: str
    subject: str
    text: str
    link: str = ""
    stop: str = ""


class Channel(Protocol):
    """One way out. `key` is kept with the message."""

    key: str

    def takes(self, to: str) -> bool:
        """Whether an address is of this channel's sort."""

    def deliver(self, envelope: Envelope) -> str:
        """Hand it over and give back the receipt ("" if there is none). Refused: never; SourceDown: try again later."""


class MailChannel:
    """E-mail by Django's settings: SMTP, or the console in the demo. One connection for a whole delivery."""

    key = "mail"

    def __init__(self) -> None:
        self._connection: BaseEmailBackend | None = None

    def takes(self, to: str) -> bool:
        return "@" in to

    def deliver(self, envelope: Envelope) -> str:
        headers = {"Message-ID": make_message_id(envelope.id)}
        if envelope.stop:
            headers |= {
                "List-Unsubscribe": f"<{envelope.stop}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            }
        body = f"{envelope.text}\n"
        if envelope.link:
            body += f"\n查看：{envelope.link}\n"
        if envelope.stop:
            body += f"\n不想再收到这类邮件：{envelope.stop}\n"
        body += f"\n{settings.KEQIAO_BUREAU_NAME} · {settings.KEQIAO_SITE_NAME}。本邮件由系统发出，请勿直接回复。\n"
        if self._connection is None:
            self._connection = get_connection()
        mail = EmailMessage(
            envelope.subject, body, to=[envelope.to], connection=self._connection, headers=headers
        )
        try:
            mail.send()
        except SMTPRecipientsRefused as error:
            raise Refused("邮件服务器说没有这个收件地址。请核对邮箱后重发。") from error
        except (SMTPException, OSError) as error:
            self._connection = None
            raise SourceDown(f"邮件服务器没有收下（{type(error).__name__}），稍后自动再试。") from error
        return headers["Message-ID"]


def make_message_id(key: str) -> str:
    """The same on every attempt, so that a mailbox shows one mail even if it was handed over twice."""
    return f"<keqiao.{key}@{urlsplit(settings.KEQIAO_SITE_URL).hostname or 'localhost'}>"


class GatewayChannel:
    """SMS or WeChat through an HTTP gateway of the bureau's choice: one signed JSON POST a message."""

    key = "gateway"

    def __init__(self, url: str, secret: str) -> None:
        if not url.startswith(("http://", "https://")):
            raise SourceDown(f"KEQIAO_GATEWAY_URL={url!r}：请写 http:// 或 https:// 开头的地址。")
        self.url, self.secret = url, secret

    def takes(self, to: str) -> bool:
        return to.isdigit()

    def deliver(self, envelope: Envelope) -> str:
        body = json.dumps(
            {
                "id": envelope.id,
                "to": envelope.to,
                "subject": envelope.subject,
                "text": envelope.text,
                "link": envelope.link,
                "from": settings.KEQIAO_BUREAU_NAME,
            },
            ensure_ascii=False,
        ).encode()
        moment = str(int(time.time()))
        request = urllib.request.Request(
            self.url,
            data=body,
            headers={
                "Content-Type": "application/json; charset=utf-8",
                "X-Keqiao-Time": moment,
                "X-Keqiao-Signature": signature(self.secret, moment, body),
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as response:
                answer = json.loads(response.read(10_000) or b"{}")
        except urllib.error.HTTPError as error:
            with error:
                if error.code in (400, 404, 410, 422):
                    raise Refused(f"短信网关拒收（{error.code}）。请核对号码后重发。") from error
                raise SourceDown(f"短信网关回答 {error.code}，稍后自动再试。") from error
        except (OSError, ValueError) as error:
            raise SourceDown(f"短信网关没有应答（{type(error).__name__}），稍后自动再试。") from error
        return str(answer.get("receipt", ""))[:120] if isinstance(answer, dict) else ""


def signature(secret: str, moment: str, body: bytes) -> str:
    """HMAC-SHA256 over the moment, a full stop and the body, in hex: proves who sent it and when."""
    return hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()


def channels_in_use() -> list[Channel]:
    """Mail first; the gateway when it is configured."""
    channels: list[Channel] = [MailChannel()]
    if settings.KEQIAO_GATEWAY_URL:
        channels.append(GatewayChannel(settings.KEQIAO_GATEWAY_URL, settings.KEQIAO_GATEWAY_SECRET))
    return channels
