"""How a listing travels. What is published moves on by its clock and its window; see `phase`."""

from keqiao.core.flow import Flow, move
from keqiao.hall.enums import State as S

LISTING_FLOW = Flow(
    name="listing",
    start=S.DRAFT,
    labels={str(s.value): str(s.label) for s in S},
    moves=[
        move("submit", (S.DRAFT, S.RETURNED), S.REVIEW, "提交审核"),
        move("return", S.REVIEW, S.RETURNED, "退回修改"),
        move("publish", S.REVIEW, S.PUBLISHED, "审核通过并公告"),
        move("conclude", S.PUBLISHED, S.DONE, "确认成交"),
        move("fail", S.PUBLISHED, S.FAILED, "确认未成交"),
        move("stop", (S.DRAFT, S.REVIEW, S.RETURNED, S.PUBLISHED), S.STOPPED, "终止"),
    ],
)
