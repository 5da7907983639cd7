"""The way of a firm through a pool, as a table."""

from keqiao.core.flow import Flow, move
from keqiao.ladder.enums import PoolState

POOL_FLOW = Flow(
    name="pool",
    start=PoolState.PROPOSED,
    labels={str(state.value): str(state.label) for state in PoolState},
    moves=(
        move("admit", PoolState.PROPOSED, PoolState.IN, "同意入库"),
        move("refuse", PoolState.PROPOSED, PoolState.REFUSED, "不入库"),
        move("graduate", PoolState.IN, PoolState.GRADUATED, "达标出库"),
        move("remove", PoolState.IN, PoolState.LEFT, "移出"),
        move(
            "propose",
            (PoolState.LEFT, PoolState.REFUSED, PoolState.GRADUATED),
            PoolState.PROPOSED,
            "重新推荐",
        ),
    ),
)
