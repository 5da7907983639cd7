"""R&D: /rd/ for everybody, /desk/rd/ for firms and officers."""

from django.urls import URLPattern, path

from keqiao.web.rd import calculator, ledger, statistics

app_name = "rd"
urlpatterns: list[URLPattern] = [
    # /rd/
    path("rd/calculator/", calculator.deduction_page, name="calculator"),
    path("rd/calculator/transfer/", calculator.transfer_page, name="transfer"),
    path("rd/calculator/industry/", calculator.industry_page, name="industry"),
    # /desk/rd/: the firm's ledger
    path("desk/rd/", ledger.overview, name="ledger"),
    path("desk/rd/year/<int:year>/", ledger.year_edit, name="year"),
    path("desk/rd/year/<int:year>/<slug:style>.xlsx", ledger.year_file, name="year-file"),
    path("desk/rd/template.xlsx", ledger.template_file, name="template"),
    path("desk/rd/projects/new/", ledger.project_new, name="project-new"),
    path("desk/rd/projects/<uuid:public_id>/", ledger.project, name="project"),
    path("desk/rd/projects/<uuid:public_id>/edit/", ledger.project_edit, name="project-edit"),
    path("desk/rd/projects/<uuid:public_id>/lines/", ledger.line_add, name="line-add"),
    path("desk/rd/projects/<uuid:public_id>/import/", ledger.lines_import, name="import"),
    path("desk/rd/projects/<uuid:public_id>/lines/<int:line>/remove/", ledger.line_remove, name="line-remove"),
    # /desk/rd/statistics/: the bureau
    path("desk/rd/statistics/", statistics.overview, name="statistics"),
    path("desk/rd/statistics/lists/<slug:key>/", statistics.firm_list, name="list"),
    path("desk/rd/statistics/lists/<slug:key>.xlsx", statistics.firm_list_file, name="list-file"),
    path("desk/rd/statistics/ranking.xlsx", statistics.ranking_file, name="ranking-file"),
    path("desk/rd/statistics/reconcile/", statistics.reconcile, name="reconcile"),
    path("desk/rd/statistics/quality/", statistics.quality, name="quality"),
]  # fmt: skip
