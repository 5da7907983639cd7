"""Works and who made them."""

from django.db import models

from keqiao.people.models import Organisation
from keqiao.registry.expert.models import Expert
from keqiao.registry.records.models import Record


class WorkType(models.TextChoices):
    INVENTION = "invention", "发明专利"
    UTILITY = "utility", "实用新型专利"
    DESIGN = "design", "外观设计专利"
    PAPER = "paper", "论文"
    PROJECT = "project", "项目"


class Work(Record):
    """A patent, paper or project. `source_no` is its own number (patent number, DOI, project number)."""

    KIND = "work"
    SERIES = "产出"
    TEXT_FIELDS = ("abstract",)

    work_type = models.CharField("产出类型", max_length=12, choices=WorkType, default=WorkType.PAPER)
    abstract = models.TextField("摘要", blank=True)
    people = models.JSONField("作者", default=list, blank=True)  # names in order, as printed
    done_on = models.DateField("日期", null=True, blank=True)
    ipc = models.JSONField("IPC分类号", default=list, blank=True)
    discipline = models.CharField("学科", max_length=60, blank=True)
    funding_yuan = models.DecimalField(
        "资助金额（元）", max_digits=16, decimal_places=2, null=True, blank=True
    )

    class Meta(Record.Meta):
        verbose_name = "科研产出"


class Authorship(models.Model):
    """One name on a work, linked to the expert and the organisation once they are known."""

    work = models.ForeignKey(Work, models.CASCADE, related_name="authorships")
    order = models.PositiveSmallIntegerField("次序", default=1)
    name = models.CharField("姓名", max_length=60)
    organisation_name = models.CharField("单位名称", max_length=200, blank=True)
    expert = models.ForeignKey(Expert, models.SET_NULL, null=True, blank=True, related_name="authorships")
    organisation = models.ForeignKey(Organisation, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = "作者署名"
        constraints = [models.UniqueConstraint(fields=["work", "order"], name="authorship_order_once")]
        indexes = [models.Index(fields=["name", "organisation_name"], name="authorship_name")]

    def __str__(self) -> str:
        return self.name
