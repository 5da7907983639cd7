"""The ladder, at /self-test/ for everybody and /desk/ladder/ for officers."""

from django.urls import URLPattern, path

from keqiao.web.ladder import flows, lists, pools, selftest, steps

app_name = "ladder"
urlpatterns: list[URLPattern] = [
    path("self-test/", selftest.self_test, name="self-test"),
    path("desk/firms/<uuid:public_id>/steps/", steps.steps, name="steps"),
    path("desk/firms/<uuid:public_id>/pools/<slug:kind>/", steps.pool_propose, name="pool-propose"),
    # /desk/ladder/
    path("desk/ladder/", lists.overview, name="overview"),
    path("desk/ladder/closest/", lists.closest, name="closest"),
    path("desk/ladder/closest.xlsx", lists.closest_export, name="closest-export"),
    path("desk/ladder/expiry/", lists.expiry, name="expiry"),
    path("desk/ladder/flow/", flows.flow, name="flow"),
    path("desk/ladder/flow/firms/", flows.flow_firms, name="flow-firms"),
    path("desk/ladder/pools/<slug:kind>/", pools.pool, name="pool"),
    # /desk/ladder/members/<member>/
    path("desk/ladder/members/<uuid:public_id>/", pools.member, name="member"),
    path("desk/ladder/members/<uuid:public_id>/plan/", pools.member_plan, name="member-plan"),
    path("desk/ladder/members/<uuid:public_id>/tasks/", pools.task_new, name="task-new"),
    path("desk/ladder/members/<uuid:public_id>/tasks/<int:pk>/", pools.task_done, name="task-done"),
    path("desk/ladder/members/<uuid:public_id>/<slug:name>/", pools.member_move, name="member-move"),
]
