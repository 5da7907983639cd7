"""Names of places for pages."""

from keqiao.codes import divisions


def place_name(code: str) -> str:
    """340323 or 340323000000 -> 安徽省蚌埠市固镇县; the code itself when the table has none; blank stays blank."""
    if not code:
        return ""
    row = divisions.division(code)
    return row.full_name if row else code
