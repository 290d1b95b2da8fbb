"""The rules that every account follows, from the form, the command line or a file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ror.errors import NotFound, Refused
from ror.model.rights import ERASED, EVERYWHERE, Account, Perimeter, Role
from ror.model.territory import territories
from ror.model.text import plain
from ror.store import accounts, perimeter
from ror.store.engine.database import Cursor

MAX_NAME_LENGTH = 100
MAX_MAIL_LENGTH = 254
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")
_TAKEN = {
    "login": "L'identifiant {0.login} est déjà pris : choisissez-en un autre.",
    "mail": "L'adresse {0.mail} est déjà celle d'un autre compte : chaque compte a la sienne.",
    "identity": "L'identité {0.identity} est déjà celle d'un autre compte : chaque compte a la sienne.",
}


@dataclass(frozen=True, slots=True)
class AccountDraft:
    """An account as it was typed; checked when it is written. `identity` is its identifier in single sign-on.

    `declares_for_others` as in `Account`; None leaves it as it is.
    """

    login: str
    name: str
    roles: frozenset[Role]
    perimeter: Perimeter = field(default_factory=Perimeter)
    mail: str = ""
    identity: str = ""
    declares_for_others: frozenset[str] | None = None


def require_existing(account: Account | None) -> Account:
    """Return a looked-up account if it is that of a person. Raises `NotFound` for None and for the account of a token."""
    if account is None or account.of_token:
        raise NotFound("Ce compte n'existe pas : cherchez-le dans la liste.")
    return account


def changeable(account: Account | None) -> Account:
    """Return a looked-up account if it may be changed. Raises `NotFound`, and `Refused` for an erased account."""
    target = require_existing(account)
    if target.erased:
        raise Refused("Ce compte a été effacé : il ne peut plus être modifié.")
    return target


def account_from_draft(draft: AccountDraft, account: Account) -> Account:
    """Return the account with the values of the draft. Raises `Refused` when one of them is not valid."""
    login, name, mail, identity = (plain(text) for text in (draft.login, draft.name, draft.mail, draft.identity))
    if not login or not name:
        raise Refused("Indiquez un identifiant et un nom.")
    if " " in login or len(login) > MAX_NAME_LENGTH:
        raise Refused(f"Un identifiant n'a pas d'espace et compte {MAX_NAME_LENGTH} caractères au plus.")
    if login.lower().startswith(ERASED):
        raise Refused(f"« {ERASED} » commence les identifiants des comptes effacés : choisissez-en un autre.")
    if len(name) > MAX_NAME_LENGTH:
        raise Refused(f"Un nom compte {MAX_NAME_LENGTH} caractères au plus : abrégez-le.")
    if mail and (len(mail) > MAX_MAIL_LENGTH or not _MAIL.fullmatch(mail)):
        raise Refused("Cette adresse de courriel n'en est pas une : elle s'écrit comme prenom.nom@exemple.fr.")
    if len(identity) > MAX_MAIL_LENGTH:
        raise Refused(f"Une identité de connexion unique compte {MAX_MAIL_LENGTH} caractères au plus.")
    if not draft.roles:
        raise Refused("Choisissez au moins un rôle.")
    if Role.MANAGER in draft.roles and not draft.perimeter:
        raise Refused(
            "Un responsable de disponibilités répond d'au moins une structure, une entité juridique ou une unité : "
            "complétez son périmètre."
        )
    # Without the role the perimeter is dropped, and the grant: neither must come back unnoticed with the role.
    keys = draft.perimeter if Role.MANAGER in draft.roles else Perimeter()
    grant = _checked_grant(draft, account) if Role.COORDINATOR in draft.roles else frozenset()
    changed = replace(account, login=login, name=name, roles=draft.roles, perimeter=keys, mail=mail, identity=identity)
    return replace(changed, declares_for_others=grant)


def _checked_grant(draft: AccountDraft, account: Account) -> frozenset[str]:
    """Return the départements for which a coordinator may declare. Raises `Refused` for one that does not exist."""
    grant = account.declares_for_others if draft.declares_for_others is None else draft.declares_for_others
    if unknown := sorted(grant - territories().keys() - EVERYWHERE):
        raise Refused(f"Départements inconnus : {', '.join(unknown)}. Choisissez-les dans la liste.")
    return EVERYWHERE if grant & EVERYWHERE else grant


def check_against_store(cursor: Cursor, account: Account) -> None:
    """Raise `Refused` when another account has the login, mail or identity, or when the perimeter does not exist."""
    for name in accounts.taken_fields(cursor, account):
        raise Refused(_TAKEN[name].format(account))
    check_perimeter(cursor, account.perimeter)


def check_perimeter(cursor: Cursor, keys: Perimeter) -> None:
    """Raise `Refused` when the registry lacks an entry of the perimeter."""
    if unknown := perimeter.unknown_keys(cursor, keys):
        raise Refused(
            f"Entités, structures ou unités inconnues : {', '.join(unknown)}. Corrigez le périmètre, ou importez-les d'abord."
        )


def check_administrator_remains(cursor: Cursor, account: Account | None, target: Account, action: str) -> None:
    """Raise `Refused` when the target is the account itself, or the last administrator who can sign in.

    `action` is in French, for the message of the first case.
    """
    if account is not None and account.id == target.id:
        raise Refused(f"Vous ne pouvez pas {action} : demandez-le à un autre administrateur.")
    if administers(target) and not target.disabled and not accounts.enabled_administrators(cursor, besides=target.id):
        raise Refused(
            "C'est le dernier administrateur qui peut se connecter : nommez-en d'abord un autre, et attendez qu'il ait choisi "
            "son mot de passe."
        )


def administers(account: Account) -> bool:
    """Return whether an account has the role of administrator."""
    return Role.ADMINISTRATOR in account.roles


def rights_values(account: Account) -> Mapping[str, Any]:
    """Return the roles, the perimeter and the grants of an account as the journal stores them: codes and keys."""
    grant = {"declares_for_others": sorted(account.declares_for_others)} if account.declares_for_others else {}
    return {"roles": sorted(map(str, account.roles)), **perimeter_keys(account.perimeter), **grant}


def perimeter_keys(keys: Perimeter) -> Mapping[str, list[str]]:
    """Return the keys of a perimeter as the journal stores them."""
    by_kind = {"legal_entities": keys.legal_entities, "structures": keys.structures, "units": keys.units}
    return {kind: sorted(values) for kind, values in by_kind.items() if values}
