"""States, confidentiality tiers and the machine-or-person mark that every registry uses."""

from django.db.models import TextChoices


class Status(TextChoices):
    DRAFT = "draft", "草稿"
    COUNTY_REVIEW = "county_review", "县区初审"
    CITY_REVIEW = "city_review", "市级审核"
    RETURNED = "returned", "已退回"
    PUBLISHED = "published", "已发布"
    EXPIRED = "expired", "已过期"
    WITHDRAWN = "withdrawn", "已撤回"
    CLOSED = "closed", "已关闭"
    ARCHIVED = "archived", "已归档"


class Disclosure(TextChoices):
    """Confidentiality tier (公开方式)."""

    PUBLIC = "public", "公开"
    MASKED = "masked", "名称脱敏公开"
    DIRECTED = "directed", "仅平台定向"
    CLOSED = "closed", "不公开"


OPENLY_LISTED = (Disclosure.PUBLIC, Disclosure.MASKED)  # a stranger may see the record, masked or not


class TagBy(TextChoices):
    MACHINE = "machine", "机器建议"
    PERSON = "person", "人工确认"


class ReviewStep(TextChoices):
    COUNTY = "county", "县区初审"
    CITY = "city", "市级审核"


class Verdict(TextChoices):
    PASS = "pass", "通过"
    RETURN = "return", "退回修改"
