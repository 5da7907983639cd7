"""How personal data is shown when the full value is not called for (脱敏). One place for the whole product.

Source: common practice gathered in the security notes; ID and phone patterns as in 个人信息保护法 practice.
"""


def mask_name(name: str) -> str:
    """张三 -> 张*, 张三丰 -> 张*丰, 欧阳小明 -> 欧**明. Blank stays blank."""
    name = name.strip()
    if len(name) <= 1:
        return name
    if len(name) == 2:
        return name[0] + "*"
    return name[0] + "*" * (len(name) - 2) + name[-1]


def mask_phone(phone: str) -> str:
    """13812345678 -> 138****5678; a landline keeps its last two digits."""
    digits = phone.strip()
    if len(digits) == 11 and digits.startswith("1"):
        return digits[:3] + "****" + digits[-4:]
    if len(digits) <= 4:
        return "*" * len(digits)
    return "*" * (len(digits) - 2) + digits[-2:]


def mask_email(email: str) -> str:
    """zhang@x.cn -> z***@x.cn."""
    name, at, domain = email.strip().partition("@")
    return f"{name[:1]}***@{domain}" if at else "*" * len(name)


def mask_id(number: str) -> str:
    """110105…002X -> 110***********002X: first three, eleven stars, last four of eighteen."""
    number = number.strip()
    if len(number) < 8:
        return "*" * len(number)
    return number[:3] + "*" * (len(number) - 7) + number[-4:]


def mask_address(address: str) -> str:
    """To the county, then stars: 安徽省蚌埠市固镇县城关镇… -> 安徽省蚌埠市固镇县***."""
    for mark in ("县", "区", "旗", "市"):
        at = address.rfind(mark, 0, 15)
        if at > 0:
            return address[: at + 1] + "***"
    return "***" if address.strip() else ""
