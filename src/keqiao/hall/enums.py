"""The words of the exchange hall."""

from django.db.models import TextChoices


class Way(TextChoices):
    """How the price comes about. Source: 《促进科技成果转化法》 article 18."""

    AGREED = "agreed", "协议定价"
    LISTED = "listed", "挂牌"
    AUCTION = "auction", "竞价"


class BidForm(TextChoices):
    """How offers are made; an agreed price has none. Values are those of `bidding.Form`."""

    OPEN = "open", "公开竞价"
    SEALED = "sealed", "密封报价"


class Mode(TextChoices):
    SALE = "sale", "转让"
    LICENCE = "licence", "许可"


class State(TextChoices):
    DRAFT = "draft", "草稿"
    REVIEW = "review", "待审核"
    RETURNED = "returned", "已退回"
    PUBLISHED = "published", "公告中"
    DONE = "done", "已成交"
    FAILED = "failed", "未成交"
    STOPPED = "stopped", "已终止"


PUBLIC_STATES = (State.PUBLISHED, State.DONE, State.FAILED, State.STOPPED)
"""What anybody may read."""


class Phase(TextChoices):
    """Where a published listing stands at a moment: told by its clock and its window, never stored."""

    PUBLICITY = "publicity", "公示中"
    PAUSED = "paused", "公示暂停"
    WAITING = "waiting", "待报价"
    BIDDING = "bidding", "报价中"
    DECIDING = "deciding", "待确认结果"
    OVER = "over", "已结束"


class Relation(TextChoices):
    """What the taker is to the result. A buyer who is the inventor or an interested person must be marked."""

    NONE = "none", "无利害关系"
    INVENTOR = "inventor", "成果完成人"
    INTERESTED = "interested", "其他利害关系人"
    OWN = "own", "转让方本单位"


class NoticeKind(TextChoices):
    LISTING = "listing", "挂牌公告"
    CHANGE = "change", "变更公告"
    OBJECTION = "objection", "异议处理公告"
    RESULT = "result", "成交公告"
    FAILED = "failed", "未成交公告"
    STOPPED = "stopped", "终止公告"


class Objector(TextChoices):
    PERSON = "person", "个人"
    UNIT = "unit", "单位"


class Decision(TextChoices):
    UPHELD = "upheld", "异议成立，终止公告"
    REJECTED = "rejected", "异议不成立，公示继续"
    CORRECTED = "corrected", "部分成立，已更正，公示继续"
    TAKEN_BACK = "taken_back", "异议人撤回，公示继续"


class Admitted(TextChoices):
    APPLIED = "applied", "待审查"
    ADMITTED = "admitted", "已准入"
    REFUSED = "refused", "未准入"
    WITHDRAWN = "withdrawn", "已取消资格"


class EventKind(TextChoices):
    """The events of a listing's log. `ledger` plays them again."""

    ANNOUNCED = "announced", "公告发布"
    OBJECTION = "objection", "收到异议"
    DECIDED = "decided", "异议办结"
    RESCHEDULED = "rescheduled", "时间变更"
    ADMITTED = "admitted", "竞买人准入"
    EXPELLED = "expelled", "取消竞买资格"
    BID = "bid", "公开报价"
    SEALED = "sealed", "密封报价"
    TAKEN_BACK = "taken_back", "撤回密封报价"
    OPENED = "opened", "开标"
    RESULT = "result", "成交"
    FAILED = "failed", "未成交"
    STOPPED = "stopped", "终止"
