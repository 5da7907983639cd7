"""Where a unit wants its money: entered once, encrypted, shown in stars, revealed only with an audit entry."""

import re

from django.db import transaction
from django.utils import timezone

from keqiao.core.audit import record
from keqiao.core.crypto import lookup_hash
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.models import AuditLevel
from keqiao.payment.access import is_officer_of, unit_of
from keqiao.payment.models import BatchLine, PayeeAccount
from keqiao.people.models import Organisation, User

_NUMBER = re.compile(r"[0-9]{8,32}\Z")
_BANK_CODE = re.compile(r"[0-9]{12}\Z")
_BRACKETS = str.maketrans("()　", "（） ")


def _same_name(one: str, other: str) -> bool:
    """Brackets of either width and blanks make no difference in a bank's papers."""
    return "".join(one.translate(_BRACKETS).split()) == "".join(other.translate(_BRACKETS).split())


@transaction.atomic
def add_account(
    *, organisation: Organisation, holder: str, bank: str, number: str, by: User, bank_code: str = ""
) -> PayeeAccount:
    """Register an account; the same number again gives the one that is there. Raises BadInput naming what is wrong.

    The holder's name must be the unit's name or a former one: money goes to nobody else.
    """
    unit = unit_of(by)
    if not (unit and unit.pk == organisation.pk) and not is_officer_of(by, organisation.division_code):
        raise NotAllowed("收款账户由单位自己登记。请用该单位的账号登录。", code="account.owner")
    names = [organisation.name, *organisation.names.values_list("name", flat=True)]
    holder = " ".join(holder.split()) or organisation.name
    if not any(_same_name(holder, name) for name in names):
        raise BadInput(f"户名“{holder}”与单位名称“{organisation.name}”不一致，财政资金只付给本单位的账户。请核对开户许可。", field="holder")  # fmt: skip
    digits = re.sub(r"[\s-]", "", number)
    if not _NUMBER.match(digits):
        raise BadInput(f"账号应为 8 到 32 位数字，收到 {len(digits)} 位。请照开户许可抄写。", field="number")
    if not bank.strip():
        raise BadInput("请写开户行全称，例如“徽商银行固镇支行”。", field="bank")
    code = bank_code.strip()
    if code and not _BANK_CODE.match(code):
        raise BadInput(f"联行号是 12 位数字，收到“{code}”。不知道可以不填。", field="bank_code")
    digest = lookup_hash(digits)
    there = PayeeAccount.objects.filter(organisation=organisation, number_hash=digest, ended_at=None).first()
    if there is not None:
        return there
    account = PayeeAccount.objects.create(
        organisation=organisation, holder=holder, bank=bank.strip()[:120], bank_code=code, number=digits, number_hash=digest,
        tail=digits[-4:], created_by=by,
    )  # fmt: skip
    record("payee_account.added", by=by, target=account, changes={"number": ["", account.masked]}, level=AuditLevel.IMPORTANT)  # fmt: skip
    return account


@transaction.atomic
def end_account(*, account: PayeeAccount, by: User) -> None:
    """No longer used; what was paid into it stays as it is."""
    account = PayeeAccount.objects.select_for_update().get(pk=account.pk)
    unit = unit_of(by)
    if unit is None or unit.pk != account.organisation_id:
        raise NotAllowed("收款账户由单位自己停用。", code="account.owner")
    account.ended_at = timezone.now()
    account.save(update_fields=["ended_at"])
    record("payee_account.ended", by=by, target=account)


def accounts_of(organisation: Organisation) -> list[PayeeAccount]:
    """The accounts in use, newest first."""
    return list(PayeeAccount.objects.filter(organisation=organisation, ended_at=None))


@transaction.atomic
def reveal_account(*, line: BatchLine, reason: str, by: User) -> str:
    """The full number, for an officer of the place who says why. One audit entry each time."""
    if not is_officer_of(by, line.batch.envelope.division_code):
        raise NotAllowed("账号由经办资金的科技局工作人员查看。", code="account.officer")
    if len(reason.strip()) < 2:
        raise BadInput("请写查看完整账号的原因，会记入审计。", field="reason")
    record("payee_account.revealed", by=by, target=line, reason=reason.strip(), level=AuditLevel.IMPORTANT)
    return str(line.account)
