"""Names in cells to codes: the code lists, and place names within the bureau's own area first."""

from functools import lru_cache

from django.conf import settings

from keqiao.codes import divisions, lists


def match_name(list_key: str, text: str) -> str | None:
    """The code for a name, None when it is unknown or stands for several. Several lists: "a|b", the first hit."""
    if list_key == "division":
        return place_code(text)
    for key in list_key.split("|"):
        if code := lists.match_name(key, text):
            return f"{key}:{code}" if "|" in list_key else code
    return None


@lru_cache(maxsize=20_000)
def place_code(text: str) -> str | None:
    """The 12-digit code of a place: in the home area if the name fits there, else in the whole country."""
    home = settings.KEQIAO_HOME_DIVISION
    for within in (home, "") if home else ("",):
        found = divisions.resolve(text, within).division
        if found:
            return found.code
    return None
