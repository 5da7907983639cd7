"""Addresses: one include a room."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("account/messages/", include("keqiao.web.message.urls")),
    path("account/", include("keqiao.web.people.urls")),
    path("desk/administration/", include("keqiao.web.administration.urls")),
    path("desk/intake/", include("keqiao.web.intake.urls")),
    path("desk/", include("keqiao.web.expertise.urls")),
    path("", include("keqiao.web.hall.urls")),
    path("", include("keqiao.web.ladder.urls")),
    path("", include("keqiao.web.firm.urls")),
    path("", include("keqiao.web.deal.urls")),  # before the desk: its case pages stand below /desk/ too
    path("still/", include("keqiao.web.freshness.urls")),
    path("desk/tonight", include("keqiao.web.nightly.urls")),
    path("", include("keqiao.web.radar.urls")),
    path("desk/contracts/", include("keqiao.web.contract.urls")),
    path("", include("keqiao.web.registrar.urls")),
    path("", include("keqiao.web.voucher.urls")),
    path("", include("keqiao.web.rd.urls")),
    path("", include("keqiao.web.rules.urls")),
    path("", include("keqiao.web.payment.urls")),
    path("", include("keqiao.web.policy.urls")),
    path("desk/", include("keqiao.web.desk.urls")),
    path("directory/", include("keqiao.web.directory.urls")),
    path("api/", include("keqiao.api.urls")),
    path("", include("keqiao.web.verdict.urls")),
    path("", include("keqiao.web.market.urls")),
]

handler400 = "keqiao.web.errors.bad_request"
handler403 = "keqiao.web.errors.permission_denied"
handler404 = "keqiao.web.errors.page_not_found"
handler500 = "keqiao.web.errors.server_error"
