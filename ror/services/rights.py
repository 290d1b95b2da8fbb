"""The question that every gesture asks first."""

from dataclasses import replace

from ror.errors import Forbidden
from ror.model.rights import ADMINISTRATION, Account, Action, Role, entitled
from ror.settings import settings
from ror.store import accounts, tokens
from ror.store.engine.database import Cursor

_REFUSED = {
    Action.CONSULT: "Votre compte ne permet pas de consulter les disponibilités : adressez-vous au support.",
    Action.DECLARE: "Votre compte ne permet pas de déclarer : adressez-vous au support pour y être habilité.",
    Action.EXPORT: "Votre compte ne permet pas de télécharger les tableaux : ce droit est celui des coordonnateurs.",
}


def lacks_second_factor(account: Account, action: Action) -> bool:
    """Whether the action waits for the account's second factor, which a setting asks of administrators.

    A token has none: that of whoever made it counts, see `of_token`.
    """
    asked = action in ADMINISTRATION and settings().administrator_second_factor
    return asked and not account.second_factor and not account.of_token


def check(account: Account, action: Action) -> None:
    """Raises `Forbidden` when the account's roles do not allow the action, or not yet."""
    if not entitled(account, action):
        raise Forbidden(_REFUSED.get(action, "Seul un administrateur peut faire cela : adressez-vous au support."))
    if lacks_second_factor(account, action):
        raise Forbidden("Activez d'abord votre second facteur, dans « Mon compte » : l'administration le demande.")


def fresh(cursor: Cursor, account: Account) -> Account:
    """The account as it stands in the transaction of a gesture: its rights may have been taken away since it was read.

    Raises `Forbidden` for one that is gone or disabled, and for that of a token that was revoked.
    """
    known = accounts.by_id(cursor, account.id)
    if known is None or known.disabled:
        raise Forbidden("Votre compte n'est plus actif : adressez-vous au support.")
    if not known.of_token:
        return known
    maker = tokens.creator(cursor, known.id)
    if maker is None:
        raise Forbidden("Ce jeton ne sert plus : demandez-en un autre à un administrateur.")
    return of_token(cursor, known, maker)


def of_token(cursor: Cursor, account: Account, maker: str) -> Account:
    """The account of a token, with what it may do now: it administers only while whoever made it may.

    Reading and declaring go on without that person: a hospital's numbers must not stop the day one leaves.
    """
    return account if may_administer(cursor, maker) else replace(account, roles=account.roles - {Role.ADMINISTRATOR})


def may_administer(cursor: Cursor, account_id: str) -> bool:
    """Whether an account may administer now; "" is the command line, which may do everything."""
    account = accounts.by_id(cursor, account_id) if account_id else None
    if account is None:
        return not account_id
    return entitled(account, Action.MANAGE_ACCOUNTS) and not lacks_second_factor(account, Action.MANAGE_ACCOUNTS)
