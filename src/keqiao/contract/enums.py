"""Words of the contract room."""

from django.db.models import TextChoices


class State(TextChoices):
    """Where a contract stands on its way through registration (technology-contracts.md §4.3)."""

    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "已提交"
    ACCEPTED = "accepted", "已受理"
    REVIEW = "review", "审查中"
    EXPERT = "expert", "专家评审"
    SECOND = "second", "二次审核"
    RETURNED = "returned", "退回补正"
    REGISTERED = "registered", "已登记"
    CHANGED = "changed", "已变更登记"
    REFUSED = "refused", "不予登记"
    DEREGISTERED = "deregistered", "已注销"
    REVOKED = "revoked", "已撤销"
    OBJECTION = "objection", "异议复核"


IN_FORCE = frozenset({State.REGISTERED, State.CHANGED})
EDITABLE = frozenset({State.DRAFT, State.RETURNED})


class Side(TextChoices):
    SELLER = "seller", "卖方"
    BUYER = "buyer", "买方"
    BROKER = "broker", "中介方"


class ContractClass(TextChoices):
    DEV = "DEV", "技术开发"
    TRF = "TRF", "技术转让"
    LIC = "LIC", "技术许可"
    CON = "CON", "技术咨询"
    SRV = "SRV", "技术服务"


class Licence(TextChoices):
    EXCLUSIVE = "exclusive", "独占许可"
    SOLE = "sole", "排他许可"
    ORDINARY = "ordinary", "普通许可"


class PayMethod(TextChoices):
    LUMP = "lump", "一次总算一次总付"
    INSTALMENT = "instalment", "一次总算分期支付"
    ROYALTY = "royalty", "提成支付"
    ENTRY_ROYALTY = "entry_royalty", "提成支付附加预付入门费"


class Form(TextChoices):
    WRITTEN = "written", "书面合同"
    ELECTRONIC = "electronic", "电子合同"
    ORAL = "oral", "口头合同"


class Scale(TextChoices):
    """企业规模; the list is 待核实."""

    LARGE = "large", "大型"
    MEDIUM = "medium", "中型"
    SMALL = "small", "小型"
    MICRO = "micro", "微型"


class IncomeState(TextChoices):
    WAITING = "waiting", "待核定"
    APPROVED = "approved", "已核定"
    RETURNED = "returned", "已退回"


class ChangeKind(TextChoices):
    CHANGE = "change", "变更"
    TERMINATION = "termination", "解除"


class EntrySource(TextChoices):
    """Where a line of the ledger comes from."""

    OWN = "own", "本机构登记"
    NATIONAL = "national", "全国系统"
    PROVINCE = "province", "省级下发"


class InUse(TextChoices):
    """What a firm says of a result it bought, when asked years later."""

    PRODUCTION = "production", "已投产应用"
    TRIAL = "trial", "还在试制"
    STOPPED = "stopped", "停用"
    NEVER = "never", "没有用上"
