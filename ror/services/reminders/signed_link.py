"""The links of a mail that act without a session: signed, bound to one mail, with a limit of wrong tries.

A token is the id of a stored mail and a signature by the secret of the server over all that the link is bound to.
"""

import base64
import hashlib
import hmac
import re
from datetime import datetime, timedelta
from enum import StrEnum

from ror.errors import NotFound
from ror.services import journal
from ror.services.accounts import attempts
from ror.settings import public_address, secret
from ror.store import reminders, sessions
from ror.store.engine.database import Cursor, Database
from ror.store.reminders import Mail

MAX_WRONG = 20
"""Wrong links pressed within the hour by one network, after which its presses wait."""

HOUR = timedelta(hours=1)

_TOKEN = re.compile(r"([\w-]{22})\.([\w-]{43})")


class LinkKind(StrEnum):
    """The kinds of links, which are the last parts of their addresses."""

    CONFIRM = "confirmer"
    STOP = "arreter"


def address(kind: LinkKind, mail: Mail) -> str:
    """Return the address of a link of a mail."""
    return public_address(f"/rappel/{kind}/{mail.id}.{_signature(kind, mail)}")


def _signature(kind: LinkKind, mail: Mail) -> str:
    """Return the signature of a link; a confirming one is bound to the units, their positions and the account's sessions."""
    bound = [str(kind), mail.id, mail.account]
    if kind is LinkKind.CONFIRM:
        bound += [str(mail.generation), *(f"{unit}\0{position}" for unit, position in sorted(mail.positions.items()))]
    digest = hmac.digest(secret().encode(), "\0".join(("reminder", *bound)).encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def find(cursor: Cursor, kind: LinkKind, token: str) -> Mail:
    """Return the mail of a token. Raises `NotFound` for a token without the right signature for its kind."""
    parsed = _TOKEN.fullmatch(token)
    mail = reminders.mail(cursor, parsed[1]) if parsed else None
    if parsed is None or mail is None or not hmac.compare_digest(_signature(kind, mail), parsed[2]):
        raise invalid_link_error()
    return mail


def invalid_link_error() -> NotFound:
    """Return the error of a link that is not valid, the same for every reason."""
    return NotFound("Ce lien n'est pas valable : ouvrez-le en entier depuis le dernier courriel reçu, ou connectez-vous.")


def check_rate(cursor: Cursor, now: datetime) -> None:
    """Raise `TooManyAttempts` when the network pressed too many wrong links within the hour."""
    count, first = sessions.count_failures(cursor, _key(), now - HOUR, now + HOUR)
    if count >= MAX_WRONG and first is not None:
        raise attempts.too_many_attempts(HOUR)


def check_press(db: Database, kind: LinkKind, token: str, now: datetime) -> None:
    """Check a press: raise `NotFound`, counted, for a wrong signature, and `TooManyAttempts` past the limit of them."""
    with db.reader() as cursor:
        check_rate(cursor, now)
        try:
            find(cursor, kind, token)
            return
        except NotFound as error:
            refusal = error
    with db.transaction() as transaction:
        sessions.add_failure(transaction, _key(), now)
    raise refusal


def _key() -> str:
    return attempts.key("reminder link", attempts.network(journal.address()))
