"""合同登记, at /desk/registration/; 证明查验, at /verify/; 公开统计, at /statistics/contracts/."""

from django.urls import URLPattern, path

from keqiao.web.contract.figures import statistics_public
from keqiao.web.contract.followup import follow_up
from keqiao.web.registrar import desk, public

app_name = "registrar"
urlpatterns: list[URLPattern] = [
    path("desk/registration/", desk.queue_page, name="queue"),
    # /desk/registration/<contract>/
    path("desk/registration/<uuid:public_id>/", desk.work, name="work"),
    path("desk/registration/<uuid:public_id>/certificate/", desk.certificate, name="certificate"),
    path("desk/registration/<uuid:public_id>/certificate.pdf", desk.certificate_pdf, name="certificate-pdf"),
    path("desk/registration/<uuid:public_id>/<slug:what>/", desk.act, name="act"),
    path("statistics/contracts/", statistics_public, name="statistics-public"),
    path("follow-up/<str:token>/", follow_up, name="follow-up"),
    path("verify/", public.verify_form, name="verify-form"),
    path("verify/<str:code>/", public.verify_page, name="verify"),
]
