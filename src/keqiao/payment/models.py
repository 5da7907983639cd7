"""Envelopes and their movements, lists, awards and their steps, contests, publicity, batches, receipts, clawback, papers."""

import secrets
import uuid
from decimal import Decimal
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Sum
from django.utils import timezone

from keqiao.core.fields import EncryptedTextField
from keqiao.payment.enums import (
    ENDED,
    AwardState,
    BatchState,
    ContestState,
    EntryKind,
    EvidenceKind,
    LineState,
    Path,
)
from keqiao.payment.ledger import Balance
from keqiao.people.access import Scope
from keqiao.people.models import Organisation
from keqiao.policy.models import READERS, FactFreeze, ItemRule, PolicyItem
from keqiao.registry.records.models import prefix_range

USER = settings.AUTH_USER_MODEL


def new_token() -> str:
    return secrets.token_urlsafe(18)


def yuan(fen: int) -> Decimal:
    """Fen as yuan with two decimals."""
    return Decimal(fen).scaleb(-2)


def in_area(scope: Scope, field: str) -> Q:
    """Rows of an officer's area; nothing for other roles."""
    if not scope.roles & READERS:
        return Q(pk__in=[])
    if scope.sees_all:
        return Q()
    seen = Q(pk__in=[])
    for prefix in scope.prefixes:
        seen |= prefix_range(field, prefix)
    return seen


class Envelope(models.Model):
    """A pot of money of one year (资金包). Its sums are derived from its movements, never stored."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField("编号", max_length=32, unique=True)
    name = models.CharField("名称", max_length=160)
    year = models.PositiveSmallIntegerField("年度")
    source = models.CharField("资金来源", max_length=200)
    document_no = models.CharField("下达文号", max_length=80, blank=True)
    division_code = models.CharField("地区", max_length=12, blank=True)
    is_sample = models.BooleanField("示例", default=False)
    created_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    created_at = models.DateTimeField("建立时间", default=timezone.now)

    class Meta:
        verbose_name = "资金包"
        ordering = ["-year", "pk"]
        constraints = [models.UniqueConstraint(fields=["year", "name"], name="envelope_once_a_year")]

    def __str__(self) -> str:
        return f"{self.name}（{self.year}）"

    def balance(self) -> Balance:
        """The sums now. One query over the envelope's movements."""
        sums = self.entries.aggregate(
            allotted=Sum("allotted_fen"), committed=Sum("committed_fen"), paid=Sum("paid_fen")
        )
        return Balance(sums["allotted"] or 0, sums["committed"] or 0, sums["paid"] or 0)


