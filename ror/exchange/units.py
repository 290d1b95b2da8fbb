"""The list of units that an administrator imports: CSV (`;` or `,`, UTF-8 or cp1252) or XLSX (its first sheet)."""

import csv
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from python_calamine import CalamineWorkbook

from ror.errors import BadFile, Refused
from ror.exchange.finess import FINESS_NUMBER, LONGEST_LINE, telephone_digits
from ror.exchange.report import TEXT_LENGTH, Reject, decoded, file_bytes
from ror.model.capacity import checked_number
from ror.model.nomenclature import unit_types
from ror.model.registry import Unit
from ror.model.text import plain

MANDATORY = ("finess", "nom", "type")
OPTIONAL = ("places_installees", "telephone", "identifiant", "fermee")
_FIELDS = {"places_installees": "installed", "telephone": "telephone", "fermee": "closed"}
SLUG_LENGTH = 60
LONGEST_NAME = 200
LONGEST_ID = 100
LARGEST_SHEET = 5_000_000
"""Cells of the rectangle that holds the sheet: the reader takes memory for all of them, empty or not."""

_EXPECTED = f"une liste d'unités en CSV ou en XLSX, dont la première ligne porte les colonnes {', '.join(MANDATORY)}"
_EXAMPLE = "16"
_SYNONYMS = {"capacite": "placesinstallees", "installes": "placesinstallees"}
_YES_NO = dict.fromkeys(("oui", "o", "1", "vrai", "true"), True) | dict.fromkeys(("", "non", "n", "0", "faux", "false"), False)
_REFERENCE_ATTRIBUTE = re.compile(rb"""<(?:\w+:)?(?:c|row)\b[^>]*?\br\s*=\s*["']?([^"'>]*)""")
_REFERENCE = re.compile(rb"([A-Z]{0,3})([0-9]{1,7})")

_Row = tuple[int, list[str], str]
"""Line number from 1, cells, and the line as the rejects show it; an empty list of cells for a line cut short."""


@dataclass(frozen=True, slots=True)
class UnitsFile:
    """A list of units once read: `read` counts its lines below the header, kept or not; each unit has its line number.

    `silent` names the fields of a unit of which the list has no column: it says nothing of them. `lines` are the texts of
    the lines of the units, as rejects show them, by number.
    """

    read: int
    units: list[tuple[int, Unit]]
    rejects: list[Reject]
    silent: frozenset[str]
    lines: dict[int, str]


def read_units(path: Path) -> UnitsFile:
    """Read a list of units; a bad line becomes a reject and never stops the rest.

    Columns by name, in any order, accents, case and blanks ignored: finess, nom, type (code or label of R244), and if
    wanted places_installees (or capacite, installes: beds or places), telephone, identifiant, fermee (oui or non). Other
    columns are ignored. Whether the structures exist is not looked at. Raises `BadFile` when the file is not such a list.
    """
    data = file_bytes(path, _EXPECTED)
    if data.startswith(b"PK"):
        rows = _xlsx_rows(path, data)
    elif data.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadFile(
            f"« {path.name} » est protégé par un mot de passe ou d'un ancien format d'Excel : "
            "enregistrez-le en XLSX sans mot de passe, ou en CSV."
        )
    else:
        rows = _csv_rows(path, data)
    _, header, _ = next(rows, (0, [], ""))
    columns = _columns(path, header)
    return _gathered(rows, columns, len(header))


def _gathered(rows: Iterator[_Row], columns: dict[str, int], width: int) -> UnitsFile:
    labels = {_key(kind.label): code for code, kind in unit_types().items()}
    units: list[tuple[int, Unit]] = []
    rejects: list[Reject] = []
    lines: dict[int, str] = {}
    seen: dict[str, int] = {}
    read = 0
    for number, cells, text in rows:
        read += 1
        try:
            _check_row(cells, text, width)
            unit = _unit({name: cells[index] if index < len(cells) else "" for name, index in columns.items()}, labels)
            if (first := seen.setdefault(unit.id, number)) != number:
                raise Refused(
                    f"L'identifiant {unit.id} est déjà celui de la ligne {first} : changez le nom, "
                    "ou donnez à chacune son propre identifiant dans la colonne « identifiant »."
                )
            units.append((number, unit))
            lines[number] = text[:TEXT_LENGTH]
        except Refused as refusal:
            rejects.append(Reject(number, refusal.message, text))
    silent = frozenset(field for name, field in _FIELDS.items() if name not in columns)
    return UnitsFile(read, units, rejects, silent, lines)


