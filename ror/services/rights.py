"""The question that every gesture asks first."""

from ror.errors import Forbidden
from ror.model.rights import ADMINISTRATION, Account, Action, entitled
from ror.settings import settings
from ror.store import accounts
from ror.store.database import Cursor

_REFUSED = {
    Action.CONSULT: "Votre compte ne permet pas de consulter les disponibilités : adressez-vous au support.",
    Action.DECLARE: "Votre compte ne permet pas de déclarer : adressez-vous au support pour y être habilité.",
    Action.EXPORT: "Votre compte ne permet pas de télécharger les tableaux : ce droit est celui des coordonnateurs.",
}


def lacks_second_factor(account: Account, action: Action) -> bool:
    """Whether the action waits for the account's second factor, which a setting asks of administrators."""
    return action in ADMINISTRATION and settings().administrator_second_factor and not account.second_factor


def check(account: Account, action: Action) -> None:
    """Raises `Forbidden` when the account's roles do not allow the action, or not yet."""
    if not entitled(account, action):
        raise Forbidden(_REFUSED.get(action, "Seul un administrateur peut faire cela : adressez-vous au support."))
    if lacks_second_factor(account, action):
        raise Forbidden("Activez d'abord votre second facteur, dans « Mon compte » : l'administration le demande.")


def fresh(cursor: Cursor, account: Account) -> Account:
    """The account as it stands in the transaction of a gesture: its rights may have been taken away since it was read.

    Raises `Forbidden` for one that is gone or disabled.
    """
    known = accounts.by_id(cursor, account.id)
    if known is None or known.disabled:
        raise Forbidden("Votre compte n'est plus actif : adressez-vous au support.")
    return known
