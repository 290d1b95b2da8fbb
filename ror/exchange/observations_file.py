"""Read a file of numbers from another system, each with the instant at which it was observed.

CSV (separator and encoding detected) or XLSX (the first visible sheet that has the columns). Columns by name, in any order.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from ror.errors import Refused
from ror.exchange.import_file import Reject
from ror.exchange.instants import read_instant
from ror.exchange.parsed_table import NamedRow, parse_file
from ror.exchange.safe_file import Limits
from ror.exchange.table_rows import Titles, key
from ror.model.capacity import STATUS_WORDS, checked_number
from ror.model.declaration import checked_comment
from ror.model.nomenclature import SourceType, labels
from ror.model.text import identifier, plain, whole_number

MANDATORY = ("unit", "available", "observed_at")
OPTIONAL = ("source_type", "comment", "installed", "occupied", "reserved", "closed", "supplementary")
MAX_LINES = 5_000
"""Most lines of one file: one transaction writes them all, and every other declaration waits for its end."""

_EXPECTED = f"des nombres en CSV ou en XLSX, dont la première ligne porte les colonnes {', '.join(MANDATORY)}"


@dataclass(frozen=True, slots=True)
class ObservedLine:
    """One line: the numbers of a unit by status, without empty cells, as they were at `observed_at`.

    `comment` is None when the file has no such column. `line` and `text` are for the reject if the line is refused later.
    """

    unit: str
    counts: dict[str, int]
    observed_at: datetime
    source_type: SourceType
    comment: str | None
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class ObservedFile:
    """The content of a file: `read` counts its lines below the header, refused ones included; `observed` is oldest first."""

    read: int
    observed: list[ObservedLine]
    rejects: list[Reject]


def read_observed(path: Path, zone: ZoneInfo) -> ObservedFile:
    """Read a file; a bad line becomes a reject and never stops the rest.

    Raises `BadFile` when it is not such a file, or has more than `MAX_LINES`. `instants.read_instant` parses
    the instants, in a time zone unless they have one; a line whose hour exists twice has a remark among the rejects.
    """
    limits = Limits(MAX_LINES, "donnez-le en plusieurs fichiers, les plus anciennes observations d'abord")
    sources = {key(label): SourceType(code) for code, label in labels("R335").items() if code in set(SourceType)}
    table = parse_file(path, _EXPECTED, Titles(MANDATORY, OPTIONAL), lambda row: _parse_line(row, sources, zone), limits)
    return ObservedFile(table.read, sorted(table.entries, key=lambda line: line.observed_at), table.rejects)


def _parse_line(row: NamedRow, sources: dict[str, SourceType], zone: ZoneInfo) -> ObservedLine:
    cells = row.cells
    unit = identifier(plain(cells["unit"]))
    if not unit:
        raise Refused("L'identifiant de l'unité manque : complétez la colonne « unit ».")
    numbers = {status: checked_number(whole_number(cells.get(status, "")), words) for status, words in STATUS_WORDS.items()}
    if numbers["available"] is None:
        raise Refused("Le nombre disponible manque : complétez la colonne « available ».")
    counts = {status: number for status, number in numbers.items() if number is not None}
    comment = checked_comment(cells["comment"]) if "comment" in cells else None
    source = _source(cells.get("source_type", ""), sources)
    observed_at, remark = read_instant(cells["observed_at"], zone)
    if remark:
        row.remarks.append(remark)
    return ObservedLine(unit, counts, observed_at, source, comment, row.line, row.text)


def _source(text: str, sources: dict[str, SourceType]) -> SourceType:
    # A spreadsheet reads the code as a quantity and drops its first zero.
    code = identifier(text).zfill(2) if text else SourceType.MANUAL
    if code in set(SourceType):
        return SourceType(code)
    if (source := sources.get(key(text))) is None:
        codes = ", ".join(f"{code} ({labels('R335')[code]})" for code in SourceType)
        raise Refused(f"La source « {text[:40]} » est inconnue : donnez un code de la liste TRE_R335, {codes}.")
    return source
