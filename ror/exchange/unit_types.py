"""Read a region's decisions on types of units from a CSV or an XLSX; find a type by its code or one of its labels."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from ror.errors import Refused
from ror.exchange.import_file import Reject
from ror.exchange.parsed_table import NamedRow, parse_file
from ror.exchange.table_rows import Titles, key
from ror.model.needs import checked_needs
from ror.model.nomenclature import UnitType, unit_types
from ror.model.text import identifier
from ror.model.type_decision import NOTHING, TypeDecision, checked_duty

MANDATORY = ("type",)
OPTIONAL = ("compte", "delai_heures", "suivi", "besoins")
PROPOSAL, NONE = "proposition", "aucun"
_EXPECTED = "des types d'unités en CSV ou en XLSX, dont la première ligne porte la colonne type et au moins une autre de " + (
    ", ".join(OPTIONAL)
)
_COUNTED = {"lit": "01", "lits": "01", "01": "01", "place": "02", "places": "02", "02": "02", "rien": NOTHING}
_WORDS = {"01": "lit", "02": "place", NOTHING: "rien"}
_FOLLOWED = {"oui": True, "non": False}
_EXAMPLE = "16"


@dataclass(frozen=True, slots=True)
class TypeLine:
    """The changes of a line to the decision on a type: fields of `TypeDecision` by name, None to restore the proposal."""

    line: int
    unit_type: str
    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TypesFile:
    """The content of a file: `read` counts its lines below the header, refused ones included; no type occurs twice."""

    read: int
    lines: list[TypeLine]
    rejects: list[Reject]


def read_unit_types(path: Path) -> TypesFile:
    """Read a file of decisions; a bad line becomes a reject and never stops the rest.

    Columns: type (code or label of R244), and optionally compte (lit, place or rien), delai_heures, suivi (oui or non) and
    besoins (labels or codes joined by `|`, or aucun). An empty cell changes nothing; « proposition » restores what the
    published list proposes. Other columns are ignored. Raises `BadFile` when the file is not such a table.
    """
    first_lines: dict[str, int] = {}

    def parse(row: NamedRow) -> TypeLine:
        line = TypeLine(row.line, checked_unit_type(row.cells["type"]).code, _changes(row.cells))
        if (first := first_lines.setdefault(line.unit_type, row.line)) != row.line:
            raise Refused(f"Le type {line.unit_type} est déjà celui de la ligne {first} : gardez une seule des deux.")
        return line

    table = parse_file(path, _EXPECTED, Titles(MANDATORY, OPTIONAL), parse)
    return TypesFile(table.read, table.entries, table.rejects)


def _changes(cells: Mapping[str, str]) -> dict[str, Any]:
    """Parse the cells that are not empty to fields of `TypeDecision`. Raises `Refused`."""
    parsers = {
        "compte": ("capacity_type", _capacity_type, None),
        "delai_heures": ("duty_hours", lambda text: checked_duty(identifier(text)), None),
        "suivi": ("followed", _followed, True),
        "besoins": ("needs", _needs, None),
    }
    changes: dict[str, Any] = {}
    for column, (name, parse, proposed) in parsers.items():
        if text := cells.get(column, "").strip():
            changes[name] = proposed if key(text) == PROPOSAL else parse(text)
    return changes


def _capacity_type(text: str) -> str:
    if (code := _COUNTED.get(key(text))) is None:
        raise Refused(f"« {text[:40]} » dans la colonne « compte » : saisissez lit, place, rien ou {PROPOSAL}.")
    return code


def _followed(text: str) -> bool:
    if (followed := _FOLLOWED.get(key(text))) is None:
        raise Refused(f"« {text[:40]} » dans la colonne « suivi » : saisissez oui ou non.")
    return followed


def _needs(text: str) -> str:
    return "" if key(text) == NONE else "|".join(checked_needs(text.replace(",", "|").split("|")))


def type_table(decisions: Mapping[str, TypeDecision], used: Mapping[str, int]) -> pa.Table:
    """Return the decision on each type in force, in the columns of `read_unit_types`, and what the list proposes.

    `decisions` and `used`, the number of units of each type, are by code. A cell is empty where nothing is decided.
    """
    lines = [
        _type_line(unit_type, decisions.get(code, TypeDecision(code)), used.get(code, 0))
        for code, unit_type in unit_types().items()
        if not unit_type.deprecated
    ]
    return pa.Table.from_pylist(lines)


def _type_line(proposed: UnitType, decision: TypeDecision, units: int) -> dict[str, str | int]:
    return {
        "type": proposed.code,
        "libelle": proposed.label,
        "compte": _WORDS.get(decision.capacity_type or "", ""),
        "delai_heures": str(decision.duty_hours or ""),
        "suivi": "oui" if decision.followed else "non",
        "besoins": "" if decision.needs is None else decision.needs or NONE,
        "compte_propose": _WORDS.get(proposed.capacity_type or "", ""),
        "delai_propose": str(proposed.duty // timedelta(hours=1)),
        "besoins_proposes": "|".join(proposed.needs),
        "unites": units,
    }


def checked_unit_type(text: str) -> UnitType:
    """Return the type in force with a code or a label, former and longer labels included. Raises `Refused`."""
    code = identifier(text)
    # A spreadsheet reads the code as a quantity and drops its first zero.
    unit_type = unit_types().get(code.zfill(2)) or unit_types().get(_by_label().get(key(code), ""))
    if unit_type is None:
        raise Refused(
            f"Le type « {text[:60]} » est inconnu : saisissez un code ou un libellé de la liste TRE_R244, "
            f"par exemple {_EXAMPLE} ou « {unit_types()[_EXAMPLE].label} »."
        )
    if unit_type.deprecated:
        raise Refused(
            f"Le type {unit_type.code} « {unit_type.label} » a été retiré de la liste TRE_R244 : choisissez un type en vigueur."
        )
    return unit_type


@cache
def _by_label() -> dict[str, str]:
    """Return the codes by the `key` of each label. A label of several types means the type in force that has it now."""
    active = [unit_type for unit_type in unit_types().values() if not unit_type.deprecated]
    return {
        **{key(unit_type.label): unit_type.code for unit_type in unit_types().values() if unit_type.deprecated},
        **{key(label): unit_type.code for unit_type in active for label in unit_type.other_labels},
        **{key(unit_type.label): unit_type.code for unit_type in active},
    }
