"""Registration numbers: 14 or 16 digits. The layout of 16 is 待核实, so it is data and not law."""

import re
from dataclasses import dataclass

_NUMBER = re.compile(r"\d{14}|\d{16}", re.ASCII)
LAYOUTS = {
    "14": (("year", 2), ("province", 2), ("city", 2), ("registrar", 2), ("serial", 6)),
    "16": (("year", 4), ("province", 2), ("city", 2), ("registrar", 2), ("serial", 6)),
}
VERIFY = {"14": False, "16": True}


@dataclass(frozen=True, slots=True)
class NumberParts:
    """A number taken apart. verify: its layout is 待核实."""

    year: str
    province: str
    city: str
    registrar: str
    serial: int
    verify: bool


def is_number(text: str) -> bool:
    """Whether this could be a registration number: 14 or 16 digits."""
    return _NUMBER.fullmatch(text) is not None


def parts_of(number: str) -> NumberParts | None:
    """A number taken apart by the layout of its length; None when it is no number."""
    if not is_number(number):
        return None
    found, at = {}, 0
    for name, width in LAYOUTS[str(len(number))]:
        found[name], at = number[at : at + width], at + width
    serial = int(found.pop("serial"))
    return NumberParts(**found, serial=serial, verify=VERIFY[str(len(number))])


def make_number(
    *, year: int, province: str, city: str, registrar: str, serial: int, layout: str = "16"
) -> str:
    """The number of a serial. Raises ValueError when a part does not fit its width."""
    given = {"year": f"{year:04}", "province": province, "city": city, "registrar": registrar}
    parts = []
    for name, width in LAYOUTS[layout]:
        text = (
            f"{serial:0{width}}"
            if name == "serial"
            else given[name][-width:]
            if name == "year"
            else given[name]
        )
        if len(text) != width or not text.isdigit():
            raise ValueError(f"{name} must have {width} digits, got {text!r}")
        parts.append(text)
    return "".join(parts)
