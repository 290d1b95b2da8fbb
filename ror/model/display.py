"""Displays: the wall screens of crisis rooms, each opened by a link of its own, without an account."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ror.model.tokens import TokenState

MAX_DAYS = 90
"""The days after which a display ends at the latest."""

LINK_VALIDITY = timedelta(days=7)
"""A link opens its display once, within this time."""

RETENTION = timedelta(days=30)
"""Displays are deleted this long after their end: the journal records them."""


class Theme(StrEnum):
    """The colours of a wall screen: light on dark for a dim room, dark on light for a bright one."""

    DARK = "dark"
    LIGHT = "light"

    @property
    def label(self) -> str:
        """The name of the theme on the screens."""
        return {Theme.DARK: "Sombre", Theme.LIGHT: "Clair"}[self]


@dataclass(frozen=True, slots=True)
class Display:
    """A wall screen. `name` is that of its room.

    `link_created_at` is when its last link was created, `opened_at` when the session that this link opened was first used, None
    before that.
    """

    id: str
    name: str
    theme: Theme
    created_by: str
    created_at: datetime
    expires_at: datetime
    link_created_at: datetime
    opened_at: datetime | None = None
    used_at: datetime | None = None
    revoked_at: datetime | None = None

    def state(self, now: datetime) -> TokenState:
        """Return the state of the display at an instant: in use, expired or revoked."""
        if self.revoked_at is not None:
            return TokenState.REVOKED
        return TokenState.ACTIVE if now < self.expires_at else TokenState.EXPIRED

    def link_lives(self, now: datetime) -> bool:
        """Return whether its link can still be opened: not used, not expired, and the display active."""
        return self.opened_at is None and self.state(now) is TokenState.ACTIVE and now < self.link_ends_at

    @property
    def link_ends_at(self) -> datetime:
        """The instant from which its link opens nothing."""
        return min(self.link_created_at + LINK_VALIDITY, self.expires_at)

    @property
    def ended_at(self) -> datetime:
        """The instant of its end: its revocation, or its expiry."""
        return min(self.revoked_at or self.expires_at, self.expires_at)


def generate_id() -> str:
    """Generate the id of a display, by which the journal names it."""
    return f"mur-{secrets.token_hex(4)}"


def generate_secret() -> str:
    """Generate the text of a link or of a session: 256 random bits."""
    return secrets.token_urlsafe(32)
