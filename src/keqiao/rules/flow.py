"""How a rule version comes into force: one person writes, another approves."""

from keqiao.core.flow import Flow, move
from keqiao.rules.enums import DraftState as S

VERSION_FLOW = Flow(
    name="rule_version",
    start=S.DRAFT,
    labels={state.value: str(state.label) for state in S},
    moves=(
        move("submit", S.DRAFT, S.IN_REVIEW, "送审定"),
        move("return", S.IN_REVIEW, S.DRAFT, "退回修改"),
        move("publish", S.IN_REVIEW, S.PUBLISHED, "审定发布"),
        move("discard", S.DRAFT, S.DISCARDED, "作废"),
        move("withdraw", S.PUBLISHED, S.WITHDRAWN, "撤销"),
    ),
)
