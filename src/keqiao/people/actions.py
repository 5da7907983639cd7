"""The writes of this room under one name: `from keqiao.people import actions`; actions.grant_role(...)."""

from keqiao.people.accounts import (
    change_password,
    close_account,
    correct_account,
    create_account,
    disable_account,
    disable_unused_accounts,
    enable_account,
    end_session,
    end_sessions,
    issue_reset,
    remove_second_factor,
    unlock_account,
)
from keqiao.people.notice import record_consent, withdraw_consent
from keqiao.people.organisations import (
    correct_organisation,
    create_or_find,
    merge_organisations,
    rename_organisation,
    set_parent,
)
from keqiao.people.persons import create_or_find_person, merge_persons, split_person
from keqiao.people.registration import (
    accept_invitation,
    apply_for_organisation,
    approve_application,
    invite_colleague,
    return_application,
    revoke_invitation,
)
from keqiao.people.roles import add_grant, decide_admin_change, grant_role, request_admin_change, revoke_role

__all__ = [
    "accept_invitation",
    "add_grant",
    "apply_for_organisation",
    "approve_application",
    "change_password",
    "close_account",
    "correct_account",
    "correct_organisation",
    "create_account",
    "create_or_find",
    "create_or_find_person",
    "decide_admin_change",
    "disable_account",
    "disable_unused_accounts",
    "enable_account",
    "end_session",
    "end_sessions",
    "grant_role",
    "invite_colleague",
    "issue_reset",
    "merge_organisations",
    "merge_persons",
    "record_consent",
    "remove_second_factor",
    "rename_organisation",
    "request_admin_change",
    "return_application",
    "revoke_invitation",
    "revoke_role",
    "set_parent",
    "split_person",
    "unlock_account",
    "withdraw_consent",
]
