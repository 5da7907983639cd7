"""Files in, at /desk/intake/."""

from django.urls import URLPattern

app_name = "intake"
urlpatterns: list[URLPattern] = []
