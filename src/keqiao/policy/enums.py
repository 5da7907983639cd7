"""Words of the policy library."""

from django.db.models import TextChoices


class PolicyState(TextChoices):
    DRAFT = "draft", "草稿"
    PUBLISHED = "published", "已发布"
    WITHDRAWN = "withdrawn", "已撤下"


class Service(TextChoices):
    """How an item is fulfilled. Source: sci-tech-finance.md 11.1."""

    AUTO = "auto", "免申即享"
    QUICK = "quick", "快申快享"
    APPLY = "apply", "申报兑现"


class Benefit(TextChoices):
    MONEY = "money", "奖补"
    RELIEF = "relief", "减免"
    RIGHT = "right", "权益"
    TITLE = "title", "资质"


class TitleDay(TextChoices):
    """On which day a title has to be valid. Source: sci-tech-finance.md 6.3."""

    YEAR_END = "year_end", "年末"
    ASKED = "asked", "认定名单生成当日"
    YEAR_START = "year_start", "年初"
