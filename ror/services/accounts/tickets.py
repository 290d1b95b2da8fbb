"""Signed tickets, issued to an account that proved its identity and spent a moment later to open its session.

A ticket holds the generation of its account, which grows each time all sessions of the account are closed: a ticket issued
before a new password, a promotion or « fermer toutes les sessions » opens no session after it.
"""

import secrets
from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeTimedSerializer

from ror.errors import SignInFailed
from ror.model.rights import Account
from ror.settings import secret

EXPIRED = "Cette demande de connexion a expiré : connectez-vous de nouveau."


@dataclass(frozen=True, slots=True)
class Ticket:
    """The content of a ticket; `nonce` is stored when the ticket is spent, so that it serves once."""

    account: str
    generation: int
    nonce: str

    def is_valid_for(self, account: Account | None) -> bool:
        """Return whether the account, read again, may still use the ticket."""
        if account is None or account.of_token:
            return False
        return not account.disabled and account.generation == self.generation


@dataclass(frozen=True, slots=True)
class TicketKind:
    """A kind of ticket, signed with a salt of its own, and its lifetime in seconds."""

    name: str
    seconds: int

    def issue(self, account: Account) -> str:
        """Return a new ticket, to be sent through the browser."""
        return self._serializer().dumps([account.id, account.generation, secrets.token_hex(16)])

    def read(self, ticket: str) -> Ticket:
        """Return the content of a ticket. Raises `SignInFailed` when it is forged, of another kind or too old."""
        try:
            account, generation, nonce = self._serializer().loads(ticket, max_age=self.seconds)
        except (BadSignature, TypeError, ValueError) as error:
            raise SignInFailed(EXPIRED) from error
        return Ticket(str(account), int(generation), str(nonce))

    def _serializer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(secret(), salt=self.name)


SESSION = TicketKind("sign-in", 30)
PENDING = TicketKind("second-step", 300)
"""Issued after the password to an account with a second factor; opens no session by itself."""
