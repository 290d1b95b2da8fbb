"""Signing in by the word of an identity provider: the account is one that an administrator made, never made here.

How strongly the person was recognised, second factor included, is the provider's business: ours is not asked again.
Signing out ends our session and leaves the provider's own alone: it may serve other services on the same desk.
"""

from datetime import datetime
from enum import StrEnum

from ror.errors import SignInFailed
from ror.model.journal import Act, Outcome
from ror.model.rights import Account
from ror.services import journal
from ror.services.accounts import sign_in as password_sign_in
from ror.store import accounts, sessions
from ror.store.engine.database import Database


class Reason(StrEnum):
    """Why single sign-on did not open a session; the value stands in the address of the sign-in screen."""

    REFUSED = "refusee"
    EXPIRED = "expiree"
    SILENT = "injoignable"
    INVALID = "invalide"
    UNKNOWN = "inconnue"

    @property
    def sentence(self) -> str:
        """What the sign-in screen says."""
        return _SENTENCES[self]


_SENTENCES = {
    Reason.REFUSED: "La connexion a été refusée ou abandonnée : recommencez, ou contactez le support.",
    Reason.EXPIRED: "Cette demande de connexion a expiré ou a déjà servi : recommencez.",
    Reason.SILENT: "Le fournisseur d'identité ne répond pas. Réessayez dans quelques minutes, ou contactez le support.",
    Reason.INVALID: "La réponse du fournisseur d'identité n'a pas pu être vérifiée. Recommencez, ou contactez le support.",
    Reason.UNKNOWN: "Votre identité est reconnue, mais aucun compte actif ne lui est rattaché : demandez-le au support.",
}


class SignOnFailed(SignInFailed):
    """Single sign-on did not open a session, for a reason that has a sentence."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.sentence)
        self.reason = reason


def spend(db: Database, state: str, now: datetime) -> None:
    """Note that the answer to a request came. Raises `SignOnFailed` when it already had: an answer serves once."""
    with db.transaction() as transaction:
        if not sessions.use_ticket(transaction, state, now):
            raise SignOnFailed(Reason.EXPIRED)


def sign_in(db: Database, identity: str, now: datetime) -> str:
    """The ticket that `sign_in.open_session` takes, for the account that the provider's `identity` names.

    Raises `SignOnFailed`, journalled, in the same words when no account has this identity, several have, or the one
    that has is disabled.
    """
    with db.reader() as cursor:
        account = accounts.by_identity(cursor, identity)
    if account is None or account.disabled:
        refuse(db, now, account)
        raise SignOnFailed(Reason.UNKNOWN)
    return password_sign_in.ticket_for(account)


def refuse(db: Database, now: datetime, account: Account | None = None) -> None:
    """Journal an answer of the provider that opened nothing: the account that it would have opened, never the identity."""
    with db.transaction() as transaction:
        subject = f"account:{account.id if account else ''}"
        journal.record(transaction, Act.SIGN_IN, None, subject, now, outcome=Outcome.REFUSED)
