"""Count failed attempts to sign in. An attempt counts as failed before it is verified, so that parallel ones count too."""

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
    """An attempt in progress. `delay` is the wait that the failures of others impose, zero for none.

    A delayed attempt is verified like any other, and fails with the same sentence whether or not the account exists and the
    password is right: it succeeds only from a usual address of the account (`usual`). `keys` are those that failures are
    counted under, `counted` the limits that this attempt was counted for.
    """

    keys: dict[DelayLimit, str]
    counted: tuple[DelayLimit, ...]
    at: datetime
    delay: timedelta
    usual: bool

    @property
    def may_succeed(self) -> bool:
        """Return whether the right password opens the account now."""
        return self.usual or not self.delay

    def refusal(self, default: str) -> SignInFailed:
        """Return the error of the failed attempt: its sentence gives the delay if there is one, else it is `default`."""
        return too_many_attempts(self.delay) if self.delay else SignInFailed(default)


def reserve(transaction: Transaction, login: str, account: Account | None, now: datetime, browser_mark: str = "") -> Attempt:
    """Count an attempt as failed, before it is verified and in a transaction committed by then; `clear_failures` reverts it.

    `login` is the text typed, `account` the account of that login, if any. From a browser that the account signed in from
    (its `browser_mark`) only the failures of that browser count. Raises `TooManyAttempts` during the delay of the visitor's own
    failures: then the attempt is not counted, so that the delay does not grow.
    """
    address = network(journal.address())
    name = (account.login if account else login.strip()).casefold()
    device = devices.device_of(browser_mark, account.id) if account else ""
    keys = (
        {PAIR: key("device", name, device)}
        if device
        else {PAIR: key("pair", name, address), ADDRESS: key("address", address), ACCOUNT: key("account", name)}
    )
    waits = {limit: _wait(transaction.cursor, limit, key, now) for limit, key in keys.items()}
    if waits[PAIR]:
        raise too_many_attempts(waits[PAIR])
    counted = tuple(limit for limit in keys if not waits[limit])
    for limit in counted:
        sessions.add_failure(transaction, keys[limit], now)
    usual = bool(device) or (
        account is not None and signed_in_from(transaction.cursor, account.id, journal.address(), now - USUAL)
    )
    return Attempt(keys, counted, now, max(waits.values()), usual)


def cancel(transaction: Transaction, attempt: Attempt) -> None:
    """Stop counting an attempt that has not failed so far; earlier failures still count."""
    for limit in attempt.counted:
        sessions.delete_failure(transaction, attempt.keys[limit], attempt.at)


def clear_failures(transaction: Transaction, attempt: Attempt) -> None:
    """Delete the failures of an account that was opened; those of its network address, which others share, still count."""
    cancel(transaction, attempt)
    for limit in attempt.keys.keys() - {ADDRESS}:
        sessions.delete_failures(transaction, attempt.keys[limit])


def wait_for_codes(cursor: Cursor, account_id: str, now: datetime) -> timedelta:
    """Return the delay before another code of an account's second factor.

    It is counted by account, since only somebody who knows the password can cause it.
    """
    return _wait(cursor, PAIR, key("second factor", account_id), now)


def count_code(transaction: Transaction, account_id: str, correct: bool, now: datetime) -> None:
    """Count a wrong code; a correct one deletes the earlier wrong ones."""
    code_key = key("second factor", account_id)
    if correct:
        sessions.delete_failures(transaction, code_key)
    else:
        sessions.add_failure(transaction, code_key, now)


def network(address: str) -> str:
    """Return the network to count failures by: an IPv4 address, or the /64 of an IPv6 address, which has one subscriber."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is None:
        return str(ipaddress.ip_network((int(ip), 64), strict=False))
    return str(getattr(ip, "ipv4_mapped", None) or ip)


class TooManyAttempts(SignInFailed):
    """Too many attempts failed: another one is refused until a delay has passed."""


def should_journal_delay(transaction: Transaction, now: datetime) -> bool:
    """Return whether to journal an attempt that was delayed: only the first of each network and quarter of an hour.

    The failures that caused the delay are in the journal; a flood of attempts must not flood it.
    """
    network_key = key("journalled delay", network(journal.address()))
    if sessions.count_failures(transaction.cursor, network_key, now - PAIR.longest, now + PAIR.longest)[0]:
        return False
    sessions.add_failure(transaction, network_key, now)
    return True


def too_many_attempts(wait: timedelta) -> TooManyAttempts:
    """Return the refusal whose sentence gives the delay."""
    return TooManyAttempts(
        f"Trop d'essais ont échoué. Attendez {format_wait(wait)} avant de recommencer, ou contactez le support."
    )


def key(*parts: str) -> str:
    """Return the key that a count is stored under; it reveals no login or address without the secret of the server."""
    message = "\0".join(("attempt", *parts)).encode(errors="surrogatepass")
    return hmac.digest(secret().encode(), message, hashlib.sha256).hex()


def _wait(cursor: Cursor, limit: DelayLimit, key: str, now: datetime) -> timedelta:
    # Failures stored while the clock was ahead are left out: they would count until the date of that clock.
    failures, last = sessions.count_failures(cursor, key, now - WINDOW, now + PAIR.longest)
    return limit.wait(failures, last, now)
