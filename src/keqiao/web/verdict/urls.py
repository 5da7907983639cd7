"""Answers, at /verdicts/, /statistics/ and, for officers, /desk/quality/."""

from django.urls import URLPattern, path

from keqiao.web.verdict import answering

app_name = "verdict"
urlpatterns: list[URLPattern] = [
    path(
        "verdicts/<slug:kind>/<uuid:public_id>/<slug:other_kind>/<uuid:other_id>/",
        answering.answer,
        name="answer",
    ),
]
