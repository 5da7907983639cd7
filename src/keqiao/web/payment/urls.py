"""Payment: publicity for everybody, /my-policies/ for the firm, /desk/payments/ for those who pay."""

from django.urls import URLPattern, path

from keqiao.web.payment import applying, batches, desk, own, public, rolls

app_name = "payment"
urlpatterns: list[URLPattern] = [
    # /policies/publicity/
    path("policies/publicity/", public.publicity_list, name="publicity-list"),
    path("policies/publicity/<uuid:public_id>", public.publicity, name="publicity"),
    path("policies/publicity/<uuid:public_id>/object", public.publicity_object, name="publicity-object"),
    path("policies/objections/<str:token>", public.objection_state, name="objection-state"),
    # /my-policies/
    path("my-policies/", own.own_list, name="own-list"),
    path("my-policies/<uuid:public_id>", own.own_award, name="own-award"),
    path("my-policies/<uuid:public_id>/<str:what>", own.own_act, name="own-act"),
    path("my-policies/apply/<uuid:public_id>/", applying.start, name="apply"),
    path("my-policies/application/<uuid:public_id>/", applying.application, name="application"),
    path("my-policies/application/<uuid:public_id>/<str:what>", applying.act, name="application-act"),
    path("my-policies/materials/<uuid:public_id>", applying.material, name="material"),
    # /desk/payments/
    path("desk/payments/", desk.desk, name="desk"),
    path("desk/payments/envelopes/new", desk.envelope_new, name="envelope-new"),
    path("desk/payments/envelopes/<uuid:public_id>", desk.envelope, name="envelope"),
    path("desk/payments/envelopes/<uuid:public_id>/<str:what>", desk.envelope_act, name="envelope-act"),
    path("desk/payments/rolls/new", rolls.roll_new, name="roll-new"),
    path("desk/payments/rolls/<uuid:public_id>", rolls.roll, name="roll"),
    path("desk/payments/rolls/<uuid:public_id>/<str:what>", rolls.roll_act, name="roll-act"),
    path("desk/payments/awards/<uuid:public_id>", rolls.award, name="award"),
    path("desk/payments/awards/<uuid:public_id>/<str:what>", rolls.award_act, name="award-act"),
    path("desk/payments/objections/<uuid:public_id>", rolls.objection, name="objection"),
    path("desk/payments/batches/<uuid:public_id>", batches.batch, name="batch"),
    path("desk/payments/batches/<uuid:public_id>/<str:what>", batches.batch_act, name="batch-act"),
    path("desk/payments/lines/<int:pk>/reveal", batches.line_reveal, name="line-reveal"),
]
