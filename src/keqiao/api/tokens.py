"""Who a machine is: `Authorization: Bearer keqiao_…`. Every use is on record, the refused ones too."""

from django.http import HttpRequest
from ninja.errors import AuthenticationError
from ninja.security import HttpBearer

from keqiao.api.limits import count_user
from keqiao.core import audit
from keqiao.core.models import AuditLevel
from keqiao.people.models import ApiToken
from keqiao.people.tokens import holder_of, note_use


class TokenAuth(HttpBearer):
    """Gives the operation its token as `request.auth`."""

    openapi_bearerFormat = "keqiao_…"

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken:
        """Raises AuthenticationError for a token that does not work, Throttled for too many calls of one user.

        Guessing is slowed by the limit of the address, which is counted before anything else.
        """
        found = holder_of(token)
        if found is None:
            audit.record(
                "token.refused",
                is_success=False,
                reason=f"{request.method} {request.path[:200]}",
                level=AuditLevel.IMPORTANT,
            )
            raise AuthenticationError()
        count_user(found.user)
        note_use(found)
        audit.record(
            "api.called", by=found.user, target=found, reason=f"{request.method} {request.path[:200]}"
        )
        return found
