"""Files in, at /desk/intake/."""

from django.urls import URLPattern, path

from keqiao.web.intake import checking, receiving, runs

app_name = "intake"
urlpatterns: list[URLPattern] = [
    path("", runs.run_list, name="run-list"),
    path("new/", receiving.upload, name="upload"),
    path("template/<slug:kind>/", receiving.template, name="template"),
    # /desk/intake/<run>/
    path("<uuid:public_id>/", runs.run_detail, name="run"),
    path("<uuid:public_id>/mapping/", receiving.mapping, name="mapping"),
    path("<uuid:public_id>/sheet/", receiving.sheet, name="sheet"),
    path("<uuid:public_id>/check/", checking.check_page, name="check"),
    path("<uuid:public_id>/check/again/", checking.check_again, name="check-again"),
    path("<uuid:public_id>/near/", checking.near_rows, name="near"),
    path("<uuid:public_id>/write/", checking.write_run, name="write"),
    path("<uuid:public_id>/resume/", runs.run_resume, name="resume"),
    path("<uuid:public_id>/abandon/", runs.run_abandon, name="abandon"),
    path("<uuid:public_id>/rejected/", runs.run_rejected, name="rejected"),
]
