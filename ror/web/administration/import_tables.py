"""The tables of an import's preview: entries created, fields changed, lines refused."""

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from ror.exchange.import_file import Reject
from ror.model import french
from ror.model.needs import published_needs
from ror.model.nomenclature import labels, unit_types
from ror.model.patient_type import PatientType
from ror.model.registry import LegalEntity, Structure, Unit
from ror.model.type_decision import NOTHING, TypeDecision
from ror.store.registry import RegistryComparison

_FIELDS = {
    "finess": "FINESS",
    "id": "Identifiant",
    "structure": "Structure (FINESS)",
    "name": "Nom",
    "legal_entity": "Entité juridique (FINESS)",
    "category_code": "Code de catégorie",
    "category": "Catégorie",
    "address": "Adresse",
    "postal_code": "Code postal",
    "commune": "Commune",
    "commune_code": "Code de commune",
    "department": "Département",
    "telephone": "Téléphone",
    "bed_telephone": "Téléphone de la gestion des lits",
    "latitude": "Latitude",
    "longitude": "Longitude",
    "unit_type": "Type de l'unité",
    "installed": "Installés",
    "closed": "Fermée",
    "nature": "Compte en",
    "care_mode": "Mode de prise en charge",
    "activity_field": "Champ d'activité",
    "patient_type": "Public",
    "short_name": "Nom court",
    "psychiatric_sector": "Secteur psychiatrique",
    "intervention_zone": "Zone d'intervention",
    "operational_activity": "Activité opérationnelle",
    "sensitive": "Sensible",
    "capacity_type": "Compte en",
    "duty_hours": "Délai en heures",
    "followed": "Suivi",
    "needs": "Besoins",
}
_LISTS = {"nature": "R329", "care_mode": "R213", "activity_field": "R227", "operational_activity": "R211"}
_KINDS = {LegalEntity: "Entité juridique", Structure: "Structure", Unit: "Unité", TypeDecision: "Type d'unité"}
_KEYS = {LegalEntity: "finess", Structure: "finess", Unit: "id", TypeDecision: "unit_type"}
_CREATED = (
    *("name", "finess", "id", "structure", "unit_type", "commune", "department", "category", "installed", "closed"),
    *("capacity_type", "duty_hours", "followed", "needs"),
)
_PROPOSED = "comme proposé"


def created_table(changes: Iterable[RegistryComparison]) -> pa.Table:
    """Return one row per entry that would be created."""
    lines: list[dict[str, str]] = []
    for change in changes:
        names = [name for name in _CREATED if name in change.created.column_names]
        for row in change.created.select(names).to_pylist():
            lines.append({"Nature": _KINDS[change.kind], **{_FIELDS[name]: _text(name, row[name]) for name in names}})
    return _table(lines, ["Nature", *(_FIELDS[name] for name in _CREATED)])


def changed_table(changes: Iterable[RegistryComparison]) -> pa.Table:
    """Return one row per field that would change, with its values before and after."""
    lines: list[dict[str, str]] = []
    for change in changes:
        key = _KEYS[change.kind]
        for before, after in zip(change.before.to_pylist(), change.after.to_pylist(), strict=True):
            name = before["name"] if "name" in before else _text("unit_type", before[key])
            entry = {"Nature": _KINDS[change.kind], "Nom": name, "Numéro": before[key]}
            lines += [
                {**entry, "Champ": _FIELDS[name], "Avant": _text(name, before[name]), "Après": _text(name, value)}
                for name, value in after.items()
                if value != before[name]
            ]
    return _table(lines, ["Nature", "Nom", "Numéro", "Champ", "Avant", "Après"])


def refused_table(rejects: Sequence[Reject]) -> pa.Table:
    """Return one row per line of the file that is refused, or imported with a remark."""
    return pa.table(
        {
            "Ligne": pa.array([reject.line for reject in rejects], pa.int32()),
            "Motif": pa.array([reject.reason for reject in rejects], pa.string()),
            "Contenu": pa.array([reject.text for reject in rejects], pa.string()),
        }
    )


def _table(lines: Sequence[dict[str, str]], names: Sequence[str]) -> pa.Table:
    """Return the lines as a table, without the columns that no line has."""
    used = [name for name in names if any(name in line for line in lines)]
    return pa.table({name: _column(name, [line.get(name, "") for line in lines]) for name in used})


def _column(name: str, texts: Sequence[str]) -> pa.Array:
    if name != _FIELDS["installed"]:
        return pa.array(texts, pa.string())
    return pa.array([int(text) if text else None for text in texts], pa.int32())


def _decided(name: str, value: Any) -> str:
    """Return a value decided for a type of unit, in the words of « Types et besoins »."""
    if value is None:
        return _PROPOSED
    if name == "needs":
        return ", ".join(published_needs()[code].label for code in value.split("|") if code) or "aucun"
    return {"01": "lits", "02": "places", NOTHING: "rien"}.get(value, str(value))


def _text(name: str, value: Any) -> str:
    if name in ("capacity_type", "duty_hours", "needs"):
        return _decided(name, value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if name == "unit_type" and value in unit_types():
        return unit_types()[value].label
    if name in _LISTS:
        return labels(_LISTS[name]).get(str(value), str(value))
    if name == "patient_type" and value:
        return PatientType(value).label
    if name in ("telephone", "bed_telephone"):
        return french.phone(value)
    return f"{value:.6f}".replace(".", ",") if isinstance(value, float) else str(value)
