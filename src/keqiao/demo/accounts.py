"""One account a role, with a random password that is printed and kept beside the demo's database."""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from keqiao.core.audit import record
from keqiao.people.actions import record_consent
from keqiao.people.enums import Role
from keqiao.people.models import Organisation, RoleGrant, User


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """Who the account is: its role, area and the start of its organisation's name in the demo's data."""

    username: str
    name: str
    role: Role
    division_prefix: str = ""
    organisation: str = ""


ACCOUNTS = (
    DemoAccount("qiye", "企业填报员（示例）", Role.ENTERPRISE, organisation="示例·固镇某生物基材料"),
    DemoAccount("gaoxiao", "高校成果管理员（示例）", Role.INSTITUTE, organisation="示例·淮河某理工大学"),
    DemoAccount("jingliren", "技术经理人（示例）", Role.BROKER),
    DemoAccount("zhuanjia", "专家（示例）", Role.EXPERT),
    DemoAccount("guzhen", "固镇县科技局科员（示例）", Role.COUNTY_OFFICER, division_prefix="340323"),
    DemoAccount("shiju", "市科技局科员（示例）", Role.BUREAU_OFFICER),
    DemoAccount("fuhe", "市科技局复核员（示例）", Role.BUREAU_OFFICER),
    DemoAccount("dengji", "合同登记员（示例）", Role.REGISTRAR),
    DemoAccount("shenji", "业务审计员（示例）", Role.AUDITOR),
    DemoAccount("xitong", "系统管理员（示例）", Role.SYSTEM_ADMIN),
    DemoAccount("anquan", "安全管理员（示例）", Role.SECURITY_ADMIN),
    DemoAccount("shenjiguanli", "审计管理员（示例）", Role.AUDIT_ADMIN),
)


def password_file() -> Path:
    """Where the demo's passwords are kept, readable by their owner alone."""
    return Path(settings.VAR) / "demo-accounts.json"


def ensure_accounts() -> dict[str, str]:
    """User name -> password of every demo account; makes those that are missing. Quick when all are there."""
    kept: dict[str, str] = json.loads(password_file().read_text("utf-8")) if password_file().exists() else {}
    there = set(
        User.objects.filter(username__in=[a.username for a in ACCOUNTS]).values_list("username", flat=True)
    )
    missing = [a for a in ACCOUNTS if a.username not in there or a.username not in kept]
    for account in missing:
        kept[account.username] = _make(account)
    if missing:
        descriptor = os.open(password_file(), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(kept, file, ensure_ascii=False, indent=1)
    return kept


def new_password() -> str:
    """Twelve characters of four classes, without those that look alike."""
    letters, digits = "abcdefghjkmnpqrstuvwxyz", "23456789"
    body = "".join(secrets.choice(letters + letters.upper() + digits) for _ in range(8))
    return body + secrets.choice(letters.upper()) + secrets.choice(digits) + secrets.choice(letters) + "#"


@transaction.atomic
def _make(account: DemoAccount) -> str:
    password = new_password()
    unit = _unit(account)
    user, _ = User.objects.get_or_create(
        username=account.username, defaults={"name": account.name, "organisation": unit}
    )
    user.set_password(password)
    user.must_change_password, user.password_changed_at = False, timezone.now()
    user.save()
    if not user.grants.filter(role=account.role).exists():
        grant = RoleGrant(
            user=user, role=account.role, division_prefix=account.division_prefix,
            organisation=unit if account.role in (Role.ENTERPRISE, Role.INSTITUTE) else None,
        )  # fmt: skip
        grant.full_clean()
        grant.save()
    record_consent(scene="sign_in", by=user)
    record("account.created", target=user, changes={"role": [None, account.role]}, reason="演示账号")
    return password


def _unit(account: DemoAccount) -> Organisation | None:
    """The sample organisation whose name begins so."""
    return (
        Organisation.objects.filter(name__startswith=account.organisation).first()
        if account.organisation
        else None
    )
