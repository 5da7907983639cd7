"""技术合同登记证明: what it says is frozen with a digest; whoever holds its code can ask whether that still stands.

The code is the registration number and the first twelve signs of the digest. The digest covers a random number, so that
nobody can work a code out from what he knows of a contract.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from typing import IO, Any

import segno
from django.conf import settings
from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Mm, Pt

from keqiao.contract.amounts import yuan
from keqiao.contract.book import book
from keqiao.contract.capitals import to_capitals
from keqiao.contract.enums import IN_FORCE, Side, State
from keqiao.contract.models import Contract, ContractRegistration, RegistrationVersion
from keqiao.core.letters import FANG, HEI, SONG, column_widths, line, normal_type, run, upright_page

_CODE = re.compile(r"(\d{14}|\d{16})-([0-9a-f]{12})", re.ASCII)
_SHORT = 12


def snapshot_of(contract: Contract, registration: ContractRegistration) -> dict[str, Any]:
    """lines: pairs of label and text in the order of the paper; nonce: the random number."""
    rules = book(registration.rule_set)
    sides = {one.side: one.name for one in contract.parties.all()}
    total, tech = registration.total_amount, registration.tech_amount
    lines = {
        "登记编号": registration.reg_no or "",
        "项目名称": contract.project_name,
        "合同类别": rules.class_name(registration.subclass or registration.class_code),
        "卖方": sides.get(Side.SELLER, ""),
        "买方": sides.get(Side.BUYER, ""),
        "签订日期": contract.sign_on.isoformat() if contract.sign_on else "",
        rules.total_name: _sum(total),
        "技术交易额": _sum(tech),
    }
    if "tech_income" in rules.certificate_amounts:
        income = registration.tech_income
        lines["核定技术性收入"] = _sum(income) if income is not None else "到账后核定"
    if sides.get(Side.BROKER):
        lines["中介方"] = sides[Side.BROKER]
    lines |= {
        "登记日期": registration.decided_on.isoformat() if registration.decided_on else "",
        "登记机构": settings.KEQIAO_BUREAU_NAME,
        "适用规则": rules.label,
    }
    return {"lines": [[label, text] for label, text in lines.items() if text], "nonce": secrets.token_hex(8)}


def _sum(value: Decimal | None) -> str:
    return f"{yuan(value)}（{to_capitals(value)}）" if value is not None else ""


def digest_of(snapshot: Mapping[str, Any]) -> str:
    """SHA-256 over the lines as they stand, in hex."""
    text = json.dumps(snapshot, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def freeze(
    contract: Contract, registration: ContractRegistration, *, by: Any, reason: str = ""
) -> RegistrationVersion:
    """Keep what the certificate says as the registration's current version. Call inside the action's transaction."""
    snapshot = snapshot_of(contract, registration)
    registration.digest = digest_of(snapshot)
    registration.certificate_no = f"{registration.reg_no}-{registration.digest[:_SHORT]}"
    registration.save(update_fields=["digest", "certificate_no"])
    return RegistrationVersion.objects.create(
        registration=registration, version=registration.version, snapshot=snapshot, digest=registration.digest,
        reason=reason, by=by,
    )  # fmt: skip


def freeze_again(
    contract: Contract, registration: ContractRegistration, *, by: Any, reason: str
) -> RegistrationVersion:
    """After a review: the same version where the certificate would say the same, a new one otherwise."""
    newest = registration.versions.order_by("-version").first()
    if newest is not None and newest.snapshot["lines"] == snapshot_of(contract, registration)["lines"]:
        return newest
    registration.version += 1
    registration.save(update_fields=["version"])
    return freeze(contract, registration, by=by, reason=reason)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the public page says. key: genuine | older | ended | objected | changed | unknown."""

    key: str
    version: RegistrationVersion | None = None
    registration: ContractRegistration | None = None

    @property
    def lines(self) -> list[tuple[str, str]]:
        """What the certificate says, as it was frozen."""
        return [] if self.version is None else lines_of(self.version)


