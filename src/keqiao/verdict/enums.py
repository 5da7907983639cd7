"""What an answer may be, who gives it, what becomes of it."""

from django.db.models import TextChoices


class Side(TextChoices):
    """The two ends of a pair. An answer is given for one of them."""

    NEED = "need", "需求方"
    OFFER = "offer", "供给方"

    @property
    def other(self) -> "Side":
        return Side.OFFER if self == Side.NEED else Side.NEED


class Reason(TextChoices):
    """Why a match is no use. Short names, as they stand on buttons."""

    TOO_EARLY = "too_early", "太早期"
    PRICE = "price", "价格"
    UNCLEAR = "unclear", "描述不清"
    SOLVED = "solved", "已解决"
    OFF_TOPIC = "off_topic", "方向不符"
    RIGHTS = "rights", "知识产权"
    UNREACHABLE = "unreachable", "联系不上"
    OTHER = "other", "其他"


class Speaker(TextChoices):
    """As whom somebody answers. An owner's word stands above one given for him."""

    OWNER = "owner", "本单位"
    BROKER = "broker", "技术经理人代答"
    OFFICER = "officer", "工作人员代答"


class Proof(TextChoices):
    """What became of a pair that came to a contract, as the buyer says years later."""

    WORKS = "works", "已投产应用"
    FAILED = "failed", "没有用成"


class Ending(TextChoices):
    CHANGED = "changed", "已改"
    UNDONE = "undone", "已撤销"


class ModelState(TextChoices):
    CANDIDATE = "candidate", "候选"
    ACTIVE = "active", "使用中"
    RETIRED = "retired", "已停用"


class Stratum(TextChoices):
    """Where a pair for blind judging was drawn from."""

    TOP = "top", "排名靠前"
    UNCERTAIN = "uncertain", "等级边缘"
    RANDOM = "random", "随机"


class Level(TextChoices):
    """What a judge says; the number goes into the labelled set."""

    NONE = "1", "无关"
    WEAK = "2", "弱"
    FAIR = "3", "较强"
    STRONG = "4", "强"
