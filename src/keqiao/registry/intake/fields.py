"""What one column of a registry table is: its key, its Chinese heading, and how a cell of it is read."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Parse(StrEnum):
    """How a cell becomes a value; the type in brackets is what `rows.parse_row` puts into `values`."""

    TEXT = "text"  # one line (str)
    PROSE = "prose"  # several lines (str)
    LIST = "list"  # 、；; or line breaks between items (tuple[str, ...])
    CODE = "code"  # one name of a code list (str: the code)
    CODES = "codes"  # several names of a code list (tuple[str, ...])
    MONEY = "money"  # amounts.Money, in 万元
    DATE = "date"  # dates.When; a month means its first day
    DEADLINE = "deadline"  # dates.When; a month means its last day, 18个月 is a duration
    YEAR = "year"  # int
    PHONE = "phone"  # str
    EMAIL = "email"  # str
    USCC = "uscc"  # 统一社会信用代码 (str, 18 characters)
    METRICS = "metrics"  # tuple[metrics.Metric, ...]
    FLAG = "flag"  # 是/否 (bool)


@dataclass(frozen=True)
class FieldSpec:
    """One field of a record kind.

    label: the heading of our own templates, without unit. max_length: characters.
    code_list: key given to the injected `match_name`. personal: masked by default wherever it is shown.
    variants: other headings seen on real tables, unit brackets and blanks left out.
    """

    key: str
    label: str
    parse: Parse = Parse.TEXT
    required: bool = False
    max_length: int = 200
    code_list: str = ""
    personal: bool = False
    variants: tuple[str, ...] = ()


@dataclass(frozen=True)
class KindSpec:
    """One kind of record and its fields, in the order of our templates."""

    kind: str
    label: str
    fields: tuple[FieldSpec, ...]

    def field(self, key: str) -> FieldSpec:
        """The field with this key. KeyError when the kind has none."""
        for spec in self.fields:
            if spec.key == key:
                return spec
        raise KeyError(key)

    @property
    def required(self) -> tuple[FieldSpec, ...]:
        return tuple(spec for spec in self.fields if spec.required)


def words(text: str) -> tuple[str, ...]:
    """Headings written in one string, separated by blanks."""
    return tuple(text.split())


def kinds_by_key(kinds: Iterable[KindSpec]) -> dict[str, KindSpec]:
    return {spec.kind: spec for spec in kinds}
