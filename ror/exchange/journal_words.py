"""The journal in French: the same table on the screen, in the CSV file and on the command line."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from ror.exchange.table_csv import to_csv
from ror.model.capacity import STATUS_WORDS
from ror.model.freshness import PARIS
from ror.model.journal import Act, Origin, Outcome
from ror.model.nomenclature import unit_types
from ror.model.patient_type import PatientType
from ror.model.rights import Role
from ror.model.tokens import ACCOUNT_PREFIX, Scope

NOBODY = "(non connecté)"
_INSTANT = pa.timestamp("us", tz="UTC")
_SUBJECTS = {
    "account": "compte",
    "accounts": "comptes",
    "token": "jeton",
    "tokens": "jetons",
    "board": "tableau des disponibilités",
    "comments": "commentaires",
    "unit": "unité",
    "structure": "structure",
    "legal_entity": "entité juridique",
    "unit_type": "type d'unité",
    "need": "besoin",
    "declaration": "mise à jour",
    "file": "fichier",
    "session": "session",
    "registry": "répertoire",
    "outlines": "contours",
    "journal": "journal",
    "database": "base de données",
}
_KEYS = {
    "available": "disponibles",
    "installed": "installés",
    "occupied": "occupés",
    "reserved": "réservés",
    "closed": "fermés",
    "supplementary": "supplémentaires",
    "parts": "dont",
    "status": "statut",
    "number": "nombre",
    "gender": "genre (R332)",
    "closing_type": "fermeture (R333)",
    "additional_bed_type": "lit supplémentaire (R334)",
    "crisis_type": "crise (R336)",
    "assignment": "affectation (R337)",
    "temporality": "temporalité (R331)",
    "comment": "commentaire",
    "closed_until": "fermée jusqu'au",
    "position": "numéro",
    "acts_on": "porte sur la mise à jour",
    "roles": "rôles",
    "scopes": "permet",
    "expires_at": "expire le",
    "legal_entities": "entités juridiques",
    "structures": "structures",
    "units": "unités",
    "unit": "unité",
    "declarations": "mises à jour",
    "disabled": "désactivé",
    "sessions_closed": "sessions fermées",
    "delayed": "pendant un délai",
    "gesture": "geste",
    "by": "par",
    "fields": "champs",
    "lines": "lignes",
    "purged": "lignes purgées",
    "acknowledged": "dernière position confirmée",
    "line": "dernière ligne du journal",
    "acknowledged_line": "dernière ligne confirmée du journal",
    "checkpoint": "le journal reprend après",
    "clock": "horloge confirmée",
    "before": "antérieures au",
    "read": "lues",
    "created": "créées",
    "changed": "changées",
    "unchanged": "inchangées",
    "refused": "refusées",
    "sha256": "empreinte du fichier",
    "made_at": "sauvegarde du",
    "tables": "tables",
    "rows": "lignes",
    "removed": "anciennes sauvegardes retirées",
    "finess": "FINESS",
    "id": "numéro",
    "name": "nom",
    "structure": "structure",
    "legal_entity": "entité juridique",
    "legal_entity_name": "nom de l'entité juridique",
    "category_code": "code de catégorie",
    "category": "catégorie",
    "address": "adresse",
    "postal_code": "code postal",
    "commune": "commune",
    "commune_code": "code de commune",
    "department": "département",
    "telephone": "téléphone",
    "unit_type": "type d'unité",
    "nature": "nature (R329)",
    "care_mode": "mode de prise en charge (R213)",
    "activity_field": "champ d'activité (R227)",
    "patient_type": "public",
    "short_name": "nom court",
    "psychiatric_sector": "secteur psychiatrique",
    "intervention_zone": "zone d'intervention",
    "operational_activity": "activité opérationnelle (R211)",
    "sensitive": "sensible",
    "capacity_type": "compte en",
    "duty_hours": "délai en heures",
    "followed": "suivi",
    "needs": "besoins",
    "words": "mots",
    "outlines": "contours",
    "outside": "structures hors du contour",
}
_NUMBERED = "acts_on"
"""The key whose words lead to its number without a colon: « porte sur la mise à jour 4 »."""

_VALUES = {
    "create": "création",
    "change": "modification",
    "close": "fermeture",
    "reopen": "réouverture",
    "erase": "effacement",
    "make": "création",
    "revoke": "révocation",
    "export": "téléchargement",
    "login": "identifiant",
    "name": "nom",
    "mail": "courriel",
    "identity": "identité",
    "password": "mot de passe",
    "link": "lien",
    "enrol": "mise en service",
    "remove": "retrait",
    "proposed": "comme proposé",
    "department": "départements",
    "commune": "communes",
    "builtin": "ceux d'origine",
    "renew_codes": "nouveaux codes de secours",
    "remove_by_administrator": "retrait par un administrateur",
    **STATUS_WORDS,
    **{str(role): role.label for role in Role},
    **{str(scope): scope.label for scope in Scope},
    **{str(patients): patients.label for patients in PatientType},
}


def to_french(lines: pa.Table) -> pa.Table:
    """Translate the lines of `services.journal.read`; « Date » is an instant in UTC."""
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
            "Avant": [format_values(row["before"]) for row in rows],
            "Après": [format_values(row["after"]) for row in rows],
        }
    )


def to_journal_csv(lines: pa.Table) -> bytes:
    """Print the lines in French as a CSV file, with ids and seconds, for an auditor."""
    words = to_french_with_ids(lines)
    dates = pa.array([f"{at.astimezone(PARIS):%d/%m/%Y %H:%M:%S}" for at in words["Date"].to_pylist()], pa.string())
    return to_csv(words.set_column(1, "Date (Paris)", dates))


def to_french_with_ids(lines: pa.Table) -> pa.Table:
    """Translate the lines, with two more columns: the ids of the account and of the subject."""
    return to_french(lines).append_column("Compte", lines["actor"]).append_column("Référence", lines["subject"])


def format_values(printed: str) -> str:
    """Translate the `before` or `after` of a line: « disponibles : 4 ; commentaire : oui »."""
    values = json.loads(printed) if printed else {}
    return " ; ".join(f"{_key(key, value)}{'' if key == _NUMBERED else ' :'} {_value(value)}" for key, value in values.items())


def _key(key: str, value: Any) -> str:
    # In a declaration it counts beds; in an entry of the registry it is a state.
    return "fermée" if key == "closed" and isinstance(value, bool) else _KEYS.get(key, key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    if value is None:
        return "rien"
    if isinstance(value, list):
        return ", ".join(map(_value, value)) or "aucun"
    if isinstance(value, Mapping):
        return ", ".join(f"{_key(key, item)} {_value(item)}" for key, item in value.items())
    text = str(value)
    try:
        return f"{date.fromisoformat(text):%d/%m/%Y}" if len(text) == 10 else _instant(text)
    except ValueError:
        return _VALUES.get(text, text)


def _instant(text: str) -> str:
    return f"{datetime.fromisoformat(text).astimezone(PARIS):%d/%m/%Y %H:%M}" if "T" in text else _VALUES.get(text, text)


def _author(row: Mapping[str, Any]) -> str:
    if row["actor"]:
        return row["actor_name"] or f"compte {row['actor']}"
    return _label(Origin, row["address"]) if row["address"] in (Origin.CONSOLE, Origin.SERVICE) else NOBODY


def _subject(row: Mapping[str, Any]) -> str:
    kind, _, key = row["subject"].partition(":")
    if kind == "unit_type" and key in unit_types():
        return f"{_SUBJECTS[kind]} {key} {unit_types()[key].label}"
    kind = "token" if kind == "account" and key.startswith(ACCOUNT_PREFIX) else kind
    if row["subject_name"].lower().startswith(f"{_SUBJECTS.get(kind, kind)} "):
        return str(row["subject_name"])
    return " ".join(part for part in (_SUBJECTS.get(kind, kind), row["subject_name"] or key) if part)


def _label(words: type[Act] | type[Outcome] | type[Origin], code: str) -> str:
    """Return the label of a code; a code of a later version, or changed by hand, is shown as it is."""
    return words(code).label if code in set(words) else code
