"""The rows of the export of personal data, each from a row of `store.personal_data.read`, with French keys and words."""

import json
from typing import Any

from ror.model.alert import RingingMailState
from ror.model.call_round import CallKind
from ror.model.count_parts import part_object, parts_from_json
from ror.model.feedback import FeedbackKind
from ror.model.french import WEEKDAYS
from ror.model.journal import Act, Outcome
from ror.model.reminder import Rhythm
from ror.model.sending import MailState


def session(row: dict[str, Any]) -> dict[str, Any]:
    """Return a session, with the rights that single sign-on left to the account where it narrowed them."""
    left = {"limitee_par_la_connexion_unique": json.loads(row["narrowing"])} if row["narrowing"] else {}
    return {"ouverte_le": row["opened_at"], "dernier_geste": row["seen_at"], "fermee_le": row["closed_at"], **left}


def journal_line(row: dict[str, Any]) -> dict[str, Any]:
    """Return a line of the journal; who acted is not named."""
    author = "ce compte" if row["own"] else "personne de connecté" if row["nobody"] else "un autre compte"
    return {
        "numero": row["number"],
        "date": row["happened_at"],
        "acte": Act(row["act"]).label,
        "issue": Outcome(row["outcome"]).label,
        "par": author,
        "adresse": row["address"],
        "objet": row["subject"],
        "avant": json.loads(row["before"] or "null"),
        "apres": json.loads(row["after"] or "null"),
    }


def handover(row: dict[str, Any]) -> dict[str, Any]:
    """Return a unit handed over or received."""
    return {
        "unite": row["unit"],
        "nom": row["name"],
        "par": "ce compte" if row["given"] else "un autre compte",
        "confiee_le": row["given_at"],
        "jusqu_a": row["until"],
        "reprise_ou_rendue_le": row["ended_at"],
    }


def preference(row: dict[str, Any]) -> dict[str, Any]:
    """Return the preference for reminders."""
    weekly = Rhythm(row["rhythm"]) is Rhythm.WEEKLY
    return {
        "rythme": Rhythm(row["rhythm"]).label,
        "jour": WEEKDAYS[row["weekday"]] if weekly else None,
        "heure": row["hour"] if weekly else None,
        "choisi_le": row["changed_at"],
        "par_un_lien": row["by_link"],
    }


def reminder(row: dict[str, Any]) -> dict[str, Any]:
    """Return a mail of reminders."""
    return {
        "fait_le": row["claimed_at"],
        "etat": MailState(row["state"]).label,
        "essais": row["tries"],
        "unites": row["units"],
        "lien_utilise_le": row["used_at"],
        "unites_confirmees": row["confirmed"],
        "lien_retire_le": row["revoked_at"],
    }


def report_mail(row: dict[str, Any]) -> dict[str, Any]:
    """Return a mail with a report of the region."""
    return {
        "rapport_du": row["created_at"],
        "etat": MailState(row["state"]).label,
        "essais": row["tries"],
        "dernier_essai_le": row["tried_at"],
    }


def deputyship(row: dict[str, Any]) -> dict[str, Any]:
    """Return a deputyship, of the account or in its place."""
    return {
        "role": "absent" if row["absent"] else "suppléant",
        "du": row["first_day"],
        "au": row["last_day"],
        "a_la_place": row["instead"],
        "nomme_le": row["named_at"],
        "termine_le": row["ended_at"],
    }


def call(row: dict[str, Any]) -> dict[str, Any]:
    """Return an event of the call round by the account, or one that gives it a unit: then without the note of somebody else."""
    return {
        "date": row["happened_at"],
        "geste": CallKind(row["kind"]).label,
        "par": "ce compte" if row["own"] else "un autre compte",
        "unite": row["unit"],
        "nombre": row["available"],
        "a_rappeler_le": row["call_back_at"],
        "note": row["note"] if row["own"] else "",
        "note_masquee": row["masked"],
    }


def alert(row: dict[str, Any]) -> dict[str, Any]:
    """Return a saved question."""
    return {
        "nom": row["name"],
        "question": row["address"],
        "condition": json.loads(row["condition"]),
        "par_courriel": row["by_mail"],
        "faite_le": row["created_at"],
        "vraie": row["holds"],
        "depuis": row["changed_at"],
        "muette_jusqu_a": row["muted_until"],
        "arretee": row["paused"],
    }


def ringing(row: dict[str, Any]) -> dict[str, Any]:
    """Return an alert that became true."""
    return {
        "alerte": row["name"],
        "le": row["rang_at"],
        "valeur": row["value"],
        "courriel": RingingMailState(row["mail"]).label,
        "vue_le": row["acknowledged_at"],
    }


def report(row: dict[str, Any]) -> dict[str, Any]:
    """Return a report on a number."""
    return {
        "date": row["recorded_at"],
        "unite": row["unit"],
        "nom": row["name"],
        "nombre_du": row["about"],
        "retour": FeedbackKind(row["kind"]).label,
        "autre_nombre": row["other"],
        "mot": row["word"],
        "mot_masque": row["masked"],
        "canal": row["channel"],
    }


def declaration(row: dict[str, Any]) -> dict[str, Any]:
    """Return a declaration."""
    return {
        "date": row["recorded_at"],
        "geste": row["kind"],
        "canal": row["channel"],
        "unite": row["unit"],
        "nom": row["name"],
        "disponibles": row["available"],
        "dont": [part_object(part) for part in parts_from_json(row["parts"])],
        "commentaire": row["comment"],
        "commentaire_masque": row["masked"],
    }
