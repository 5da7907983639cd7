"""The four families of refusal. A room raises these; only `web` and `api` know HTTP.

A message says what happened, why, and what to do next, in plain Chinese.
"""


class KeqiaoError(Exception):
    """A refusal with a stable code for machines and a sentence for people.

    code: dotted English, e.g. "demand.closed". field: the form field at fault, if one is.
    """

    default_code = "error"

    def __init__(self, message: str, *, code: str | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.field = field


class NotFound(KeqiaoError):
    """Absent, or hidden from this user: one answer for both. 404."""

    default_code = "not_found"

    def __init__(self, noun: str, wanted: object = "", *, code: str | None = None) -> None:
        shown = f"“{wanted}”" if wanted != "" else ""
        super().__init__(
            f"没有找到{noun}{shown}，它可能已被撤回，或不在您的可见范围内。请返回列表重新查找，或登录后再试。",
            code=code,
        )


class NotAllowed(KeqiaoError):
    """The actor or the state forbids it. 403, or 409 when `conflict` (somebody else was first)."""

    default_code = "not_allowed"

    def __init__(
        self, message: str, *, code: str | None = None, field: str | None = None, conflict: bool = False
    ) -> None:
        super().__init__(message, code=code, field=field)
        self.conflict = conflict


class BadInput(KeqiaoError):
    """What was sent cannot be used. 422, shown at `field`. place: sheet, row, column when known."""

    default_code = "bad_input"

    def __init__(
        self, message: str, *, code: str | None = None, field: str | None = None, place: str = ""
    ) -> None:
        super().__init__(message, code=code, field=field)
        self.place = place


class SourceDown(KeqiaoError):
    """An outside source failed; nothing was changed. 503, retry."""

    default_code = "source_down"
