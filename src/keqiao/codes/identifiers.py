"""Checks of the numbers that people write: what is wrong, where, and how to mend it.

Pure. Every check gives a `Checked` value and raises nothing: the caller decides whether a warning may pass.
A wrong length or alphabet is an error. A wrong check digit of a 统一社会信用代码 is a warning, because such
codes were really issued. Rules and vectors: security-and-privacy.md §7, reference-codes.md §5 and §9.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Literal

from stdnum.cn import ric, uscc

from keqiao.codes import divisions, lists

CheckLevel = Literal["ok", "warning", "error"]

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_LANDLINE = re.compile(r"0\d{2,3}-?\d{7,8}(-\d{1,6})?", re.ASCII)
_EMAIL = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]+@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]{2,}", re.IGNORECASE
)
_IPC = re.compile(r"([A-H])(\d{2})(?:([A-Z])(?:(\d{1,4})(?:/(\d{2,6}))?)?)?", re.ASCII)
_DOI = re.compile(r"10\.\d{4,9}(?:\.\d+)*/\S+", re.ASCII)
_DASHES = str.maketrans({"－": "-", "—": "-", "–": "-", "‑": "-", "‐": "-", "―": "-", "−": "-"})


@dataclass(frozen=True, slots=True)
class Checked:
    """A number as it should be stored, and what a person must know about it.

    `message` is empty when all is well; otherwise it names the place, the reason and the mend.
    """

    value: str
    level: CheckLevel = "ok"
    message: str = ""

    @property
    def is_usable(self) -> bool:
        """Not an error: may be stored, perhaps after an officer's confirmation."""
        return self.level != "error"


def _plain(text: str) -> str:
    """Half width, no blanks, one kind of hyphen."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text).translate(_DASHES))


def check_uscc(text: str, *, unit_kind: str = "") -> Checked:
    """统一社会信用代码 by GB 32100-2015, with the 组织机构代码 inside it by GB 11714.

    `unit_kind`: a code of the list `unit_kind`; a disagreement with the first two characters is a warning.
    """
    value = _plain(text).replace("-", "").upper()
    if len(value) != 18:
        return Checked(
            value, "error", f"统一社会信用代码应为 18 位，“{value}”是 {len(value)} 位。请对照营业执照补全。"
        )
    for place, character in enumerate(value, start=1):
        if character not in USCC_ALPHABET:
            hint = _LOOKALIKES.get(character, "代码只用数字和不含 I、O、S、V、Z 的大写字母")
            return Checked(
                value, "error", f"统一社会信用代码第 {place} 位“{character}”不可用：{hint}。请改正该位。"
            )
    return _uscc_doubts(value, unit_kind)


_LOOKALIKES = {
    "I": "不含字母 I，多半是数字 1",
    "O": "不含字母 O，多半是数字 0",
    "S": "不含字母 S，多半是数字 5",
    "Z": "不含字母 Z，多半是数字 2",
    "V": "不含字母 V，多半是 U 或 Y",
}


def _uscc_doubts(value: str, unit_kind: str) -> Checked:
    expected = uscc_check_character(value[:17])
    if value[17] != expected:
        return Checked(
            value, "warning",
            f"统一社会信用代码“{value}”第 18 位是“{value[17]}”，按国标推算应为“{expected}”。"
            "请先核对有无录错；确与执照一致的，可由工作人员确认后保留。",
        )  # fmt: skip
    if not value[2:8].isdigit():
        return Checked(
            value, "warning", f"统一社会信用代码第 3-8 位“{value[2:8]}”应为 6 位区划数字，请核对有无录错。"
        )
    organisation = organisation_check_character(value[8:16])
    if value[16] != organisation:
        return Checked(
            value, "warning",
            f"统一社会信用代码第 17 位是“{value[16]}”，按组织机构代码规则（GB 11714）应为“{organisation}”。"
            "请核对第 9-17 位；确与执照一致的，可由工作人员确认后保留。",
        )  # fmt: skip
    registered = lists.item("uscc_prefix", value[:2])
    if registered is None:
        return Checked(
            value, "warning", f"统一社会信用代码以“{value[:2]}”开头，不是已知的登记类别，请核对前两位。"
        )
    kind = lists.item("unit_kind", unit_kind) if unit_kind else None
    allowed = kind.extra.get("uscc", []) if kind else []
    if kind and allowed and value[:2] not in allowed:
        return Checked(
            value, "warning",
            f"单位性质填的是“{kind.name}”，信用代码以 {value[:2]} 开头，表示“{registered.name}”。请核对单位性质或代码。",
        )  # fmt: skip
    return Checked(value)


def uscc_check_character(first17: str) -> str:
    """Character 18 for the first 17. Raises ValueError for a character outside the alphabet."""
    return str(uscc.calc_check_digit(first17))


def organisation_check_character(first8: str) -> str:
    """Check character of an 组织机构代码 (GB 11714) for its first 8 characters: a digit or X."""
    rest = 11 - sum(int(c, 36) * w for c, w in zip(first8, (3, 7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))


def check_citizen_id(text: str, *, today: date) -> Checked:
    """居民身份证号 by GB 11643: 18 characters, a real birthday not after `today`, age up to 130, check digit.

    A region code outside the present table is a warning: abolished ones live on in old numbers.
    Messages never repeat the number, only the place at fault.
    """
    value = _plain(text).upper()
    if len(value) != 18:
        old = "15 位旧号码不再接受，" if len(value) == 15 else ""
        return Checked(value, "error", f"身份证号应为 18 位，填了 {len(value)} 位：{old}请按证件补全。")
    if not (value.isascii() and value[:17].isdigit() and (value[17].isdigit() or value[17] == "X")):
        return Checked(value, "error", "身份证号前 17 位应为数字，最后一位为数字或 X，请按证件改正。")
    try:
        born = date(int(value[6:10]), int(value[10:12]), int(value[12:14]))
    except ValueError:
        return Checked(value, "error", f"身份证号第 7-14 位“{value[6:14]}”不是真实日期，请按证件改正。")
    if born > today or today.year - born.year > 130:
        return Checked(value, "error", f"身份证号第 7-14 位的出生日期 {born} 不在合理范围内，请按证件改正。")
    if citizen_check_character(value[:17]) != value[17]:
        return Checked(value, "error", "身份证号最后一位校验不符，多半有一位录错，请逐位对照证件。")
    if value[:2] not in _RESIDENCE_PERMITS and divisions.division(value[:6]) is None:
        return Checked(
            value, "warning", f"身份证号前 6 位“{value[:6]}”不在现行区划表中，可能是已撤并的区划，请核对。"
        )
    return Checked(value)


_RESIDENCE_PERMITS = frozenset({"71", "81", "82", "83"})  # 台湾 and the permits of 港澳台 residents


def citizen_check_character(first17: str) -> str:
    """Check character (0-9 or X) for the first 17 digits of a citizen's number."""
    return str(ric.calc_check_digit(first17 + "0"))


