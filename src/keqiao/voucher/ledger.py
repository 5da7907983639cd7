"""The book: one way to move money, balances summed from the movements, and a check that finds any contradiction."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone

from keqiao.core.errors import BadInput
from keqiao.people.models import User
from keqiao.voucher.enums import HOLDING, OWED, AccountKind, BatchState, EntryKind, VoucherState
from keqiao.voucher.models import (
    ServiceProvider,
    Voucher,
    VoucherAccount,
    VoucherBatch,
    VoucherBooking,
    VoucherEntry,
    VoucherProgramme,
)


def yuan_words(fen: int) -> str:
    """1234567 → 12,345.67 元; whole yuan without cents."""
    yuan, cents = divmod(abs(fen), 100)
    text = f"{yuan:,}" + (f".{cents:02d}" if cents else "")
    return f"{'-' if fen < 0 else ''}{text} 元"


def account_of(
    programme: VoucherProgramme, kind: AccountKind, provider: ServiceProvider | None = None
) -> VoucherAccount:
    """The single account of a kind, or the provider's own in this programme; made when it is first needed."""
    name = str(provider) if provider else str(kind.label)
    found, _ = VoucherAccount.objects.get_or_create(
        programme=programme, kind=kind, provider=provider, defaults={"name": name}
    )
    return found


@transaction.atomic
def post(
    *, kind: EntryKind, source: VoucherAccount, target: VoucherAccount, fen: int, by: User | None,
    at: datetime | None = None, voucher: Voucher | None = None, booking: VoucherBooking | None = None,
    batch: VoucherBatch | None = None, note: str = "",
) -> VoucherEntry:  # fmt: skip
    """Move `fen` from one account to another. Locks the source first: of two who spend at once, the second sees what is left.

    Raises BadInput when the source has less; only 批准额度 may go below zero.
    """
    if fen <= 0:
        raise BadInput(f"金额须大于零，现在是 {yuan_words(fen)}。", code="voucher.amount", field="amount")
    if source.programme_id != target.programme_id:
        raise BadInput("两个账户不属于同一年度，不能转。", code="voucher.programme")
    list(
        VoucherAccount.objects.select_for_update()
        .filter(pk__in=(source.pk, target.pk))
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    if source.kind != AccountKind.AUTHORISED and (left := balance_of(source)) < fen:
        raise BadInput(
            f"“{source}”余额 {yuan_words(left)}，不够 {yuan_words(fen)}。请减少金额，或刷新页面查看最新余额。",
            code="voucher.balance",
            field="amount",
        )
    return VoucherEntry.objects.create(
        programme_id=source.programme_id, kind=kind, source=source, target=target, fen=fen, by=by,
        at=at or timezone.now(), voucher=voucher, booking=booking, batch=batch, note=note[:200],
    )  # fmt: skip


def balance_of(account: VoucherAccount) -> int:
    """Fen in minus fen out. One query."""
    return balances_of([account.pk])[account.pk]


def balances_of(accounts: Iterable[int]) -> dict[int, int]:
    """Balance by account id, 0 where nothing moved. Two queries."""
    wanted = list(accounts)
    found: dict[int, int] = dict.fromkeys(wanted, 0)
    rows = VoucherEntry.objects.order_by()
    for pk, fen in (
        rows.filter(target__in=wanted).values_list("target").annotate(Sum("fen")).values_list("target", "fen__sum")
    ):  # fmt: skip
        found[pk] += fen
    for pk, fen in (
        rows.filter(source__in=wanted).values_list("source").annotate(Sum("fen")).values_list("source", "fen__sum")
    ):  # fmt: skip
        found[pk] -= fen
    return found


@dataclass(frozen=True, slots=True)
class Totals:
    """A programme in fen by kind of account. They sum to zero, 批准额度 being the negative of all the others."""

    by_kind: dict[str, int]

    def __getitem__(self, kind: str) -> int:
        return self.by_kind.get(str(kind), 0)

    @property
    def authorised(self) -> int:
        return -self[AccountKind.AUTHORISED]

    @property
    def in_wallets(self) -> int:
        """What firms may still use: vouchers and parts split off them."""
        return self[AccountKind.WALLET] + self[AccountKind.CHILD]


def totals_of(programme: VoucherProgramme) -> Totals:
    """Balances by kind of account. Two queries, whatever the number of accounts."""
    found: dict[str, int] = defaultdict(int)
    rows = VoucherEntry.objects.filter(programme=programme).order_by()
    for kind, fen in rows.values("target__kind").annotate(Sum("fen")).values_list("target__kind", "fen__sum"):
        found[kind] += fen
    for kind, fen in rows.values("source__kind").annotate(Sum("fen")).values_list("source__kind", "fen__sum"):
        found[kind] -= fen
    return Totals(dict(found))


def contradictions(programme: VoucherProgramme) -> list[str]:
    """What does not agree in the book; empty when it is sound. Reads the whole programme, a few queries.

    Every account but the source is at least zero, the whole is zero, and the balances say what the papers say: an ended
    voucher is empty, a booking's account holds exactly what it holds, a provider is owed its redeemed bookings, the
    settled account is the sum of the paid batches.
    """
    accounts = {one.pk: one for one in VoucherAccount.objects.filter(programme=programme)}
    balances = balances_of(accounts)
    wrong = [
        f"{one} 余额为负：{yuan_words(balances[pk])}"
        for pk, one in accounts.items()
        if one.kind != AccountKind.AUTHORISED and balances[pk] < 0
    ]
    if total := sum(balances.values()):
        wrong.append(f"全部账户之和不为零：{yuan_words(total)}")
    crossing = VoucherEntry.objects.filter(programme=programme).exclude(
        Q(source__programme=programme) & Q(target__programme=programme)
    )
    if crossing.exists():
        wrong.append("有账目跨年度转账")
    for voucher in Voucher.objects.filter(programme=programme).exclude(state=VoucherState.ACTIVE):
        if balances[voucher.account_id]:
            wrong.append(
                f"{voucher} {voucher.get_state_display()}，仍有余额 {yuan_words(balances[voucher.account_id])}"
            )
    owed: dict[int, int] = defaultdict(int)
    settled: dict[int | None, int] = defaultdict(int)
    for booking in VoucherBooking.objects.filter(voucher__programme=programme).select_related("service"):
        held = booking.held_fen if booking.stage in HOLDING else 0
        if balances[booking.account_id] != held:
            wrong.append(
                f"{booking} 应占用 {yuan_words(held)}，账上是 {yuan_words(balances[booking.account_id])}"
            )
        if booking.stage in OWED:
            owed[booking.service.provider_id] += booking.redeemed_fen or 0
        elif booking.stage == "settled":
            settled[booking.batch_id] += booking.redeemed_fen or 0
    wrong += [
        f"{one} 应收 {yuan_words(owed[one.provider_id or 0])}，账上是 {yuan_words(balances[pk])}"
        for pk, one in accounts.items()
        if one.kind == AccountKind.PROVIDER and balances[pk] != owed[one.provider_id or 0]
    ]
    for batch in VoucherBatch.objects.filter(programme=programme, state=BatchState.PAID):
        if settled[batch.pk] != batch.total_fen:
            wrong.append(
                f"{batch} 拨付 {yuan_words(batch.total_fen)}，所含预约之和是 {yuan_words(settled[batch.pk])}"
            )
    paid = sum(balances[pk] for pk, one in accounts.items() if one.kind == AccountKind.SETTLED)
    if paid != sum(settled.values()):
        wrong.append(f"已结算账户 {yuan_words(paid)}，已结算的预约之和是 {yuan_words(sum(settled.values()))}")
    return wrong