def _check_row(cells: Sequence[str], text: str, width: int) -> None:
    if len(text) > LONGEST_LINE:
        raise Refused(f"La ligne compte {len(text)} caractères : raccourcissez-la à {LONGEST_LINE} au plus.")
    if "\0" in text:
        raise Refused("La ligne contient un caractère nul : elle est abîmée, saisissez-la de nouveau.")
    if not cells:
        raise Refused("Un guillemet ouvre une cellule sans la refermer sur la même ligne : corrigez-le ou retirez-le.")
    if any(cells[width:]):
        raise Refused(
            f"La ligne a plus de cellules que l'en-tête ({len(cells)} au lieu de {width}) : un séparateur est de trop."
        )


def _unit(cells: dict[str, str], labels: dict[str, str]) -> Unit:
    finess = cells["finess"].replace(" ", "").upper()
    # A spreadsheet takes the number for a quantity and loses its first zero.
    if len(finess) == 8 and finess.isdigit():
        finess = f"0{finess}"
    if not FINESS_NUMBER.fullmatch(finess):
        raise Refused(f"« {cells['finess'][:20]} » n'est pas un numéro FINESS : saisissez ses 9 caractères.")
    name = plain(cells["nom"])
    if not 0 < len(name) <= LONGEST_NAME:
        raise Refused(f"Le nom de l'unité manque, dépasse {LONGEST_NAME} caractères ou n'en a que d'illisibles : corrigez-le.")
    unit_type = cells["type"] if cells["type"] in unit_types() else labels.get(_key(cells["type"]))
    if unit_type is None:
        raise Refused(
            f"Le type « {cells['type'][:60]} » est inconnu : saisissez un code ou un libellé de la liste TRE_R244, "
            f"par exemple {_EXAMPLE} ou « {unit_types()[_EXAMPLE].label} »."
        )
    closed = _YES_NO.get(cells.get("fermee", "").lower())
    if closed is None:
        raise Refused(f"« {cells['fermee'][:20]} » dans la colonne « fermee » : saisissez oui ou non.")
    identifier = cells.get("identifiant") or f"{finess}-{slug(name) or 'unite'}"
    if len(identifier) > LONGEST_ID or not identifier.isprintable():
        raise Refused(f"L'identifiant dépasse {LONGEST_ID} caractères ou en contient d'illisibles : corrigez-le.")
    installed = checked_number(cells.get("places_installees"), "places installées")
    telephone = telephone_digits(cells.get("telephone", ""))
    return Unit(identifier, finess, name, unit_type, installed, telephone, closed)


def slug(text: str) -> str:
    """A name as part of an identifier: ASCII, lower case, hyphens, at most `SLUG_LENGTH` characters; may be empty."""
    return re.sub("[^a-z0-9]+", "-", _plain(text)).strip("-")[:SLUG_LENGTH].rstrip("-")


def _plain(text: str) -> str:
    """Lower case without accents."""
    decomposed = unicodedata.normalize("NFKD", text).lower().replace("œ", "oe").replace("æ", "ae")
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _key(text: str) -> str:
    return re.sub("[^a-z0-9]", "", _plain(text))


