"""The demand."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from keqiao.registry.demand.rules import DemandFacts, assess
from keqiao.registry.records.models import Listed
from keqiao.registry.records.quality import Quality


class Demand(Listed):
    """A technology demand of an enterprise (技术需求). Money in yuan; None with `is_budget_open` = 面议."""

    KIND = "demand"
    SERIES = "需求"
    TEXT_FIELDS = ("content", "metrics_text", "foundation", "partner_requirements")

    enterprise_types = models.JSONField("企业类型", default=list, blank=True)
    chain = models.CharField("产业链", max_length=120, blank=True)
    demand_type = models.CharField("需求类型", max_length=20, blank=True)  # code of list demand_type
    content = models.TextField("需求内容", blank=True)
    metrics_text = models.TextField("技术指标", blank=True)
    metrics = models.JSONField(
        "技术指标（结构化）", default=list, blank=True
    )  # [{"name","operator","value","unit","text"}]
    foundation = models.TextField("现有基础", blank=True)
    cooperation_modes = models.JSONField(
        "期望合作方式", default=list, blank=True
    )  # codes of list cooperation_mode
    budget_yuan = models.DecimalField("预算（元）", max_digits=16, decimal_places=2, null=True, blank=True)
    is_budget_open = models.BooleanField("预算面议", default=False)
    pay_to_partner_yuan = models.DecimalField(
        "支付合作方（元）", max_digits=16, decimal_places=2, null=True, blank=True
    )
    due_on = models.DateField("完成时限", null=True, blank=True)
    due_text = models.CharField("完成时限（原文）", max_length=60, blank=True)
    ip_ownership = models.CharField("知识产权归属", max_length=200, blank=True)
    partner_requirements = models.TextField("对合作方要求", blank=True)
    urgency = models.CharField("紧迫程度", max_length=10, blank=True)
    promised_true = models.BooleanField("真实性承诺", default=False)
    promised_no_secret = models.BooleanField("不涉密承诺", default=False)

    class Meta(Listed.Meta):
        verbose_name = "技术需求"
        constraints = [
            models.CheckConstraint(
                name="demand_budget_not_negative",
                condition=Q(budget_yuan=None) | Q(budget_yuan__gte=0),
                violation_error_message="预算不能是负数。金额未定请选“面议”。",
            )
        ]

    def metric_texts(self) -> list[str]:
        """One text a metric: the structured ones, else the lines of the plain text."""
        if self.metrics:
            return [str(one.get("text") or "") for one in self.metrics]
        return [
            line
            for line in self.metrics_text.replace("；", "\n").replace(";", "\n").splitlines()
            if line.strip()
        ]

    def assess(self) -> Quality:
        """The rules of `demand.rules` on what is filled in now."""
        return assess(
            DemandFacts(
                today=timezone.localdate(),
                title=self.title,
                content=self.content,
                metrics=self.metric_texts(),
                foundation=self.foundation,
                partner_requirements=self.partner_requirements,
                cooperation_modes=self.cooperation_modes,
                budget_yuan=self.budget_yuan,
                is_budget_open=self.is_budget_open,
                pay_to_partner_yuan=self.pay_to_partner_yuan,
                due_on=self.due_on,
                due_text=self.due_text,
                has_contact=bool(self.contact_phone),
                promised_true=self.promised_true,
                promised_no_secret=self.promised_no_secret,
            )
        )
