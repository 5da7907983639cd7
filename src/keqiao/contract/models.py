"""A technology contract with everything the 技术合同登记表 asks, its judgements, and its registration."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from keqiao.contract.enums import (
    ChangeKind,
    ContractClass,
    Form,
    IncomeState,
    Licence,
    PayMethod,
    Scale,
    Side,
    State,
)
from keqiao.contract.ledgermodels import FollowUp, LedgerEntry, LedgerImport
from keqiao.contract.querysets import ContractQuerySet
from keqiao.contract.verdict import VERDICTS
from keqiao.core.fields import EncryptedTextField
from keqiao.people.models import Organisation

__all__ = [
    "FollowUp",
    "LedgerEntry",
    "LedgerImport",
]  # of `ledgermodels`: one room, one place to import models from


def _yuan(label: str, **more: Any) -> "models.DecimalField[Any, Any]":
    return models.DecimalField(label, max_digits=15, decimal_places=2, **more)


def _by(label: str, **more: Any) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=label, **more
    )


class Contract(models.Model):
    """One contract. Sums in yuan, in `currency` as signed. `nature`: answers to the questions of facts.Nature.

    owner: the unit that drafts it. is_shared: the other parties see it (from the first submission, or when shared).
    division_code: of the applicant, copied, so that an area's queue is one index. fingerprint: the duplicate guard.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField("编号", max_length=32, unique=True)
    status = models.CharField("状态", max_length=12, choices=State, default=State.DRAFT)
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="contracts", verbose_name="填报单位")
    is_shared = models.BooleanField("对方可见", default=False)
    division_code = models.CharField("所在地", max_length=12, blank=True)
    title = models.CharField("合同名称", max_length=120, blank=True)
    project_name = models.CharField("项目名称", max_length=200)
    declared_class = models.CharField("合同类别", max_length=3, choices=ContractClass, blank=True)
    subclass = models.CharField("子类", max_length=16, blank=True)
    licence_type = models.CharField("许可方式", max_length=10, choices=Licence, blank=True)
    form = models.CharField("合同形式", max_length=10, choices=Form, default=Form.WRITTEN)
    document_kind = models.CharField("文本种类", max_length=10, default="contract")
    language = models.CharField("文字", max_length=8, default="zh")
    content = models.TextField("技术内容、范围和要求", blank=True)
    nature = models.JSONField("认定情况", default=dict, blank=True)
    clauses = models.JSONField("已约定的内容", default=list, blank=True)
    annexes = models.JSONField("已备材料", default=list, blank=True)
    sign_on = models.DateField("签订日期", null=True, blank=True)
    effective_on = models.DateField("生效日期", null=True, blank=True)
    begin_on = models.DateField("有效期起", null=True, blank=True)
    end_on = models.DateField("有效期止", null=True, blank=True)
    currency = models.CharField("币种", max_length=3, default="CNY")
    rate = models.DecimalField("汇率", max_digits=14, decimal_places=6, null=True, blank=True)
    rate_on = models.DateField("汇率日期", null=True, blank=True)
    total_amount = _yuan("成交总额", null=True, blank=True)
    tech_amount = _yuan("技术交易额", null=True, blank=True)
    pay_method = models.CharField("支付方式", max_length=14, choices=PayMethod, blank=True)
    entry_fee = _yuan("入门费", null=True, blank=True)
    royalty_base = models.CharField("提成基数", max_length=60, blank=True)
    royalty_rate = models.DecimalField("提成比例", max_digits=7, decimal_places=4, null=True, blank=True)
    is_related = models.BooleanField("关联交易", default=False)
    is_wholly_related = models.BooleanField("持股百分之百的关联方", default=False)
    is_import = models.BooleanField("技术进口", default=False)
    same_invoice = models.BooleanField("相关服务同一张发票", null=True, blank=True)
    licence_years = models.DecimalField("许可年限", max_digits=5, decimal_places=1, null=True, blank=True)
    is_global_exclusive = models.BooleanField("全球独占", null=True, blank=True)
    owns_technology = models.BooleanField("拥有所有权", null=True, blank=True)
    needs_approval = models.BooleanField("依法须经批准", default=False)
    is_disputed = models.BooleanField("有争议", default=False)
    field11 = models.CharField("技术领域", max_length=8, blank=True)
    ip_types = models.JSONField("知识产权类型", default=list, blank=True)
    plan_source = models.CharField("计划来源", max_length=8, blank=True)
    objective = models.CharField("社会经济目标", max_length=8, blank=True)
    industry = models.CharField("服务的国民经济行业", max_length=8, blank=True)
    tech_source = models.CharField("技术来源", max_length=30, blank=True)  # its list is 待核实
    new_input = _yuan("预计新增投入", null=True, blank=True)
    new_output = _yuan("预计新增产值", null=True, blank=True)
    secret = models.JSONField("技术秘密四个条件", default=dict, blank=True)
    secrecy_clause = models.TextField("保密约定", blank=True)
    acceptance_clause = models.TextField("验收约定", blank=True)
    ownership_clause = models.TextField("成果归属约定", blank=True)
    change_clause = models.TextField("变更和解除约定", blank=True)
    fingerprint = models.CharField("查重摘要", max_length=64, blank=True, db_index=True)
    case_id = models.UUIDField("对接事项", null=True, blank=True, db_index=True)  # deal.Case.public_id
    demand_id = models.UUIDField("技术需求", null=True, blank=True)  # public_id of the Demand
    achievement_id = models.UUIDField("科技成果", null=True, blank=True)  # public_id of the Achievement
    is_sample = models.BooleanField("示例", default=False)
    source_document = models.CharField("来源文件", max_length=120, blank=True)
    version = models.PositiveIntegerField("版本", default=1)
    created_by = _by("填报人")
    created_at = models.DateTimeField("建立时间", default=timezone.now)
    updated_at = models.DateTimeField("更新时间", default=timezone.now)

    objects = ContractQuerySet.as_manager()

    class Meta:
        verbose_name = "技术合同"
        ordering = ["-updated_at"]
        indexes = [
            models.Index(fields=["status", "division_code", "-updated_at"], name="contract_queue"),
            models.Index(fields=["owner", "-updated_at"], name="contract_of_unit"),
            models.Index(fields=["-updated_at"], name="contract_latest"),
            models.Index(
                fields=["number", "project_name"], name="contract_words"
            ),  # read whole, for LIKE '%…%'
        ]
        constraints = [
            models.CheckConstraint(
                name="contract_period_in_order",
                condition=Q(begin_on=None) | Q(end_on=None) | Q(begin_on__lte=F("end_on")),
                violation_error_message="合同有效期的开始日期不能晚于结束日期。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.project_name}"


class ContractParty(models.Model):
    """A side of a contract as it stood when signed, with the fields of the 技术合同登记表."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="parties")
    side = models.CharField("角色", max_length=6, choices=Side)
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="contract_parties",
        verbose_name="单位",
    )
    name = models.CharField("名称", max_length=120, blank=True)
    uscc = models.CharField("统一社会信用代码", max_length=18, blank=True, db_index=True)
    country = models.CharField("国别", max_length=3, default="CN")
    division_code = models.CharField("行政区划", max_length=12, blank=True, db_index=True)
    party_type = models.CharField("性质", max_length=4, blank=True)  # code list party2005
    industry = models.CharField("国民经济行业", max_length=8, blank=True)
    address = models.CharField("地址", max_length=200, blank=True)
    zipcode = models.CharField("邮编", max_length=6, blank=True)
    representative = models.CharField("法定代表人", max_length=60, blank=True)
    contact = EncryptedTextField("联系人", blank=True, default="")
    contact_phone = EncryptedTextField("联系电话", blank=True, default="")
    account_bank = models.CharField("开户行", max_length=120, blank=True)
    account_number = EncryptedTextField("账号", blank=True, default="")
    account_hash = models.CharField("账号摘要", max_length=64, blank=True, db_index=True)
    seal = models.CharField("印章名称", max_length=120, blank=True)
    seal_checked = models.BooleanField("已核对印章", default=False)
    is_department = models.BooleanField("内设机构或课题组", default=False)
    is_transfer_body = models.BooleanField("技术转移机构", default=False)
    is_rd_body = models.BooleanField("研发机构", default=False)
    is_converted_institute = models.BooleanField("转制科研院所", default=False)
    is_in_hightech_zone = models.BooleanField("国家高新区内企业", default=False)
    is_listed = models.BooleanField("上市公司", default=False)
    scale = models.CharField("企业规模", max_length=6, choices=Scale, blank=True)

    class Meta:
        verbose_name = "合同当事人"
        indexes = [models.Index(fields=["name", "contract"], name="contract_party_words")]
        constraints = [models.UniqueConstraint(fields=["contract", "side"], name="contract_party_once")]

    def __str__(self) -> str:
        return f"{self.get_side_display()} {self.name}"


class ContractIp(models.Model):
    """A right that the contract passes, licenses or will make."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="ip")
    kind = models.CharField("种类", max_length=8, blank=True)  # code list ip_type
    number = models.CharField("号码", max_length=60, blank=True)
    name = models.CharField("名称", max_length=200, blank=True)
    owner = models.CharField("权利人", max_length=120, blank=True)
    filed_on = models.DateField("申请日", null=True, blank=True)
    expires_on = models.DateField("有效期至", null=True, blank=True)

    class Meta:
        verbose_name = "合同知识产权"

    def __str__(self) -> str:
        return self.number or self.name


class CostItem(models.Model):
    """A purchase inside the price (非技术性费用); is_reasonable_object: 合理数量标的物, not deducted."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="cost_items")
    kind = models.CharField("种类", max_length=20, blank=True)
    description = models.CharField("说明", max_length=200, blank=True)
    amount = _yuan("金额", null=True, blank=True)
    is_reasonable_object = models.BooleanField("合理数量标的物", default=False)

    class Meta:
        verbose_name = "非技术性费用"

    def __str__(self) -> str:
        return f"{self.kind} {self.description}"


class Milestone(models.Model):
    """Something to be delivered by a day."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="milestones")
    title = models.CharField("内容", max_length=200)
    due_on = models.DateField("应完成", null=True, blank=True)
    done_on = models.DateField("完成", null=True, blank=True)
    note = models.CharField("说明", max_length=300, blank=True)

    class Meta:
        verbose_name = "合同节点"
        ordering = ["due_on", "pk"]

    def __str__(self) -> str:
        return self.title


class PlannedPayment(models.Model):
    """An instalment as agreed, and what came of it."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="payments")
    amount = _yuan("金额", null=True, blank=True)
    due_on = models.DateField("应付日期", null=True, blank=True)
    condition = models.CharField("付款条件", max_length=200, blank=True)
    paid_on = models.DateField("到账日期", null=True, blank=True)
    paid_amount = _yuan("到账金额", null=True, blank=True)

    class Meta:
        verbose_name = "约定付款"
        ordering = ["due_on", "pk"]

    def __str__(self) -> str:
        return f"{self.due_on or ''} {self.amount or ''}"


class Acceptance(models.Model):
    """An acceptance (验收) and its result."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="acceptances")
    held_on = models.DateField("验收日期")
    is_passed = models.BooleanField("通过")
    note = models.TextField("验收意见", blank=True)
    by = _by("登记人")
    created_at = models.DateTimeField("登记时间", default=timezone.now)

    class Meta:
        verbose_name = "合同验收"

    def __str__(self) -> str:
        return f"{self.held_on} {'通过' if self.is_passed else '未通过'}"


class ContractAmendment(models.Model):
    """The parties changed or ended the contract. before, after: the fields concerned."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="amendments")
    kind = models.CharField("种类", max_length=12, choices=ChangeKind)
    agreed_on = models.DateField("约定日期")
    reason = models.CharField("原因", max_length=300)
    before = models.JSONField("变更前", default=dict)
    after = models.JSONField("变更后", default=dict)
    by = _by("登记人")
    created_at = models.DateTimeField("登记时间", default=timezone.now)

    class Meta:
        verbose_name = "合同变更"

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.agreed_on}"


class ContractPaper(models.Model):
    """An uploaded paper: the contract's own text or an annex. read: what `reader` found, as JSON."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    contract = models.ForeignKey(Contract, models.CASCADE, related_name="papers")
    annex = models.CharField("材料", max_length=24, default="contract_text")
    name = models.CharField("文件名", max_length=120)
    sha256 = models.CharField("摘要", max_length=64)
    content = models.BinaryField("内容")
    text = models.TextField("文字", blank=True)
    by = _by("上传人")
    created_at = models.DateTimeField("上传时间", default=timezone.now)

    class Meta:
        verbose_name = "合同材料"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name


class Judgement(models.Model):
    """A pre-check as it was made, kept for ever: the book, its version and digest, the inputs and the whole verdict."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="judgements")
    rule_set = models.CharField("规则", max_length=10)
    rule_version = models.CharField("规则版本", max_length=20)
    rule_digest = models.CharField("规则摘要", max_length=64)
    judged_on = models.DateField("按此日受理")
    inputs = models.JSONField("输入")
    result = models.JSONField("结果")
    verdict = models.CharField("结论", max_length=16)
    by = _by("检查人", null=True, blank=True)
    created_at = models.DateTimeField("检查时间", default=timezone.now)

    class Meta:
        verbose_name = "预检记录"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.rule_set} {self.verdict}"

    @property
    def verdict_label(self) -> str:
        """The verdict in words."""
        return VERDICTS.get(self.verdict, self.verdict)


class ContractRegistration(models.Model):
    """The registrar's side of a contract: clock, decision, number, approved sums. `LedgerEntry` is its line in the statistics.

    The approved values are copied here when registered, so that a later draft of the contract changes nothing.
    reg_no: 14 or 16 digits, never given twice, kept after revocation. version: of the certificate, 1 at registration.
    """

    contract = models.OneToOneField(Contract, models.PROTECT, related_name="registration")
    rule_set = models.CharField("规则", max_length=10, blank=True)
    place = models.CharField("期限规则", max_length=20, blank=True)
    registrar_division = models.CharField("登记机构区域", max_length=12, blank=True, db_index=True)
    reg_no = models.CharField("登记编号", max_length=16, null=True, blank=True, unique=True)
    certificate_no = models.CharField("证明编号", max_length=32, blank=True)
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)
    submitted_by = _by("提交人", null=True, blank=True)
    accepted_on = models.DateField("受理日期", null=True, blank=True)
    due_on = models.DateField("应办结", null=True, blank=True, db_index=True)
    decided_on = models.DateField("办结日期", null=True, blank=True, db_index=True)
    handled_by = _by("登记员", null=True, blank=True)
    decided_by = _by("决定人", null=True, blank=True)
    second_by = _by("二次审核人", null=True, blank=True)
    reason_code = models.CharField("不予登记情形", max_length=3, blank=True)
    reason = models.CharField("理由", max_length=500, blank=True)
    class_code = models.CharField("认定类别", max_length=3, choices=ContractClass, blank=True)
    subclass = models.CharField("认定子类", max_length=16, blank=True)
    statistic_class = models.CharField("统计类别", max_length=3, choices=ContractClass, blank=True)
    total_amount = _yuan("核定成交总额", null=True, blank=True)
    tech_amount = _yuan("核定技术交易额", null=True, blank=True)
    tech_income = _yuan("核定技术性收入", null=True, blank=True)
    seller_division = models.CharField("卖方所在地", max_length=12, blank=True)
    buyer_division = models.CharField("买方所在地", max_length=12, blank=True)
    field11 = models.CharField("技术领域", max_length=8, blank=True)
    ended_on = models.DateField("注销或撤销日期", null=True, blank=True)
    version = models.PositiveIntegerField("证明版本", default=1)
    digest = models.CharField("证明摘要", max_length=64, blank=True)
    judgement = models.ForeignKey(
        Judgement, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="依据的检查"
    )

    class Meta:
        verbose_name = "技术合同登记"
        indexes = [
            models.Index(fields=["decided_on", "statistic_class"], name="registration_by_month"),
            models.Index(fields=["seller_division", "decided_on"], name="registration_output"),
            models.Index(fields=["buyer_division", "decided_on"], name="registration_absorption"),
        ]
        constraints = [
            models.CheckConstraint(
                name="registration_number_has_day",
                condition=Q(reg_no=None) | Q(decided_on__isnull=False),
                violation_error_message="有登记编号的须有办结日期。",
            ),
            models.CheckConstraint(
                name="registration_sums_in_order",
                condition=Q(tech_amount=None) | Q(total_amount=None) | Q(tech_amount__lte=F("total_amount")),
                violation_error_message="技术交易额不能大于成交总额。",
            ),
        ]

    def __str__(self) -> str:
        return self.reg_no or f"{self.contract_id}"


class RegistrationStep(models.Model):
    """One move of the flow with who, when and why; `opinion` holds an expert's or a second reviewer's words."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="steps")
    move = models.CharField("操作", max_length=20)
    from_state = models.CharField("原状态", max_length=12, choices=State)
    to_state = models.CharField("新状态", max_length=12, choices=State)
    reason_code = models.CharField("情形", max_length=3, blank=True)
    reason = models.TextField("理由", blank=True)
    opinion = models.TextField("意见", blank=True)
    by = _by("办理人", null=True, blank=True)
    created_at = models.DateTimeField("时间", default=timezone.now)

    class Meta:
        verbose_name = "登记办理记录"
        ordering = ["created_at", "pk"]

    def __str__(self) -> str:
        return f"{self.move} {self.to_state}"


class RegistrationVersion(models.Model):
    """What a certificate said in one version: frozen at registration and at every change."""

    registration = models.ForeignKey(ContractRegistration, models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField("版本")
    snapshot = models.JSONField("内容")
    digest = models.CharField("摘要", max_length=64)
    reason = models.CharField("原因", max_length=300, blank=True)
    by = _by("办理人")
    created_at = models.DateTimeField("时间", default=timezone.now)

    class Meta:
        verbose_name = "登记证明版本"
        ordering = ["version"]
        constraints = [
            models.UniqueConstraint(fields=["registration", "version"], name="registration_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.registration} 第{self.version}版"


class IncomeForm(models.Model):
    """技术性收入核定表, one per payment. deductions: cost name -> yuan as text."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="income_forms")
    seq = models.PositiveIntegerField("序号")
    received_on = models.DateField("到账日期", null=True, blank=True)
    realised_contract = _yuan("本次实现合同交易额")
    realised_tech = _yuan("本次实现技术交易额")
    deductions = models.JSONField("本次扣除成本", default=dict, blank=True)
    tech_income = _yuan("本次实现技术性收入")
    state = models.CharField("状态", max_length=10, choices=IncomeState, default=IncomeState.WAITING)
    reason = models.CharField("审查意见", max_length=300, blank=True)
    by = _by("申报人")
    created_at = models.DateTimeField("申报时间", default=timezone.now)
    approved_by = _by("审查人", null=True, blank=True)
    approved_at = models.DateTimeField("核定时间", null=True, blank=True)

    class Meta:
        verbose_name = "技术性收入核定表"
        ordering = ["seq"]
        constraints = [models.UniqueConstraint(fields=["contract", "seq"], name="income_form_seq_once")]

    def __str__(self) -> str:
        return f"{self.contract_id} 第{self.seq}次"
