"""Model fields of our own."""

from typing import Any

from django.db import models

from keqiao.core.crypto import decrypt, encrypt


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # stubs want set and get types; both are str
    """Text encrypted at rest. Not searchable: keep a `lookup_hash` column beside it where that is needed."""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return None if value is None else decrypt(value)

    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else encrypt(str(value))
