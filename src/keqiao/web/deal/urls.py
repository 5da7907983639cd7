"""Addresses of the deal desk: /desk/cases/ … for who works there, /funnel/ and /enquiries/ for everybody."""

from django.urls import URLPattern, path

from keqiao.web.deal import board, case_page, enquiring, sides, working

app_name = "deal"
urlpatterns: list[URLPattern] = [
    # /desk/cases/
    path("desk/cases/", board.board, name="board"),
    path("desk/cases/all/", board.case_list, name="case-list"),
    path("desk/cases/new/", working.case_new, name="case-new"),
    path("desk/cases/<uuid:public_id>/", case_page.case_page, name="case"),
    path("desk/cases/<uuid:public_id>/move/", working.case_move, name="case-move"),
    path("desk/cases/<uuid:public_id>/end/", working.case_end, name="case-end"),
    path("desk/cases/<uuid:public_id>/plan/", working.case_plan, name="case-plan"),
    path("desk/cases/<uuid:public_id>/note/", working.case_note, name="case-note"),
    path("desk/cases/<uuid:public_id>/assign/", working.case_assign, name="case-assign"),
    path("desk/cases/<uuid:public_id>/contract/", working.case_contract, name="case-contract"),
    # the two sides
    path("desk/cases/<uuid:public_id>/supply/", sides.supply_choose, name="supply-choose"),
    path("desk/cases/<uuid:public_id>/<slug:side>/ask/", sides.side_ask, name="side-ask"),
    path("desk/cases/<uuid:public_id>/<slug:side>/answer/", sides.side_answer, name="side-answer"),
    path("desk/cases/<uuid:public_id>/<slug:side>/consent/", sides.consent_give, name="consent-give"),
    path(
        "desk/cases/<uuid:public_id>/<slug:side>/withdraw/", sides.consent_withdraw, name="consent-withdraw"
    ),
    path("desk/cases/<uuid:public_id>/<slug:side>/contact/", sides.contact_reveal, name="contact-reveal"),
    path("desk/cases/<uuid:public_id>/<slug:side>/rate/", sides.side_rate, name="side-rate"),
    path("desk/cases/<uuid:public_id>/nda/", sides.nda_set, name="nda-set"),
    # 我要对接
    path("desk/enquire/<slug:kind>/<uuid:public_id>/", enquiring.enquire, name="enquire"),
    path("enquiries/new/<slug:kind>/<uuid:public_id>/", enquiring.visitor_enquire, name="visitor-enquire"),
    path("enquiries/<str:token>/", enquiring.enquiry_state, name="enquiry"),
]
