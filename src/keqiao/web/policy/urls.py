"""The policy library: /policies/ for everybody, /desk/policies/ for those who keep it."""

from django.urls import URLPattern, path

from keqiao.web.policy import desk, public, sandbox

app_name = "policy"
urlpatterns: list[URLPattern] = [
    # /policies/
    path("policies/", public.policy_list, name="policy-list"),
    path("policies/calculator/", public.calculator, name="calculator"),
    path("policies/<int:n>/", public.policy_detail, name="policy-detail"),
    # /desk/policies/
    path("desk/policies/", desk.desk, name="desk"),
    path("desk/policies/new", desk.policy_new, name="policy-new"),
    path("desk/policies/<int:n>/", desk.policy_edit, name="policy-edit"),
    path("desk/policies/<int:n>/items/new", desk.item_new, name="item-new"),
    path("desk/policies/<int:n>/act/<str:what>", desk.policy_act, name="policy-act"),
    path("desk/policies/items/<uuid:public_id>/", desk.item_edit, name="item-edit"),
    path("desk/policies/items/<uuid:public_id>/firms/", desk.item_firms, name="item-firms"),
    path("desk/policies/freeze", desk.freeze, name="freeze"),
    # /desk/policies/sandbox/
    path("desk/policies/sandbox/", sandbox.sandbox, name="sandbox"),
    path("desk/policies/sandbox/compare", sandbox.compare, name="compare"),
    path("desk/policies/sandbox/<uuid:public_id>/", sandbox.tryout, name="tryout"),
    path("desk/policies/sandbox/trials/<uuid:public_id>", sandbox.trial, name="trial"),
]
