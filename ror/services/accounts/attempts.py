"""Failed attempts, stored: an attempt counts as failed from before its verification, so that parallel ones slip nowhere."""

import hashlib
import hmac
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

from ror.errors import SignInFailed
from ror.model.attempts import ACCOUNT, ADDRESS, PAIR, USUAL, WINDOW, DelayLimit, format_wait
from ror.model.rights import Account
from ror.services import journal
from ror.services.accounts import devices
from ror.settings import secret
from ror.store import sessions
from ror.store.engine.database import Cursor, Transaction
from ror.store.journal import signed_in_from


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt under way. `stopped`: how long others' failures ask to wait, zero when they ask nothing.

    An attempt that is stopped goes through the same verification as any other, and fails in the same words whether the
    account exists, whether the password was right, or not: only from the account's usual address does it succeed.
    """

    keys: dict[DelayLimit, str]
    noted: tuple[DelayLimit, ...]
    at: datetime
    stopped: timedelta
    usual: bool

    @property
    def may_succeed(self) -> bool:
        """Whether what is right opens the account now."""
        return self.usual or not self.stopped

    def refusal(self, otherwise: str) -> SignInFailed:
        """The error to raise once the attempt failed: the delay, or the words of the caller."""
        return too_many(self.stopped) if self.stopped else SignInFailed(otherwise)


def reserve(transaction: Transaction, login: str, account: Account | None, now: datetime, mark: str = "") -> Attempt:
    """Note an attempt as failed, to be taken back by `succeeded`; the transaction is to be committed before verifying.

    Raises `SignInFailed` during the delay of one's own failures: nothing is verified nor noted then, so that the delay
    does not grow. `login` is what was typed, `account` the one of that login if there is any. From a browser that the
    account signed in from (its `mark`) only the failures of that browser count.
    """
    address = network(journal.address())
    name = (account.login if account else login.strip()).casefold()
    device = devices.known(mark, account.id) if account else ""
    keys = (
        {PAIR: key("device", name, device)}
        if device
        else {PAIR: key("pair", name, address), ADDRESS: key("address", address), ACCOUNT: key("account", name)}
    )
    waits = {limit: _wait(transaction.cursor, limit, known, now) for limit, known in keys.items()}
    if waits[PAIR]:
        raise too_many(waits[PAIR])
    noted = tuple(limit for limit in keys if not waits[limit])
    for limit in noted:
        sessions.add_failure(transaction, keys[limit], now)
    usual = bool(device) or (
        account is not None and signed_in_from(transaction.cursor, account.id, journal.address(), now - USUAL)
    )
    return Attempt(keys, noted, now, max(waits.values()), usual)


def take_back(transaction: Transaction, attempt: Attempt) -> None:
    """The attempt was right as far as it went: it does not count, what failed before still does."""
    for limit in attempt.noted:
        sessions.forget_failure(transaction, attempt.keys[limit], attempt.at)


def succeeded(transaction: Transaction, attempt: Attempt) -> None:
    """The account was opened: its failures no longer count. Those of the address do, whoever shares it."""
    take_back(transaction, attempt)
    for limit in attempt.keys.keys() - {ADDRESS}:
        sessions.forget_failures(transaction, attempt.keys[limit])


def wait_for_codes(cursor: Cursor, account_id: str, now: datetime) -> timedelta:
    """How long the codes of an account's second factor wait. Only who knows the password can cause it: by account."""
    return _wait(cursor, PAIR, key("second factor", account_id), now)


def code_was(transaction: Transaction, account_id: str, right: bool, now: datetime) -> None:
    """Count a wrong code; a right one forgets those before."""
    known = key("second factor", account_id)
    if right:
        sessions.forget_failures(transaction, known)
    else:
        sessions.add_failure(transaction, known, now)


def network(address: str) -> str:
    """What failures are counted by: an IPv4 address, or the /64 of an IPv6 one, which is one subscriber's."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is None:
        return str(ipaddress.ip_network((int(ip), 64), strict=False))
    return str(getattr(ip, "ipv4_mapped", None) or ip)


class Waiting(SignInFailed):
    """Too many attempts failed: nothing is tried before some time."""


def worth_a_line(transaction: Transaction, now: datetime) -> bool:
    """Whether an attempt that a delay stopped is journalled: one per network and quarter of an hour, the first.

    The failures that caused the delay are lines; a flood of attempts must not be one of lines.
    """
    known = key("told", network(journal.address()))
    if sessions.failures(transaction.cursor, known, now - PAIR.longest, now + PAIR.longest)[0]:
        return False
    sessions.add_failure(transaction, known, now)
    return True


def too_many(wait: timedelta) -> Waiting:
    """The refusal that says how long to wait."""
    return Waiting(f"Trop d'essais ont échoué. Attendez {format_wait(wait)} avant de recommencer, ou contactez le support.")


def key(*parts: str) -> str:
    """What a count is stored under: logins and addresses cannot be read from it without the secret of the server."""
    message = "\0".join(("attempt", *parts)).encode(errors="surrogatepass")
    return hmac.digest(secret().encode(), message, hashlib.sha256).hex()


def _wait(cursor: Cursor, limit: DelayLimit, known: str, now: datetime) -> timedelta:
    # Of a clock that was ahead, what it noted would otherwise count until its year.
    failures, last = sessions.failures(cursor, known, now - WINDOW, now + PAIR.longest)
    return limit.wait(failures, last, now)
