"""The privacy notice (个人信息保护法 14、17条) as data: what is shown, hashed, and agreed to.

Change the text, raise VERSION: everybody is asked again at the next sign-in.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from keqiao.core import audit
from keqiao.people.models import Consent, OrganisationApplication, User

VERSION = "2026-11"
UNVERIFIED = "个人信息保护法第 14、17、44-48 条的条号转引自汇编资料，尚未逐字核对原文"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of data: what, why, on what basis, how long, and whether one may leave it out."""

    what: str
    purpose: str
    basis: str
    keep: str
    is_optional: bool = False


KINDS = (
    Kind("姓名、用户名", "识别账号，记录谁办理了哪件事", "履行法定职责、您的同意", "账号注销后 3 年"),
    Kind("手机号或办公电话", "核实单位身份，对接同意后供对方联系", "您的同意", "账号注销时删除"),
    Kind("邮箱", "发送重置链接和办理结果", "您的同意", "账号注销时删除", is_optional=True),
    Kind("登录时间、网络地址、浏览器类型", "安全审计，发现盗用", "网络安全法的日志留存义务", "13 个月"),
    Kind("同意记录", "证明告知和同意的内容", "履行法定职责", "账号注销后 3 年"),
)
RECIPIENTS = "本市及所在县区科技局的经办人员；您同意对接后的对方单位。不向其他方提供，不出境。"
RIGHTS = (
    "在“我的信息”里查看、复制（导出）、更正您的信息",
    "随时撤回同意、注销账号；撤回不影响此前已办理的事项",
    "对处理规则有疑问，可要求解释；一般在 15 个工作日内答复",
)


def text_of_notice() -> str:
    """The notice as canonical text: what the hash covers."""
    content = {
        "version": VERSION,
        "who": settings.KEQIAO_BUREAU_NAME,
        "kinds": [asdict(kind) for kind in KINDS],
        "recipients": RECIPIENTS,
        "rights": RIGHTS,
    }
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def notice_sha256() -> str:
    """SHA-256 of the notice as it is shown now, 64 hex digits."""
    return hashlib.sha256(text_of_notice().encode()).hexdigest()


def record_consent(
    *,
    scene: str,
    by: User | None = None,
    application: OrganisationApplication | None = None,
    shown_at: datetime | None = None,
    ip: str = "",
) -> Consent:
    """Keep that somebody was shown this version and agreed. scene: register, invitation or sign_in."""
    consent = Consent.objects.create(
        user=by,
        application=application,
        scene=scene,
        notice_version=VERSION,
        text_sha256=notice_sha256(),
        purposes=[kind.purpose for kind in KINDS],
        kinds=[kind.what for kind in KINDS],
        recipients=RECIPIENTS,
        keep_time="；".join(f"{kind.what}：{kind.keep}" for kind in KINDS)[:200],
        shown_at=shown_at or timezone.now(),
        ip=ip,
    )
    audit.record("consent.given", by=by, target=consent)
    return consent


def has_consented(user: User) -> bool:
    """Agreed to the version in force, and did not withdraw."""
    return user.consents.filter(
        notice_version=VERSION, text_sha256=notice_sha256(), withdrawn_at=None
    ).exists()


def withdraw_consent(*, by: User) -> int:
    """Take back every consent in force. The next sign-in asks again; the account stays until it is closed."""
    count: int = by.consents.filter(withdrawn_at=None).update(withdrawn_at=timezone.now())
    if count:
        audit.record("consent.withdrawn", by=by, target=by, row_count=count)
    return count
