"""Sign in by an identity provider, to an account that an administrator created: none is created here.

The provider's claims may take rights away for the session, and never add any (`services.accounts.provided_rights`).

How strongly the person is authenticated, second factor included, is up to the provider: our second factor is not asked for.
Signing out closes our session and not that of the provider, which other services of the same desk may use.
"""

from datetime import datetime
from enum import StrEnum

from ror.errors import SignInFailed
from ror.model.journal import Act, Outcome
from ror.model.rights import Account, Narrowing, narrowed
from ror.services import journal
from ror.services.accounts import sign_in as password_sign_in
from ror.store import accounts, sessions
from ror.store.engine.database import Database


class SignOnReason(StrEnum):
    """The reason why no session was opened on the way back to the screens; its value is in the address of the sign-in form."""

    REFUSED = "refusee"
    EXPIRED = "expiree"
    UNREACHABLE = "injoignable"
    INVALID = "invalide"
    UNKNOWN = "inconnue"
    NO_ROLE = "sans-role"

    @property
    def sentence(self) -> str:
        """Return the sentence of the sign-in screen."""
        return _SENTENCES[self]


_SENTENCES = {
    SignOnReason.REFUSED: "La connexion a été refusée ou abandonnée : recommencez, ou contactez le support.",
    SignOnReason.EXPIRED: "Cette demande de connexion a expiré ou a déjà servi : recommencez.",
    SignOnReason.UNREACHABLE: (
        "Le fournisseur d'identité ne répond pas. Réessayez dans quelques minutes, ou contactez le support."
    ),
    SignOnReason.INVALID: (
        "La réponse du fournisseur d'identité n'a pas pu être vérifiée. Recommencez, ou contactez le support."
    ),
    SignOnReason.UNKNOWN: "Votre identité est reconnue, mais aucun compte actif ne lui est rattaché : demandez-le au support.",
    SignOnReason.NO_ROLE: (
        "Votre fournisseur d'identité ne vous donne ici aucun des rôles de votre compte : demandez-le au support."
    ),
}


class SignOnFailed(SignInFailed):
    """Single sign-on opened no session, for a reason that has a sentence."""

    def __init__(self, reason: SignOnReason) -> None:
        super().__init__(reason.sentence)
        self.reason = reason


def spend(db: Database, state: str, now: datetime) -> None:
    """Store that the request with this `state` was answered. Raises `SignOnFailed` when it already was."""
    with db.transaction() as transaction:
        if not sessions.use_ticket(transaction, state, now):
            raise SignOnFailed(SignOnReason.EXPIRED)


def sign_in(db: Database, identity: str, now: datetime, narrowing: Narrowing | None = None) -> str:
    """Return a ticket for `sign_in.open_session`, for the account of the provider's `identity`.

    Raises `SignOnFailed`, journalled, with the same sentence when no account has this identity, several have it, or the
    account is disabled; with another one when `narrowing` leaves it no role.
    """
    with db.reader() as cursor:
        account = accounts.by_identity(cursor, identity)
    if account is None or account.disabled:
        refuse(db, now, account)
        raise SignOnFailed(SignOnReason.UNKNOWN)
    if not narrowed(account, narrowing).roles:
        refuse(db, now, account)
        raise SignOnFailed(SignOnReason.NO_ROLE)
    return password_sign_in.ticket_for(account)


def refuse(db: Database, now: datetime, account: Account | None = None) -> None:
    """Journal an answer of the provider that opened no session; `account` is the one that it would have opened, if any."""
    with db.transaction() as transaction:
        subject = f"account:{account.id if account else ''}"
        journal.record(transaction, Act.SIGN_IN, None, subject, now, outcome=Outcome.REFUSED)
