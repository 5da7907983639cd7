"""Organisations and persons (who exists), users and grants (who may), and how both came to be."""

import uuid
from functools import cached_property
from typing import ClassVar, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from keqiao.core.fields import EncryptedTextField
from keqiao.people.authenticator import Authenticator as Authenticator  # a model of this app
from keqiao.people.enums import STAFF, THREE_ADMINS, OrganisationKind, Role
from keqiao.people.querysets import ApplicationQuerySet, OrganisationQuerySet, PersonQuerySet, UserQuerySet


class Organisation(models.Model):
    """A unit (单位) with one identity through renames and mergers. `name` is the name in force."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField("名称", max_length=120)
    pinyin = models.CharField("拼音", max_length=240, blank=True)
    kind = models.CharField(
        "类型", max_length=20, choices=OrganisationKind, default=OrganisationKind.ENTERPRISE
    )
    uscc = models.CharField("统一社会信用代码", max_length=18, blank=True, db_index=True)
    uscc_warning = models.CharField("代码提示", max_length=200, blank=True)
    division_code = models.CharField("所在地", max_length=12, blank=True, db_index=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级单位"
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged_from", verbose_name="已并入"
    )
    intro = models.TextField("简介", blank=True)
    website = models.URLField("网址", blank=True)
    is_verified = models.BooleanField("已核实", default=False)
    is_sample = models.BooleanField("示例", default=False)
    source_document = models.CharField("来源文件", max_length=120, blank=True)
    source_note = models.CharField("来源说明", max_length=200, blank=True)
    version = models.PositiveIntegerField("版本", default=1)
    created_at = models.DateTimeField("建立时间", default=timezone.now)
    updated_at = models.DateTimeField("更新时间", auto_now=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = "单位"
        indexes = [models.Index(fields=["name"], name="organisation_name")]
        constraints = [
            models.UniqueConstraint(
                fields=["uscc"],
                condition=~Q(uscc="") & Q(merged_into=None),
                name="organisation_uscc_once",
                violation_error_message="该统一社会信用代码已登记在另一家单位名下，请先查找该单位或申请合并。",
            ),
            models.CheckConstraint(
                name="organisation_not_merged_into_itself",
                condition=Q(merged_into=None) | ~Q(merged_into=F("id")),
                violation_error_message="单位不能并入自己。",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OrganisationName(models.Model):
    """A name that an organisation bears or bore (曾用名、简称); intake finds it by any of them."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="names")
    name = models.CharField("名称", max_length=120, db_index=True)
    is_former = models.BooleanField("曾用名", default=True)
    valid_to = models.DateField("用至", null=True, blank=True)
    note = models.CharField("依据", max_length=200, blank=True)

    class Meta:
        verbose_name = "单位名称"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="organisation_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class Person(models.Model):
    """A human being. Namesakes are different rows; `identity_hash` (keyed) tells them apart when an ID is known."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField("姓名", max_length=60, db_index=True)
    pinyin = models.CharField("拼音", max_length=120, blank=True)
    identity_hash = models.CharField("证件摘要", max_length=64, blank=True, db_index=True)
    phone = EncryptedTextField("电话", blank=True, default="")
    phone_hash = models.CharField("电话摘要", max_length=64, blank=True, db_index=True)
    email = EncryptedTextField("邮箱", blank=True, default="")
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged_from")
    is_sample = models.BooleanField("示例", default=False)
    created_at = models.DateTimeField("建立时间", default=timezone.now)

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name = "人员"

    def __str__(self) -> str:
        return self.name


class Affiliation(models.Model):
    """A person belongs to an organisation, perhaps to several, perhaps no longer."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="affiliations")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="affiliations")
    title = models.CharField("职务职称", max_length=60, blank=True)
    is_main = models.BooleanField("主要单位", default=True)
    ended_on = models.DateField("离开日期", null=True, blank=True)

    class Meta:
        verbose_name = "任职"
        constraints = [models.UniqueConstraint(fields=["person", "organisation"], name="affiliation_once")]

    def __str__(self) -> str:
        return f"{self.person} · {self.organisation}"


