"""Read the list of units of an import: CSV (separator and encoding detected), or XLSX (its first visible sheet that has the
columns)."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from ror.errors import Refused
from ror.exchange.finess import FINESS_NUMBER
from ror.exchange.report import LARGEST_FILE, TEXT_LENGTH, Reject, check_file_size, open_file
from ror.exchange.safe_file import Limits
from ror.exchange.table_rows import FileTable, Titles, check_row, key, read_table
from ror.model.capacity import checked_number
from ror.model.nomenclature import unit_types
from ror.model.registry import Unit
from ror.model.telephone import checked_telephone
from ror.model.text import bare, identifier, plain, whole_number

MANDATORY = ("finess", "nom", "type")
OPTIONAL = ("places_installees", "telephone", "identifiant", "fermee")
_FIELDS = {"places_installees": "installed", "telephone": "telephone", "fermee": "closed"}
SLUG_LENGTH = 60
LONGEST_NAME = 200
LONGEST_ID = 100

_EXPECTED = f"une liste d'unités en CSV ou en XLSX, dont la première ligne porte les colonnes {', '.join(MANDATORY)}"
_EXAMPLE = "16"
_SYNONYMS = {"capacite": "placesinstallees", "installes": "placesinstallees"}
_TITLES = Titles(MANDATORY, OPTIONAL, _SYNONYMS)
_YES_NO = dict.fromkeys(("oui", "o", "1", "vrai", "true"), True) | dict.fromkeys(("", "non", "n", "0", "faux", "false"), False)


@dataclass(frozen=True, slots=True)
class UnitsFile:
    """The content of a list of units: `read` counts its lines below the header, refused ones included; each unit has its line.

    `silent` are the fields of a unit that the list has no column for. `lines` are the texts of the lines of the units by
    number, for rejects.
    """

    read: int
    units: list[tuple[int, Unit]]
    rejects: list[Reject]
    silent: frozenset[str]
    lines: dict[int, str]


def read_units(path: Path) -> UnitsFile:
    """Read a list of units; a bad line becomes a reject and never stops the rest.

    Columns by name, in any order, accents, case and blanks ignored: finess, nom, type (code or label of R244), and
    optionally places_installees (or capacite, installes: beds or places), telephone, identifiant, fermee (oui or non). Other
    columns are ignored. The existence of the structures is not checked. Raises `BadFile` when the file is not such a list.
    """
    check_file_size(path, _EXPECTED, LARGEST_FILE)
    with open_file(path) as file:
        return _parse_table(read_table(path.name, file, _EXPECTED, _TITLES, Limits()))


def _parse_table(table: FileTable) -> UnitsFile:
    labels = {key(unit_type.label): code for code, unit_type in unit_types().items()}
    units: list[tuple[int, Unit]] = []
    rejects: list[Reject] = []
    lines: dict[int, str] = {}
    first_lines: dict[str, int] = {}
    read = 0
    for number, cells, text in table.rows:
        read += 1
        try:
            check_row(cells, text, table.width)
            named = {name: cells[index] if index < len(cells) else "" for name, index in table.columns.items()}
            unit = _unit(named, labels)
            if (first := first_lines.setdefault(unit.id, number)) != number:
                raise Refused(
                    f"L'identifiant {unit.id} est déjà celui de la ligne {first} : changez le nom, "
                    "ou donnez à chacune son propre identifiant dans la colonne « identifiant »."
                )
            telephone, remark = _telephone(named.get("telephone", ""))
            units.append((number, replace(unit, telephone=telephone)))
            lines[number] = text[:TEXT_LENGTH]
            if remark:
                rejects.append(Reject(number, remark, text, accepted=True))
        except Refused as refusal:
            rejects.append(Reject(number, refusal.user_message, text))
    silent = frozenset(field for name, field in _FIELDS.items() if name not in table.columns)
    return UnitsFile(read, units, rejects, silent, lines)


def _unit(cells: dict[str, str], labels: dict[str, str]) -> Unit:
    finess = identifier("".join(cells["finess"].split())).upper()
    # A spreadsheet takes the number for a quantity and drops its first zero.
    if len(finess) == 8 and finess.isdigit():
        finess = f"0{finess}"
    if not FINESS_NUMBER.fullmatch(finess):
        raise Refused(f"« {cells['finess'][:20]} » n'est pas un numéro FINESS : saisissez ses 9 caractères.")
    name = plain(cells["nom"])
    if not 0 < len(name) <= LONGEST_NAME:
        raise Refused(f"Le nom de l'unité manque, dépasse {LONGEST_NAME} caractères ou n'en a que d'illisibles : corrigez-le.")
    code = identifier(cells["type"])
    unit_type = code if code in unit_types() else labels.get(key(code))
    if unit_type is None:
        raise Refused(
            f"Le type « {cells['type'][:60]} » est inconnu : saisissez un code ou un libellé de la liste TRE_R244, "
            f"par exemple {_EXAMPLE} ou « {unit_types()[_EXAMPLE].label} »."
        )
    closed = _YES_NO.get(identifier(cells.get("fermee", "")).lower())
    if closed is None:
        raise Refused(f"« {cells['fermee'][:20]} » dans la colonne « fermee » : saisissez oui ou non.")
    unit_id = identifier(cells.get("identifiant", "")) or f"{finess}-{slug(name) or 'unite'}"
    if len(unit_id) > LONGEST_ID or not unit_id.isprintable():
        raise Refused(f"L'identifiant dépasse {LONGEST_ID} caractères ou en contient d'illisibles : corrigez-le.")
    installed = checked_number(whole_number(cells.get("places_installees", "")), "places installées")
    return Unit(unit_id, finess, name, unit_type, installed, telephone="", closed=closed)


def _telephone(text: str) -> tuple[str, str]:
    """Return the stored form of a telephone; or "" and a remark, with which the line is still accepted."""
    try:
        return checked_telephone(text), ""
    except Refused as refusal:
        return "", f"{refusal.user_message} Le reste de la ligne est pris, et le téléphone déjà connu est gardé."


def slug(text: str) -> str:
    """Return a name as part of an identifier: ASCII, lower case, hyphens, at most `SLUG_LENGTH` characters; may be empty."""
    return re.sub("[^a-z0-9]+", "-", bare(text)).strip("-")[:SLUG_LENGTH].rstrip("-")
