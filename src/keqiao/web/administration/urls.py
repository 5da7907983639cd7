"""Users, roles and the audit trail, at /desk/administration/."""

from django.urls import URLPattern, path

from keqiao.web.administration import applications, audit, locks, organisations, persons, roles, users

app_name = "administration"
urlpatterns: list[URLPattern] = [
    # applications/
    path("applications", applications.application_list, name="application-list"),
    path("applications/<uuid:public_id>", applications.application_detail, name="application-detail"),
    path(
        "applications/<uuid:public_id>/approve", applications.application_approve, name="application-approve"
    ),
    path("applications/<uuid:public_id>/return", applications.application_return, name="application-return"),
    # users/
    path("users", users.user_list, name="user-list"),
    path("users/new", users.user_create, name="user-create"),
    path("users/<uuid:public_id>", users.user_detail, name="user-detail"),
    path("users/<uuid:public_id>/disable", users.user_disable, name="user-disable"),
    path("users/<uuid:public_id>/enable", users.user_enable, name="user-enable"),
    path("users/<uuid:public_id>/reset", users.user_reset, name="user-reset"),
    path("users/<uuid:public_id>/factor", users.user_factor_reset, name="user-factor-reset"),
    path("users/<uuid:public_id>/grant", roles.role_grant, name="role-grant"),
    path("users/<uuid:public_id>/admin-change", roles.admin_change_request, name="admin-change-request"),
    path("grants/<int:pk>/revoke", roles.role_revoke, name="role-revoke"),
    # roles/, admin-changes/, locks/
    path("roles", roles.role_list, name="role-list"),
    path("admin-changes", roles.admin_change_list, name="admin-change-list"),
    path("admin-changes/<uuid:public_id>/decide", roles.admin_change_decide, name="admin-change-decide"),
    path("locks", locks.lock_list, name="lock-list"),
    path("locks/unlock", locks.unlock, name="unlock"),
    # audit/
    path("audit", audit.audit_list, name="audit-list"),
    path("audit/export", audit.audit_export, name="audit-export"),
    path("audit/verify", audit.audit_verify, name="audit-verify"),
    path("audit/<int:seq>", audit.audit_detail, name="audit-detail"),
    # organisations/
    path("organisations", organisations.organisation_list, name="organisation-list"),
    path("organisations/<uuid:public_id>", organisations.organisation_detail, name="organisation-detail"),
    path(
        "organisations/<uuid:public_id>/rename", organisations.organisation_rename, name="organisation-rename"
    ),
    path("organisations/<uuid:public_id>/merge", organisations.organisation_merge, name="organisation-merge"),
    path(
        "organisations/<uuid:public_id>/parent", organisations.organisation_parent, name="organisation-parent"
    ),
    # persons/
    path("persons", persons.person_list, name="person-list"),
    path("persons/<uuid:public_id>", persons.person_detail, name="person-detail"),
    path("persons/<uuid:public_id>/merge", persons.person_merge, name="person-merge"),
    path("persons/<uuid:public_id>/split", persons.person_split, name="person-split"),
]
