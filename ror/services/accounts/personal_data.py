"""Export or erase the data stored on a person."""

import json
from collections.abc import Sequence
from datetime import datetime
from operator import methodcaller
from typing import Any

from ror.errors import NotFound, Refused
from ror.model.invitation import InvitationDelivery
from ror.model.journal import Act
from ror.model.registry import default_entity_name
from ror.model.rights import ERASED, Account, Action, entitled
from ror.services import journal
from ror.services.accounts import personal_rows
from ror.store import (
    accounts,
    alerts,
    daily_reports,
    deputyships,
    displays,
    feedback,
    handovers,
    invitations,
    personal_data,
    reminders,
    second_factor,
    sessions,
)
from ror.store import journal as journal_lines
from ror.store.engine.database import Cursor, Database, Transaction

ERASED_NAME = "Compte effacé"
_EVERY = "tous les départements"
KINDS = {"legal_entity": "Entité juridique", "structure": "Structure", "unit": "Unité"}


def perimeter(db: Database, account: Account) -> list[str]:
    """Return the perimeter of a manager in words: kind, name and number of each entry, a unit with its structure."""
    with db.reader() as cursor:
        return _perimeter(cursor, account.id)


def _perimeter(cursor: Cursor, account_id: str) -> list[str]:
    words = []
    for entry in personal_data.read(cursor, "perimeter", account_id):
        name = " - ".join(part for part in (entry["name"], entry["structure"]) if part) or "absente du répertoire"
        key = entry["key"]
        words.append(name if name == default_entity_name(key) else f"{KINDS[entry['kind']]} : {name} ({key})")
    return words


def export(db: Database, account: Account | None, target_id: str, now: datetime) -> bytes:
    """Return all data stored on an account as JSON (UTF-8), except its credentials: password, secret, tokens.

    For the account itself and for administrators. Raises `Forbidden`, journalled, and `NotFound`. The export is journalled
    first and read after, in a snapshot: it has its own line of the journal, and no writer waits for it.
    """
    own = account is not None and account.id == target_id
    action = Action.ENTER if own else Action.MANAGE_ACCOUNTS
    subject = f"account:{target_id}"
    with journal.authorized_transaction(db, account, action, Act.PERSONAL_DATA, subject, now) as transaction:
        _existing(transaction.cursor, target_id)
        journal.record(transaction, Act.PERSONAL_DATA, account, subject, now, after={"action": "export"})
    with db.snapshot() as cursor:
        content = {"fait_le": now, **_all_data(cursor, _existing(cursor, target_id))}
    return json.dumps(content, ensure_ascii=False, indent=2, default=methodcaller("isoformat")).encode()


def _existing(cursor: Cursor, account_id: str) -> Account:
    account = accounts.by_id(cursor, account_id)
    if account is None or account.of_token:
        raise NotFound("Ce compte n'existe pas.")
    return account


def _account_data(cursor: Cursor, account: Account) -> dict[str, Any]:
    """Return what is stored of the account itself, under French names."""
    return {
        "numero": account.id,
        "identifiant": account.login,
        "nom": account.name,
        "courriel": account.mail,
        "connexion_unique": account.identity,
        "roles": [role.label for role in sorted(account.roles)],
        "perimetre": _perimeter(cursor, account.id),
        "ecrit_par_telephone_pour": [_EVERY if code == "*" else code for code in sorted(account.declares_for_others)],
        "desactive": account.disabled,
        "premiere_connexion": personal_data.read(cursor, "first_sign_in", account.id)[0]["first_signed_in_at"],
        "second_facteur": account.second_factor,
        "codes_de_secours_restants": second_factor.codes_left(cursor, account.id),
    }


