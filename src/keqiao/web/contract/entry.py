"""The way from a case of the deal desk to its contract and to the hall, and what became of the contract."""

from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from keqiao.contract.access import DRAFTERS
from keqiao.contract.enums import IN_FORCE
from keqiao.contract.models import Contract
from keqiao.deal.enums import WAY, Stage
from keqiao.deal.models import Case
from keqiao.hall.listing import KINDS as LISTED
from keqiao.hall.listing import listing_refusal
from keqiao.people.access import scope_of
from keqiao.people.models import User
from keqiao.registry.kinds import KINDS


def case_contracts(user: User, case: Case) -> dict[str, Any]:
    """For the case page: its contracts that this person may read, and the links to a new contract and a listing."""
    found = Contract.objects.visible_to(user).filter(case_id=case.public_id).select_related("registration")
    rows = [
        {
            "href": reverse("contract:contract-detail", args=[one.public_id]),
            "number": one.number,
            "state": one.get_status_display(),
            "tone": "green" if one.status in IN_FORCE else "",
            "reg_no": getattr(getattr(one, "registration", None), "reg_no", "") or "",
        }
        for one in found[:10]
    ]
    query = urlencode({"case": str(case.public_id)})
    may_draft = (
        bool(scope_of(user).roles & DRAFTERS) and case.is_open and case.reached >= WAY.index(Stage.TALK)
    )
    return {
        "case_contracts": rows,
        "new_contract": f"{reverse('contract:contract-new')}?{query}" if may_draft else "",
        "new_listing": _listing(user, case, query) if may_draft else "",
    }


def _listing(user: User, case: Case, query: str) -> str:
    """The address for listing the case's achievement in the hall, for the unit that owns it."""
    if case.other_kind not in LISTED or not case.other_id:
        return ""
    record = KINDS[case.other_kind].model.objects.filter(pk=case.other_id).first()
    if record is None or listing_refusal(user, record) is not None:
        return ""
    return f"{reverse('hall:listing-new', args=[record.KIND, record.public_id])}?{query}"