def _columns(path: Path, header: Sequence[str]) -> dict[str, int]:
    """Index of each column that the header names. Raises `BadFile` when one is missing or there twice."""
    keys = [_SYNONYMS.get(_key(cell[:100]), _key(cell[:100])) for cell in header]
    found = ", ".join(cell[:30] for cell in header[:20] if cell.isprintable()) or "aucune"
    expected = f"attendues : {', '.join(MANDATORY)}, et au besoin {', '.join(OPTIONAL)}"
    columns: dict[str, int] = {}
    for name in (*MANDATORY, *OPTIONAL):
        key = _key(name)
        if keys.count(key) > 1:
            raise BadFile(f"« {path.name} » a plusieurs colonnes « {name} » : n'en gardez qu'une. Colonnes trouvées : {found}.")
        if key in keys:
            columns[name] = keys.index(key)
    if missing := [name for name in MANDATORY if name not in columns]:
        raise BadFile(
            f"« {path.name} » n'a pas de colonne « {' », « '.join(missing)} ». Colonnes trouvées : {found} ; {expected}."
        )
    return columns


def _csv_rows(path: Path, data: bytes) -> Iterator[_Row]:
    """The lines that are not blank. Each is read by itself, so that a stray quote does not swallow those after it."""
    if b"\0" in data[:LONGEST_LINE].partition(b"\n")[0] or data.startswith(b"%PDF"):
        raise BadFile(f"« {path.name} » n'est ni un CSV ni un XLSX : donnez {_EXPECTED}.")
    lines = [(number, line.removesuffix("\r")) for number, line in enumerate(decoded(data)[0].split("\n"), start=1)]
    lines = [(number, line) for number, line in lines if line.strip(" \t;,")]
    header = lines[0][1] if lines else ""
    delimiter = "," if header.count(",") > header.count(";") else ";"
    for number, line in lines:
        try:
            cells = next(csv.reader([line], delimiter=delimiter, strict=True)) if len(line) <= LONGEST_LINE else []
        except csv.Error:
            cells = []
        yield number, [cell.strip() for cell in cells], line


def _xlsx_rows(path: Path, data: bytes) -> Iterator[_Row]:
    try:
        _check_size(path, data)
        with CalamineWorkbook.from_filelike(BytesIO(data)) as workbook:
            rows = workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except BadFile:
        raise
    except Exception as error:  # the two readers raise a dozen unrelated classes on a damaged file
        raise BadFile(f"« {path.name} » est abîmé ou n'est pas un classeur XLSX : donnez {_EXPECTED}.") from error
    for number, row in enumerate(rows, start=1):
        cells = [_cell_text(value) for value in row]
        if any(cells):
            yield number, cells, ";".join(cells)


def _check_size(path: Path, data: bytes) -> None:
    """Refuse what would take all the memory: a workbook that swells, or one stray cell at the far end of a sheet."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/") and name.endswith(".xml")]
        if not sheets:
            raise BadFile(f"« {path.name} » n'est pas un classeur XLSX : donnez {_EXPECTED}.")
        if sum(info.file_size for info in archive.infolist()) > 200 * 2**20:
            raise BadFile(f"« {path.name} » est trop grand une fois décompressé : donnez {_EXPECTED}.")
        for name in sheets:
            rows, width = _extent(archive.read(name))
            if rows * width > LARGEST_SHEET:
                raise BadFile(
                    f"« {path.name} » a une cellule très loin du tableau (ligne {rows}, colonne {width} d'une feuille) : "
                    "effacez les lignes et les colonnes inutiles, ou enregistrez-le en CSV."
                )


def _extent(sheet: bytes) -> tuple[int, int]:
    """Rows and columns that the cell references of a sheet reach, from its XML. Raises `ValueError` on a damaged one."""
    rows = width = 0
    for reference in set(_REFERENCE_ATTRIBUTE.findall(sheet)):
        match = _REFERENCE.fullmatch(reference)
        if match is None:
            raise ValueError(reference)
        column = 0
        for letter in match[1]:
            column = column * 26 + letter - ord("A") + 1
        rows, width = max(rows, int(match[2])), max(width, column)
    return rows, width


def _cell_text(value: object) -> str:
    """A cell as one would type it: a FINESS number held as 990100012.0 is "990100012"."""
    if isinstance(value, bool):
        return "vrai" if value else "faux"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
