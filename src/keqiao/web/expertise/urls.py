"""找专家, at /desk/experts/, and 重名核对, at /desk/namesakes/."""

from django.urls import URLPattern, path

from keqiao.web.expertise import finding, namesakes

app_name = "expertise"
urlpatterns: list[URLPattern] = [
    # /desk/experts/
    path("experts/find/", finding.find, name="find"),
    path("experts/find/xlsx/", finding.shortlist_xlsx, name="shortlist-xlsx"),
    path("experts/propose/", finding.propose, name="propose"),
    path("experts/propose/<uuid:public_id>/withdraw/", finding.withdraw, name="withdraw"),
    path("experts/<uuid:public_id>/split/", namesakes.expert_split, name="expert-split"),
    # /desk/namesakes/
    path("namesakes/", namesakes.namesake_list, name="namesake-list"),
    path("namesakes/scan/", namesakes.namesake_scan, name="namesake-scan"),
    path("namesakes/moves/", namesakes.identity_moves, name="identity-moves"),
    path("namesakes/moves/<uuid:public_id>/undo/", namesakes.move_undo, name="move-undo"),
    path("namesakes/<uuid:public_id>/", namesakes.namesake_pair, name="namesake-pair"),
]
