"""The way of a contract through registration, the registrar's moves too (technology-contracts.md §4.3)."""

from keqiao.contract.enums import IN_FORCE, State
from keqiao.core.flow import Flow, move

CONTRACT_FLOW = Flow(
    name="contract",
    start=State.DRAFT,
    labels={str(value): str(label) for value, label in State.choices},
    moves=[
        move("submit", (State.DRAFT, State.RETURNED), State.SUBMITTED, "提交登记"),
        move("withdraw", (State.SUBMITTED, State.RETURNED), State.DRAFT, "撤回到草稿"),
        move("accept", State.SUBMITTED, State.ACCEPTED, "受理"),
        move("start_review", State.ACCEPTED, State.REVIEW, "开始审查"),
        move("return", (State.SUBMITTED, State.ACCEPTED, State.REVIEW), State.RETURNED, "退回补正"),
        move("ask_experts", State.REVIEW, State.EXPERT, "送专家评审"),
        move("ask_second", (State.REVIEW, State.EXPERT), State.SECOND, "送二次审核"),
        move("back_to_review", (State.EXPERT, State.SECOND), State.REVIEW, "退回审查"),
        move("register", (State.REVIEW, State.EXPERT, State.SECOND), State.REGISTERED, "登记"),
        move("refuse", (State.REVIEW, State.EXPERT, State.SECOND), State.REFUSED, "不予登记"),
        move("change", tuple(sorted(IN_FORCE)), State.CHANGED, "变更登记"),
        move("deregister", tuple(sorted(IN_FORCE)), State.DEREGISTERED, "注销登记"),
        move("revoke", tuple(sorted(IN_FORCE)), State.REVOKED, "撤销登记"),
        move("object", (State.REFUSED, *sorted(IN_FORCE)), State.OBJECTION, "提出异议"),
        move("take_objection", State.OBJECTION, State.REVIEW, "异议转审查"),
    ],
)