class EnvelopeEntry(models.Model):
    """One movement of an envelope (资金变动), immutable: triggers of the database refuse to change or delete it.

    fen: its size, above zero; the other three are what it does to each sum. key: what it is for, so that a repeated
    request cannot move money twice.
    """

    envelope = models.ForeignKey(Envelope, models.PROTECT, related_name="entries", verbose_name="资金包")
    kind = models.CharField("类型", max_length=8, choices=EntryKind)
    fen = models.BigIntegerField("金额（分）")
    allotted_fen = models.BigIntegerField("下达变动（分）", default=0)
    committed_fen = models.BigIntegerField("占用变动（分）", default=0)
    paid_fen = models.BigIntegerField("已付变动（分）", default=0)
    award = models.ForeignKey(
        "Award", models.PROTECT, null=True, blank=True, related_name="entries", verbose_name="兑现事项"
    )
    batch = models.ForeignKey(
        "Batch", models.PROTECT, null=True, blank=True, related_name="entries", verbose_name="批次"
    )
    key = models.CharField("标识", max_length=80)
    note = models.CharField("说明", max_length=300, blank=True)
    on = models.DateField("日期")
    at = models.DateTimeField("时间", default=timezone.now)
    by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", verbose_name="经办人")

    class Meta:
        verbose_name = "资金变动"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["envelope", "on"], name="entry_envelope_day"),
            models.Index(fields=["award"], name="entry_award"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["envelope", "key"], name="entry_once"),
            models.CheckConstraint(
                name="entry_says_what_it_does",
                condition=Q(fen__gt=0)
                & (
                    Q(kind="allot", allotted_fen=F("fen"), committed_fen=0, paid_fen=0)
                    | Q(kind="cut", allotted_fen=F("fen") * -1, committed_fen=0, paid_fen=0)
                    | Q(kind="commit", allotted_fen=0, committed_fen=F("fen"), paid_fen=0)
                    | Q(kind="release", allotted_fen=0, committed_fen=F("fen") * -1, paid_fen=0)
                    | Q(kind="pay", allotted_fen=0, committed_fen=F("fen") * -1, paid_fen=F("fen"))
                    | Q(kind="bounce", allotted_fen=0, committed_fen=F("fen"), paid_fen=F("fen") * -1)
                    | Q(kind="recover", allotted_fen=0, committed_fen=0, paid_fen=F("fen") * -1)
                ),
                violation_error_message="资金变动的金额和类型不一致。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {yuan(self.fen):,.2f} 元"

    @property
    def yuan(self) -> Decimal:
        return yuan(self.fen)


class PayeeAccount(models.Model):
    """Where a unit wants its money (收款账户). The number is encrypted and shown in stars; each reveal is audited."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="payee_accounts", verbose_name="单位"
    )
    holder = models.CharField("户名", max_length=120)
    bank = models.CharField("开户行", max_length=120)
    bank_code = models.CharField("联行号", max_length=12, blank=True)
    number = EncryptedTextField("账号")
    number_hash = models.CharField("账号摘要", max_length=64, db_index=True)
    tail = models.CharField("账号后四位", max_length=4)
    ended_at = models.DateTimeField("停用时间", null=True, blank=True)
    created_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    created_at = models.DateTimeField("登记时间", default=timezone.now)

    class Meta:
        verbose_name = "收款账户"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "number_hash"],
                condition=Q(ended_at=None),
                name="payee_account_once",
                violation_error_message="这个账号已经登记过。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.bank} {self.masked}"

    @property
    def masked(self) -> str:
        return f"**** **** {self.tail}"


class AwardList(models.Model):
    """Who gets what by one item for one period (兑现名单), with the rule version and the data that said so.

    verdicts: firm id -> [outcome, words, amount in fen or null] for every firm that was looked at, as it was found.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField("编号", max_length=32, unique=True)
    item = models.ForeignKey(PolicyItem, models.PROTECT, related_name="award_lists", verbose_name="政策条款")
    rule = models.ForeignKey(ItemRule, models.PROTECT, related_name="+", verbose_name="规则版本")
    freeze = models.ForeignKey(
        FactFreeze, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="数据版本"
    )
    envelope = models.ForeignKey(Envelope, models.PROTECT, related_name="award_lists", verbose_name="资金包")
    period = models.CharField("兑现期", max_length=20)
    on = models.DateField("以哪天为准")
    path = models.CharField("方式", max_length=6, choices=Path)
    counts = models.JSONField("结果计数", default=dict)
    overrun = models.CharField("超出资金时", max_length=8, blank=True)
    division_code = models.CharField("地区", max_length=12, blank=True)
    is_sample = models.BooleanField("示例", default=False)
    created_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    created_at = models.DateTimeField("生成时间", default=timezone.now)

    class Meta:
        verbose_name = "兑现名单"
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["item", "period"], name="award_list_item")]

    def __str__(self) -> str:
        return f"{self.number} {self.item.title}（{self.period}）"


class AwardQuerySet(models.QuerySet["Award"]):
    def visible_to(self, scope: Scope) -> Self:
        """An officer's area, and what concerns the own unit from the moment it was told."""
        seen = in_area(scope, "division_code")
        if scope.organisations:
            told = ~Q(state__in=(AwardState.MATCHED, AwardState.SECOND)) | Q(path=Path.APPLY)
            seen = seen | (Q(organisation_id__in=scope.organisations) & told)
        return self.filter(seen)

    def live(self) -> Self:
        """Not ended without money."""
        return self.exclude(state__in=ENDED)


