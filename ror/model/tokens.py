"""Tokens of other systems: their scopes, states and texts."""

import secrets
from enum import StrEnum

from ror.model.rights import Role

PREFIX = "ror_"
"""The prefix of the text of a token, by which one left in a file or a log is recognised."""

ACCOUNT_PREFIX = "token-"
"""The prefix of the id of the account of a token; only the journal in words reads it."""

MAX_DAYS = 366


class TokenScope(StrEnum):
    """The rights of a token; it may have several."""

    READ = "read"
    DECLARE = "declare"
    REPORT = "report"
    ADMINISTER = "administer"

    @property
    def label(self) -> str:
        """The name of the scope on the screens."""
        return {
            TokenScope.READ: "Lire les disponibilités",
            TokenScope.DECLARE: "Déclarer dans un périmètre",
            TokenScope.REPORT: "Signaler un nombre inexact",
            TokenScope.ADMINISTER: "Administrer",
        }[self]

    @property
    def role(self) -> Role:
        """The role that the scope stands for."""
        return {
            TokenScope.READ: Role.COORDINATOR,
            TokenScope.DECLARE: Role.MANAGER,
            TokenScope.REPORT: Role.PROFESSIONAL,
            TokenScope.ADMINISTER: Role.ADMINISTRATOR,
        }[self]


class TokenState(StrEnum):
    """The state of a token."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"

    @property
    def label(self) -> str:
        """The name of the state on the screens."""
        return {TokenState.ACTIVE: "En service", TokenState.EXPIRED: "Expiré", TokenState.REVOKED: "Révoqué"}[self]


def generate_token() -> str:
    """Generate the text of a token: 256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)
