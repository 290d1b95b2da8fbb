"""Check that an account may do what it is about to do."""

from dataclasses import replace

from ror.errors import Forbidden
from ror.model.rights import ADMINISTRATION, Account, Action, Role, entitled, narrowed
from ror.settings import settings
from ror.store import accounts, tokens
from ror.store.engine.database import Cursor

_REFUSED = {
    Action.CONSULT: "Votre compte ne permet pas de consulter les disponibilités : adressez-vous au support.",
    Action.DECLARE: "Votre compte ne permet pas de déclarer : adressez-vous au support pour y être habilité.",
    Action.HAND_OVER: "Votre compte ne permet pas de confier une unité : ce droit est celui des responsables.",
    Action.READ_AUTHORS: "Seuls les responsables d'une unité et les administrateurs voient qui a changé son nombre.",
    Action.READ_RELIABILITY: "Votre compte ne permet pas de voir combien d'appels ont confirmé les nombres d'une unité.",
    Action.COORDINATE: "Votre compte ne permet pas de coordonner : ce droit est celui des coordonnateurs.",
    Action.DECLARE_FOR_OTHERS: "Votre compte n'écrit pas de nombre pour une unité : un administrateur peut l'y habiliter.",
    Action.GIVE_FEEDBACK: "Votre compte ou votre jeton ne permet pas de signaler un nombre : demandez-le à un administrateur.",
    Action.MANAGE_DISPLAYS: "Votre compte ne permet pas de gérer les écrans muraux : adressez-vous à un coordonnateur.",
    Action.EXPORT: "Votre compte ne permet pas de télécharger les tableaux : ce droit est celui des coordonnateurs.",
}


def lacks_second_factor(account: Account, action: Action) -> bool:
    """Return whether the action needs a second factor, required of administrators by a setting, that the account lacks.

    A token has none: that of its creator counts, see `restrict_token`. Managing displays needs it unless the account is a
    coordinator too.
    """
    administers = action in ADMINISTRATION
    administers |= action is Action.MANAGE_DISPLAYS and Role.COORDINATOR not in account.roles
    required = administers and settings().administrator_second_factor
    return required and not account.second_factor and not account.of_token


def check(account: Account, action: Action) -> None:
    """Raise `Forbidden` when the account's roles do not allow the action, or when it lacks its second factor."""
    if not entitled(account, action):
        raise Forbidden(_REFUSED.get(action, "Seul un administrateur peut faire cela : adressez-vous au support."))
    if lacks_second_factor(account, action):
        raise Forbidden("Activez d'abord votre second facteur, dans « Mon compte » : l'administration le demande.")


def current_account(cursor: Cursor, account: Account) -> Account:
    """Return the account as it is stored now: its rights may have been withdrawn since it was read.

    The narrowing of its rights by single sign-on in this session still applies. Raises `Forbidden` when the account is erased
    or disabled, or is that of a revoked token.
    """
    stored = accounts.by_id(cursor, account.id)
    if stored is None or stored.disabled:
        raise Forbidden("Votre compte n'est plus actif : adressez-vous au support.")
    if not stored.of_token:
        return narrowed(stored, account.narrowing)
    creator = tokens.creator(cursor, stored.id)
    if creator is None:
        raise Forbidden("Ce jeton ne sert plus : demandez-en un autre à un administrateur.")
    return restrict_token(cursor, stored, creator)


def restrict_token(cursor: Cursor, account: Account, creator: str) -> Account:
    """Return the account of a token with its present rights: it administers only while its creator may.

    Reading and declaring do not depend on the creator: a hospital's numbers must not stop the day a person leaves.
    """
    return account if may_administer(cursor, creator) else replace(account, roles=account.roles - {Role.ADMINISTRATOR})


def may_administer(cursor: Cursor, account_id: str) -> bool:
    """Return whether an account may administer now; "" is the command line, which may do everything."""
    account = accounts.by_id(cursor, account_id) if account_id else None
    if account is None:
        return not account_id
    return entitled(account, Action.MANAGE_ACCOUNTS) and not lacks_second_factor(account, Action.MANAGE_ACCOUNTS)