class Award(models.Model):
    """What one firm gets by one item for one period (兑现事项). Amounts in fen.

    asked_fen: by the formula; amount_fen: what is given after scaling. verdict: the conditions with value, bound and
    source; working: the formula filled in. inputs: what was typed in an application.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField("编号", max_length=32, unique=True)
    roll = models.ForeignKey(AwardList, models.PROTECT, related_name="awards", verbose_name="兑现名单")
    item = models.ForeignKey(PolicyItem, models.PROTECT, related_name="awards", verbose_name="政策条款")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="awards", verbose_name="单位")
    firm_name = models.CharField("单位名称", max_length=120)
    division_code = models.CharField("所在地", max_length=12, blank=True)
    period = models.CharField("兑现期", max_length=20)
    path = models.CharField("方式", max_length=6, choices=Path)
    state = models.CharField("状态", max_length=12, choices=AwardState)
    asked_fen = models.BigIntegerField("核算金额（分）", null=True, blank=True)
    amount_fen = models.BigIntegerField("兑现金额（分）", null=True, blank=True)
    recovered_fen = models.BigIntegerField("已追回（分）", default=0)
    verdict: Any = models.JSONField("条件判断", default=dict)
    working: Any = models.JSONField("金额计算", default=dict)
    inputs: Any = models.JSONField("申报内容", default=dict)
    reason = models.CharField("原因", max_length=500, blank=True)
    account = models.ForeignKey(
        PayeeAccount, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="收款账户"
    )
    confirmed_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    seconded_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)
    since = models.DateTimeField("进入当前状态", default=timezone.now)
    version = models.PositiveIntegerField("版本", default=1)

    objects = AwardQuerySet.as_manager()

    class Meta:
        verbose_name = "兑现事项"
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["roll", "state"], name="award_list_state"),
            models.Index(fields=["organisation", "state"], name="award_firm"),
            models.Index(fields=["division_code", "state"], name="award_place"),
            models.Index(fields=["state", "since"], name="award_waiting"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "item", "period"],
                condition=~Q(state__in=[str(one) for one in ENDED]),
                name="award_once_a_period",
                violation_error_message="这家单位在这个兑现期已经有同一事项。",
            ),
            models.CheckConstraint(
                name="award_two_persons",
                condition=Q(seconded_by=None) | ~Q(seconded_by=F("confirmed_by")),
                violation_error_message="复核须由另一个人办理。",
            ),
            models.CheckConstraint(
                name="award_never_above_what_is_due",
                condition=Q(amount_fen=None) | Q(asked_fen__gte=F("amount_fen")),
                violation_error_message="兑现金额不能高于核算金额。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.firm_name}"

    @property
    def amount_yuan(self) -> Decimal | None:
        return None if self.amount_fen is None else yuan(self.amount_fen)

    @property
    def asked_yuan(self) -> Decimal | None:
        return None if self.asked_fen is None else yuan(self.asked_fen)


class AwardStep(models.Model):
    """One move of an award (办理记录), as its page tells it."""

    award = models.ForeignKey(Award, models.CASCADE, related_name="steps")
    move = models.CharField("办理", max_length=20)
    words = models.CharField("说明", max_length=500)
    is_for_firm = models.BooleanField("企业可见", default=True)
    by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField("时间", default=timezone.now)

    class Meta:
        verbose_name = "兑现办理记录"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.words


class Contest(models.Model):
    """The firm says that a condition or the amount was judged on wrong data (条件申诉)."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField("编号", max_length=32, unique=True)
    award = models.ForeignKey(Award, models.PROTECT, related_name="contests", verbose_name="兑现事项")
    condition = models.CharField("条件", max_length=60)  # id of a condition, "amount" for the sum
    condition_title = models.CharField("条件名称", max_length=200)
    text = models.TextField("理由")
    state = models.CharField("状态", max_length=10, choices=ContestState, default=ContestState.OPEN)
    answer = models.CharField("答复", max_length=600, blank=True)
    by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    came_at = models.DateTimeField("提出时间", default=timezone.now)
    decided_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField("答复时间", null=True, blank=True)

    class Meta:
        verbose_name = "条件申诉"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["award", "condition"], condition=Q(state="open"), name="contest_once_while_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.condition_title}"


