"""Read the list of units of an import: CSV (separator and encoding detected), or XLSX (its first visible sheet that has the
columns)."""

import re
from dataclasses import dataclass
from pathlib import Path

from ror.errors import Refused
from ror.exchange.finess import FINESS_NUMBER
from ror.exchange.import_file import TEXT_LENGTH, Reject
from ror.exchange.parsed_table import NamedRow, parse_file
from ror.exchange.table_rows import Titles, key
from ror.exchange.unit_types import checked_unit_type
from ror.model.capacity import checked_number
from ror.model.nomenclature import labels
from ror.model.patient_type import PatientType
from ror.model.registry import Unit
from ror.model.telephone import checked_telephone
from ror.model.text import bare, identifier, plain, whole_number

MANDATORY = ("finess", "nom", "type")
OPTIONAL = (
    *(
        "places_installees",
        "telephone",
        "telephone_gestion_lits",
        "identifiant",
        "fermee",
        "nature",
        "mode_prise_en_charge",
        "champ_activite",
    ),
    *("public", "nom_court", "secteur", "zone", "activite", "sensible"),
)
_FIELDS = {
    "places_installees": "installed",
    "telephone": "telephone",
    "telephone_gestion_lits": "bed_telephone",
    "fermee": "closed",
    "nature": "nature",
    "mode_prise_en_charge": "care_mode",
    "champ_activite": "activity_field",
    "public": "patient_type",
    "nom_court": "short_name",
    "secteur": "psychiatric_sector",
    "zone": "intervention_zone",
    "activite": "operational_activity",
    "sensible": "sensitive",
}
SLUG_LENGTH = 60
MAX_NAME_LENGTH = 200
MAX_ID_LENGTH = 100
MAX_TEXT_LENGTH = 200
"""Most characters of a short name, a sector or a zone."""

_EXPECTED = f"une liste d'unités en CSV ou en XLSX, dont la première ligne porte les colonnes {', '.join(MANDATORY)}"
_SYNONYMS = {"capacite": "placesinstallees", "installes": "placesinstallees"}
_NATURES = {"": "", "lit": "01", "lits": "01", "01": "01", "place": "02", "places": "02", "02": "02"}
_PATIENTS = {
    frozenset[str](): "",
    frozenset({"adulte"}): PatientType.ADULT,
    frozenset({"enfant"}): PatientType.CHILD,
    frozenset({"adulte", "enfant"}): PatientType.BOTH,
}
_TITLES = Titles(MANDATORY, OPTIONAL, _SYNONYMS)
_YES_NO = dict.fromkeys(("oui", "o", "1", "vrai", "true"), True) | dict.fromkeys(("", "non", "n", "0", "faux", "false"), False)


@dataclass(frozen=True, slots=True)
class UnitsFile:
    """The content of a list of units: `read` counts its lines below the header, refused ones included.

    `units` has each unit with its line number. `missing_columns` are the fields of `Unit` without a column in the list;
    `without_sensitivity` are the ids of the units without a value for whether they are sensitive. `lines` are the texts of the
    lines by number, for rejects.
    """

    read: int
    units: list[tuple[int, Unit]]
    rejects: list[Reject]
    missing_columns: frozenset[str]
    lines: dict[int, str]
    without_sensitivity: frozenset[str] = frozenset()


def read_units(path: Path) -> UnitsFile:
    """Read a list of units; a bad line becomes a reject and never stops the rest.

    Columns by name, in any order, accents, case and blanks ignored: finess, nom, type (code or label of R244), and
    optionally places_installees (or capacite, installes: beds or places), telephone, telephone_gestion_lits, identifiant,
    fermee (oui or non), nature (lit or place), mode_prise_en_charge (code or label of R213), champ_activite (of R227), public
    (adulte, enfant or both), nom_court, secteur, zone, activite (code or label of R211), sensible (oui or non). Other columns
    are ignored. The existence of the structures is not checked. Raises `BadFile` when the file is not such a list.
    """
    first_lines: dict[str, int] = {}
    lines: dict[int, str] = {}
    without_sensitivity: set[str] = set()

    def parse(row: NamedRow) -> tuple[int, Unit]:
        unit = _unit(row)
        if (first := first_lines.setdefault(unit.id, row.line)) != row.line:
            raise Refused(
                f"L'identifiant {unit.id} est déjà celui de la ligne {first} : changez le nom, "
                "ou donnez à chacune son propre identifiant dans la colonne « identifiant »."
            )
        lines[row.line] = row.text[:TEXT_LENGTH]
        if not identifier(row.cells.get("sensible", "")):
            without_sensitivity.add(unit.id)
        return row.line, unit

    table = parse_file(path, _EXPECTED, _TITLES, parse)
    missing_columns = frozenset(field for name, field in _FIELDS.items() if name not in table.columns)
    return UnitsFile(table.read, table.entries, table.rejects, missing_columns, lines, frozenset(without_sensitivity))


