"""How a booking and a settlement batch travel."""

from keqiao.core.flow import Flow, move
from keqiao.voucher.enums import BatchState as B
from keqiao.voucher.enums import Stage as S

BOOKING_FLOW = Flow(
    name="booking",
    start=S.REQUESTED,
    labels={str(s.value): str(s.label) for s in S},
    moves=[
        move("accept", S.REQUESTED, S.ACCEPTED, "接单"),
        move("refuse", S.REQUESTED, S.REFUSED, "不接单"),
        move("redeem", S.ACCEPTED, S.REDEEMED, "核销"),
        move("confirm", S.REDEEMED, S.CONFIRMED, "确认完成"),
        move("settle", S.CONFIRMED, S.SETTLED, "结算"),
        move("cancel", (S.REQUESTED, S.ACCEPTED), S.CANCELLED, "取消预约"),
        move("refund", (S.REDEEMED, S.CONFIRMED), S.REFUNDED, "退回创新券"),
        move("lapse", (S.REQUESTED, S.ACCEPTED), S.LAPSED, "逾期失效"),
    ],
)

BATCH_FLOW = Flow(
    name="batch",
    start=B.DRAFT,
    labels={str(s.value): str(s.label) for s in B},
    moves=[
        move("approve", B.DRAFT, B.APPROVED, "复核通过"),
        move("pay", B.APPROVED, B.PAID, "登记拨付"),
        move("cancel", (B.DRAFT, B.APPROVED), B.CANCELLED, "撤销批次"),
    ],
)
