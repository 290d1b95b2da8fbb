"""Sign in and out: a password gives a ticket, the ticket opens a session, the session's token identifies the account.

The token is 256 random bits, of which only the SHA-256 is stored. The ticket is signed, lives 30 s and serves once, so that
the cookie is set by an HTTP answer of the server (HttpOnly), never by a script. An account with a second factor first gets a
pending ticket, of another kind, which opens no session by itself.
"""

import hashlib
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from ror import metrics
from ror.errors import SignInFailed, Unavailable
from ror.model.journal import Act, Outcome
from ror.model.passwords import MAX_BYTES
from ror.model.rights import Account, Narrowing, narrowed
from ror.services import journal
from ror.services.accounts import attempts, hashing, second_factor, tickets
from ror.services.accounts.attempts import Attempt
from ror.services.accounts.tickets import Ticket
from ror.settings import settings
from ror.store import accounts, invitations, sessions
from ror.store.engine.database import Database, Transaction
from ror.store.sessions import SessionCache

WRONG = "Identifiant ou mot de passe incorrect. Vérifiez votre saisie ou contactez le support."
_WRONG_CODE = "Ce code n'est pas le bon, ou a déjà servi : tapez celui que votre application affiche maintenant."
_USED = "Cette demande de connexion a déjà servi : connectez-vous de nouveau."

_TOUCH = timedelta(seconds=60)
"""The last use of a session is stored at most once a minute: one write for many clicks."""


@dataclass(frozen=True, slots=True)
class PasswordAccepted:
    """The password was right. `ticket` is for `open_session`; for `second_step` when a code is needed."""

    ticket: str
    needs_code: bool


class PendingTicketExpired(SignInFailed):
    """The pending ticket is no longer valid: the password must be typed again."""


def sign_in(db: Database, login: str, password: str, now: datetime, browser_mark: str = "") -> PasswordAccepted:
    """Check a password. Raises `SignInFailed`, with the same sentence whether or not the account exists.

    Takes the time of exactly one verification, except for what is refused without one: a password of more than 72 bytes, or
    an attempt during the visitor's own delay. `browser_mark` is that of its cookie, see `services.accounts.devices`.
    """
    if len(password.encode(errors="surrogatepass")) > MAX_BYTES:
        raise SignInFailed(f"Le mot de passe dépasse {MAX_BYTES} octets : vérifiez ce que vous avez collé.")
    login = login.strip().encode(errors="replace").decode()
    with db.reader() as cursor:
        account, password_hash = accounts.by_login(cursor, login) or (None, "")
    try:
        with db.transaction() as transaction:
            attempt = attempts.reserve(transaction, login, account, now, browser_mark)
    except attempts.TooManyAttempts:
        journal_refusal(db, account, now, delayed=True)
        raise
    correct = hashing.verify_password(password, password_hash)
    if account is None or account.disabled or not correct or not attempt.may_succeed:
        journal_refusal(db, account, now, delayed=not attempt.may_succeed)
        raise attempt.refusal(WRONG)
    new_hash = hashing.hash_password(password) if hashing.needs_rehash(password_hash) else ""
    with db.transaction() as transaction:
        # The failures stay until the second step: else the password alone would allow any number of codes to be tried.
        if account.second_factor:
            attempts.cancel(transaction, attempt)
        else:
            attempts.clear_failures(transaction, attempt)
        if new_hash and has_password_hash(transaction, account, password_hash):
            accounts.set_password(transaction, account.id, new_hash)
    return accept_password(account)


def accept_password(account: Account) -> PasswordAccepted:
    """Issue the ticket of an account whose password was right, or which used a one-time link."""
    if account.second_factor:
        return PasswordAccepted(tickets.PENDING.issue(account), needs_code=True)
    return PasswordAccepted(ticket_for(account), needs_code=False)


def journal_refusal(db: Database, account: Account | None, now: datetime, *, delayed: bool) -> None:
    """Journal a failed attempt; of the delayed ones, only the first of each quarter of an hour."""
    metrics.SIGN_INS.labels("delayed" if delayed else "refused").inc()
    subject = f"account:{account.id if account else ''}"
    with db.transaction() as transaction:
        if not delayed or attempts.should_journal_delay(transaction, now):
            after = {"delayed": True} if delayed else None
            journal.record(transaction, Act.SIGN_IN, None, subject, now, after=after, outcome=Outcome.REFUSED)


def has_password_hash(transaction: Transaction, account: Account, password_hash: str) -> bool:
    """Return whether the account still has the password hash that was verified outside of this transaction."""
    stored = accounts.by_login(transaction.cursor, account.login)
    return stored is not None and stored[1] == password_hash


