"""What the service holds on a person: handed over, or erased."""

import json
from datetime import datetime
from typing import Any

from ror.errors import NotFound, Refused
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
    """What a manager answers for, in words: kind, name and number of each entry, unit with its structure."""
    with db.reader() as cursor:
        return _perimeter(cursor, account.id)


def _perimeter(cursor: Cursor, account_id: str) -> list[str]:
    words = []
    for entry in personal_data.held(cursor, "perimeter", account_id):
        name = " - ".join(part for part in (entry["name"], entry["structure"]) if part) or "absente du répertoire"
        key = entry["key"]
        words.append(name if name == default_entity_name(key) else f"{KINDS[entry['kind']]} : {name} ({key})")
    return words


def export(db: Database, actor: Account | None, account_id: str, now: datetime) -> bytes:
    """All that is held on an account as JSON (UTF-8), but for what opens it: password, secret, tokens.

    For the account itself and for administrators. Raises `Forbidden`, journalled, and `NotFound`. It is read, that line of
    the journal with it, once the line is written: nobody waits meanwhile.
    """
    own = actor is not None and actor.id == account_id
    action = Action.ENTER if own else Action.MANAGE_ACCOUNTS
    with journal.authorized_transaction(db, actor, action, Act.PERSONAL_DATA, f"account:{account_id}", now) as transaction:
        _found(transaction.cursor, account_id)
        journal.record(transaction, Act.PERSONAL_DATA, actor, f"account:{account_id}", now, after={"gesture": "export"})
    with db.snapshot() as cursor:
        held = {"fait_le": now, **_everything(cursor, _found(cursor, account_id))}
    return json.dumps(held, ensure_ascii=False, indent=2, default=datetime.isoformat).encode()


def _found(cursor: Cursor, account_id: str) -> Account:
    account = accounts.by_id(cursor, account_id)
    if account is None or account.of_token:
        raise NotFound("Ce compte n'existe pas.")
    return account


def _everything(cursor: Cursor, account: Account) -> dict[str, Any]:
    declarations = personal_data.held(cursor, "declarations", account.id)
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
            for row in personal_data.held(cursor, "sessions", account.id)
        ],
        "liens_a_usage_unique": [{"fait_le": row["made_at"]} for row in personal_data.held(cursor, "links", account.id)],
        "adresses_reseau": [
            {"adresse": row["address"], "vue_le": row["seen_at"], "derniere_connexion": row["signed_in_at"]}
            for row in personal_data.held(cursor, "addresses", account.id)
        ],
        "journal": [_line(row) for row in personal_data.held(cursor, "journal", account.id)],
        "mises_a_jour": {"nombre": len(declarations), "liste": [_declaration(row) for row in declarations]},
    }


def _line(row: dict[str, Any]) -> dict[str, Any]:
    who = "ce compte" if row["own"] else "personne de connecté" if row["nobody"] else "un autre compte"
    return {
        "numero": row["number"],
        "date": row["happened_at"],
        "acte": Act(row["act"]).label,
        "issue": Outcome(row["outcome"]).label,
        "par": who,
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
        "commentaire": row["comment"],
        "commentaire_masque": row["masked"],
    }


def erase(db: Database, actor: Account | None, account_id: str, now: datetime) -> None:
    """Erase who a person is, for ever: the account keeps its id alone, and nobody signs in with it again.

    The journal and the declarations stay, by that id: their author reads « Compte effacé ». Comments stay too: they are
    about a unit. For administrators; raises `Forbidden`, journalled, `NotFound`, and `Refused` for an account already
    erased, the last administrator, or one's own.
    """
    with journal.authorized_transaction(
        db, actor, Action.MANAGE_ACCOUNTS, Act.PERSONAL_DATA, f"account:{account_id}", now
    ) as transaction:
        cursor = transaction.cursor
        account = _found(cursor, account_id)
        if account.erased:
            raise Refused("Ce compte est déjà effacé.")
        if entitled(account, Action.MANAGE_ACCOUNTS) and not accounts.enabled_administrators(cursor, account_id):
            raise Refused(
                "C'est le dernier administrateur qui peut se connecter : donnez d'abord ce rôle à un autre compte, et "
                "attendez qu'il ait choisi son mot de passe."
            )
        if actor is not None and actor.id == account_id:
            raise Refused("Vous ne pouvez pas effacer votre propre compte : demandez-le à un autre administrateur.")
        accounts.change(transaction, Account(account_id, ERASED + account_id, ERASED_NAME, frozenset(), disabled=True))
        accounts.set_password(transaction, account_id, "")
        second_factor.remove(transaction, account_id)
        sessions.drop_links(transaction, account_id)
        personal_data.erase_sessions(transaction, account_id)
        journal.record(transaction, Act.PERSONAL_DATA, actor, f"account:{account_id}", now, after={"gesture": "erase"})
        journal_lines.forget_account(transaction, account_id)
    db.checkpoint()
