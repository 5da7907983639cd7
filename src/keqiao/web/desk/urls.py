"""The working side, at /desk/."""

from django.urls import URLPattern, path

from keqiao.web.desk import alike, record_page, registers, reviewing, views, writing

app_name = "desk"
urlpatterns: list[URLPattern] = [
    # /desk/
    path("", views.inbox, name="inbox"),
    path("mine/", views.mine, name="mine"),
    # /desk/review/
    path("review/", reviewing.review_queue_page, name="review-queue"),
    path("review/<slug:kind>/<uuid:public_id>/", reviewing.review, name="review"),
    # /desk/alike/
    path("alike/", alike.alike_list, name="alike-list"),
    path("alike/<uuid:public_id>/", alike.alike_pair, name="alike-pair"),
    path("alike/<uuid:public_id>/decide/", alike.alike_decide, name="alike-decide"),
    # /desk/registry/
    path("registry/<slug:kind>/", registers.registry, name="registry"),
    path("registry/<slug:kind>/bulk/", registers.registry_bulk, name="registry-bulk"),
    # the two forms that people fill in themselves
    path("demand/new/", writing.record_new, {"kind": "demand"}, name="demand-new"),
    path("demand/<uuid:public_id>/edit/", writing.record_edit, {"kind": "demand"}, name="demand-edit"),
    path("achievement/new/", writing.record_new, {"kind": "achievement"}, name="achievement-new"),
    path(
        "achievement/<uuid:public_id>/edit/",
        writing.record_edit,
        {"kind": "achievement"},
        name="achievement-edit",
    ),
    # parts of the form
    path("form/metric-row/", writing.metric_row, name="metric-row"),
    path("form/<slug:kind>/check/", writing.record_check, name="record-check"),
    path("form/<slug:kind>/autosave/", writing.autosave_new, name="autosave-new"),
    path("form/<slug:kind>/<uuid:public_id>/autosave/", writing.autosave, name="autosave"),
    # any record
    path("<slug:kind>/new/", writing.record_new, name="record-new"),
    path("<slug:kind>/<uuid:public_id>/", record_page.record_page, name="record"),
    path("<slug:kind>/<uuid:public_id>/edit/", writing.record_edit, name="record-edit"),
    path("<slug:kind>/<uuid:public_id>/move/", record_page.record_move, name="record-move"),
    path("<slug:kind>/<uuid:public_id>/contact/", record_page.record_contact, name="record-contact"),
    path("<slug:kind>/<uuid:public_id>/tags/", record_page.record_tags, name="record-tags"),
    path(
        "<slug:kind>/<uuid:public_id>/restore/<int:number>/",
        record_page.record_restore,
        name="record-restore",
    ),
]
