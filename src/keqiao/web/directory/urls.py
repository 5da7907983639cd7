"""双向清单, at /desk/directory/ and /directory/."""

from django.urls import URLPattern

app_name = "directory"
urlpatterns: list[URLPattern] = []
