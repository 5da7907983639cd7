"""Common needs, at /desk/radar/."""

from django.urls import URLPattern, path

from keqiao.web.radar import views

app_name = "radar"
urlpatterns: list[URLPattern] = [
    path("", views.need_list, name="need-list"),
    path("<uuid:public_id>", views.need_detail, name="need-detail"),
    path("<uuid:public_id>/joint", views.need_join, name="need-join"),
]
