"""Translate the journal into French: the same table is on the screen, in the CSV file and on the command line."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from ror.exchange.journal_labels import KEYS, NUMBERED, SUBJECTS, VALUES
from ror.exchange.table_csv import to_csv
from ror.model.declaration import change_words
from ror.model.journal import Act, Origin, Outcome
from ror.model.nomenclature import CapacityType, unit_types
from ror.model.territory import zone_place
from ror.model.tokens import ACCOUNT_PREFIX

NOBODY = "(non connecté)"
_INSTANT = pa.timestamp("us", tz="UTC")


def to_french(lines: pa.Table, zone: ZoneInfo) -> pa.Table:
    """Translate the lines of `services.journal.read`; « Date » is an instant in UTC, other instants are texts in `zone`."""
    rows = lines.to_pylist()
    return pa.table(
        {
            "Ligne": pa.array([row["number"] for row in rows], pa.int64()),
            "Date": pa.array([row["happened_at"] for row in rows], _INSTANT),
            "Qui": [_author(row) for row in rows],
            "Depuis": [_label(Origin, row["address"]) for row in rows],
            "Acte": [_label(Act, row["act"]) for row in rows],
            "Résultat": [_label(Outcome, row["outcome"]) for row in rows],
            "Objet": [_subject(row) for row in rows],
            "Structure": [row.get("structure_name", "") for row in rows],
            "Changement": [_change(row) for row in rows],
            "Avant": [format_values(row["before"], zone) for row in rows],
            "Après": [format_values(row["after"], zone) for row in rows],
        }
    )


def to_journal_csv(lines: pa.Table, zone: ZoneInfo) -> bytes:
    """Print the lines in French as a CSV file, with ids and seconds, for an auditor."""
    words = to_french_with_ids(lines, zone)
    dates = pa.array([f"{at.astimezone(zone):%d/%m/%Y %H:%M:%S}" for at in words["Date"].to_pylist()], pa.string())
    return to_csv(words.set_column(1, f"Date ({zone_place(zone)})", dates), zone)


def to_french_with_ids(lines: pa.Table, zone: ZoneInfo) -> pa.Table:
    """Translate the lines, with two more columns: the ids of the account and of the subject."""
    return to_french(lines, zone).append_column("Compte", lines["actor"]).append_column("Référence", lines["subject"])


def format_values(printed: str, zone: ZoneInfo) -> str:
    """Translate the `before` or `after` of a line: « disponibles : 4 ; commentaire : oui »."""
    values = json.loads(printed) if printed else {}
    return " ; ".join(
        f"{_key(key, value)}{'' if key == NUMBERED else ' :'} {_value(value, zone)}" for key, value in values.items()
    )


def _key(key: str, value: Any) -> str:
    # "closed" counts beds in a declaration, but is a state in an entry of the registry.
    return "fermée" if key == "closed" and isinstance(value, bool) else KEYS.get(key, key)


def _value(value: Any, zone: ZoneInfo) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    if value is None:
        return "rien"
    if isinstance(value, list):
        return ", ".join(_value(item, zone) for item in value) or "aucun"
    if isinstance(value, Mapping):
        return ", ".join(f"{_key(key, item)} {_value(item, zone)}" for key, item in value.items())
    text = str(value)
    try:
        return f"{date.fromisoformat(text):%d/%m/%Y}" if len(text) == 10 else _instant(text, zone)
    except ValueError:
        return VALUES.get(text, text)


def _instant(text: str, zone: ZoneInfo) -> str:
    return f"{datetime.fromisoformat(text).astimezone(zone):%d/%m/%Y %H:%M}" if "T" in text else VALUES.get(text, text)


_CHANGES = frozenset({Act.DECLARE, Act.CONFIRM, Act.CLOSE_UNTIL, Act.UNDO, Act.CORRECTION})
"""The acts that write the number of a unit."""


def _change(row: Mapping[str, Any]) -> str:
    """Format the change of the number available of a unit: « 4 → 3 lits »; "" for a line about something else."""
    if row["act"] not in _CHANGES or row["outcome"] != Outcome.DONE or not row["subject"].startswith("unit:"):
        return ""
    before, after = (json.loads(row[name] or "{}").get("available") for name in ("before", "after"))
    capacity = row.get("capacity_type")
    return change_words(before, after, CapacityType(capacity) if capacity else None)


def _author(row: Mapping[str, Any]) -> str:
    if row["actor"]:
        return row["actor_name"] or f"compte {row['actor']}"
    return _label(Origin, row["address"]) if row["address"] in (Origin.CONSOLE, Origin.SERVICE) else NOBODY


def _subject(row: Mapping[str, Any]) -> str:
    kind, _, key = row["subject"].partition(":")
    if kind == "unit_type" and key in unit_types():
        return f"{SUBJECTS[kind]} {key} {unit_types()[key].label}"
    kind = "token" if kind == "account" and key.startswith(ACCOUNT_PREFIX) else kind
    if row["subject_name"].lower().startswith(f"{SUBJECTS.get(kind, kind)} "):
        return str(row["subject_name"])
    return " ".join(part for part in (SUBJECTS.get(kind, kind), row["subject_name"] or key) if part)


def _label(words: type[Act] | type[Outcome] | type[Origin], code: str) -> str:
    """Return the label of a code; an unknown one, of a later version or changed by hand, is returned as it is."""
    return words(code).label if code in set(words) else code
