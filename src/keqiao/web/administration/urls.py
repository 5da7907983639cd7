"""Users, roles and the audit trail, at /desk/administration/."""

from django.urls import URLPattern

app_name = "administration"
urlpatterns: list[URLPattern] = []
