"""Tokens of other systems: what one may do, and how its text looks."""

import secrets
from enum import StrEnum

from ror.model.rights import Role

PREFIX = "ror_"
"""How the text of a token begins, so that a token left in a file or a log is recognised as one."""

ACCOUNT_PREFIX = "token-"
"""How the id of the account of a token begins; nothing but the words of the journal reads it."""

LONGEST_DAYS = 366


class Scope(StrEnum):
    """What a token may be made for; one may have several."""

    READ = "read"
    DECLARE = "declare"
    ADMINISTER = "administer"

    @property
    def label(self) -> str:
        """The scope as the screen names it."""
        return {
            Scope.READ: "Lire les disponibilités",
            Scope.DECLARE: "Déclarer dans un périmètre",
            Scope.ADMINISTER: "Administrer",
        }[self]

    @property
    def role(self) -> Role:
        """The role that does what the scope allows."""
        return {
            Scope.READ: Role.COORDINATOR,
            Scope.DECLARE: Role.MANAGER,
            Scope.ADMINISTER: Role.ADMINISTRATOR,
        }[self]


class TokenState(StrEnum):
    """Whether a token serves."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"

    @property
    def label(self) -> str:
        """The state as the screen names it."""
        return {TokenState.ACTIVE: "En service", TokenState.EXPIRED: "Expiré", TokenState.REVOKED: "Révoqué"}[self]


def generate_token() -> str:
    """The text of a new token: 256 bits of chance."""
    return PREFIX + secrets.token_urlsafe(32)
