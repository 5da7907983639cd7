"""Refusals as JSON: one shape for all of them, whoever refused."""

import logging
import math
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError

from keqiao.core.errors import BadInput, KeqiaoError, NotAllowed, NotFound, SourceDown

log = logging.getLogger(__name__)

_WORDS = {
    "missing": "没有给出",
    "enum": "不是可选的值",
    "literal_error": "不是可选的值",
    "uuid_parsing": "不是 UUID",
    "int_parsing": "不是整数",
    "float_parsing": "不是数",
    "finite_number": "不是有限的数",
    "greater_than_equal": "太小",
    "less_than_equal": "太大",
    "string_too_long": "太长",
    "string_too_short": "太短",
    "too_long": "条数太多",
    "too_short": "条数太少",
    "list_type": "不是列表",
    "dict_type": "不是对象",
    "bool_parsing": "不是 true 或 false",
}


def error_response(
    status: int, code: str, message: str, field: str | None = None, headers: dict[str, str] | None = None
) -> HttpResponse:
    """{"error": {"code", "message", "field"}} with Chinese as it is."""
    body = {"error": {"code": code, "message": message, "field": field}}
    return JsonResponse(body, status=status, headers=headers, json_dumps_params={"ensure_ascii": False})


def status_of(error: KeqiaoError) -> int:
    """The HTTP status of a room's refusal."""
    if isinstance(error, NotAllowed):
        return 409 if error.conflict else 403
    known = {NotFound: 404, BadInput: 422, SourceDown: 503}
    return next((status for family, status in known.items() if isinstance(error, family)), 500)


def no_such_address(request: HttpRequest) -> HttpResponse:
    """Any address below /api/ that leads nowhere."""
    return error_response(
        404, "address.unknown", f"接口没有“{request.path[:200]}”这个地址。请查看 /api/docs 里的地址表。"
    )


def wrong_method(request: HttpRequest, allowed: str) -> HttpResponse:
    """The address exists, the method does not."""
    message = f"这个地址不支持 {request.method}，可用：{allowed}。请查看 /api/docs。"
    return error_response(405, "method.not_allowed", message, headers={"Allow": allowed})


def too_many(error: Throttled) -> HttpResponse:
    """Over the limit; Retry-After says for how many seconds."""
    seconds = str(max(1, math.ceil(error.wait or 1)))
    message = f"请求过于频繁，请在 {seconds} 秒后重试。限额见 /api/docs。"
    return error_response(429, "rate.exceeded", message, headers={"Retry-After": seconds})


def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """The first parameter at fault, in words; the rest follows once this one is right."""
    first: dict[str, Any] = error.errors[0]
    place = [
        str(part) for part in first.get("loc", ()) if part not in ("query", "path", "body", "form", "file")
    ]
    name = ".".join(place[-2:] if place[:1] == ["query"] else place) or "请求内容"
    why = _WORDS.get(str(first.get("type", "")), "不能使用")
    shown = "" if first.get("type") == "missing" else f"（{str(first.get('input', ''))[:60]!r}）"
    more = first.get("ctx") or {}
    bound = next(
        (
            f"，可用：{more[k]}" if k == "expected" else f"，界限 {more[k]}"
            for k in ("expected", "ge", "le", "max_length")
            if k in more
        ),
        "",
    )
    message = f"参数“{name}”{shown}{why}{bound}。请按 /api/docs 的说明改正后重试。"
    return error_response(422, "parameter.invalid", message, name)


def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error, Throttled):
        return too_many(error)
    if isinstance(error, AuthenticationError):
        message = "令牌缺失、不正确、已过期或已作废。请在请求头写 Authorization: Bearer 令牌；没有令牌请联系系统管理员建立。"
        return error_response(401, "token.invalid", message, headers={"WWW-Authenticate": "Bearer"})
    if error.status_code == 400:
        return error_response(
            400,
            "request.unreadable",
            "请求内容不是正确的 JSON，没有执行任何操作。请检查格式和编码（UTF-8）。",
        )
    return error_response(error.status_code, "request.refused", str(error))


def _refused(request: HttpRequest, error: KeqiaoError) -> HttpResponse:
    log.info("refused", extra={"code": error.code, "path": request.path})
    return error_response(status_of(error), error.code, error.message, error.field)


def _suspicious(request: HttpRequest, error: Exception) -> HttpResponse:
    if isinstance(error, RequestDataTooBig):
        return error_response(413, "request.too_big", "请求内容超过 5 MB。请分批发送，或改用文件上传。")
    return error_response(400, "request.unreadable", "请求内容的格式不正确，没有执行任何操作。请检查后重试。")


def _broken(request: HttpRequest, error: Exception) -> HttpResponse:
    log.exception("api failed", extra={"path": request.path})
    return error_response(
        500,
        "server.error",
        "系统出错，这次请求没有完成。错误已记入日志，请稍后重试；多次出现请告知系统管理员。",
    )


def set_handlers(api: NinjaAPI) -> None:
    """Every exception of an operation becomes the one shape."""
    handlers: dict[type[Exception], Any] = {  # the library types a handler as taking the class or an instance
        KeqiaoError: _refused,
        ValidationError: _invalid,
        HttpError: _http,
        Http404: lambda request, error: no_such_address(request),
        SuspiciousOperation: _suspicious,
        MultiPartParserError: _suspicious,
        Exception: _broken,
    }
    for family, handler in handlers.items():
        api.add_exception_handler(family, handler)
