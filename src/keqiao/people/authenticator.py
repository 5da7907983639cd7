"""The authenticator on somebody's phone, its secret encrypted at rest."""

import time
from base64 import b32encode
from binascii import unhexlify
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import models
from django_otp.models import Device, ThrottlingMixin, TimestampMixin
from django_otp.oath import TOTP
from django_otp.util import random_hex

from keqiao.core.fields import EncryptedTextField

STEP_S, DIGITS, TOLERANCE = 30, 6, 1  # RFC 6238, as every authenticator takes them


def new_key() -> str:
    """160 random bits, hex."""
    return str(random_hex(20))


class Authenticator(TimestampMixin, ThrottlingMixin, Device):  # type: ignore[misc]  # django-otp is untyped
    """A time-based one-time password (RFC 6238), 30 seconds, 6 digits. django-otp's own model keeps the key readable."""

    key = EncryptedTextField("密钥", default=new_key)  # hex
    drift = models.SmallIntegerField("时钟偏差", default=0)  # steps that the phone is known to be off
    last_t = models.BigIntegerField("最近使用的时间步", default=-1)  # a code is good once

    class Meta:
        verbose_name = "身份验证器"

    @property
    def bin_key(self) -> bytes:
        return unhexlify(self.key.encode())

    @property
    def config_url(self) -> str:
        """otpauth://…, for the QR code."""
        issuer = settings.OTP_TOTP_ISSUER.replace(":", "")
        label = f"{issuer}:{self.user.get_username()}"
        query = {
            "secret": b32encode(self.bin_key), "algorithm": "SHA1", "digits": DIGITS, "period": STEP_S,
            "issuer": issuer,
        }  # fmt: skip
        return f"otpauth://totp/{quote(label)}?{urlencode(query).replace('+', '%20')}"

    def verify_token(self, token: Any) -> bool:
        """Whether the code is the present one or a neighbour, and was not used before. Wrong ones slow the next try."""
        allowed, _ = self.verify_is_allowed()
        if not allowed:
            return False
        totp = TOTP(self.bin_key, STEP_S, 0, DIGITS, self.drift)
        totp.time = time.time()
        text = str(token)
        is_right = text.isascii() and text.isdigit() and totp.verify(int(text), TOLERANCE, self.last_t + 1)
        if is_right:
            self.last_t, self.drift = totp.t(), totp.drift
            self.throttle_reset(commit=False)
            self.set_last_used_timestamp(commit=False)
            self.save()
        else:
            self.throttle_increment(commit=True)
        return bool(is_right)

    def get_throttle_factor(self) -> float:
        return float(getattr(settings, "OTP_TOTP_THROTTLE_FACTOR", 1))
