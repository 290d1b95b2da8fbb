"""Signing in and out: a password opens a ticket, the ticket opens a session, the session's token says who asks.

The token is 256 random bits; only its SHA-256 is stored. The ticket is signed, lives 30 s and serves once, so that the
cookie is set by an HTTP answer of the server (HttpOnly), never by a script.
"""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from functools import cache

import bcrypt
from itsdangerous import BadSignature, URLSafeTimedSerializer

from ror.errors import SignInFailed
from ror.model.rights import Account
from ror.settings import secret, settings
from ror.store import accounts
from ror.store.database import Database

TICKET_SECONDS = 30
PASSWORD_BYTES = 72
"""bcrypt reads no further: a longer password would be cut in silence, so it is refused in words."""

_TOUCH = timedelta(seconds=60)
"""A gesture is noted at most once a minute: one write for many clicks."""


def hashed(password: str) -> str:
    """The bcrypt hash of a password."""
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt()).decode()


@cache
def _nobody() -> str:
    """A hash that no password opens: an unknown account costs the same verification as a known one."""
    return hashed(secrets.token_urlsafe(32))


def sign_in(db: Database, login: str, password: str) -> str:
    """Check a password and give the ticket that `open_session` takes. Raises `SignInFailed`."""
    if len(password.encode()) > PASSWORD_BYTES:
        raise SignInFailed(f"Le mot de passe dépasse {PASSWORD_BYTES} octets : vérifiez ce que vous avez collé.")
    with db.reader() as cursor:
        found = accounts.by_login(cursor, login.strip())
    account, password_hash = found if found else (None, "")
    right = bcrypt.checkpw(password.encode(), (password_hash or _nobody()).encode())
    if account is None or not password_hash or account.disabled or not right:
        raise SignInFailed("Identifiant ou mot de passe incorrect. Vérifiez votre saisie ou contactez le support.")
    return _tickets().dumps([account.id, secrets.token_hex(16)])


def open_session(db: Database, ticket: str, now: datetime) -> str:
    """Spend a ticket and open a session; returns its token, for the cookie. Raises `SignInFailed`."""
    try:
        account_id, nonce = _tickets().loads(ticket, max_age=TICKET_SECONDS)
    except BadSignature as error:
        raise SignInFailed("Cette demande de connexion a expiré : connectez-vous de nouveau.") from error
    token = secrets.token_urlsafe(32)
    with db.writer() as writer:
        if not accounts.use_ticket(writer, nonce, now):
            raise SignInFailed("Cette demande de connexion a déjà servi : connectez-vous de nouveau.")
        accounts.open_session(writer, _hash(token), account_id, now)
    return token


def account_of(db: Database, token: str, now: datetime, *, gesture: bool = True) -> Account | None:
    """Whose session the token opens, None when it opens none: unknown, closed, idle or too old, account disabled.

    Roles and perimeter are read anew each time, so that a right taken away counts at once. `gesture` False (a live
    tick) does not prolong the session.
    """
    if not token:
        return None
    token_hash = _hash(token)
    with db.reader() as cursor:
        found = accounts.session(cursor, token_hash)
        if found is None:
            return None
        account_id, opened_at, seen_at = found
        account = accounts.by_id(cursor, account_id)
    idle, longest = timedelta(minutes=settings().session_idle_minutes), timedelta(hours=settings().session_hours)
    if account is None or account.disabled or now - seen_at > idle or now - opened_at > longest:
        return None
    if gesture and now - seen_at > _TOUCH:
        with db.writer() as writer:
            accounts.touch_session(writer, token_hash, now)
    return account


def sign_out(db: Database, token: str) -> None:
    """End the session: a copy of its cookie is worth nothing after."""
    with db.writer() as writer:
        accounts.close_session(writer, _hash(token), datetime.now(UTC))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _tickets() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret(), salt="sign-in")
