"""Secrets at rest: AES-256-GCM for fields, HMAC-SHA256 for columns that must be searched by full value.

Ciphertext: `v1:{key_id}:{nonce}:{ciphertext and tag}`, url-safe base64. The key lives outside the database
(KEQIAO_FIELD_KEY). The SM2/SM3/SM4 back end that 密评 asks for goes behind the same four functions.
"""

import base64
import hashlib
import hmac
import secrets
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from keqiao.core.errors import KeqiaoError


class CannotDecrypt(KeqiaoError):
    """The key in use is not the one the value was written with."""

    default_code = "crypto.key"


@lru_cache(maxsize=4)
def _keys(secret: str) -> tuple[str, bytes, bytes]:
    """(key id, encryption key, lookup key) derived from the configured secret."""
    root = hashlib.sha256(secret.encode()).digest()
    cipher = hmac.digest(root, b"keqiao field encryption", "sha256")
    lookup = hmac.digest(root, b"keqiao lookup column", "sha256")
    return hashlib.sha256(cipher).hexdigest()[:8], cipher, lookup


def encrypt(text: str) -> str:
    """Ciphertext of `text`; blank stays blank. A fresh nonce each time."""
    if text == "":
        return ""
    key_id, cipher, _ = _keys(settings.KEQIAO_FIELD_KEY)
    nonce = secrets.token_bytes(12)
    sealed = AESGCM(cipher).encrypt(nonce, text.encode(), key_id.encode())
    return (
        f"v1:{key_id}:{base64.urlsafe_b64encode(nonce).decode()}:{base64.urlsafe_b64encode(sealed).decode()}"
    )


def decrypt(sealed: str) -> str:
    """The text behind `sealed`. Raises CannotDecrypt for another key or a changed value."""
    if sealed == "":
        return ""
    key_id, cipher, _ = _keys(settings.KEQIAO_FIELD_KEY)
    try:
        version, written_with, nonce, body = sealed.split(":")
        if version != "v1" or written_with != key_id:
            raise ValueError(written_with)
        plain = AESGCM(cipher).decrypt(
            base64.urlsafe_b64decode(nonce), base64.urlsafe_b64decode(body), key_id.encode()
        )
    except (ValueError, InvalidTag) as error:
        raise CannotDecrypt(
            "加密字段无法解密：当前密钥与写入时不一致，或内容被改动。请核对 KEQIAO_FIELD_KEY 是否为本系统原来的密钥。"
        ) from error
    return plain.decode()


def lookup_hash(text: str) -> str:
    """Keyed hash for equality search on an encrypted value; blank stays blank. 64 hex digits."""
    if text == "":
        return ""
    return hmac.new(_keys(settings.KEQIAO_FIELD_KEY)[2], text.strip().encode(), hashlib.sha256).hexdigest()