def _all_data(cursor: Cursor, account: Account) -> dict[str, Any]:
    """Return all that is stored of a person, by subject, under French names."""
    declarations = personal_data.read(cursor, "declarations", account.id)
    return {
        "compte": _account_data(cursor, account),
        "sessions": [personal_rows.session(row) for row in personal_data.read(cursor, "sessions", account.id)],
        "liens_a_usage_unique": [{"fait_le": row["made_at"]} for row in personal_data.read(cursor, "links", account.id)],
        "invitations": [
            {"faite_le": row["made_at"], "remise": InvitationDelivery(row["delivery"]).label}
            for row in personal_data.read(cursor, "invitations", account.id)
        ],
        "adresses_reseau": [
            {"adresse": row["address"], "vue_le": row["seen_at"], "derniere_connexion": row["signed_in_at"]}
            for row in personal_data.read(cursor, "addresses", account.id)
        ],
        "journal": [personal_rows.journal_line(row) for row in personal_data.read(cursor, "journal", account.id)],
        "unites_confiees": [personal_rows.handover(row) for row in personal_data.read(cursor, "handovers", account.id)],
        "rappels": {
            "choix": [personal_rows.preference(row) for row in personal_data.read(cursor, "reminder_preference", account.id)],
            "courriels": [personal_rows.reminder(row) for row in personal_data.read(cursor, "reminders", account.id)],
            "suppleances": [personal_rows.deputyship(row) for row in personal_data.read(cursor, "deputyships", account.id)],
        },
        "appels": [personal_rows.call(row) for row in personal_data.read(cursor, "calls", account.id)],
        "nombres_corriges": [
            {"date": row["recorded_at"], "unite": row["unit"], "nombre": row["available"]}
            for row in personal_data.read(cursor, "corrections", account.id)
        ],
        "rapports": {
            "abonnement": [
                {"depuis_le": row["subscribed_at"]} for row in personal_data.read(cursor, "report_subscription", account.id)
            ],
            "courriels": [personal_rows.report_mail(row) for row in personal_data.read(cursor, "report_mails", account.id)],
        },
        "alertes": {
            "choix": personal_data.read(cursor, "alert_preference", account.id),
            "liste": [personal_rows.alert(row) for row in personal_data.read(cursor, "alerts", account.id)],
            "sonneries": [personal_rows.ringing(row) for row in personal_data.read(cursor, "alert_ringings", account.id)],
        },
        "retours": [personal_rows.report(row) for row in personal_data.read(cursor, "feedback", account.id)],
        "ecrans_muraux": [
            {"numero": row["id"], "nom": row["name"], "cree_le": row["created_at"], "expire_le": row["expires_at"]}
            for row in personal_data.read(cursor, "displays", account.id)
        ],
        "mises_a_jour": {"nombre": len(declarations), "liste": [personal_rows.declaration(row) for row in declarations]},
    }


def erase(db: Database, account: Account | None, target_id: str, now: datetime) -> None:
    """Erase the identity of a person for ever: the account keeps only its id, and nobody can sign in with it again.

    Journal and declarations keep the id, and show « Compte effacé » as their author. Comments stay, since they are about
    units; the words of its reports on the numbers of others go. For administrators. Raises `Forbidden`, journalled,
    `NotFound`, and `Refused` for an account already erased, the last administrator, or one's own account.
    """
    subject = f"account:{target_id}"
    with journal.authorized_transaction(db, account, Action.MANAGE_ACCOUNTS, Act.PERSONAL_DATA, subject, now) as transaction:
        cursor = transaction.cursor
        target = _existing(cursor, target_id)
        if target.erased:
            raise Refused("Ce compte est déjà effacé.")
        if entitled(target, Action.MANAGE_ACCOUNTS) and not accounts.enabled_administrators(cursor, target_id):
            raise Refused(
                "C'est le dernier administrateur qui peut se connecter : donnez d'abord ce rôle à un autre compte, et "
                "attendez qu'il ait choisi son mot de passe."
            )
        if account is not None and account.id == target_id:
            raise Refused("Vous ne pouvez pas effacer votre propre compte : demandez-le à un autre administrateur.")
        erase_in(transaction, account, [target], now)
    db.checkpoint()


def erase_in(transaction: Transaction, account: Account | None, targets: Sequence[Account], now: datetime) -> None:
    """Erase the identity of people in a transaction whose right was checked; checkpoint the database after it."""
    erased = [Account(one.id, ERASED + one.id, ERASED_NAME, frozenset(), disabled=True) for one in targets]
    accounts.change_all(transaction, erased)
    for one in targets:
        accounts.set_password(transaction, one.id, "")
        second_factor.remove(transaction, one.id)
        sessions.delete_links(transaction, one.id)
        invitations.delete(transaction, one.id)
        personal_data.erase_sessions(transaction, one.id)
        handovers.erase(transaction, one.id)
        reminders.erase(transaction, one.id)
        deputyships.erase(transaction, one.id)
        daily_reports.erase(transaction, one.id)
        alerts.erase(transaction, one.id)
        feedback.erase_words_of(transaction, one.id)
        displays.forget_creator(transaction, one.id)
    after = {"action": "erase"}
    entries = [journal.JournalEntry(Act.PERSONAL_DATA, f"account:{one.id}", after=after) for one in targets]
    journal.record_all(transaction, account, entries, now)
    for one in targets:
        journal_lines.forget_account(transaction, one.id)
