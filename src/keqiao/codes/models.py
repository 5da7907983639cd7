"""Divisions and code lists as tables: the shipped rows, plus what officers closed or added."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q

from keqiao.codes.divisions import Level, prefix_of


class DivisionLevel(models.IntegerChoices):
    """Depth of a division below the country."""

    PROVINCE = int(Level.PROVINCE), "省级"
    CITY = int(Level.CITY), "地级"
    COUNTY = int(Level.COUNTY), "县级"
    TOWN = int(Level.TOWN), "乡级"
    VILLAGE = int(Level.VILLAGE), "村级"


class Origin(models.TextChoices):
    """Who made a row: it came with the program, or an officer of this city added it."""

    SHIPPED = "shipped", "随附"
    LOCAL = "local", "本地"


def open_on(day: date) -> Q:
    """Valid on `day`: begun, and not ended before it. Works for every table of this room."""
    begun = Q(valid_from=None) | Q(valid_from__lte=day)
    return begun & (Q(valid_to=None) | Q(valid_to__gte=day))


class DivisionQuerySet(models.QuerySet["Division"]):
    """Words to read divisions with."""

    def open_on(self, day: date) -> Self:
        """In force on `day`."""
        return self.filter(open_on(day))

    def within(self, scope: str) -> Self:
        """Inside the division `scope`, itself included; everything for an empty scope."""
        return self.filter(code__startswith=prefix_of(scope)) if scope else self.all()

    def real(self) -> Self:
        """Without placeholders (市辖区) and development zones that only statistics know."""
        return self.filter(is_virtual=False)


class Division(models.Model):
    """行政区划: one row per 12-digit code. A code is closed with `valid_to` and `successor`, never deleted."""

    code = models.CharField("代码", max_length=12, primary_key=True)
    name = models.CharField("名称", max_length=60, db_index=True)
    level = models.PositiveSmallIntegerField("级别", choices=DivisionLevel)
    parent = models.ForeignKey(
        "self", verbose_name="上级", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    full_name = models.CharField("全称", max_length=120)
    pinyin = models.CharField("拼音", max_length=120, blank=True)
    source = models.CharField("来源", max_length=60)
    is_virtual = models.BooleanField("虚拟单位", default=False)
    origin = models.CharField("来历", max_length=8, choices=Origin, default=Origin.SHIPPED)
    valid_from = models.DateField("启用日期", null=True, blank=True)
    valid_to = models.DateField("停用日期", null=True, blank=True)
    successor = models.ForeignKey(
        "self",
        verbose_name="承接区划",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="predecessors",
    )
    past_names = models.JSONField("曾用名", default=list, blank=True)

    objects = DivisionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "行政区划"
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                name="division_valid_from_before_valid_to",
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_from__lte=F("valid_to")),
                violation_error_message="区划的停用日期不能早于启用日期。",
            ),
        ]

    def __str__(self) -> str:
        return self.full_name

    def name_on(self, day: date) -> str:
        """The name in force on `day`: reports of a past year keep the name of that year."""
        for past in sorted(self.past_names, key=lambda past: str(past["until"])):
            if day.isoformat() <= past["until"]:
                return str(past["name"])
        return self.name


class CodeList(models.Model):
    """代码表: one classification in one version. Another version with other meanings is another list."""

    key = models.SlugField("标识", primary_key=True, max_length=40)
    name = models.CharField("名称", max_length=60)
    version = models.CharField("版本", max_length=60)
    source = models.CharField("来源", max_length=200)
    verify = models.BooleanField("待核实", default=False)
    packed_only = models.BooleanField(
        "仅随附文件", default=False, help_text="条目太多，只在随附文件中查，不进库"
    )
    fingerprint = models.CharField("内容指纹", max_length=64, blank=True, editable=False)
    valid_from = models.DateField("启用日期", null=True, blank=True)
    valid_to = models.DateField("停用日期", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "代码表"
        ordering = ["key"]

    def __str__(self) -> str:
        return f"{self.name}（{self.version}）"


class CodeItemQuerySet(models.QuerySet["CodeItem"]):
    """Words to read items with."""

    def open_on(self, day: date) -> Self:
        """May be chosen on `day`."""
        return self.filter(open_on(day))

    def of(self, list_key: str) -> Self:
        """The items of one list in its order."""
        return self.filter(list_id=list_key).order_by("sort", "code")


class CodeItem(models.Model):
    """代码项: closed with `valid_to`, never deleted; records keep its code and its name of the time."""

    list = models.ForeignKey(CodeList, verbose_name="代码表", on_delete=models.PROTECT, related_name="items")
    code = models.CharField("代码", max_length=40)
    name = models.CharField("名称", max_length=200)
    parent_code = models.CharField("上级代码", max_length=40, blank=True)
    level = models.PositiveSmallIntegerField("层级", default=1)
    sort = models.PositiveIntegerField("顺序", default=0)
    verify = models.BooleanField("待核实", default=False)
    extra = models.JSONField("对应与说明", default=dict, blank=True)
    origin = models.CharField("来历", max_length=8, choices=Origin, default=Origin.SHIPPED)
    valid_from = models.DateField("启用日期", null=True, blank=True)
    valid_to = models.DateField("停用日期", null=True, blank=True)

    objects = CodeItemQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "代码项"
        ordering = ["list", "sort", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["list", "code"],
                name="code_item_once_per_list",
                violation_error_message="同一代码表中代码不能重复。",
            ),
            models.CheckConstraint(
                name="code_item_valid_from_before_valid_to",
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_from__lte=F("valid_to")),
                violation_error_message="代码项的停用日期不能早于启用日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class CodeAlias(models.Model):
    """代码别名: another way in which people write an item. `folded` is the form that is compared."""

    list = models.ForeignKey(
        CodeList, verbose_name="代码表", on_delete=models.PROTECT, related_name="aliases"
    )
    alias = models.CharField("别名", max_length=200)
    folded = models.CharField("比对形式", max_length=200, editable=False)
    code = models.CharField("代码", max_length=40)
    origin = models.CharField("来历", max_length=8, choices=Origin, default=Origin.SHIPPED)

    class Meta:
        verbose_name = verbose_name_plural = "代码别名"
        ordering = ["list", "alias"]
        constraints = [
            models.UniqueConstraint(
                fields=["list", "folded"],
                name="code_alias_once_per_list",
                violation_error_message="同一代码表中一个别名只能对应一个代码。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.alias} → {self.code}"
