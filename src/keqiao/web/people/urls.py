"""Accounts, at /account/."""

from django.urls import URLPattern, path

from keqiao.web.people import account, organisation, register, second_factor, signin

app_name = "people"
urlpatterns: list[URLPattern] = [
    # /account/: signing in and out
    path("sign-in", signin.sign_in, name="sign-in"),
    path("sign-out", signin.sign_out, name="sign-out"),
    path("reset/<str:uid>/<str:token>", signin.password_reset, name="password-reset"),
    path("password", signin.password_change, name="password-change"),
    # second factor
    path("second-factor", second_factor.second_factor, name="second-factor"),
    path("second-factor/setup", second_factor.second_factor_setup, name="second-factor-setup"),
    path("second-factor/codes", second_factor.second_factor_codes, name="second-factor-codes"),
    path("second-factor/remove", second_factor.second_factor_remove, name="second-factor-remove"),
    # registration, the notice, invitations
    path("register", register.register, name="register"),
    path("divisions", register.division_options, name="division-options"),
    path("application/<uuid:public_id>", register.application_status, name="application-status"),
    path("privacy", register.privacy, name="privacy"),
    path("consent", register.consent, name="consent"),
    path("invitation/<str:token>", register.invitation_accept, name="invitation"),
    # 我的信息
    path("", account.account, name="account"),
    path("edit", account.account_edit, name="account-edit"),
    path("export", account.account_export, name="account-export"),
    path("sessions/<uuid:public_id>/end", account.session_end, name="session-end"),
    path("consent/withdraw", account.consent_withdraw, name="consent-withdraw"),
    path("close", account.account_close, name="account-close"),
    # the own unit
    path("organisation", organisation.organisation, name="organisation"),
    path("organisation/invite", organisation.colleague_invite, name="colleague-invite"),
    path(
        "organisation/invitations/<int:pk>/revoke", organisation.invitation_revoke, name="invitation-revoke"
    ),
]