def check_mobile(text: str) -> Checked:
    """大陆手机号: 11 digits from 13 to 19; +86 and hyphens are dropped."""
    value = re.sub(r"^(?:\+|00)?86(?=1)", "", _plain(text)).replace("-", "")
    if _MOBILE.fullmatch(value):
        return Checked(value)
    if not (value.isascii() and value.isdigit()):
        return Checked(value, "error", f"手机号“{text.strip()}”含有数字以外的字符，请只填 11 位数字。")
    if len(value) != 11:
        return Checked(
            value, "error", f"手机号应为 11 位，“{value}”是 {len(value)} 位，请补全或删去多余的数字。"
        )
    return Checked(
        value, "error", f"手机号“{value}”的前两位“{value[:2]}”不是号段，大陆手机号以 13-19 开头，请核对。"
    )


def check_landline(text: str) -> Checked:
    """固定电话: area code, number, optional extension; written back as 0552-1234567-801."""
    value = _plain(text).replace("(", "").replace(")", "-").replace("转", "-").replace("--", "-")
    value = re.sub(r"^(?:\+|00)86-?0?", "0", value)
    if not _LANDLINE.fullmatch(value):
        return Checked(
            value,
            "error",
            f"固定电话“{text.strip()}”应写成 区号-号码，如 0552-1234567，分机写在第二个短横后。请改正。",
        )
    if "-" not in value[:5]:
        area = 3 if value[1] in "12" else 4
        value = f"{value[:area]}-{value[area:]}"
    return Checked(value)


def check_phone(text: str) -> Checked:
    """A mobile or a landline number."""
    bare = re.sub(r"^(?:\+|00)?86-?", "", _plain(text))
    return check_mobile(text) if bare.startswith("1") else check_landline(text)


def check_email(text: str) -> Checked:
    """邮箱: at most 254 characters, one @, a domain with a dot; full-width signs are turned."""
    value = _plain(text).replace("。", ".")
    if len(value) > 254:
        return Checked(value, "error", f"邮箱长 {len(value)} 个字符，最多 254 个，请核对有无多余内容。")
    if "@" not in value:
        return Checked(value, "error", f"邮箱“{value}”缺少 @，请写成 name@example.cn。")
    if not _EMAIL.fullmatch(value) or ".." in value or value.startswith("."):
        return Checked(
            value, "error", f"邮箱“{value}”的写法不对，请检查 @ 前后有无汉字、多余的点或缺少域名后缀。"
        )
    name, _, domain = value.rpartition("@")
    return Checked(f"{name}@{domain.lower()}")


