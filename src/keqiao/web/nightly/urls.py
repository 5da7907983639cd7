"""What the night found, at /desk/tonight."""

from django.urls import URLPattern, path

from keqiao.web.nightly import views

app_name = "nightly"
urlpatterns: list[URLPattern] = [path("", views.tonight, name="tonight")]
