"""技术合同, at /desk/contracts/."""

from django.urls import URLPattern, path

from keqiao.web.contract import exchange, figures, followup, incentives, papers, performing, seller

app_name = "contract"
urlpatterns: list[URLPattern] = [
    path("", seller.contract_list, name="contract-list"),
    path("new/", seller.contract_new, name="contract-new"),
    path("statistics/", figures.statistics_page, name="statistics"),
    path("follow-ups/", followup.follow_ups, name="follow-ups"),
    path("ledger/", figures.ledger_page, name="ledger"),
    path("ledger/export/", exchange.ledger_export, name="ledger-export"),
    path("ledger/imports/", exchange.ledger_imports, name="ledger-imports"),
    path("ledger/imports/form/", exchange.ledger_form, name="ledger-form"),
    path("ledger/imports/<uuid:public_id>/rejected/", exchange.ledger_rejected, name="ledger-rejected"),
    # /desk/contracts/<contract>/
    path("<uuid:public_id>/", seller.contract_detail, name="contract-detail"),
    path("<uuid:public_id>/edit/", seller.contract_edit, name="contract-edit"),
    path("<uuid:public_id>/save/", seller.contract_autosave, name="contract-autosave"),
    path("<uuid:public_id>/check/", seller.contract_check, name="contract-check"),
    path("<uuid:public_id>/paper/", seller.paper_attach, name="paper-attach"),
    path("<uuid:public_id>/draft/", seller.draft_download, name="draft-download"),
    path("<uuid:public_id>/incentives/", incentives.incentives_page, name="incentives"),
    path("<uuid:public_id>/performance/", performing.performance, name="performance"),
    path("<uuid:public_id>/performance/<slug:what>/", performing.performance_act, name="performance-act"),
    path("<uuid:public_id>/income/<int:seq>/", papers.income_form, name="income-form"),
    path("<uuid:public_id>/form/", papers.registration_form, name="registration-form"),
    path("<uuid:public_id>/submit/", seller.contract_submit, name="contract-submit"),
    path("<uuid:public_id>/withdraw/", seller.contract_withdraw, name="contract-withdraw"),
]
