"""Create, open, renew, revoke and list displays: the wall screens of crisis rooms, which have no account.

A link opens its display once and becomes a session, which reads the content of the wall (`wall`) and nothing else.
"""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from ror.errors import NotFound, Refused, Unavailable
from ror.model.display import MAX_DAYS, Display, Theme, generate_id, generate_secret
from ror.model.journal import Act
from ror.model.rights import Account, Action
from ror.model.text import plain
from ror.model.tokens import TokenState
from ror.services import journal
from ror.settings import public_address
from ror.store import displays
from ror.store.engine.database import Cursor, Database

ADDRESS = "/mur"
MAX_NAME_LENGTH = 60
MAX_DISPLAYS = 100
"""The most displays in use at a time: each reads the board all day."""

_TOUCH = timedelta(minutes=5)
"""The last use of a display is stored at most this often: a read must not write each time."""

_UNKNOWN_LINK = (
    "Ce lien n'ouvre plus d'écran : il ne sert qu'une fois, et peut avoir expiré ou été révoqué. Demandez un nouveau lien au "
    "coordonnateur, dans « Coordination », volet « Écrans »."
)
_NOT_IN_USE = "Cet écran n'existe plus, ou n'est plus en service : créez-en un autre."


@dataclass(frozen=True, slots=True)
class ListedDisplay:
    """A display, the name of its creator ("" for an unknown one) and its state."""

    display: Display
    creator: str
    state: TokenState


def create(db: Database, account: Account, name: str, theme: Theme, days: int, now: datetime) -> tuple[Display, str]:
    """Create a display; return it and its link, which is shown once and never stored.

    Raises `Forbidden`, and `Refused` for a missing name, a lifetime not from 1 day to `MAX_DAYS`, or one display too many.
    """
    name = plain(name)
    if not 0 < len(name) <= MAX_NAME_LENGTH:
        raise Refused(f"Nommez la salle où est l'écran, en {MAX_NAME_LENGTH} caractères au plus.")
    if not 1 <= days <= MAX_DAYS:
        raise Refused(f"Choisissez une durée de 1 à {MAX_DAYS} jours.")
    display = Display(generate_id(), name, theme, account.id, now, now + timedelta(days=days), link_created_at=now)
    secret, subject = generate_secret(), f"display:{display.id}"
    with journal.authorized_transaction(db, account, Action.MANAGE_DISPLAYS, Act.DISPLAY, subject, now) as transaction:
        stored = displays.newest(transaction.cursor)
        if sum(one.state(now) is TokenState.ACTIVE for one, _ in stored) >= MAX_DISPLAYS:
            raise Refused(f"{MAX_DISPLAYS} écrans sont déjà en service : révoquez ceux qui ne servent plus.")
        displays.add(transaction, display, _hash(secret))
        after = {"action": "make", "theme": str(theme), "expires_at": display.expires_at.isoformat()}
        journal.record(transaction, Act.DISPLAY, account, subject, now, after=after)
    return display, _link(secret)


def renew_link(db: Database, account: Account, display_id: str, now: datetime) -> str:
    """Return a new link for a display in use; its earlier link is void, and its open screen closes within a minute.

    Raises `Forbidden`, `NotFound`.
    """
    secret, subject = generate_secret(), f"display:{display_id}"
    with journal.authorized_transaction(db, account, Action.MANAGE_DISPLAYS, Act.DISPLAY, subject, now) as transaction:
        _in_use(transaction.cursor, display_id, now)
        displays.renew_link(transaction, display_id, _hash(secret), now)
        journal.record(transaction, Act.DISPLAY, account, subject, now, after={"action": "renew_link"})
    return _link(secret)


def revoke(db: Database, account: Account, display_id: str, now: datetime) -> None:
    """Revoke a display, for good: its open screen closes within a minute. Raises `Forbidden`, `NotFound`."""
    subject = f"display:{display_id}"
    with journal.authorized_transaction(db, account, Action.MANAGE_DISPLAYS, Act.DISPLAY, subject, now) as transaction:
        _in_use(transaction.cursor, display_id, now)
        displays.revoke(transaction, display_id, now)
        journal.record(transaction, Act.DISPLAY, account, subject, now, after={"action": "revoke"})


def list_displays(db: Database, account: Account, now: datetime) -> list[ListedDisplay]:
    """Return every display that is stored, the newest first. Raises `Forbidden`."""
    journal.require(db, account, Action.MANAGE_DISPLAYS, Act.DISPLAY, "displays", now)
    with db.reader() as cursor:
        return [ListedDisplay(display, creator, display.state(now)) for display, creator in displays.newest(cursor)]


def open_session(db: Database, secret: str, now: datetime) -> tuple[Display, str]:
    """Exchange the text of a link for a session; return its display and the text of the session, which is not stored.

    The link is spent by the first use of the session, not by the exchange, whose answer may be lost on its way: a second
    exchange before that use opens another session in place of the first. Raises `NotFound`, in the same words, for a link that
    is unknown, spent, too old, or whose display is revoked or expired.
    """
    text = generate_secret()
    if not _may_open(db, secret, now):
        raise NotFound(_UNKNOWN_LINK)
    with db.transaction() as transaction:
        display = displays.by_link(transaction.cursor, _hash(secret))
        if display is None or not display.link_lives(now):
            raise NotFound(_UNKNOWN_LINK)
        displays.open_session(transaction, display.id, _hash(text))
        journal.record(transaction, Act.DISPLAY, None, f"display:{display.id}", now, after={"action": "open_by_link"})
    return display, text


def _may_open(db: Database, secret: str, now: datetime) -> bool:
    """Return whether a link opens a display now. Only reads, so that unknown links do not wait for the turn to write."""
    with db.reader() as cursor:
        display = displays.by_link(cursor, _hash(secret))
    return display is not None and display.link_lives(now)


def of_session(db: Database, text: str, now: datetime) -> Display | None:
    """Return the display of a session; None when it is unknown, revoked, expired or replaced by a new link.

    A display created after `now` is not valid either: it was created while the clock was wrong.
    """
    if not text:
        return None
    with db.reader() as cursor:
        display = displays.by_session(cursor, _hash(text))
    if display is None or display.state(now) is not TokenState.ACTIVE or display.created_at > now:
        return None
    if display.opened_at is None or display.used_at is None or abs(now - display.used_at) > _TOUCH:
        # When the store accepts no more writes, reading goes on.
        with suppress(Unavailable), db.transaction() as transaction:
            displays.touch(transaction, _hash(text), now)
    return display


def _in_use(cursor: Cursor, display_id: str, now: datetime) -> Display:
    display = displays.by_id(cursor, display_id)
    if display is None or display.state(now) is not TokenState.ACTIVE:
        raise NotFound(_NOT_IN_USE)
    return display


def _link(secret: str) -> str:
    """Return the address that opens a display; browsers do not send what follows « # », so no log contains the secret."""
    return f"{public_address(ADDRESS)}#{secret}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