def _unit(row: NamedRow) -> Unit:
    cells = row.cells
    finess = identifier("".join(cells["finess"].split())).upper()
    # A spreadsheet reads the FINESS number as a quantity and drops its first zero.
    if len(finess) == 8 and finess.isdigit():
        finess = f"0{finess}"
    if not FINESS_NUMBER.fullmatch(finess):
        raise Refused(f"« {cells['finess'][:20]} » n'est pas un numéro FINESS : saisissez ses 9 caractères.")
    name = plain(cells["nom"])
    if not 0 < len(name) <= MAX_NAME_LENGTH:
        raise Refused(
            f"Le nom de l'unité manque, dépasse {MAX_NAME_LENGTH} caractères ou n'en a que d'illisibles : corrigez-le."
        )
    unit_type = checked_unit_type(cells["type"])
    unit_id = identifier(cells.get("identifiant", "")) or f"{finess}-{slug(name) or 'unite'}"
    if len(unit_id) > MAX_ID_LENGTH or not unit_id.isprintable():
        raise Refused(f"L'identifiant dépasse {MAX_ID_LENGTH} caractères ou en contient d'illisibles : corrigez-le.")
    installed = checked_number(whole_number(cells.get("places_installees", "")), "places installées")
    nature = _NATURES.get(identifier(cells.get("nature", "")).lower())
    if nature is None:
        raise Refused(f"« {cells['nature'][:20]} » dans la colonne « nature » : saisissez lit ou place.")
    return Unit(
        *(unit_id, finess, name, unit_type.code, installed),
        telephone=_telephone(row, "telephone"),
        closed=_yes(cells, "fermee"),
        nature=nature,
        care_mode=_code("R213", cells.get("mode_prise_en_charge", ""), "mode_prise_en_charge"),
        activity_field=_code("R227", cells.get("champ_activite", ""), "champ_activite"),
        patient_type=_patients(cells.get("public", "")),
        short_name=_line(cells, "nom_court"),
        psychiatric_sector=_line(cells, "secteur"),
        intervention_zone=_line(cells, "zone"),
        operational_activity=_code("R211", cells.get("activite", ""), "activite"),
        sensitive=_yes(cells, "sensible"),
        bed_telephone=_telephone(row, "telephone_gestion_lits"),
    )


def _yes(cells: dict[str, str], column: str) -> bool:
    """Parse a cell of oui or non; an empty or missing one is non. Raises `Refused`."""
    answer = _YES_NO.get(identifier(cells.get(column, "")).lower())
    if answer is None:
        raise Refused(f"« {cells[column][:20]} » dans la colonne « {column} » : saisissez oui ou non.")
    return answer


def _patients(text: str) -> str:
    """Parse the patients of a cell, « adulte », « enfants », « adulte et enfant », to a `PatientType`; "" for an empty cell.

    Raises `Refused`.
    """
    words = frozenset(word.removesuffix("s") for word in re.findall(r"\w+", bare(text)) if word not in ("et", "ou"))
    if words not in _PATIENTS:
        raise Refused(f"« {text[:60]} » dans la colonne « public » : saisissez adulte, enfant, ou les deux.")
    return str(_PATIENTS[words])


def _line(cells: dict[str, str], column: str) -> str:
    """Return the text of a cell on one line, "" for an empty cell. Raises `Refused` past `MAX_TEXT_LENGTH` characters."""
    text = plain(cells.get(column, ""))
    if len(text) > MAX_TEXT_LENGTH:
        raise Refused(f"La colonne « {column} » dépasse {MAX_TEXT_LENGTH} caractères : raccourcissez-la.")
    return text


def _code(code_list: str, text: str, column: str) -> str:
    """Return the code of a national list, given as a code or as a label; "" for an empty cell. Raises `Refused`."""
    codes = labels(code_list)
    text = identifier(text)
    # A spreadsheet reads the code as a quantity and drops its first zeros.
    padded = text.zfill(len(next(iter(codes)))) if text else ""
    code = padded if padded in codes else {key(label): code for code, label in codes.items()}.get(key(text), "")
    if text and not code:
        raise Refused(
            f"« {text[:60]} » dans la colonne « {column} » : saisissez un code ou un libellé de la liste TRE_{code_list}."
        )
    return code


def _telephone(row: NamedRow, column: str) -> str:
    """Return the stored form of a telephone. A bad one is "" and adds a remark to the row, which is still accepted."""
    try:
        return checked_telephone(row.cells.get(column, ""))
    except Refused as refusal:
        row.remarks.append(f"{refusal.user_message} Le reste de la ligne est pris, et le téléphone déjà connu est gardé.")
        return ""


def slug(text: str) -> str:
    """Return a name as part of an identifier: ASCII, lower case, hyphens, at most `SLUG_LENGTH` characters; may be empty."""
    return re.sub("[^a-z0-9]+", "-", bare(text)).strip("-")[:SLUG_LENGTH].rstrip("-")