class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]  # made at run time
    def create_user(self, username: str, password: str | None = None, **fields: object) -> "User":
        """A user that can sign in once a password is set. Roles are granted apart, by `actions.grant_role`."""
        user: User = self.model(username=username.strip(), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save()
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        user: User = self.get(username=username)
        return user


class DisabledReason(models.TextChoices):
    """Why an account cannot sign in."""

    BY_ADMIN = "by_admin", "系统管理员停用"
    UNUSED = "unused", "长期未使用"
    CLOSED = "closed", "本人注销"


class User(AbstractBaseUser):  # type: ignore[django-manager-missing]  # its authenticators: django-otp is untyped
    """An account. User names are never given to somebody else, so accounts are closed, not deleted."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    username = models.CharField("用户名", max_length=60, unique=True)
    name = models.CharField("姓名", max_length=60, blank=True)
    phone = EncryptedTextField("手机", blank=True, default="")
    phone_hash = models.CharField("手机摘要", max_length=64, blank=True, db_index=True)
    email = EncryptedTextField("邮箱", blank=True, default="")
    person = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="users")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="users", verbose_name="单位"
    )
    is_active = models.BooleanField("启用", default=True)
    disabled_reason = models.CharField("停用原因", max_length=10, choices=DisabledReason, blank=True)
    disabled_at = models.DateTimeField("停用时间", null=True, blank=True)
    must_change_password = models.BooleanField("须改密码", default=True)
    password_changed_at = models.DateTimeField("改密时间", default=timezone.now)
    expires_on = models.DateField("有效期至", null=True, blank=True)
    last_seen_at = models.DateTimeField("最近使用", null=True, blank=True)
    created_at = models.DateTimeField("建立时间", default=timezone.now)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()

    class Meta:
        verbose_name = "用户"

    def __str__(self) -> str:
        return self.name or self.username

    @cached_property
    def current_grants(self) -> list["RoleGrant"]:
        """The grants in force today, one query a request."""
        return list(self.grants.in_force_on(timezone.localdate()).select_related("organisation"))

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(grant.role for grant in self.current_grants)

    @property
    def role_labels(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(str(Role(grant.role).label) for grant in self.current_grants))

    @property
    def unit_name(self) -> str:
        return self.organisation.name if self.organisation else ""

    @property
    def display_name(self) -> str:
        """What the pages call this user."""
        return self.name or self.username

    @property
    def is_administrator(self) -> bool:
        """One of the three administrators."""
        return bool(self.roles & THREE_ADMINS)

    @property
    def is_desk_user(self) -> bool:
        """Works for the bureau or administers: second factor and shorter idle time apply."""
        return bool(self.roles & STAFF)


class RoleGrantQuerySet(models.QuerySet["RoleGrant"]):
    def in_force_on(self, day: object) -> Self:
        """Not revoked, and not past its last day on `day`."""
        return self.filter(revoked_at=None).filter(Q(valid_until=None) | Q(valid_until__gte=day))


class RoleGrant(models.Model):
    """A role given to a user, with its area (division prefix, "" = everywhere) or its organisation."""

    user = models.ForeignKey(User, models.CASCADE, related_name="grants")
    role = models.CharField("角色", max_length=20, choices=Role)
    division_prefix = models.CharField("辖区", max_length=12, blank=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, verbose_name="单位")
    valid_until = models.DateField("有效期至", null=True, blank=True)
    granted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    granted_at = models.DateTimeField("授予时间", default=timezone.now)
    revoked_at = models.DateTimeField("收回时间", null=True, blank=True)

    objects = RoleGrantQuerySet.as_manager()

    class Meta:
        verbose_name = "角色授权"
        constraints = [
            models.CheckConstraint(
                name="grant_member_has_organisation",
                condition=~Q(role__in=[Role.ENTERPRISE, Role.INSTITUTE]) | Q(organisation__isnull=False),
                violation_error_message="企业用户、高校院所用户须指明所属单位。",
            ),
            models.CheckConstraint(
                name="grant_county_has_division",
                condition=~Q(role=Role.COUNTY_OFFICER) | ~Q(division_prefix=""),
                violation_error_message="县区科技局人员须指明辖区。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {Role(self.role).label}"

    def clean(self) -> None:
        """One person holds at most one of the three administrators, and no business role beside it."""
        others = {
            grant.role for grant in self.user.grants.in_force_on(timezone.localdate()).exclude(pk=self.pk)
        }
        if self.role in THREE_ADMINS and others:
            raise ValidationError(
                "三员分立：系统、安全、审计管理员须由不同的人专任，不能兼任其他角色。请先收回该用户现有角色，或另选一人。"
            )
        if others & THREE_ADMINS:
            raise ValidationError("该用户已是系统、安全或审计管理员，不能再授予其他角色。请另选一人。")


class PasswordRecord(models.Model):
    """Hashes of former passwords: none of the last five may come back."""

    user = models.ForeignKey(User, models.CASCADE, related_name="former_passwords")
    password = models.CharField(max_length=200)
    set_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "历史密码"
        ordering = ["-set_at"]

    def __str__(self) -> str:
        return f"{self.user_id} {self.set_at:%Y-%m-%d}"


class ApplicationStatus(models.TextChoices):
    WAITING = "waiting", "待审核"
    APPROVED = "approved", "已通过"
    RETURNED = "returned", "已退回"


class OrganisationApplication(models.Model):
    """An organisation asks for an account; an officer of its area approves it or returns it with a reason."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField("单位名称", max_length=120)
    kind = models.CharField("单位类型", max_length=20, choices=OrganisationKind)
    uscc = models.CharField("统一社会信用代码", max_length=18)
    uscc_warning = models.CharField("代码提示", max_length=200, blank=True)
    division_code = models.CharField("所在地", max_length=12)
    contact_name = models.CharField("联系人", max_length=60)
    contact_phone = EncryptedTextField("联系电话")
    contact_email = EncryptedTextField("邮箱", blank=True, default="")
    username = models.CharField("拟用用户名", max_length=60)
    password = models.CharField("密码摘要", max_length=200)
    note = models.TextField("说明", blank=True)
    status = models.CharField(
        "状态", max_length=10, choices=ApplicationStatus, default=ApplicationStatus.WAITING
    )
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField("处理时间", null=True, blank=True)
    reason = models.CharField("处理意见", max_length=300, blank=True)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="applications"
    )
    created_at = models.DateTimeField("申请时间", default=timezone.now)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = "单位注册申请"
        constraints = [
            models.CheckConstraint(
                name="application_decided_at_and_by",
                condition=Q(status=ApplicationStatus.WAITING, decided_at=None)
                | (~Q(status=ApplicationStatus.WAITING) & Q(decided_at__isnull=False)),
                violation_error_message="处理结果须有处理时间。",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Invitation(models.Model):
    """A colleague asked to join the same organisation by a one-time link."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="invitations")
    role = models.CharField("角色", max_length=20, choices=Role)
    name = models.CharField("姓名", max_length=60)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField("邀请时间", default=timezone.now)
    expires_at = models.DateTimeField("失效时间")
    accepted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    accepted_at = models.DateTimeField("接受时间", null=True, blank=True)
    revoked_at = models.DateTimeField("撤销时间", null=True, blank=True)

    class Meta:
        verbose_name = "邀请"

    def __str__(self) -> str:
        return f"{self.organisation} {self.name}"


class ChangeStatus(models.TextChoices):
    WAITING = "waiting", "待确认"
    CONFIRMED = "confirmed", "已确认"
    REFUSED = "refused", "未同意"


class AdminChange(models.Model):
    """One administrator asks to give or take an administrator's role; a second one confirms (双人复核)."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="admin_changes", verbose_name="用户")
    role = models.CharField("角色", max_length=20, choices=Role)
    is_grant = models.BooleanField("授予", default=True)  # False: take the role away
    reason = models.CharField("理由", max_length=300)
    status = models.CharField("状态", max_length=10, choices=ChangeStatus, default=ChangeStatus.WAITING)
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="申请人")
    requested_at = models.DateTimeField("申请时间", default=timezone.now)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="复核人"
    )
    decided_at = models.DateTimeField("复核时间", null=True, blank=True)
    decision_note = models.CharField("复核意见", max_length=300, blank=True)

    class Meta:
        verbose_name = "管理员变更"
        ordering = ["-requested_at"]
        constraints = [
            models.CheckConstraint(
                name="admin_change_two_persons",
                condition=Q(decided_by=None) | (~Q(decided_by=F("requested_by")) & ~Q(decided_by=F("user"))),
                violation_error_message="管理员角色变更须由申请人和本人以外的另一名管理员复核。",
            ),
            models.CheckConstraint(
                name="admin_change_decided_at_and_by",
                condition=Q(status=ChangeStatus.WAITING, decided_by=None, decided_at=None)
                | (~Q(status=ChangeStatus.WAITING) & Q(decided_by__isnull=False, decided_at__isnull=False)),
                violation_error_message="复核结果须同时有复核人和复核时间。",
            ),
        ]

    def __str__(self) -> str:
        return f"{'授予' if self.is_grant else '收回'} {self.user} {Role(self.role).label}"


