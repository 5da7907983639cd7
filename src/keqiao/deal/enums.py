"""The words of the deal desk."""

from django.db.models import TextChoices


class Stage(TextChoices):
    """Where a case stands. The first seven are the way; the last three lie beside it."""

    DISCOVER = "discover", "发现"
    SCREEN = "screen", "筛选"
    DOCK = "dock", "对接"
    TALK = "talk", "洽谈"
    SIGN = "sign", "签约"
    PERFORM = "perform", "履约"
    EVALUATE = "evaluate", "评价"
    REDIAGNOSE = "rediagnose", "再诊断"
    WATCH = "watch", "长期关注"
    ENDED = "ended", "已结束"


WAY = (
    Stage.DISCOVER,
    Stage.SCREEN,
    Stage.DOCK,
    Stage.TALK,
    Stage.SIGN,
    Stage.PERFORM,
    Stage.EVALUATE,
)
"""The seven stages in their order; a case's `reached` is an index into it."""


class Opening(TextChoices):
    MATCH = "match", "匹配推荐"
    ENQUIRY = "enquiry", "对接询问"
    OFFICER = "officer", "工作人员登记"


class Side(TextChoices):
    DEMAND = "demand", "需求方"
    SUPPLY = "supply", "供给方"

    @property
    def other(self) -> "Side":
        return Side.SUPPLY if self == Side.DEMAND else Side.DEMAND


class Outcome(TextChoices):
    """How a case ended. Every end has one; a NO that a side gave has its type in `refusal` besides."""

    SOLVED = "solved", "合作完成"
    NO_ANSWER = "no_answer", "对方一直没有答复"
    SUPPLY_NO = "supply_no", "供给方不合作"
    DEMAND_NO = "demand_no", "需求方不再需要"
    TERMS = "terms", "条件谈不拢"
    ELSEWHERE = "elsewhere", "已由其他途径解决"
    DUPLICATE = "duplicate", "重复登记"
    INVALID = "invalid", "内容不属实或不属于本市场"


class NoAnswerWhy(TextChoices):
    """What the officer says when nobody answered: the desk learns from it."""

    WRONG_CONTACT = "wrong_contact", "联系方式不对"
    NOT_READ = "not_read", "对方不看站内消息和短信"
    WRONG_TARGET = "wrong_target", "找的人或成果不对口"
    TOO_SMALL = "too_small", "需求太小，对方没有兴趣"
    TOO_VAGUE = "too_vague", "需求写得不清楚"
    BUSY = "busy", "对方近期没有精力"
    UNKNOWN = "unknown", "原因不明，电话也联系不上"


class Answer(TextChoices):
    """What a side said when asked."""

    NONE = "", "还没有答复"
    YES = "yes", "愿意对接"
    LATER = "later", "以后再谈"
    NO = "no", "不合作"


class StepKind(TextChoices):
    OPENED = "opened", "建立"
    MOVED = "moved", "阶段"
    ASSIGNED = "assigned", "承办"
    PLANNED = "planned", "下一步"
    NOTED = "noted", "记录"
    ASKED = "asked", "联系"
    ANSWERED = "answered", "答复"
    CONSENT = "consent", "同意"
    NDA = "nda", "保密"
    MESSAGE = "message", "消息"
    MEETING = "meeting", "会议"
    FILE = "file", "附件"
    REMINDED = "reminded", "提醒"
    CONTRACT = "contract", "合同"
    RATED = "rated", "评价"


class How(TextChoices):
    """How a consent or an answer reached the desk."""

    ONLINE = "online", "本人在线"
    PHONE = "phone", "电话，由工作人员记录"
    PAPER = "paper", "书面，由工作人员登记"
    MEETING = "meeting", "当面，由工作人员记录"


class Purpose(TextChoices):
    """What a file of a case is."""

    GENERAL = "general", "资料"
    NDA = "nda", "签字的保密协议"
    MINUTES = "minutes", "会议材料"
    SECRET = "secret", "保密资料（签保密协议后可见）"
    CONTRACT = "contract", "合同文本"


class VisitKind(TextChoices):
    DIAGNOSE = "diagnose", "需求诊断"
    POLICY = "policy", "政策辅导"
    FOLLOW_UP = "follow_up", "跟踪回访"
    SURVEY = "survey", "双调查"
    OTHER = "other", "其他"
