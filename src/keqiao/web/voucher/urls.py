"""Vouchers: /vouchers/ for everybody, /desk/vouchers/ for firms, providers and officers."""

from django.urls import URLPattern, path

from keqiao.web.voucher import bureau, firm, issuing, lab, papers, public

app_name = "voucher"
urlpatterns: list[URLPattern] = [
    # /vouchers/
    path("vouchers/", public.catalogue, name="catalogue"),
    path("vouchers/services/<uuid:public_id>/", public.service, name="service"),
    # /desk/vouchers/: the firm
    path("desk/vouchers/", firm.wallet, name="wallet"),
    path("desk/vouchers/<uuid:public_id>/split/", firm.voucher_split, name="split"),
    path("desk/vouchers/book/<uuid:public_id>/", firm.booking_new, name="book"),
    path("desk/vouchers/bookings/<uuid:public_id>/", firm.booking, name="booking"),
    path("desk/vouchers/bookings/<uuid:public_id>/code/", firm.code, name="code"),
    path("desk/vouchers/bookings/<uuid:public_id>/do/<slug:what>/", firm.act, name="act"),
    # /desk/vouchers/lab/: the provider
    path("desk/vouchers/lab/", lab.desk, name="lab"),
    path("desk/vouchers/lab/redeem/", lab.redeem_page, name="redeem"),
    path("desk/vouchers/lab/services/new/", lab.service_new, name="service-new"),
    path("desk/vouchers/lab/services/<uuid:public_id>/", lab.service_edit, name="service-edit"),
    path("desk/vouchers/lab/services/<uuid:public_id>/slots/", lab.slots_open, name="slots"),
    # /desk/vouchers/bureau/: the officers
    path("desk/vouchers/bureau/", bureau.desk, name="bureau"),
    path("desk/vouchers/bureau/year/", bureau.year_new, name="year-new"),
    path("desk/vouchers/bureau/<uuid:public_id>/money/", bureau.money_add, name="money"),
    path("desk/vouchers/bureau/<uuid:public_id>/issue/", issuing.issue_list, name="issue"),
    path("desk/vouchers/bureau/issue.xlsx", issuing.issue_template, name="issue-template"),
    path("desk/vouchers/bureau/<uuid:public_id>/batch/", bureau.batch_new, name="batch-new"),
    path("desk/vouchers/bureau/vouchers/", papers.vouchers, name="vouchers"),
    path("desk/vouchers/bureau/vouchers/<uuid:public_id>/withdraw/", papers.voucher_withdraw, name="withdraw"),
    path("desk/vouchers/bureau/bookings/", papers.bookings, name="bookings"),
    path("desk/vouchers/bureau/entries/", papers.entries, name="entries"),
    path("desk/vouchers/bureau/flags/<uuid:public_id>/", papers.flag_decide, name="flag"),
    path("desk/vouchers/bureau/providers/", bureau.providers, name="providers"),
    path("desk/vouchers/bureau/providers/edit/", bureau.provider_edit, name="provider-edit"),
    path("desk/vouchers/bureau/batches/<uuid:public_id>/", papers.batch, name="batch"),
    path("desk/vouchers/bureau/batches/<uuid:public_id>/do/<slug:what>/", papers.batch_act, name="batch-act"),
    path("desk/vouchers/bureau/batches/<uuid:public_id>/list.xlsx", papers.batch_file, name="batch-file"),
]  # fmt: skip
