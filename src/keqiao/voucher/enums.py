"""Words of the voucher room."""

from django.db.models import TextChoices


class AccountKind(TextChoices):
    """Where money of a programme stands. Only AUTHORISED may be below zero: it is the source of all the others."""

    AUTHORISED = "authorised", "批准额度"
    POOL = "pool", "待发放"
    WALLET = "wallet", "企业持有"
    CHILD = "child", "拆分券"
    HELD = "held", "预约占用"
    PROVIDER = "provider", "服务机构应收"
    SETTLED = "settled", "已结算"
    EXPIRED = "expired", "已过期"


SINGLES = (AccountKind.AUTHORISED, AccountKind.POOL, AccountKind.SETTLED, AccountKind.EXPIRED)


class EntryKind(TextChoices):
    """Why money moved."""

    AUTHORISE = "authorise", "下达额度"
    ISSUE = "issue", "发放"
    SPLIT = "split", "拆分"
    HOLD = "hold", "预约占用"
    RELEASE = "release", "释放占用"
    REDEEM = "redeem", "核销"
    REFUND = "refund", "退回"
    SETTLE = "settle", "结算"
    EXPIRE = "expire", "过期"
    WITHDRAW = "withdraw", "收回"


class Holder(TextChoices):
    """Who a voucher is for: the yearly cap differs."""

    FIRM = "firm", "企业"
    TEAM = "team", "创业团队"


class VoucherState(TextChoices):
    ACTIVE = "active", "有效"
    EXPIRED = "expired", "已过期"
    WITHDRAWN = "withdrawn", "已收回"


class ServiceClass(TextChoices):
    """Kinds of services a voucher pays for. The list is the bureau's own (待核实)."""

    TEST = "test", "检验检测"
    DESIGN = "design", "研发设计"
    PILOT = "pilot", "中试验证"
    COMPUTE = "compute", "计算与软件"
    NOVELTY = "novelty", "科技查新和评估"
    IP = "ip", "知识产权服务"
    TRAINING = "training", "技术培训"


class Stage(TextChoices):
    """Where a booking stands."""

    REQUESTED = "requested", "待接单"
    ACCEPTED = "accepted", "已接单"
    REDEEMED = "redeemed", "已核销，待确认"
    CONFIRMED = "confirmed", "双方已确认"
    SETTLED = "settled", "已结算"
    REFUSED = "refused", "未接单"
    CANCELLED = "cancelled", "已取消"
    REFUNDED = "refunded", "已退回"
    LAPSED = "lapsed", "逾期失效"


HOLDING = (Stage.REQUESTED, Stage.ACCEPTED)
"""The money is held by the booking."""
OWED = (Stage.REDEEMED, Stage.CONFIRMED)
"""The money is owed to the provider."""
ENDED = (Stage.REFUSED, Stage.CANCELLED, Stage.REFUNDED, Stage.LAPSED)


class FlagState(TextChoices):
    OPEN = "open", "待核查"
    CLEARED = "cleared", "已排除"
    UPHELD = "upheld", "属实"


class BatchState(TextChoices):
    DRAFT = "draft", "待复核"
    APPROVED = "approved", "已复核，待拨付"
    PAID = "paid", "已拨付"
    CANCELLED = "cancelled", "已撤销"
