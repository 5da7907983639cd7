"""Common needs, at /desk/radar/; their public figures, at /statistics/common-needs/."""

from django.urls import URLPattern, path

from keqiao.web.radar import openly, views

app_name = "radar"
urlpatterns: list[URLPattern] = [
    path("statistics/common-needs/", openly.common_needs, name="open"),
    path("desk/radar/", views.need_list, name="need-list"),
    path("desk/radar/<uuid:public_id>", views.need_detail, name="need-detail"),
    path("desk/radar/<uuid:public_id>/joint", views.need_join, name="need-join"),
]
