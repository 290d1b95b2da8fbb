"""Signed tickets: what an account got by proving who it is, spent a moment later to open its session.

A ticket carries the generation of its account, which grows each time the account's sessions are all closed: a ticket made
before a new password, a promotion or « fermer toutes les sessions » opens nothing after.
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
    """What a ticket says; `nonce` is noted when it is spent, so that it serves once."""

    account: str
    generation: int
    nonce: str

    def serves(self, account: Account | None) -> bool:
        """Whether the account, read anew, is still the one that the ticket was made for."""
        if account is None or account.of_token:
            return False
        return not account.disabled and account.generation == self.generation


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of ticket, sealed apart from the others, with its life in seconds."""

    name: str
    seconds: int

    def made_for(self, account: Account) -> str:
        """A new ticket, to go through the browser."""
        return self._seal().dumps([account.id, account.generation, secrets.token_hex(16)])

    def read(self, ticket: str) -> Ticket:
        """What a ticket says. Raises `SignInFailed` when it is forged, of another kind or too old."""
        try:
            account, generation, nonce = self._seal().loads(ticket, max_age=self.seconds)
        except (BadSignature, TypeError, ValueError) as error:
            raise SignInFailed(EXPIRED) from error
        return Ticket(str(account), int(generation), str(nonce))

    def _seal(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(secret(), salt=self.name)


SESSION = Kind("sign-in", 30)
PENDING = Kind("second-step", 300)
"""What the password alone gives to an account with a second factor."""