def lines_of(version: RegistrationVersion) -> list[tuple[str, str]]:
    """Label and text of every line; a list, because a database may reorder the keys of an object."""
    return [(label, text) for label, text in version.snapshot["lines"]]


def verify(code: str) -> Answer:
    """Is the certificate with this code genuine, in force and unchanged? One answer for every wrong code."""
    found = _CODE.fullmatch(code.strip().lower())
    version = (
        RegistrationVersion.objects.select_related("registration__contract")
        .filter(registration__reg_no=found[1], digest__startswith=found[2])
        .order_by("-version")
        .first()
        if found
        else None
    )
    if version is None:
        return Answer("unknown")
    registration = version.registration
    if digest_of(version.snapshot) != version.digest or not _agrees(version, registration):
        return Answer("changed", version, registration)
    state = registration.contract.status
    if state in (State.REVOKED, State.DEREGISTERED, State.REFUSED):
        return Answer("ended", version, registration)
    if version.version != registration.version:
        return Answer("older", version, registration)
    return Answer("genuine" if state in IN_FORCE else "objected", version, registration)


def _agrees(version: RegistrationVersion, registration: ContractRegistration) -> bool:
    """Whether the newest certificate still says what the register says."""
    if version.version != registration.version:
        return True
    said = dict(lines_of(version))
    return (
        version.digest == registration.digest
        and said.get("登记编号") == registration.reg_no
        and said.get("技术交易额") == _sum(registration.tech_amount)
    )


def write_certificate(version: RegistrationVersion, url: str, out: IO[bytes]) -> None:
    """The certificate as .docx, one page of A4. url: whole address of the page that proves it, drawn as a QR code."""
    document = Document()
    upright_page(document, top=30, bottom=22)
    normal_type(document, 12)
    said = dict(lines_of(version))
    line(document, "技术合同登记证明", SONG, 22, place=WD_ALIGN_PARAGRAPH.CENTER, after=4)
    line(document, f"第 {version.version} 版", FANG, 12, place=WD_ALIGN_PARAGRAPH.CENTER, after=10)
    line(document, "下列合同经审查，认定为技术合同，准予登记。", FANG, 14, indent=28, after=8)
    _table(document, [one for one in lines_of(version) if one[0] not in ("登记机构", "登记日期")])
    picture = BytesIO()
    segno.make(url, error="m").save(picture, kind="png", scale=6, border=2)
    picture.seek(0)
    foot = document.add_table(rows=1, cols=2)
    column_widths(foot, 40, 116)
    left, right = foot.rows[0].cells
    left.paragraphs[0].paragraph_format.space_before = Pt(10)
    left.paragraphs[0].add_run().add_picture(picture, width=Mm(32))
    right.paragraphs[0].paragraph_format.space_before = Pt(14)
    run(right.paragraphs[0], "扫码核对真伪。页面内容与本证明不一致的，以登记机构的登记为准。", FANG, 10.5)
    run(right.add_paragraph(), f"查验码 {said['登记编号']}-{version.digest[:_SHORT]}", FANG, 10.5)
    year, month, day = said["登记日期"].split("-")
    for text in (said["登记机构"], f"{year}年{int(month)}月{int(day)}日"):
        paragraph = right.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        paragraph.paragraph_format.space_before = Pt(8)
        run(paragraph, text, FANG, 14)
    document.core_properties.title, document.core_properties.subject = "技术合同登记证明", said["登记编号"]
    document.core_properties.author, document.core_properties.comments = said["登记机构"], ""
    document.save(out)


def _table(document: Any, lines: list[tuple[str, str]]) -> None:
    table = document.add_table(rows=len(lines), cols=2)
    table.style, table.alignment = "Table Grid", WD_TABLE_ALIGNMENT.CENTER
    column_widths(table, 36, 120)
    for row, (label, text) in zip(table.rows, lines, strict=True):
        for cell, words, font in ((row.cells[0], label, HEI), (row.cells[1], text, FANG)):
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(4)
            run(paragraph, words, font, 12)
