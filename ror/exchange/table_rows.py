"""The lines of a table file, CSV (separator and encoding detected) or XLSX (its first sheet), as the cells that one typed."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO

from python_calamine import CalamineWorkbook

from ror.errors import BadFile, Refused
from ror.exchange.encodings import BLANK, is_separator_line, separator_of
from ror.exchange.finess import LONGEST_LINE
from ror.exchange.report import decoded
from ror.exchange.safe_file import Limits, check_text, checked_workbook, is_workbook
from ror.model.text import bare

Row = tuple[int, list[str], str]
"""Line number from 1, cells, and the line as one reads it; an empty list of cells for a line cut short."""


_ENCODING = "enregistrez le fichier comme « CSV UTF-8 » ou en XLSX, puis donnez-le de nouveau"


def rows(name: str, data: bytes, expected: str, limits: Limits) -> Iterator[Row]:
    """The lines that are not blank, the header first; `expected` says in French which file is wanted. Raises `BadFile`."""
    if is_workbook(data):
        return _xlsx_rows(name, data, expected, limits)
    check_text(name, data, expected)
    return _csv_rows(data)


def check_row(cells: Sequence[str], text: str, width: int) -> None:
    """Refuse a line that was not read as its author meant it, in a table of `width` columns. Raises `Refused`."""
    if len(text) > LONGEST_LINE:
        raise Refused(f"La ligne compte {len(text)} caractères : raccourcissez-la à {LONGEST_LINE} au plus.")
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
    """What two spellings of the same title have in common: ASCII letters and digits."""
    return re.sub("[^a-z0-9]", "", bare(text))


def columns_of(
    name: str, header: Sequence[str], mandatory: Sequence[str], optional: Sequence[str], synonyms: Mapping[str, str]
) -> dict[str, int]:
    """Index of each column that the header names, in any order; `synonyms` gives the `key` that another one stands for.

    Raises `BadFile` when a mandatory one is missing, or any is there twice.
    """
    keys = [synonyms.get(key(cell[:100]), key(cell[:100])) for cell in header]
    titles = [" ".join(cell[:30].split()) for cell in header[:20]]
    found = ", ".join(title for title in titles if title and title.isprintable()) or "aucune"
    if "\ufffd" in "".join(header):
        raise BadFile(f"« {name} » est dans un encodage inconnu, ses titres sont illisibles : {_ENCODING}.")
    columns: dict[str, int] = {}
    for column in (*mandatory, *optional):
        wanted = key(column)
        if keys.count(wanted) > 1:
            raise BadFile(f"« {name} » a plusieurs colonnes « {column} » : n'en gardez qu'une. Colonnes trouvées : {found}.")
        if wanted in keys:
            columns[column] = keys.index(wanted)
    if missing := [column for column in mandatory if column not in columns]:
        raise BadFile(
            f"« {name} » n'a pas de colonne « {' », « '.join(missing)} ». Colonnes trouvées : {found} ; "
            f"attendues : {', '.join(mandatory)}, et au besoin {', '.join(optional)}. Les titres se lisent à la première "
            "ligne, et dans un classeur à la première feuille."
        )
    return columns


def _csv_rows(data: bytes) -> Iterator[Row]:
    """Each line is read by itself, so that a stray quote does not swallow those after it."""
    lines = [(number, line.removesuffix("\r")) for number, line in enumerate(decoded(data)[0].split("\n"), start=1)]
    lines = [(number, line) for number, line in lines if line.strip(BLANK)]
    delimiter = separator_of(lines[0][1] if lines else "")
    if lines and is_separator_line(lines[0][1]):
        lines = lines[1:]
    for number, line in lines:
        try:
            cells = next(csv.reader([line], delimiter=delimiter, strict=True)) if len(line) <= LONGEST_LINE else []
        except csv.Error:
            cells = []
        yield number, [cell.strip() for cell in cells], line


def _xlsx_rows(name: str, data: bytes, expected: str, limits: Limits) -> Iterator[Row]:
    checked = checked_workbook(name, data, expected, limits)
    try:
        with CalamineWorkbook.from_filelike(BytesIO(checked)) as workbook:
            read = workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except Exception as error:  # the reader raises several unrelated classes on a damaged file
        raise BadFile(f"« {name} » est abîmé ou n'est pas un classeur XLSX : donnez {expected}.") from error
    for number, row in enumerate(read, start=1):
        cells = [_cell_text(value) for value in row]
        if any(cells):
            yield number, cells, ";".join(cells)


def _cell_text(value: object) -> str:
    """A cell as one would type it: a FINESS number held as 990100012.0 is "990100012"."""
    if isinstance(value, bool):
        return "vrai" if value else "faux"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