def check_patent_number(text: str) -> Checked:
    """专利申请号 or 专利号 (ZL) since October 2003: year, kind 1 2 3 8 9, serial, check character.

    Given back as `202310012345.8`, with `ZL` before it when it was written so. The older form of 8 digits
    and a check character (`98112345.6`) is taken too; its check digit is only compared when it is there.
    A publication number (CN…A) is told apart and refused with a hint.
    """
    value = _plain(text).upper().replace("号", "").replace("-", "").lstrip(":：")
    granted = value.startswith("ZL")
    value = value.removeprefix("ZL").removeprefix("CN")
    if re.fullmatch(r"\d{7,9}[ABCSUY]\d?", value, re.ASCII):
        return Checked(
            value,
            "error",
            f"“{text.strip()}”是公开（公告）号，这里要填申请号或 ZL 专利号，请查专利证书首页。",
        )
    match = re.fullmatch(r"(\d{12}|\d{8})\.?([\dX]?)", value, re.ASCII)
    if match is None:
        return Checked(
            value,
            "error",
            f"专利号“{text.strip()}”应为 12 位数字加一位校验码，如 ZL202310012345.8。请对照证书改正。",
        )
    digits, check = match.groups()
    return _patent_digits("ZL" if granted else "", digits, check)


def _patent_digits(mark: str, digits: str, check: str) -> Checked:
    expected = patent_check_character(digits)
    kind_at = 4 if len(digits) == 12 else 2
    if len(digits) == 12 and not 2003 <= int(digits[:4]) <= 2100:
        return Checked(
            f"{mark}{digits}", "error", f"专利号前 4 位“{digits[:4]}”不是申请年份，请对照证书改正。"
        )
    if digits[kind_at] not in "12389":
        return Checked(
            f"{mark}{digits}", "error",
            f"专利号第 {kind_at + 1} 位“{digits[kind_at]}”应为 1 发明、2 实用新型、3 外观设计或 8、9（PCT），请改正。",
        )  # fmt: skip
    if not check:
        return Checked(
            f"{mark}{digits}.{expected}",
            "warning",
            f"专利号缺少校验码，已按规则补为“.{expected}”，请对照证书确认。",
        )
    if check != expected:
        return Checked(
            f"{mark}{digits}.{check}", "warning",
            f"专利号“{digits}.{check}”的校验码按规则应为“{expected}”（规则待核实），多半有一位录错，请对照证书核对。",
        )  # fmt: skip
    return Checked(f"{mark}{digits}.{check}")


def patent_check_character(digits: str) -> str:
    """Check character of a Chinese application number: Σ of digits by 2…9, 2…5, mod 11, 10 is X (待核实)."""
    rest = sum(int(digit) * (2 + place % 8) for place, digit in enumerate(digits)) % 11
    return "X" if rest == 10 else str(rest)


def patent_kind(number: str) -> str:
    """Code in the list `ip_type` (11, 12, 13, 18, 19) of a checked number; empty when it has none."""
    digits = re.sub(r"\D", "", number.removeprefix("ZL").partition(".")[0])
    if len(digits) not in (8, 12):
        return ""
    kind = f"1{digits[4 if len(digits) == 12 else 2]}"
    return kind if kind in ("11", "12", "13", "18", "19") else ""


def check_ipc(text: str) -> Checked:
    """IPC 分类号 from class to subgroup: `a01b 1/02` becomes A01B1/02. Unknown to the shipped table is a warning."""
    value = re.sub(r"\(\d{4}\.\d{2}\)", "", _plain(text).upper())
    match = _IPC.fullmatch(value)
    if match is None:
        return Checked(
            value, "error", f"IPC 分类号“{text.strip()}”的写法不对，应形如 A01B1/02 或 A01B，请改正。"
        )
    section, number, subclass, group, subgroup = match.groups()
    tail = f"{int(group)}/{subgroup or '00'}" if group else ""
    value = f"{section}{number}{subclass or ''}{tail}"
    if lists.item("ipc", value) is None:
        return Checked(value, "warning", f"IPC 分类号“{value}”不在随附的分类表中，可能是新版或录错，请核对。")
    return Checked(value)


def check_doi(text: str) -> Checked:
    """DOI without its resolver: `https://doi.org/10.1000/Xyz` becomes 10.1000/xyz (DOIs ignore case)."""
    value = re.sub(r"^(?:https?://)?(?:dx\.)?doi\.org/|^doi:", "", _plain(text), flags=re.IGNORECASE).lower()
    if not _DOI.fullmatch(value):
        return Checked(
            value, "error", f"DOI“{text.strip()}”应以 10. 开头并含斜杠，如 10.1000/182，请对照论文首页改正。"
        )
    return Checked(value.rstrip(".,;"))
