"""A raw row to typed values, or to the reasons why not.

parse = row_parser(DEMAND, mapping, match_name)
for raw in table.rows:
    row = parse(raw)
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from keqiao.registry.intake.cells import READERS, MatchName, as_text, clean, is_empty
from keqiao.registry.intake.fields import FieldSpec, KindSpec
from keqiao.registry.intake.headings import Mapping
from keqiao.registry.intake.kinds import spec_of
from keqiao.registry.intake.problems import Problem, error, shown
from keqiao.registry.intake.refusals import BadFile, Place
from keqiao.registry.intake.tables import RawRow, Table


@dataclass(slots=True)
class ParsedRow:
    """values: field key -> typed value (see `fields.Parse`), empty cells left out. texts: the same cells as written,
    cleaned: what a code list or a date did not understand is still there."""

    number: int
    values: dict[str, object] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    where: str = ""

    @property
    def is_good(self) -> bool:
        """True when nothing keeps the row from being written; warnings do not."""
        return not any(problem.is_error for problem in self.problems)


def no_lists(list_key: str, text: str) -> str | None:
    """A `match_name` for use without code lists: every name is taken as its own code."""
    return text


def row_parser(spec: KindSpec, mapping: Mapping, match_name: MatchName) -> Callable[[RawRow], ParsedRow]:
    """A function from raw to parsed rows, for many rows of one table."""
    fields = {index: spec.field(key) for index, key in mapping.columns.items()}
    plan = [(index, one, mapping.units.get(index, ""), READERS[one.parse]) for index, one in fields.items()]
    columns = {key: index for index, key in mapping.columns.items()}
    used = frozenset(mapping.columns)  # what is wrong in a column that nobody reads does not matter
    required = [(one, columns.get(one.key)) for one in spec.required]

    def parse(raw: RawRow) -> ParsedRow:
        found = [problem for problem in raw.problems if problem.column is None or problem.column in used]
        row = ParsedRow(raw.number, where=raw.where, problems=found)
        if not raw.cells:
            return row  # the line itself could not be read; its problem says why
        spoilt = {
            problem.column for problem in raw.problems if problem.is_error and problem.column is not None
        }
        for index, one, unit, reader in plan:
            cell = raw.cells[index] if index < len(raw.cells) else None
            if index in spoilt or is_empty(cell):
                continue
            read = reader(one, cell, unit, match_name)
            row.texts[one.key] = read.text or clean(as_text(cell))
            if read.value is not None and read.value != () and read.value != "":
                row.values[one.key] = read.value
            for problem in read.problems:
                value = problem.value or shown(as_text(cell))
                row.problems.append(replace(problem, column=index, field=one.key, value=value))
        for one, place in required:
            if one.key not in row.values and place not in spoilt and one.key not in row.texts:
                row.problems.append(_missing(one, place))
        return row

    return parse


def _missing(spec: FieldSpec, column: int | None) -> Problem:
    return error(
        "cell.required",
        f"{spec.label}是必填项，这一行没有填。请补上后重新导入。",
        column=column,
        field=spec.key,
    )


def parse_row(spec: KindSpec, mapping: Mapping, raw: RawRow, match_name: MatchName = no_lists) -> ParsedRow:
    """One row. For many rows of one table take `row_parser` once."""
    return row_parser(spec, mapping, match_name)(raw)


def require(mapping: Mapping, table: Table) -> None:
    """Raises BadFile when the mapping cannot be used: no heading understood, or a required one missing."""
    place = Place(table.sheet, table.heading_row or None)
    seen = "、".join(heading for heading in table.headings[:8] if heading)
    if not mapping.columns:
        raise BadFile(
            "headings.unknown",
            f"文件“{table.name}”第 {table.heading_row or 1} 行的列名“{seen}”一个也认不出来。"
            f"请确认第一行是列名（如“{'、'.join(one.label for one in spec_of(mapping.kind).required[:3])}”），或下载本站模板填写；列名是乱码的，请另存为 .xlsx 后重新上传。",
            place,
        )
    if mapping.missing:
        raise BadFile(
            "headings.missing",
            f"文件“{table.name}”缺少必填的列：{'、'.join(mapping.missing)}（现有列：{seen}）。请补上这些列，或在对应页面指明哪一列就是它。",
            place,
        )


def located(problem: Problem, raw: RawRow | ParsedRow, headings: Sequence[str], sheet: str = "") -> str:
    """The message with its place before it: 第 5 行“预算(万元)”列：…"""
    column = headings[problem.column] if problem.column is not None and problem.column < len(headings) else ""
    place = (
        raw.where + (f"“{column}”列" if column else "")
        if raw.where
        else str(Place(sheet, raw.number, column))
    )
    return f"{place}：{problem.message}"
