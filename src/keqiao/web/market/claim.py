"""这是我的主页，我要更正: where the person or unit behind a page goes to correct it."""

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from keqiao.people.access import scope_of
from keqiao.people.enums import Act
from keqiao.people.models import Organisation
from keqiao.registry.records.access import may
from keqiao.registry.records.models import Record
from keqiao.web.rendering import url_or_none

Action = dict[str, str]


def claim_actions(
    request: HttpRequest, *, record: Record | None = None, organisation: Organisation | None = None
) -> list[Action]:
    """One button for who may correct the page now; for a visitor the way to sign in or to register."""
    user = request.user
    if not user.is_authenticated:
        sign_in = url_or_none("people:sign-in") or "/account/sign-in"
        actions = [{"label": "登录后更正", "href": f"{sign_in}?next={request.path}", "icon": "log-in"}]
        if register := url_or_none("people:register"):
            actions.append({"label": "单位还没有账号，去注册", "href": register, "kind": "quiet"})
        return actions
    if record is not None and may(user, Act.EDIT, record) is None and (edit := _edit_address(record)):
        return [{"label": "更正这一页", "href": edit, "icon": "pencil", "kind": "primary"}]
    if organisation is not None and organisation.pk in scope_of(user).organisations:
        own = url_or_none("people:organisation")
        return [{"label": "更正本单位资料", "href": own, "icon": "pencil", "kind": "primary"}] if own else []
    return []


def _edit_address(record: Record) -> str:
    try:
        return reverse("desk:record-edit", args=[record.KIND, record.public_id])
    except NoReverseMatch:
        return ""
