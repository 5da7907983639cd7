"""Firm files, at /desk/firms/ and /my-firm/."""

from django.urls import URLPattern, path

from keqiao.web.firm import entry, file, listing, sheets, verdicts

app_name = "firm"
urlpatterns: list[URLPattern] = [
    path("my-firm/", file.own, name="own"),
    # /desk/firms/
    path("desk/firms/", listing.firm_list, name="firm-list"),
    path("desk/firms/export.xlsx", listing.firm_export, name="firm-export"),
    path("desk/firms/figures.xlsx", listing.figures_export, name="figures-export"),
    path("desk/firms/sheets/", sheets.sheet_new, name="sheet-new"),
    path("desk/firms/sheets/<uuid:public_id>/", sheets.sheet_detail, name="sheet"),
    path("desk/firms/sheets/<uuid:public_id>/bad.xlsx", sheets.sheet_bad, name="sheet-bad"),
    # /desk/firms/<firm>/
    path("desk/firms/<uuid:public_id>/", file.firm_file, name="firm"),
    path("desk/firms/<uuid:public_id>/figures/<int:year>/", entry.figures_edit, name="figures-edit"),
    path(
        "desk/firms/<uuid:public_id>/figures/<int:year>/history/",
        entry.figures_history,
        name="figures-history",
    ),
    path("desk/firms/<uuid:public_id>/verdicts/", verdicts.verdicts, name="verdicts"),
    path("desk/firms/<uuid:public_id>/verdicts/keep/", verdicts.verdict_keep, name="verdict-keep"),
    path("desk/firms/<uuid:public_id>/verdicts/<uuid:verdict_id>/", verdicts.verdict, name="verdict"),
    path("desk/firms/<uuid:public_id>/move/", entry.firm_move, name="firm-move"),
    path("desk/firms/<uuid:public_id>/circumstances/", entry.facts_edit, name="facts-edit"),
    path("desk/firms/<uuid:public_id>/titles/new/", entry.title_edit, name="title-new"),
    path("desk/firms/<uuid:public_id>/titles/<uuid:title_id>/", entry.title_edit, name="title-edit"),
    path(
        "desk/firms/<uuid:public_id>/titles/<uuid:title_id>/revoke/", entry.title_revoke, name="title-revoke"
    ),
    path("desk/firms/<uuid:public_id>/rights/new/", entry.right_edit, name="right-new"),
    path("desk/firms/<uuid:public_id>/rights/<uuid:right_id>/", entry.right_edit, name="right-edit"),
    path(
        "desk/firms/<uuid:public_id>/rights/<uuid:right_id>/remove/", entry.right_remove, name="right-remove"
    ),
]
