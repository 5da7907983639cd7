"""Answers, at /verdicts/, /statistics/ and, for officers, /desk/quality/."""

from django.urls import URLPattern, path

from keqiao.web.verdict import answering, judging, quality, statistics

app_name = "verdict"
urlpatterns: list[URLPattern] = [
    # /verdicts/<record>/
    path(
        "verdicts/<slug:kind>/<uuid:public_id>/<slug:other_kind>/<uuid:other_id>/",
        answering.answer,
        name="answer",
    ),
    path("verdicts/<slug:kind>/<uuid:public_id>/advice/", answering.advice_read, name="advice-read"),
    # /statistics/
    path("statistics/refusals/", statistics.refusals, name="refusals"),
    # /desk/quality/
    path("desk/quality/", quality.overview, name="quality"),
    path("desk/quality/judging/", judging.rounds, name="judging"),
    path("desk/quality/judging/draw/", judging.round_draw, name="round-draw"),
    path("desk/quality/judging/pairs.jsonl", judging.export, {"what": "pairs"}, name="export-pairs"),
    path("desk/quality/judging/demands.jsonl", judging.export, {"what": "demands"}, name="export-demands"),
    path("desk/quality/judging/<uuid:public_id>/", judging.judge, name="judge"),
    path("desk/quality/models/", quality.model_list, name="model-list"),
    path("desk/quality/models/train/", quality.model_train, name="model-train"),
    path("desk/quality/models/back/", quality.model_back, name="model-back"),
    path("desk/quality/models/<int:version>/activate/", quality.model_activate, name="model-activate"),
]
