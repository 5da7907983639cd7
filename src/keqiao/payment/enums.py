"""States and kinds of the payment room."""

from django.db.models import TextChoices


class EntryKind(TextChoices):
    """As `ledger.Kind`, with what people read."""

    ALLOT = "allot", "下达"
    CUT = "cut", "核减"
    COMMIT = "commit", "占用"
    RELEASE = "release", "释放"
    PAY = "pay", "拨付"
    BOUNCE = "bounce", "退票"
    RECOVER = "recover", "追回"


class Overrun(TextChoices):
    """What happens when more is promised than the pot holds. Source: sci-tech-finance.md P13."""

    PRORATA = "prorata", "全部按同一比例兑现"
    ORDER = "order", "按先后顺序，钱用完为止"


class Path(TextChoices):
    AUTO = "auto", "免申即享"
    APPLY = "apply", "申报兑现"


class AwardState(TextChoices):
    DRAFT = "draft", "填写中"
    SUBMITTED = "submitted", "待审核"
    RETURNED = "returned", "退回补正"
    REFUSED = "refused", "不予支持"
    UNKNOWN = "unknown", "待补数据"
    MATCHED = "matched", "待确认"
    SECOND = "second", "待复核"
    CONFIRMED = "confirmed", "已确认，待公示"
    PUBLIC = "public", "公示中"
    ASKED = "asked", "待企业确认"
    READY = "ready", "待拨付"
    BATCHED = "batched", "拨付中"
    PAID = "paid", "已到账"
    BOUNCED = "bounced", "退票，待更正账户"
    RECOVERING = "recovering", "追回中"
    RECOVERED = "recovered", "已追回"
    DECLINED = "declined", "企业放弃"
    DROPPED = "dropped", "不兑现"


ENDED = (AwardState.REFUSED, AwardState.DECLINED, AwardState.DROPPED)
"""Ended without money: the firm may be supported by the same item and period again."""
HOLDING = (AwardState.SECOND, AwardState.CONFIRMED, AwardState.PUBLIC, AwardState.ASKED, AwardState.READY, AwardState.BATCHED,
           AwardState.BOUNCED)  # fmt: skip
"""An amount of the envelope is committed for these."""
CONTESTABLE = (AwardState.UNKNOWN, AwardState.CONFIRMED, AwardState.PUBLIC, AwardState.ASKED)


class ContestState(TextChoices):
    OPEN = "open", "待处理"
    UPHELD = "upheld", "成立，已重新核算"
    REJECTED = "rejected", "不成立"


class BatchState(TextChoices):
    DRAFT = "draft", "待复核"
    CHECKED = "checked", "已复核，待送财政"
    SENT = "sent", "已送财政"
    DONE = "done", "回单齐全"
    CANCELLED = "cancelled", "已撤销"


class LineState(TextChoices):
    WAITING = "waiting", "待回单"
    PAID = "paid", "已到账"
    BOUNCED = "bounced", "退票"
    CANCELLED = "cancelled", "已撤销"


class EvidenceKind(TextChoices):
    """What money was given for; one thing is paid for once. Source: sci-tech-finance.md 11.3."""

    INVOICE = "invoice", "发票"
    CONTRACT = "contract", "技术合同"
    LOAN = "loan", "贷款合同"
    POLICY = "policy", "保险单"
    PATENT = "patent", "专利"
    OTHER = "other", "其他凭证"
