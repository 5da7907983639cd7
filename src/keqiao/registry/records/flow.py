"""How a listing (demand, achievement) travels from draft to the market and off it again."""

from keqiao.core.flow import Flow, move
from keqiao.people.enums import Act
from keqiao.registry.records.enums import Status as S

_EDITABLE = (S.DRAFT, S.RETURNED, S.WITHDRAWN)

DEMAND_FLOW = Flow(
    name="demand",
    start=S.DRAFT,
    labels={str(s.value): str(s.label) for s in S},
    moves=[
        move("submit", _EDITABLE, S.COUNTY_REVIEW, "提交", Act.SUBMIT),
        move("pass_county", S.COUNTY_REVIEW, S.CITY_REVIEW, "初审通过", Act.REVIEW_COUNTY),
        move("return", (S.COUNTY_REVIEW, S.CITY_REVIEW), S.RETURNED, "退回修改", Act.REVIEW_COUNTY),
        move("publish", S.CITY_REVIEW, S.PUBLISHED, "审核通过并发布", Act.REVIEW),
        move("withdraw", (S.COUNTY_REVIEW, S.CITY_REVIEW, S.PUBLISHED), S.WITHDRAWN, "撤回", Act.WITHDRAW),
        move("expire", S.PUBLISHED, S.EXPIRED, "到期"),
        move("renew", (S.PUBLISHED, S.EXPIRED), S.PUBLISHED, "续期", Act.RENEW),
        move("close", (S.PUBLISHED, S.EXPIRED), S.CLOSED, "关闭", Act.CLOSE),
        move("archive", (S.CLOSED, S.EXPIRED, S.WITHDRAWN), S.ARCHIVED, "归档", Act.CLOSE),
        move("reopen", S.CLOSED, S.DRAFT, "重新填报", Act.EDIT),
    ],
)

ACHIEVEMENT_FLOW = Flow(
    name="achievement",
    start=S.DRAFT,
    labels={str(s.value): str(s.label) for s in S if s != S.COUNTY_REVIEW},
    moves=[
        move("submit", _EDITABLE, S.CITY_REVIEW, "提交", Act.SUBMIT),
        *(
            m
            for m in DEMAND_FLOW.moves
            if m.name in ("publish", "expire", "renew", "close", "archive", "reopen")
        ),
        move("return", S.CITY_REVIEW, S.RETURNED, "退回修改", Act.REVIEW),
        move("withdraw", (S.CITY_REVIEW, S.PUBLISHED), S.WITHDRAWN, "撤回", Act.WITHDRAW),
    ],
)

# Enterprises, experts, works, resources, events: published by the officer who enters them, no review.
PLAIN_FLOW = Flow(
    name="record",
    start=S.PUBLISHED,
    labels={str(s.value): str(s.label) for s in (S.DRAFT, S.PUBLISHED, S.WITHDRAWN, S.ARCHIVED)},
    moves=[
        move("withdraw", S.PUBLISHED, S.WITHDRAWN, "撤下", Act.WITHDRAW),
        move("restore", (S.WITHDRAWN, S.DRAFT), S.PUBLISHED, "重新发布", Act.WITHDRAW),
        move("archive", S.WITHDRAWN, S.ARCHIVED, "归档", Act.CLOSE),
    ],
)

FLOWS = {"demand": DEMAND_FLOW, "achievement": ACHIEVEMENT_FLOW}
