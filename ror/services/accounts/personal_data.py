"""Export or erase the data stored on a person."""

import json
from datetime import datetime
from typing import Any

from ror.errors import NotFound, Refused
from ror.model.count_parts import part_object, parts_from_json
from ror.model.journal import Act, Outcome
from ror.model.registry import default_entity_name
from ror.model.rights import ERASED, Account, Action, entitled
from ror.services import journal
from ror.store import accounts, personal_data, second_factor, sessions
from ror.store import journal as journal_lines
from ror.store.engine.database import Cursor, Database

ERASED_NAME = "Compte effacé"
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
        journal.record(transaction, Act.PERSONAL_DATA, account, subject, now, after={"gesture": "export"})
    with db.snapshot() as cursor:
        content = {"fait_le": now, **_all_data(cursor, _existing(cursor, target_id))}
    return json.dumps(content, ensure_ascii=False, indent=2, default=datetime.isoformat).encode()


def _existing(cursor: Cursor, account_id: str) -> Account:
    account = accounts.by_id(cursor, account_id)
    if account is None or account.of_token:
        raise NotFound("Ce compte n'existe pas.")
    return account


def _all_data(cursor: Cursor, account: Account) -> dict[str, Any]:
    declarations = personal_data.read(cursor, "declarations", account.id)
    return {
        "compte": {
            "numero": account.id,
            "identifiant": account.login,
            "nom": account.name,
            "courriel": account.mail,
            "connexion_unique": account.identity,
            "roles": [role.label for role in sorted(account.roles)],
            "perimetre": _perimeter(cursor, account.id),
            "desactive": account.disabled,
            "second_facteur": account.second_factor,
            "codes_de_secours_restants": second_factor.codes_left(cursor, account.id),
        },
        "sessions": [
            {"ouverte_le": row["opened_at"], "dernier_geste": row["seen_at"], "fermee_le": row["closed_at"]}
            for row in personal_data.read(cursor, "sessions", account.id)
        ],
        "liens_a_usage_unique": [{"fait_le": row["made_at"]} for row in personal_data.read(cursor, "links", account.id)],
        "adresses_reseau": [
            {"adresse": row["address"], "vue_le": row["seen_at"], "derniere_connexion": row["signed_in_at"]}
            for row in personal_data.read(cursor, "addresses", account.id)
        ],
        "journal": [_journal_line(row) for row in personal_data.read(cursor, "journal", account.id)],
        "mises_a_jour": {"nombre": len(declarations), "liste": [_declaration(row) for row in declarations]},
    }


def _journal_line(row: dict[str, Any]) -> dict[str, Any]:
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


def _declaration(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "date": row["recorded_at"],
        "geste": row["kind"],
        "unite": row["unit"],
        "nom": row["name"],
        "disponibles": row["available"],
        "dont": [part_object(part) for part in parts_from_json(row["parts"])],
        "commentaire": row["comment"],
        "commentaire_masque": row["masked"],
    }


def erase(db: Database, account: Account | None, target_id: str, now: datetime) -> None:
    """Erase the identity of a person for ever: the account keeps only its id, and nobody can sign in with it again.

    Journal and declarations keep the id, and show « Compte effacé » as their author. Comments stay, since they are about
    units. For administrators. Raises `Forbidden`, journalled, `NotFound`, and `Refused` for an account already erased, the
    last administrator, or one's own account.
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
        accounts.change(transaction, Account(target_id, ERASED + target_id, ERASED_NAME, frozenset(), disabled=True))
        accounts.set_password(transaction, target_id, "")
        second_factor.remove(transaction, target_id)
        sessions.delete_links(transaction, target_id)
        personal_data.erase_sessions(transaction, target_id)
        journal.record(transaction, Act.PERSONAL_DATA, account, subject, now, after={"gesture": "erase"})
        journal_lines.forget_account(transaction, target_id)
    db.checkpoint()
