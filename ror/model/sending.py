"""What becomes of a message that is sent, by mail or to another system, and when it is tried again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

MAX_TRIES = 3
"""Attempts to send one mail, the first one included."""

RETRY_AFTER = timedelta(minutes=30)


class MailState(StrEnum):
    """The state of a mail. A `CLAIMED` mail that nothing is sending belonged to a process that ended: it is not sent again."""

    CLAIMED = "claimed"
    SENT = "sent"
    WAITING = "waiting"
    REFUSED = "refused"
    DOUBTFUL = "doubtful"

    @property
    def label(self) -> str:
        """The state on the screens."""
        return {
            MailState.CLAIMED: "envoi en cours ou interrompu",
            MailState.SENT: "envoyé",
            MailState.WAITING: "refusé par le serveur, nouvel essai prévu",
            MailState.REFUSED: "refusé par le serveur",
            MailState.DOUBTFUL: "connexion coupée pendant l'envoi : peut-être reçu",
        }[self]


def state_after_failure(tries: int, *, temporary: bool, doubtful: bool) -> MailState:
    """Return the state after a failed attempt, the `tries`-th: retried only when the server cannot have accepted the mail."""
    if doubtful:
        return MailState.DOUBTFUL
    return MailState.WAITING if temporary and tries < MAX_TRIES else MailState.REFUSED


def may_be_retried(state: MailState, tried_at: datetime, now: datetime) -> bool:
    """Return whether the next attempt to send a mail is due."""
    return state is MailState.WAITING and now - tried_at >= RETRY_AFTER


@dataclass(frozen=True, slots=True)
class SendingAttempt:
    """The attempts to send one message: `at` is the first of the `tries`, `tried_at` the last one."""

    id: str
    at: datetime
    state: MailState
    tries: int
    tried_at: datetime

    def may_be_retried(self, now: datetime) -> bool:
        """Return whether the next attempt is due."""
        return may_be_retried(self.state, self.tried_at, now)
