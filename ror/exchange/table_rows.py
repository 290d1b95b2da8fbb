"""Read the rows of a table file: CSV (separator and encoding detected), or XLSX (its first visible sheet that has the columns).

Rows are read one at a time: a file with wrong titles is refused before the rest is read, and nothing is read past the limits.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

from ror.errors import BadFile, Refused
from ror.exchange.encodings import BLANK, is_separator_line, separator_of
from ror.exchange.safe_file import START, Limits, check_text, is_workbook, refuse
from ror.exchange.text_lines import MAX_LINE_LENGTH, encoding_of, numbered_lines
from ror.exchange.workbook_rows import sheets
from ror.model.text import bare

TableRow = tuple[int, list[str], str]
"""Line number from 1, cells, and text of the line; the list of cells is empty for a quote that is never closed."""

MAX_BLANK = 2**20
"""Most lines of a CSV, blank ones included: as many as a sheet of a spreadsheet has."""

_ENCODING = "enregistrez le fichier comme « CSV UTF-8 » ou en XLSX, puis donnez-le de nouveau"


@dataclass(frozen=True, slots=True)
class FileTable:
    """A table with all mandatory columns: the index of each column, the number of titles (`width`), the rows below them."""

    columns: dict[str, int]
    width: int
    rows: Iterator[TableRow]


@dataclass(frozen=True, slots=True)
class Titles:
    """The titles of the columns of a table; `synonyms` maps the `key` of another title to the key of the title it means."""

    mandatory: Sequence[str]
    optional: Sequence[str]
    synonyms: Mapping[str, str] = field(default_factory=dict)


def read_table(name: str, file: IO[bytes], expected: str, titles: Titles, limits: Limits) -> FileTable:
    """Find the titles of a table; its rows are read lazily, and raise `BadFile` past the limits.

    `expected` says in French which file to give. Hidden sheets of a workbook and sheets without the columns are skipped.
    Raises `BadFile` for a file that is no table, that lacks a mandatory column or has a column twice.
    """
    file.seek(0)
    start = file.read(START)
    if is_workbook(start):
        tables = _workbook_tables(name, start + file.read(), expected, limits)
    else:
        check_text(name, start, expected)
        tables = iter([_csv_rows(name, file)])
    problem = None
    for rows in tables:
        _, header, _ = next(rows, (0, [], ""))
        try:
            columns = columns_of(name, header, titles.mandatory, titles.optional, titles.synonyms)
        except BadFile as error:
            problem = problem or error
        else:
            return FileTable(columns, len(header), _limited(name, rows, limits))
    raise problem or BadFile(f"« {name} » n'a aucune feuille visible : donnez {expected}.")


def check_row(cells: Sequence[str], text: str, width: int) -> None:
    """Raise `Refused` for a damaged or ambiguous line of a table of `width` columns."""
    if len(text) > MAX_LINE_LENGTH:
        raise Refused(f"La ligne compte plus de {MAX_LINE_LENGTH} caractères : raccourcissez-la.")
    if "\ufffd" in text:
        raise Refused(f"Un caractère de la ligne est illisible : {_ENCODING}.")
    if "\0" in text:
        raise Refused("La ligne contient un caractère nul : elle est abîmée, saisissez-la de nouveau.")
    if not cells:
        raise Refused("Un guillemet ouvre une cellule sans la refermer sur la même ligne : corrigez-le ou retirez-le.")
    if any(cells[width:]):
        raise Refused(
            f"La ligne a plus de cellules que l'en-tête ({len(cells)} au lieu de {width}) : un séparateur est de trop."
        )


def key(text: str) -> str:
    """Return the ASCII letters and digits of a title, in lower case: they are the same in all its spellings."""
    return re.sub("[^a-z0-9]", "", bare(text))


def columns_of(
    name: str, header: Sequence[str], mandatory: Sequence[str], optional: Sequence[str], synonyms: Mapping[str, str]
) -> dict[str, int]:
    """Return the index of each column of the header, in any order; `synonyms` maps a `key` to another.

    Raises `BadFile` when a mandatory column is missing, or a column is there twice.
    """
    keys = [synonyms.get(key(cell[:100]), key(cell[:100])) for cell in header]
    titles = [" ".join(cell[:30].split()) for cell in header[:20]]
    found = ", ".join(title for title in titles if title and title.isprintable()) or "aucune"
    if "\ufffd" in "".join(header):
        raise BadFile(f"« {name} » est dans un encodage inconnu, ses titres sont illisibles : {_ENCODING}.")
    columns: dict[str, int] = {}
    for column in (*mandatory, *optional):
        column_key = key(column)
        if keys.count(column_key) > 1:
            raise BadFile(f"« {name} » a plusieurs colonnes « {column} » : n'en gardez qu'une. Colonnes trouvées : {found}.")
        if column_key in keys:
            columns[column] = keys.index(column_key)
    if missing := [column for column in mandatory if column not in columns]:
        raise BadFile(
            f"« {name} » n'a pas de colonne « {' », « '.join(missing)} ». Colonnes trouvées : {found} ; "
            f"attendues : {', '.join(mandatory)}, et au besoin {', '.join(optional)}. Les titres se lisent à la première "
            "ligne, et dans un classeur sur une feuille visible."
        )
    return columns


def _limited(name: str, rows: Iterator[TableRow], limits: Limits) -> Iterator[TableRow]:
    """Yield the rows up to the limit. Raises `BadFile` at the row after it."""
    for count, row in enumerate(rows):
        if count == limits.lines:
            refuse(name, f"a plus de {limits.lines} lignes", limits.too_many)
        yield row


def _csv_rows(name: str, file: IO[bytes]) -> Iterator[TableRow]:
    """Yield the rows of a CSV. Each line is parsed by itself, so that an unclosed quote does not swallow the next lines."""
    separator = ""
    for number, line in numbered_lines(file, encoding_of(file)):
        if number > MAX_BLANK:
            refuse(name, f"a plus de {MAX_BLANK} lignes, presque toutes vides", "retirez celles qui sont vides")
        if not line.strip(BLANK):
            continue
        if not separator:
            separator = separator_of(line)
            if is_separator_line(line):
                continue
        try:
            cells = next(csv.reader([line], delimiter=separator, strict=True)) if len(line) <= MAX_LINE_LENGTH else []
        except csv.Error:
            cells = []
        yield number, [cell.strip() for cell in cells], line


def _workbook_tables(name: str, data: bytes, expected: str, limits: Limits) -> Iterator[Iterator[TableRow]]:
    for rows in sheets(name, data, expected, limits):
        yield ((number, cells, ";".join(cells)) for number, cells in rows)
