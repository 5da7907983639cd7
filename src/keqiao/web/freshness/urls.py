"""The answer to a question, at /still/."""

from django.urls import URLPattern, path

from keqiao.web.freshness import views

app_name = "freshness"
urlpatterns: list[URLPattern] = [path("<str:token>", views.still, name="still")]
