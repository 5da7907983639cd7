"""How a case travels: the seven stages, and the three states beside the way."""

from keqiao.core.flow import Flow, move
from keqiao.deal.enums import WAY
from keqiao.deal.enums import Stage as S

_EARLY = (S.DISCOVER, S.SCREEN, S.DOCK)

CASE_FLOW = Flow(
    name="case",
    start=S.DISCOVER,
    labels={str(s.value): str(s.label) for s in S},
    moves=[
        move("screen", S.DISCOVER, S.SCREEN, "进入筛选"),
        move("dock", S.SCREEN, S.DOCK, "开始对接"),
        move("talk", S.DOCK, S.TALK, "进入洽谈"),
        move("sign", S.TALK, S.SIGN, "达成意向，准备签约"),
        move("perform", S.SIGN, S.PERFORM, "合同已签，开始履约"),
        move("evaluate", S.PERFORM, S.EVALUATE, "履约完成，进入评价"),
        move("back", S.SCREEN, S.DISCOVER, "退回发现"),
        move("back", S.DOCK, S.SCREEN, "退回筛选"),
        move("back", S.TALK, S.DOCK, "退回对接"),
        move("back", S.SIGN, S.TALK, "退回洽谈"),
        move("rediagnose", (*_EARLY, S.TALK), S.REDIAGNOSE, "太笼统，转再诊断"),
        move("watch", (*_EARLY, S.TALK), S.WATCH, "周期长，转长期关注"),
        move("resume", (S.REDIAGNOSE, S.WATCH), S.SCREEN, "恢复对接"),
        move("end", (*WAY, S.REDIAGNOSE, S.WATCH), S.ENDED, "结束"),
        move("reopen", S.ENDED, S.SCREEN, "重新打开"),
    ],
)

FORWARD = {
    S.DISCOVER: "screen",
    S.SCREEN: "dock",
    S.DOCK: "talk",
    S.TALK: "sign",
    S.SIGN: "perform",
    S.PERFORM: "evaluate",
}
"""The move that leads on from each stage of the way."""

NEEDS_REASON = frozenset({"rediagnose", "watch", "back", "end", "reopen"})
"""Moves whose reason the parties will read."""
