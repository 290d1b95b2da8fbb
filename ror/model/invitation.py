"""Invitations: links by which an account that never signed in chooses its first password."""

from datetime import timedelta
from enum import StrEnum

DAYS = 7
VALIDITY = timedelta(days=DAYS)


class InvitationDelivery(StrEnum):
    """How an invitation reaches its holder."""

    SENT = "sent"
    NO_SERVER = "no_server"
    NO_MAIL = "no_mail"
    MAIL_REFUSED = "mail_refused"

    @property
    def label(self) -> str:
        """The words of the screens."""
        return {
            InvitationDelivery.SENT: "Envoyée par courriel",
            InvitationDelivery.NO_SERVER: "Lien à remettre",
            InvitationDelivery.NO_MAIL: "Sans adresse : lien à remettre",
            InvitationDelivery.MAIL_REFUSED: "Courriel refusé : lien à remettre",
        }[self]