def second_step(db: Database, pending: str, code: str, now: datetime, browser_mark: str = "") -> str:
    """Check the code of an account's second factor; return the ticket for `open_session`.

    Raises `SignInFailed` for a wrong code, which counts as a failed attempt and delays the next codes of this account, and
    its subclass `PendingTicketExpired` when the pending ticket is too old, used or void.
    """
    try:
        ticket = tickets.PENDING.read(pending)
    except SignInFailed as error:
        raise PendingTicketExpired(error.user_message) from error
    account, attempt, correct = _check_code(db, ticket, code, now, browser_mark)
    if not correct:
        journal_refusal(db, account, now, delayed=not attempt.may_succeed)
        raise attempt.refusal(_WRONG_CODE)
    return ticket_for(account)


def _check_code(db: Database, ticket: Ticket, code: str, now: datetime, browser_mark: str) -> tuple[Account, Attempt, bool]:
    """Check a code; return the account, the attempt, and whether the code is correct. A correct code spends the ticket."""
    with db.reader() as cursor:
        account = accounts.by_id(cursor, ticket.account)
    if account is None:
        raise PendingTicketExpired(tickets.EXPIRED)
    try:
        with db.transaction() as transaction:
            if not ticket.is_valid_for(accounts.by_id(transaction.cursor, account.id)):
                raise PendingTicketExpired(tickets.EXPIRED)
            if wait := attempts.wait_for_codes(transaction.cursor, account.id, now):
                raise attempts.too_many_attempts(wait)
            attempt = attempts.reserve(transaction, account.login, account, now, browser_mark)
            correct = attempt.may_succeed and second_factor.verify(transaction, account.id, code, now)
            if correct and not sessions.use_ticket(transaction, ticket.nonce, now):
                raise PendingTicketExpired(_USED)
            attempts.count_code(transaction, account.id, correct, now)
            if correct:
                attempts.clear_failures(transaction, attempt)
    except attempts.TooManyAttempts:
        journal_refusal(db, account, now, delayed=True)
        raise
    return account, attempt, correct


def ticket_for(account: Account) -> str:
    """Return a ticket for `open_session`, for an account that proved its identity."""
    return tickets.SESSION.issue(account)


def open_session(db: Database, ticket: str, now: datetime, narrowing: Narrowing | None = None) -> str:
    """Spend a ticket and open a session; return its token, for the cookie. Raises `SignInFailed`.

    `narrowing` is what single sign-on leaves of the account's rights in this session; the journal says what it is. The first
    session of an account ends its invitation.
    """
    read = tickets.SESSION.read(ticket)
    token = secrets.token_urlsafe(32)
    with db.transaction() as transaction:
        if not sessions.use_ticket(transaction, read.nonce, now):
            raise SignInFailed(_USED)
        account = accounts.by_id(transaction.cursor, read.account)
        if account is None or not read.is_valid_for(account):
            raise SignInFailed(tickets.EXPIRED)
        sessions.open_session(transaction, _hash(token), account.id, now, narrowing)
        accounts.record_sign_in(transaction, account.id, now)
        invitations.delete(transaction, account.id)
        after = _narrowing_values(narrowed(account, narrowing))
        journal.record(transaction, Act.SIGN_IN, account, f"account:{account.id}", now, after=after)
    metrics.SIGN_INS.labels("opened").inc()
    return token


def _narrowing_values(account: Account) -> dict[str, Any] | None:
    """Return the rights that a narrowing leaves to an account, as the journal stores them; None without a narrowing."""
    narrowing = account.narrowing
    if narrowing is None:
        return None
    finess = {} if narrowing.finess is None else {"within": sorted(narrowing.finess)}
    return {"by": "single_sign_on", "roles": sorted(map(str, account.roles)), **finess}


def account_of(db: Database, token: str, now: datetime, *, user_action: bool = True) -> Account | None:
    """Return the account of a session's token, None when the session is not open or the account is disabled.

    A session that is idle or too old is not open. Roles and perimeter are read again each time, so that a right taken away
    counts at once. Only a user action prolongs the session: `user_action` is False for a live update.
    """
    if not token:
        return None
    token_hash = _hash(token)
    session = _session_cache(db).find(token_hash)
    if session is None:
        return None
    account, opened_at, seen_at = session
    idle, longest = timedelta(minutes=settings().session_idle_minutes), timedelta(hours=settings().session_hours)
    # An instant that far in the future was stored while the clock was wrong: it must not keep a session open for years.
    if account.disabled or abs(now - seen_at) > idle or abs(now - opened_at) > longest:
        return None
    if user_action and abs(now - seen_at) > _TOUCH:
        # When the store accepts no more writes, reading goes on and the session is not prolonged.
        with suppress(Unavailable), db.transaction() as transaction:
            sessions.touch_session(transaction, token_hash, now)
    return account


@lru_cache(maxsize=4)
def _session_cache(db: Database) -> SessionCache:
    return SessionCache(db)


def sign_out(db: Database, token: str) -> None:
    """Close a session: a copy of its cookie gives no access any more."""
    now, token_hash = datetime.now(UTC), _hash(token)
    with db.transaction() as transaction:
        session = sessions.find_session(transaction.cursor, token_hash)
        if session is None:
            return
        account = session[0]
        sessions.close_session(transaction, token_hash, now)
        journal.record(transaction, Act.SIGN_OUT, account, f"account:{account.id}", now)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
