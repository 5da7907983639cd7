"""The book of innovation vouchers, the catalogue of services, and what is booked, redeemed and settled. Sums in fen."""

from keqiao.voucher.models.book import Voucher, VoucherAccount, VoucherProgramme
from keqiao.voucher.models.bookings import (
    BookingQuerySet,
    VoucherBatch,
    VoucherBooking,
    VoucherEntry,
    VoucherFlag,
)
from keqiao.voucher.models.catalogue import LabService, LabSlot, ServiceProvider, ServiceQuerySet
from keqiao.voucher.models.shared import fen_field, user_field

__all__ = [
    "BookingQuerySet",
    "LabService",
    "LabSlot",
    "ServiceProvider",
    "ServiceQuerySet",
    "Voucher",
    "VoucherAccount",
    "VoucherBatch",
    "VoucherBooking",
    "VoucherEntry",
    "VoucherFlag",
    "VoucherProgramme",
    "fen_field",
    "user_field",
]