class Publicity(models.Model):
    """A list made public (兑现公示), frozen with its digest; objections stop the clock of the firm they name."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField("编号", max_length=32, unique=True)
    roll = models.ForeignKey(AwardList, models.PROTECT, related_name="publicities", verbose_name="兑现名单")
    title = models.CharField("标题", max_length=240)
    issuer = models.CharField("发布单位", max_length=120)
    working_days = models.PositiveSmallIntegerField("公示工作日")
    start_on = models.DateField("起始日")
    content: Any = models.JSONField("内容", default=list)  # [[award number, firm, item, fen]]
    digest = models.CharField("内容摘要", max_length=64)
    published_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    published_at = models.DateTimeField("发布时间", default=timezone.now)

    class Meta:
        verbose_name = "兑现公示"
        ordering = ["-published_at"]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class PublicObjection(models.Model):
    """Somebody objects to a published award, signed (公示异议). Who it is, only the officer reads, each time audited."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField("编号", max_length=32, unique=True)
    publicity = models.ForeignKey(
        Publicity, models.PROTECT, related_name="objections", verbose_name="兑现公示"
    )
    award = models.ForeignKey(Award, models.PROTECT, related_name="objections", verbose_name="兑现事项")
    name = EncryptedTextField("姓名或单位")
    phone = EncryptedTextField("电话")
    text = EncryptedTextField("异议事项和依据")
    token = models.CharField(max_length=40, unique=True, default=new_token, editable=False)
    came_on = models.DateField("收到日期")
    is_upheld = models.BooleanField("成立", null=True, blank=True)
    reason = models.CharField("处理理由（公开）", max_length=600, blank=True)
    decided_on = models.DateField("办结日期", null=True, blank=True)
    decided_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = "公示异议"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.number


