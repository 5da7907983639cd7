"""Envelopes and their movements, lists, awards and their steps, contests, publicity, batches, receipts, clawback, papers."""

from keqiao.payment.models.awards import Award, AwardList, AwardQuerySet, AwardStep, Contest
from keqiao.payment.models.batches import Batch, BatchLine, ReceiptFile, Recovery
from keqiao.payment.models.envelopes import Envelope, EnvelopeEntry, PayeeAccount
from keqiao.payment.models.papers import AwardMaterial, Evidence, Material
from keqiao.payment.models.publicity import Publicity, PublicObjection
from keqiao.payment.models.shared import USER, in_area, new_token, yuan

__all__ = [
    "USER",
    "Award",
    "AwardList",
    "AwardMaterial",
    "AwardQuerySet",
    "AwardStep",
    "Batch",
    "BatchLine",
    "Contest",
    "Envelope",
    "EnvelopeEntry",
    "Evidence",
    "Material",
    "PayeeAccount",
    "PublicObjection",
    "Publicity",
    "ReceiptFile",
    "Recovery",
    "in_area",
    "new_token",
    "yuan",
]
