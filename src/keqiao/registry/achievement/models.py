"""The achievement."""

from django.db import models
from django.db.models import Q

from keqiao.registry.achievement.rules import AchievementFacts, assess
from keqiao.registry.records.models import Listed
from keqiao.registry.records.quality import Quality


class Achievement(Listed):
    """A result of R&D that can be transferred (科技成果). Price in yuan; None = 面议.

    Maturity: `trl` 1-9 after 科技成果 practice (scale kept in `maturity_scale`); `market_stage` is the market card's word.
    """

    KIND = "achievement"
    SERIES = "成果"
    TEXT_FIELDS = ("summary", "innovation", "prospects", "cases")

    summary = models.TextField("成果简介", blank=True)
    innovation = models.TextField("创新点", blank=True)
    prospects = models.TextField("应用前景", blank=True)
    cases = models.TextField("应用案例", blank=True)
    trl = models.PositiveSmallIntegerField("技术就绪度", null=True, blank=True)
    maturity_scale = models.CharField(
        "成熟度标尺", max_length=16, blank=True
    )  # TRL9, GBT22900_13, MARKET5, STAGE3
    market_stage = models.CharField("成熟度", max_length=20, blank=True)  # code of list market_stage
    level = models.CharField("成果水平", max_length=20, blank=True)
    ip_forms = models.JSONField("知识产权形式", default=list, blank=True)
    patent_numbers = models.JSONField("专利号", default=list, blank=True)
    ipc = models.JSONField("IPC分类号", default=list, blank=True)
    transfer_modes = models.JSONField("转化方式", default=list, blank=True)
    price_basis = models.CharField("价格方式", max_length=20, blank=True)
    price_yuan = models.DecimalField("意向价格（元）", max_digits=16, decimal_places=2, null=True, blank=True)
    team = models.JSONField("研制人员", default=list, blank=True)  # names in order
    completed_on = models.DateField("完成日期", null=True, blank=True)

    class Meta(Listed.Meta):
        verbose_name = "科技成果"
        constraints = [
            models.CheckConstraint(
                name="achievement_trl_in_range",
                condition=Q(trl=None) | Q(trl__gte=1, trl__lte=13),
                violation_error_message="技术就绪度须在 1 到 13 之间。",
            )
        ]

    def assess(self) -> Quality:
        """The rules of `achievement.rules` on what is filled in now."""
        return assess(
            AchievementFacts(
                title=self.title,
                summary=self.summary,
                innovation=self.innovation,
                prospects=self.prospects,
                cases=self.cases,
                has_maturity=bool(self.market_stage or self.trl),
                transfer_modes=self.transfer_modes,
                has_price=bool(self.price_basis or self.price_yuan),
                team=self.team,
                has_contact=bool(self.contact_phone),
            )
        )
