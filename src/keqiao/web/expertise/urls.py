"""找专家, at /desk/experts/."""

from django.urls import URLPattern, path

from keqiao.web.expertise import finding

app_name = "expertise"
urlpatterns: list[URLPattern] = [
    # /desk/experts/
    path("experts/find/", finding.find, name="find"),
    path("experts/find/xlsx/", finding.shortlist_xlsx, name="shortlist-xlsx"),
    path("experts/propose/", finding.propose, name="propose"),
    path("experts/propose/<uuid:public_id>/withdraw/", finding.withdraw, name="withdraw"),
]
