"""Rules: /rules/ for everybody, /desk/rules/ for officers."""

from django.urls import URLPattern, path

from keqiao.web.rules import desk, drafts, public, trials

app_name = "rules"
urlpatterns: list[URLPattern] = [
    # /rules/
    path("rules/", public.book_list, name="book-list"),
    path("rules/<slug:name>/", public.book_detail, name="book-detail"),
    # /desk/rules/
    path("desk/rules/", desk.book_manage, name="book-manage"),
    path("desk/rules/drafts/<uuid:public_id>/", drafts.draft_detail, name="draft-detail"),
    path("desk/rules/drafts/<uuid:public_id>/edit/", drafts.draft_edit, name="draft-edit"),
    path("desk/rules/drafts/<uuid:public_id>/do/<slug:what>/", drafts.draft_act, name="draft-act"),
    path("desk/rules/drafts/<uuid:public_id>/example/", trials.draft_example, name="draft-example"),
    path("desk/rules/drafts/<uuid:public_id>/trial/", trials.trial_begin, name="trial-begin"),
    path("desk/rules/trials/<uuid:public_id>/", trials.trial_detail, name="trial-detail"),
    path("desk/rules/<slug:name>/", desk.book_versions, name="book-versions"),
    path("desk/rules/<slug:name>/diff/", desk.version_diff, name="version-diff"),
    path("desk/rules/<slug:name>/copy/", drafts.version_copy, name="version-copy"),
]
