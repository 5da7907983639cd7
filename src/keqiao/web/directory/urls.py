"""双向清单, at /directory/ and, for officers, /directory/desk/."""

from django.urls import URLPattern, path

from keqiao.web.directory import desk, public

app_name = "directory"
urlpatterns: list[URLPattern] = [
    path("", public.directory_list, name="directory-list"),
    # /directory/desk/
    path("desk/", desk.directory_manage, name="directory-manage"),
    path("desk/new/", desk.directory_compose, name="directory-compose"),
    path("desk/preparing/<uuid:public_id>/", desk.directory_preparing, name="directory-preparing"),
    path("desk/preparing/<uuid:public_id>/resume/", desk.directory_resume, name="directory-resume"),
    path("desk/<uuid:public_id>/withdraw/", desk.directory_withdraw, name="directory-withdraw"),
    # /directory/<directory>/
    path("<uuid:public_id>/", public.directory_detail, name="directory-detail"),
    path("<uuid:public_id>/print/", public.directory_print, name="directory-print"),
    path("<uuid:public_id>/xlsx/", public.directory_xlsx, name="directory-xlsx"),
    path("<uuid:public_id>/docx/", public.directory_docx, name="directory-docx"),
]
