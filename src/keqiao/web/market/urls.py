"""Public pages, at /."""

from django.urls import URLPattern, path

from keqiao.registry.kinds import KINDS
from keqiao.web.market import details, home, institutions, lists, services, subscribe
from keqiao.web.market.halls import HALLS

app_name = "market"
urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("search", home.search_everything, name="search"),
    path("services/", services.service_list, name="service-list"),
    # /institutions/
    path("institutions/", institutions.institution_list, name="institution-list"),
    path("institutions/<uuid:public_id>/", institutions.institution_detail, name="institution-detail"),
    # /subscriptions/
    path("subscriptions/", subscribe.subscription_list, name="subscription-list"),
    path("subscriptions/new/<slug:kind>/", subscribe.subscription_new, name="subscription-new"),
    path("subscriptions/<uuid:public_id>/end/", subscribe.subscription_end, name="subscription-end"),
    path("subscriptions/confirm/<str:token>/", subscribe.subscription_confirm, name="subscription-confirm"),
    path("subscriptions/stop/<str:token>/", subscribe.subscription_stop, name="subscription-stop"),
    # /demands/, /achievements/ …: a list and a page for each registry
    *(path(f"{HALLS[kind].path}/", lists.record_list, {"kind": kind}, name=f"{kind}-list") for kind in KINDS),
    *(
        path(
            f"{HALLS[kind].path}/<uuid:public_id>/",
            details.record_detail,
            {"kind": kind},
            name=f"{kind}-detail",
        )
        for kind in KINDS
    ),
]