class Batch(models.Model):
    """Payments that go to the treasury together (拨付批次). Frozen when a second person has checked it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField("编号", max_length=32, unique=True)
    envelope = models.ForeignKey(Envelope, models.PROTECT, related_name="batches", verbose_name="资金包")
    title = models.CharField("名称", max_length=160)
    state = models.CharField("状态", max_length=10, choices=BatchState, default=BatchState.DRAFT)
    line_count = models.PositiveIntegerField("笔数")
    total_fen = models.BigIntegerField("合计（分）")
    file_digest = models.CharField("拨付文件摘要", max_length=64, blank=True)
    is_sample = models.BooleanField("示例", default=False)
    created_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    created_at = models.DateTimeField("建立时间", default=timezone.now)
    checked_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    checked_at = models.DateTimeField("复核时间", null=True, blank=True)
    sent_at = models.DateTimeField("送出时间", null=True, blank=True)
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = "拨付批次"
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="batch_two_persons",
                condition=Q(checked_by=None) | ~Q(checked_by=F("created_by")),
                violation_error_message="批次须由经办人以外的人复核。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def total_yuan(self) -> Decimal:
        return yuan(self.total_fen)


class BatchLine(models.Model):
    """One payment of a batch (拨付明细), with the payee as it was when the batch was made."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="lines", verbose_name="批次")
    award = models.ForeignKey(Award, models.PROTECT, related_name="lines", verbose_name="兑现事项")
    serial = models.PositiveIntegerField("序号")
    number = models.CharField("明细编号", max_length=40, unique=True)
    payee = models.CharField("收款单位", max_length=120)
    holder = models.CharField("户名", max_length=120)
    bank = models.CharField("开户行", max_length=120)
    bank_code = models.CharField("联行号", max_length=12, blank=True)
    account = EncryptedTextField("账号")
    tail = models.CharField("账号后四位", max_length=4)
    fen = models.BigIntegerField("金额（分）")
    purpose = models.CharField("用途", max_length=200)
    state = models.CharField("状态", max_length=10, choices=LineState, default=LineState.WAITING)
    paid_on = models.DateField("到账日期", null=True, blank=True)
    bank_ref = models.CharField("银行流水号", max_length=60, blank=True)
    note = models.CharField("说明", max_length=300, blank=True)

    class Meta:
        verbose_name = "拨付明细"
        ordering = ["batch", "serial"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "award"], name="batch_line_once"),
            models.UniqueConstraint(
                fields=["award"],
                condition=Q(state__in=["waiting", "paid"]),
                name="award_paid_once",
                violation_error_message="这件事项已经在一个批次里。",
            ),
            models.CheckConstraint(name="batch_line_above_zero", condition=Q(fen__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.payee}"


class ReceiptFile(models.Model):
    """A file of results from the treasury or bank (拨付回单), read once, with what it did and what did not fit."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="receipts", verbose_name="批次")
    file_name = models.CharField("文件名", max_length=200)
    sha256 = models.CharField("文件摘要", max_length=64)
    paid_count = models.PositiveIntegerField("到账笔数", default=0)
    paid_fen = models.BigIntegerField("到账金额（分）", default=0)
    bounced_count = models.PositiveIntegerField("退票笔数", default=0)
    problems: Any = models.JSONField("不符", default=list)
    by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    at = models.DateTimeField("导入时间", default=timezone.now)

    class Meta:
        verbose_name = "拨付回单"
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["batch", "sha256"], name="receipt_file_once")]

    def __str__(self) -> str:
        return self.file_name

    @property
    def paid_yuan(self) -> Decimal:
        return yuan(self.paid_fen)


class Recovery(models.Model):
    """Money that a firm has to give back (资金追回), asked by one person and approved by another."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField("编号", max_length=32, unique=True)
    award = models.ForeignKey(Award, models.PROTECT, related_name="recoveries", verbose_name="兑现事项")
    fen = models.BigIntegerField("应退（分）")
    returned_fen = models.BigIntegerField("已退（分）", default=0)
    reason = models.CharField("原因和依据", max_length=500)
    due_on = models.DateField("限期")
    asked_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField("提出时间", default=timezone.now)
    approved_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField("批准时间", null=True, blank=True)

    class Meta:
        verbose_name = "资金追回"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="recovery_two_persons",
                condition=Q(approved_by=None) | ~Q(approved_by=F("asked_by")),
                violation_error_message="追回须由提出人以外的人批准。",
            ),
            models.CheckConstraint(
                name="recovery_never_above_what_is_due",
                condition=Q(fen__gt=0) & Q(returned_fen__gte=0) & Q(returned_fen__lte=F("fen")),
                violation_error_message="已退金额不能超过应退金额。",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def yuan(self) -> Decimal:
        return yuan(self.fen)

    @property
    def returned_yuan(self) -> Decimal:
        return yuan(self.returned_fen)


class Material(models.Model):
    """A file that a unit handed in once (申报材料), found by its content: used again, never uploaded again."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="materials", verbose_name="单位"
    )
    name = models.CharField("文件名", max_length=200)
    mime = models.CharField("类型", max_length=100)
    size_bytes = models.PositiveIntegerField("大小")
    sha256 = models.CharField("内容摘要", max_length=64)
    by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    at = models.DateTimeField("上传时间", default=timezone.now)

    class Meta:
        verbose_name = "申报材料"
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["organisation", "sha256"], name="material_once")]

    def __str__(self) -> str:
        return self.name


class AwardMaterial(models.Model):
    """A material in its place in an application (材料引用)."""

    award = models.ForeignKey(Award, models.CASCADE, related_name="papers")
    key = models.CharField("材料项", max_length=40)
    material = models.ForeignKey(Material, models.PROTECT, related_name="uses")

    class Meta:
        verbose_name = "材料引用"
        constraints = [models.UniqueConstraint(fields=["award", "key"], name="award_material_once")]

    def __str__(self) -> str:
        return f"{self.key} {self.material}"


class Evidence(models.Model):
    """A thing that money was given for (受支持凭证): an invoice, a loan contract … The same one is paid for once.

    reference: normalised (invoice code + number in capitals); unique among those in use over all units and items.
    """

    award = models.ForeignKey(Award, models.PROTECT, related_name="evidence", verbose_name="兑现事项")
    kind = models.CharField("类型", max_length=10, choices=EvidenceKind)
    reference = models.CharField("号码", max_length=80)
    title = models.CharField("内容", max_length=200, blank=True)
    fen = models.BigIntegerField("金额（分）", null=True, blank=True)
    dated = models.DateField("日期", null=True, blank=True)
    is_in_use = models.BooleanField("有效", default=True)  # False: its award ended without money

    class Meta:
        verbose_name = "受支持凭证"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "reference"],
                condition=Q(is_in_use=True),
                name="evidence_paid_once",
                violation_error_message="这份凭证已经用过。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.reference}"
