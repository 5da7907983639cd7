"""What messages are about. A kind is a family or a family with a detail: "deal", "deal.reminder".

People switch off a kind as it stands in this table: "deal.reminder" alone if it has a line, otherwise all of "deal".
"""

from collections.abc import Mapping
from dataclasses import dataclass

from keqiao.core.errors import BadInput


@dataclass(frozen=True, slots=True)
class MessageKind:
    """key: as callers write it. is_duty: must reach its reader (account, law), so it cannot be switched off."""

    key: str
    label: str
    hint: str
    is_duty: bool = False


_ALL = (
    MessageKind("account", "账号与密码", "开通、停用、密码、登录安全", is_duty=True),
    MessageKind("notice", "法定通知", "公示、异议、登记结果等依规须送达的通知", is_duty=True),
    MessageKind("review", "审核结果", "您填报的需求、成果的审核、退回和到期"),
    MessageKind("match", "新的匹配", "昨夜新增的、与您的需求或成果相关的推荐"),
    MessageKind("freshness", "还在做吗", "很久没有动静的需求、成果，问一次是否继续"),
    MessageKind("radar", "共性需求", "相近需求被合成联合需求时的知会"),
    MessageKind("verdict", "匹配反馈", "对方对推荐的答复汇总成的建议"),
    MessageKind("subscription", "搜索订阅", "订阅的搜索有了新内容"),
    MessageKind("deal", "对接办理", "对接案件的进展、答复和会议"),
    MessageKind("deal.reminder", "对接提醒", "到期未办的对接事项"),
    MessageKind("visit", "走访服务", "联络员走访和后续事项"),
    MessageKind("hall", "挂牌竞价", "您参加的交易的公告和结果"),
    MessageKind("contract", "技术合同", "合同登记的补正、结果和后续回访"),
    MessageKind("expertise", "专家邀请", "请专家答复或评审"),
    MessageKind("policy", "政策提醒", "适合您的政策和申报期限"),
    MessageKind("firm", "企业服务", "与您单位有关的服务进展"),
    MessageKind("voucher", "创新券", "创新券的申领、使用和兑付"),
    MessageKind("payment", "资金拨付", "资金和拨付的进展"),
    MessageKind("report", "情况通报", "给工作人员的汇总"),
)
KINDS: Mapping[str, MessageKind] = {one.key: one for one in _ALL}


def kind_of(key: str) -> MessageKind:
    """The line of the table that rules this kind: its own, or its family's. BadInput for an unknown family."""
    found = KINDS.get(key) or KINDS.get(key.partition(".")[0])
    if found is None or len(key) > 40:
        raise BadInput(
            f"消息类型“{key[:40]}”没有登记，消息没有发出。请先在消息类型表里加上它所属的一类。", field="kind"
        )
    return found
