"""Every request: where it comes from (for the audit trail), and the rules of a running session."""

from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone

from keqiao.core import audit
from keqiao.core.errors import NotAllowed
from keqiao.core.models import AuditLevel
from keqiao.people.models import User, UserSession
from keqiao.people.passwords import must_change_password
from keqiao.people.signin import client_ip, session_hash, session_is_over, start_clocks

type_answer = Callable[[HttpRequest], HttpResponse]

REFRESH_SECONDS = 60
"""How exact the idle clock is: one write a minute and user, not one a click."""

# What somebody may still do who has to change the password, enrol a second factor or read the notice first
ALWAYS_OPEN = frozenset(
    {
        "people:sign-out",
        "people:password-change",
        "people:second-factor",
        "people:second-factor-setup",
        "people:second-factor-codes",
        "people:consent",
        "people:privacy",
        "people:account-close",
        "people:account-export",
    }
)


class OriginMiddleware:
    """Audit entries written during the request carry its address, port, session and browser."""

    def __init__(self, get_response: type_answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        port = str(request.META.get("REMOTE_PORT", ""))
        origin = audit.Origin(
            ip=client_ip(request),
            port=int(port) if port.isascii() and port.isdigit() and int(port) < 65536 else None,
            session_hash=session_hash(request.session.session_key),
            user_agent=request.META.get("HTTP_USER_AGENT", "")[:200],
        )
        with audit.coming_from(origin):
            return self.get_response(request)


class SessionRulesMiddleware:
    """Idle and absolute limits, what must be done first, no copies of signed-in pages, refusals on record."""

    def __init__(self, get_response: type_answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return self._for_htmx(request, self.get_response(request))  # a stranger: no query for the user
        if request.user.is_authenticated:
            self._keep_clocks(request)
        user = request.user if request.user.is_authenticated else None
        response = self.get_response(request)
        if user is not None:
            if not response.has_header("Cache-Control"):
                response["Cache-Control"] = "no-store, private"
            if response.status_code == 403:
                self._note_refusal(request, user)
        return self._for_htmx(request, response)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Send the user to what must be done first. Public pages may be read meanwhile."""
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
            return None
        match = request.resolver_match
        if match is None or match.view_name in ALWAYS_OPEN:
            return None
        if request.method in ("GET", "HEAD") and not getattr(view, "login_required", True):
            return None
        due = self._due(request)
        if due is None:
            return None
        if request.path.startswith("/api/"):
            error = {
                "code": "people.first",
                "message": "请先在网页上完成改密、第二因素或告知确认，再使用接口。",
                "field": None,
            }
            return JsonResponse({"error": error}, status=403, json_dumps_params={"ensure_ascii": False})
        return redirect(due)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        if isinstance(exception, NotAllowed):
            request.__dict__["refusal"] = exception.message

    @staticmethod
    def _keep_clocks(request: HttpRequest) -> None:
        user = cast(User, request.user)  # asked only for signed-in users
        if "began" not in request.session:
            start_clocks(request, user)
        elif why := session_is_over(request):
            with audit.coming_from(audit.Origin(ip=client_ip(request))):
                audit.record("session.expired", by=user, target=user, reason=why)
            UserSession.objects.filter(session_key=request.session.session_key).delete()
            logout(request)
            messages.info(request, why)
        elif timezone.now().timestamp() - request.session["seen"] > REFRESH_SECONDS:
            start_clocks(request, user)
            now = timezone.now()
            UserSession.objects.filter(session_key=request.session.session_key).update(seen_at=now)
            User.objects.filter(pk=user.pk).update(last_seen_at=now)

    @staticmethod
    def _due(request: HttpRequest) -> str | None:
        """The URL name of what this user has to do before anything else."""
        is_staff = bool(request.session.get("staff"))
        user = cast(User, request.user)  # asked only for signed-in users
        if must_change_password(user, is_staff=is_staff):
            return "people:password-change"
        if settings.SECURITY_LEVEL >= 3 and is_staff and not user.is_verified():  # type: ignore[attr-defined]  # by OTPMiddleware
            return "people:second-factor-setup"
        if request.session.get("consent_due"):
            return "people:consent"
        return None

    @staticmethod
    def _note_refusal(request: HttpRequest, user: User) -> None:
        message = request.__dict__.get("refusal", "")
        audit.record(
            "permission.refused",
            by=user,
            is_success=False,
            reason=f"{request.method} {request.path}：{message}",
            level=AuditLevel.IMPORTANT,
        )

    @staticmethod
    def _for_htmx(request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """A part of a page cannot become the sign-in page: htmx is told to go there as a whole."""
        if response.status_code != 302 or request.headers.get("HX-Request") != "true":
            return response
        if response["Location"].split("?")[0] != resolve_url(settings.LOGIN_URL):
            return response
        return HttpResponse(status=204, headers={"HX-Redirect": resolve_url(settings.LOGIN_URL)})
