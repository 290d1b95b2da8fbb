"""Signing in and out: a password opens a ticket, the ticket opens a session, the session's token says who asks.

The token is 256 random bits; only its SHA-256 is stored. The ticket is signed, lives 30 s and serves once, so that the
cookie is set by an HTTP answer of the server (HttpOnly), never by a script. An account with a second factor gets a pending
ticket first, sealed apart, which opens nothing by itself.
"""

import hashlib
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from ror import metrics
from ror.errors import SignInFailed, Unavailable
from ror.model.journal import Act, Outcome
from ror.model.passwords import MOST_BYTES
from ror.model.rights import Account
from ror.services import journal
from ror.services.accounts import attempts, hashing, second_factor, tickets
from ror.services.accounts.attempts import Attempt
from ror.services.accounts.tickets import Ticket
from ror.settings import settings
from ror.store import accounts, sessions
from ror.store.engine.database import Database, Transaction
from ror.store.sessions import SessionKeeper

WRONG = "Identifiant ou mot de passe incorrect. Vérifiez votre saisie ou contactez le support."
_WRONG_CODE = "Ce code n'est pas le bon, ou a déjà servi : tapez celui que votre application affiche maintenant."
_USED = "Cette demande de connexion a déjà servi : connectez-vous de nouveau."

_TOUCH = timedelta(seconds=60)
"""A gesture is noted at most once a minute: one write for many clicks."""


@dataclass(frozen=True, slots=True)
class Passed:
    """The password was right: a ticket for `open_session`, or, when a code is needed, a pending one for `second_step`."""

    ticket: str
    needs_code: bool


class Over(SignInFailed):
    """The pending ticket serves no more: the password is to be typed again."""


def sign_in(db: Database, login: str, password: str, now: datetime, mark: str = "") -> Passed:
    """Check a password. Raises `SignInFailed`, in the same words whether the account exists or not.

    Costs exactly one verification, but for what is refused unread: a password past 72 bytes, or during one's own delay.
    `mark` is that of the browser, see `services.devices`.
    """
    if len(password.encode(errors="surrogatepass")) > MOST_BYTES:
        raise SignInFailed(f"Le mot de passe dépasse {MOST_BYTES} octets : vérifiez ce que vous avez collé.")
    login = login.strip().encode(errors="replace").decode()
    with db.reader() as cursor:
        account, password_hash = accounts.by_login(cursor, login) or (None, "")
    try:
        with db.transaction() as transaction:
            attempt = attempts.reserve(transaction, login, account, now, mark)
    except attempts.Waiting:
        refused(db, account, now, read=False)
        raise
    right = hashing.opens(password, password_hash)
    if account is None or account.disabled or not right or not attempt.may_succeed:
        refused(db, account, now, read=attempt.may_succeed)
        raise attempt.refusal(WRONG)
    fresh = hashing.hashed(password) if hashing.outdated(password_hash) else ""
    with db.transaction() as transaction:
        # The failures stay until the second step: else the password alone would give as many codes to try as wanted.
        (attempts.take_back if account.second_factor else attempts.succeeded)(transaction, attempt)
        if fresh and unchanged(transaction, account, password_hash):
            accounts.set_password(transaction, account.id, fresh)
    return passed(account)


def passed(account: Account) -> Passed:
    """What an account gets that proved its password, or held a one-time link."""
    if account.second_factor:
        return Passed(tickets.PENDING.made_for(account), needs_code=True)
    return Passed(ticket_for(account), needs_code=False)


def refused(db: Database, account: Account | None, now: datetime, *, read: bool) -> None:
    """Journal an attempt that failed; of those that a delay stopped (`read` False), the first of each quarter of an hour."""
    metrics.SIGN_INS.labels("refused" if read else "delayed").inc()
    subject = f"account:{account.id if account else ''}"
    with db.transaction() as transaction:
        if read or attempts.worth_a_line(transaction, now):
            after = None if read else {"delayed": True}
            journal.record(transaction, Act.SIGN_IN, None, subject, now, after=after, outcome=Outcome.REFUSED)


def unchanged(transaction: Transaction, account: Account, password_hash: str) -> bool:
    """Whether the password is still the one that was verified outside of this transaction."""
    found = accounts.by_login(transaction.cursor, account.login)
    return found is not None and found[1] == password_hash


