"""Where a room's refusal becomes an HTTP answer: one place, one shape."""

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from keqiao.core.errors import BadInput, KeqiaoError, NotAllowed, NotFound, SourceDown

log = logging.getLogger(__name__)


def status_of(error: KeqiaoError) -> int:
    """The HTTP status of a refusal: 404, 403 or 409, 422, 503."""
    if isinstance(error, NotFound):
        return 404
    if isinstance(error, NotAllowed):
        return 409 if error.conflict else 403
    if isinstance(error, BadInput):
        return 422
    if isinstance(error, SourceDown):
        return 503
    return 500


def error_page(request: HttpRequest, status: int, message: str) -> HttpResponse:
    """The error page for `status` (errors/<status>.html, or the general one), with the refusal's own words."""
    return render(
        request,
        [f"errors/{status}.html", "errors/general.html"],
        {"message": message, "status": status},
        status=status,
    )


def answer(request: HttpRequest, error: KeqiaoError) -> HttpResponse:
    """The refusal as its page, or as JSON under /api/."""
    status = status_of(error)
    log.info("refused", extra={"code": error.code, "status": status, "path": request.path})
    if request.path.startswith("/api/"):
        body = {"error": {"code": error.code, "message": error.message, "field": error.field}}
        return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})
    return error_page(request, status, error.message)


class RefusalMiddleware:
    """Turns every KeqiaoError of a view into its page, or into JSON under /api/."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Nobody types a NUL and PostgreSQL takes none in a text: the query is read with U+FFFD in its place
        if "%00" in request.META.get("QUERY_STRING", ""):
            request.META["QUERY_STRING"] = request.META["QUERY_STRING"].replace("%00", "%EF%BF%BD")
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, KeqiaoError):
            return None
        return answer(request, exception)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's protection token is missing or old."""
    return error_page(
        request,
        403,
        "页面停留过久或已在别处登录，表单的安全令牌失效了，内容没有提交。请返回上一页刷新后重新提交。",
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 400, "请求的格式不正确，没有执行任何操作。请返回上一页重试。")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 403, str(exception) or "您没有办理这项操作的权限。请联系安全管理员。")


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(
        request, 404, "没有这个页面，可能地址有误或内容已撤下。可以返回首页，或用上方的搜索查找。"
    )


def server_error(request: HttpRequest) -> HttpResponse:
    return error_page(
        request, 500, "系统出错，刚才的操作没有保存。错误已记入日志，请稍后重试；多次出现请告知系统管理员。"
    )
