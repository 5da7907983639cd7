"""The table of an award's states. Source of the steps: sci-tech-finance.md 11.2."""

from keqiao.core.flow import Flow, move
from keqiao.payment.enums import AwardState as S
from keqiao.payment.enums import BatchState as B

AWARD_FLOW = Flow(
    name="award",
    start=S.MATCHED,
    labels={str(value): str(label) for value, label in S.choices},
    moves=[
        move("submit", (S.DRAFT, S.RETURNED), S.SUBMITTED, "提交申报"),
        move("return", S.SUBMITTED, S.RETURNED, "退回补正"),
        move("refuse", S.SUBMITTED, S.REFUSED, "不予支持"),
        move("pass", S.SUBMITTED, S.MATCHED, "审核通过"),
        move("complete", S.UNKNOWN, S.MATCHED, "数据补齐"),
        move("confirm", S.MATCHED, S.CONFIRMED, "确认"),
        move("confirm_large", S.MATCHED, S.SECOND, "确认（超过限额，须复核）"),
        move("second", S.SECOND, S.CONFIRMED, "复核通过"),
        move("publish", S.CONFIRMED, S.PUBLIC, "公示"),
        move("ask", S.PUBLIC, S.ASKED, "公示期满，请企业确认"),
        move("accept", S.ASKED, S.READY, "确认意愿和账户"),
        move("batch", S.READY, S.BATCHED, "列入批次"),
        move("unbatch", S.BATCHED, S.READY, "撤出批次"),
        move("pay", S.BATCHED, S.PAID, "到账"),
        move("bounce", (S.BATCHED, S.PAID), S.BOUNCED, "退票"),
        move("correct", S.BOUNCED, S.READY, "更正账户"),
        move("decline", (S.CONFIRMED, S.PUBLIC, S.ASKED, S.READY, S.BOUNCED), S.DECLINED, "放弃"),
        move("drop", (S.UNKNOWN, S.MATCHED, S.SECOND, S.CONFIRMED, S.PUBLIC, S.ASKED, S.READY), S.DROPPED, "不兑现"),
        move("recover", S.PAID, S.RECOVERING, "责令退回"),
        move("recovered", S.RECOVERING, S.RECOVERED, "退回到账"),
    ],
)  # fmt: skip

BATCH_FLOW = Flow(
    name="batch",
    start=B.DRAFT,
    labels={str(value): str(label) for value, label in B.choices},
    moves=[
        move("check", B.DRAFT, B.CHECKED, "复核通过"),
        move("send", B.CHECKED, B.SENT, "送财政"),
        move("finish", B.SENT, B.DONE, "回单齐全"),
        move("cancel", (B.DRAFT, B.CHECKED), B.CANCELLED, "撤销"),
    ],
)