def second_step(db: Database, pending: str, code: str, now: datetime, mark: str = "") -> str:
    """Check the code of an account's second factor; returns the ticket for `open_session`.

    Raises `SignInFailed` for a wrong code, which counts as a failed attempt and delays the codes of this account; its
    child `Over` when the pending ticket is too old, served already or was voided.
    """
    try:
        asked = tickets.PENDING.read(pending)
    except SignInFailed as error:
        raise Over(error.message) from error
    account, attempt, right = _tried(db, asked, code, now, mark)
    if not right:
        refused(db, account, now, read=attempt.may_succeed)
        raise attempt.refusal(_WRONG_CODE)
    return ticket_for(account)


def _tried(db: Database, asked: Ticket, code: str, now: datetime, mark: str) -> tuple[Account, Attempt, bool]:
    """Whose code was tried, as which attempt, and whether it is right; what is right is spent."""
    with db.reader() as cursor:
        account = accounts.by_id(cursor, asked.account)
    if account is None:
        raise Over(tickets.EXPIRED)
    try:
        with db.transaction() as transaction:
            if not asked.serves(accounts.by_id(transaction.cursor, account.id)):
                raise Over(tickets.EXPIRED)
            if wait := attempts.wait_for_codes(transaction.cursor, account.id, now):
                raise attempts.too_many(wait)
            attempt = attempts.reserve(transaction, account.login, account, now, mark)
            right = attempt.may_succeed and second_factor.verify(transaction, account.id, code, now)
            if right and not sessions.use_ticket(transaction, asked.nonce, now):
                raise Over(_USED)
            attempts.code_was(transaction, account.id, right, now)
            if right:
                attempts.succeeded(transaction, attempt)
    except attempts.Waiting:
        refused(db, account, now, read=False)
        raise
    return account, attempt, right


def ticket_for(account: Account) -> str:
    """The ticket that `open_session` takes, for an account that proved who it is."""
    return tickets.SESSION.made_for(account)


def open_session(db: Database, ticket: str, now: datetime) -> str:
    """Spend a ticket and open a session; returns its token, for the cookie. Raises `SignInFailed`."""
    asked = tickets.SESSION.read(ticket)
    token = secrets.token_urlsafe(32)
    with db.transaction() as transaction:
        if not sessions.use_ticket(transaction, asked.nonce, now):
            raise SignInFailed(_USED)
        account = accounts.by_id(transaction.cursor, asked.account)
        if account is None or not asked.serves(account):
            raise SignInFailed(tickets.EXPIRED)
        sessions.open_session(transaction, _hash(token), account.id, now)
        journal.record(transaction, Act.SIGN_IN, account, f"account:{account.id}", now)
    metrics.SIGN_INS.labels("opened").inc()
    return token


def account_of(db: Database, token: str, now: datetime, *, gesture: bool = True) -> Account | None:
    """Whose session the token opens, None when it opens none: unknown, closed, idle or too old, account disabled.

    Roles and perimeter are read anew each time, so that a right taken away counts at once. `gesture` False (a live
    tick) does not prolong the session.
    """
    if not token:
        return None
    token_hash = _hash(token)
    found = _keeper(db).session(token_hash)
    if found is None:
        return None
    account, opened_at, seen_at = found
    idle, longest = timedelta(minutes=settings().session_idle_minutes), timedelta(hours=settings().session_hours)
    # An instant as far in the future is that of a clock that was wrong: it opens nothing for years.
    if account.disabled or abs(now - seen_at) > idle or abs(now - opened_at) > longest:
        return None
    if gesture and abs(now - seen_at) > _TOUCH:
        # Reading goes on while the store takes nothing more; the session is not prolonged.
        with suppress(Unavailable), db.transaction() as transaction:
            sessions.touch_session(transaction, token_hash, now)
    return account


@lru_cache(maxsize=4)
def _keeper(db: Database) -> SessionKeeper:
    return SessionKeeper(db)


def sign_out(db: Database, token: str) -> None:
    """End the session: a copy of its cookie is worth nothing after."""
    now, token_hash = datetime.now(UTC), _hash(token)
    with db.transaction() as transaction:
        found = sessions.session(transaction.cursor, token_hash)
        if found is None:
            return
        account = found[0]
        sessions.close_session(transaction, token_hash, now)
        journal.record(transaction, Act.SIGN_OUT, account, f"account:{account.id}", now)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
