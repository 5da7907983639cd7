"""Public pages, at /."""

from django.urls import URLPattern

app_name = "market"
urlpatterns: list[URLPattern] = []