class Consent(models.Model):
    """Somebody agreed to a version of the privacy notice (个人信息保护法 14、17条), and perhaps withdrew."""

    user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="consents")
    application = models.ForeignKey(
        OrganisationApplication, models.PROTECT, null=True, blank=True, related_name="consents"
    )
    scene = models.CharField("场景", max_length=20)  # register, invitation, sign_in
    notice_version = models.CharField("告知书版本", max_length=20)
    text_sha256 = models.CharField("告知书摘要", max_length=64)
    purposes = models.JSONField("目的", default=list)
    kinds = models.JSONField("信息种类", default=list)
    recipients = models.CharField("接收方", max_length=200, blank=True)
    keep_time = models.CharField("保存期限", max_length=200, blank=True)
    shown_at = models.DateTimeField("展示时间")
    agreed_at = models.DateTimeField("同意时间", default=timezone.now)
    ip = models.CharField("地址", max_length=45, blank=True)
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)

    class Meta:
        verbose_name = "个人信息同意记录"
        ordering = ["-agreed_at"]
        constraints = [
            models.CheckConstraint(
                name="consent_of_somebody",
                condition=Q(user__isnull=False) | Q(application__isnull=False),
                violation_error_message="同意记录须指明是谁同意的。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.scene} {self.notice_version}"


class UserSession(models.Model):
    """Where a user is signed in: shown on 我的信息, ended from there, or by a later sign-in when only one may be."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="sessions")
    session_key = models.CharField(max_length=40, unique=True)
    started_at = models.DateTimeField("登录时间", default=timezone.now)
    seen_at = models.DateTimeField("最近操作", default=timezone.now)
    ip = models.CharField("地址", max_length=45, blank=True)
    user_agent = models.CharField("客户端", max_length=200, blank=True)

    class Meta:
        verbose_name = "登录会话"
        ordering = ["-seen_at"]

    def __str__(self) -> str:
        return f"{self.user_id} {self.started_at:%Y-%m-%d %H:%M}"


class ApiToken(models.Model):
    """A machine's key to the intake of one kind, on behalf of one user. Only its hash is kept."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="api_tokens", verbose_name="用户")
    kind = models.CharField("可写入的类型", max_length=20)  # key of a registry, "demand"
    label = models.CharField("用途", max_length=100, blank=True)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField("建立时间", default=timezone.now)
    created_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    expires_at = models.DateTimeField("失效时间")
    last_used_at = models.DateTimeField("最近使用", null=True, blank=True)
    revoked_at = models.DateTimeField("作废时间", null=True, blank=True)

    class Meta:
        verbose_name = "接口令牌"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.label or f"{self.user_id} {self.kind}"
