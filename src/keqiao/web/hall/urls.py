"""The exchange hall: /hall/ for everybody, /desk/hall/ for those who work in it."""

from django.urls import URLPattern, path

from keqiao.web.hall import bidding, desk, public

app_name = "hall"
urlpatterns: list[URLPattern] = [
    # /hall/
    path("hall/", public.hall_list, name="hall-list"),
    path("hall/notices/<uuid:public_id>/", public.notice, name="notice"),
    path("hall/objections/<str:token>/", public.objection_state, name="objection-state"),
    path("hall/<uuid:public_id>/", public.listing, name="listing"),
    path("hall/<uuid:public_id>/log.json", public.log_file, name="log"),
    path("hall/<uuid:public_id>/replay/", public.replay, name="replay"),
    path("hall/<uuid:public_id>/object/", public.object_to_notice, name="object"),
    # /desk/hall/
    path("desk/hall/", desk.hall_desk, name="desk"),
    path("desk/hall/new/<slug:kind>/<uuid:record_id>/", desk.listing_new, name="listing-new"),
    path("desk/hall/objections/<uuid:public_id>/", desk.objection, name="objection"),
    path("desk/hall/admissions/<uuid:public_id>/<slug:what>/", desk.admission_decide, name="admission"),
    path("desk/hall/<uuid:public_id>/", desk.work, name="work"),
    path("desk/hall/<uuid:public_id>/edit/", desk.listing_edit, name="listing-edit"),
    path("desk/hall/<uuid:public_id>/do/<slug:what>/", desk.act, name="act"),
    path("desk/hall/<uuid:public_id>/certificate.docx", desk.certificate, name="certificate"),
    path("desk/hall/<uuid:public_id>/apply/", bidding.apply, name="apply"),
    path("desk/hall/<uuid:public_id>/bid/", bidding.bid, name="bid"),
    path("desk/hall/<uuid:public_id>/take-back/", bidding.take_back_bid, name="take-back"),
]
