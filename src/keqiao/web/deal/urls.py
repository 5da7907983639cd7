"""Addresses of the deal desk: /desk/cases/ … for who works there, /funnel/ and /enquiries/ for everybody."""

from django.urls import URLPattern, path

from keqiao.web.deal import (
    board,
    calendar,
    case_page,
    enquiring,
    funnel,
    outreach,
    people,
    sides,
    thread,
    working,
)

app_name = "deal"
urlpatterns: list[URLPattern] = [
    # /desk/cases/
    path("desk/cases/", board.board, name="board"),
    path("desk/cases/all/", board.case_list, name="case-list"),
    path("desk/cases/calendar/", calendar.calendar, name="calendar"),
    path("desk/cases/calendar.ics", calendar.calendar_file, name="calendar-file"),
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
    path("desk/cases/<uuid:public_id>/nda.docx", thread.nda_document, name="nda-document"),
    # thread, meetings, files
    path("desk/cases/<uuid:public_id>/messages/", thread.message_send, name="message-send"),
    path("desk/cases/<uuid:public_id>/meetings/", thread.meeting_plan, name="meeting-plan"),
    path(
        "desk/cases/<uuid:public_id>/meetings/<uuid:meeting_id>/minutes/",
        thread.meeting_minutes,
        name="meeting-minutes",
    ),
    path(
        "desk/cases/<uuid:public_id>/meetings/<uuid:meeting_id>/cancel/",
        thread.meeting_cancel,
        name="meeting-cancel",
    ),
    path("desk/cases/<uuid:public_id>/files/", thread.file_upload, name="file-upload"),
    path("desk/cases/<uuid:public_id>/files/<uuid:file_id>/remove/", thread.file_remove, name="file-remove"),
    path("desk/cases/<uuid:public_id>/export.zip", thread.case_export, name="case-export"),
    path("desk/case-files/<uuid:public_id>/", thread.file_open, name="file"),
    # /desk/brokers/, /desk/reminder-days/
    path("desk/brokers/", people.broker_list, name="broker-list"),
    path("desk/brokers/<int:pk>/file/", people.broker_file, name="broker-file"),
    path("desk/brokers/<int:pk>/<int:year>/", people.broker_year, name="broker-year"),
    path("desk/reminder-days/", people.ladder, name="ladder"),
    # /desk/visits/, /desk/firms/
    path("desk/visits/", outreach.visit_list, name="visit-list"),
    path("desk/visits/teams/", outreach.team_new, name="team-new"),
    path("desk/visits/tasks/<int:pk>/", outreach.task_finish, name="task-finish"),
    path("desk/firms/<uuid:public_id>/history/", outreach.firm, name="firm"),
    path("desk/firms/<uuid:public_id>/visits/", outreach.visit_new, name="visit-new"),
    path("desk/firms/<uuid:public_id>/liaison/", outreach.liaison_name, name="liaison-name"),
    # for everybody
    path("funnel/", funnel.funnel, name="funnel"),
    # 我要对接
    path("desk/enquire/<slug:kind>/<uuid:public_id>/", enquiring.enquire, name="enquire"),
    path("enquiries/new/<slug:kind>/<uuid:public_id>/", enquiring.visitor_enquire, name="visitor-enquire"),
    path("enquiries/<str:token>/", enquiring.enquiry_state, name="enquiry"),
]
