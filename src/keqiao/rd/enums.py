"""Words of the R&D room."""

from django.db.models import TextChoices


class Form(TextChoices):
    """研发形式."""

    OWN = "own", "自主研发"
    COMMISSIONED = "commissioned", "委托研发"
    COOPERATIVE = "cooperative", "合作研发"
    CENTRAL = "central", "集中研发"


class Treatment(TextChoices):
    """资本化、费用化支出选项."""

    EXPENSED = "expensed", "费用化"
    CAPITALISED = "capitalised", "资本化"


CATEGORIES = ("c1", "c2", "c3", "c4", "c5", "c6")
COMMISSIONED = ("domestic", "overseas")
COLUMNS = (*CATEGORIES, *COMMISSIONED)
LABELS = {
    "c1": "人员人工费用", "c2": "直接投入费用", "c3": "折旧费用", "c4": "无形资产摊销", "c5": "新产品设计费等",
    "c6": "其他相关费用", "domestic": "委托境内研发", "overseas": "委托境外机构",
}  # fmt: skip
