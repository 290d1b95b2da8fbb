"""Sign in to an account of the demonstration without typing: its password is public there, and nowhere else."""

from datetime import datetime

from ror.errors import SignInFailed
from ror.services.accounts import sign_in
from ror.services.accounts.sign_in import PasswordAccepted
from ror.services.operations.demonstration import PASSWORD, SIGN_INS
from ror.settings import settings
from ror.store.engine.database import Database

_REFUSED = "Seule la démonstration ouvre un compte sans mot de passe : tapez votre identifiant et votre mot de passe."


def sign_in_as(db: Database, login: str, now: datetime, browser_mark: str = "") -> PasswordAccepted:
    """Sign in to one of the printed accounts by its password, as the form does: the same attempts, delays and journal.

    Raises `SignInFailed`, journalled, for any other login and outside of a demonstration.
    """
    if login not in SIGN_INS or not settings().demo or settings().production:
        sign_in.journal_refusal(db, None, now, delayed=False)
        raise SignInFailed(_REFUSED)
    return sign_in.sign_in(db, login, PASSWORD, now, browser_mark)
