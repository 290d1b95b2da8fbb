"""How long to wait after failed attempts: delays that grow, and that nobody can turn into a lock-out of somebody else.

Three counts are kept, of the failures of the last 24 h:

- of a login from one network address: what guesses the password of one account. Its delay stops that address only;
- of a network address, whatever the login: what tries one password on many accounts. A hospital often shares one address,
  so more is forgiven, and accounts that signed in from there of late are not stopped by it;
- of a login, whatever the address: what guesses one account from many places. Anybody can cause it, so its delay stays
  under a minute and does not stop the addresses that the account signed in from of late.

So whoever works where they usually do is stopped by nobody's failures but their own, and a one-time link, which no delay
stops, is a way in from anywhere.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

WINDOW = timedelta(hours=24)
"""Failures older than this no longer count."""

USUAL = timedelta(days=90)
"""An address is usual to an account that signed in from there since."""


@dataclass(frozen=True, slots=True)
class DelayLimit:
    """So many failures are `free`; the next delay is a second, then each failure doubles it up to the `longest`."""

    name: str
    free: int
    longest: timedelta

    def delay(self, failures: int) -> timedelta:
        """How long to wait after so many failures."""
        if failures < self.free:
            return timedelta(0)
        # Past 2^20 s the longest is reached whatever it is: the power stays small.
        return min(timedelta(seconds=2 ** min(failures - self.free, 20)), self.longest)

    def wait(self, failures: int, last: datetime | None, now: datetime) -> timedelta:
        """How long to wait still, the last failure being at `last`; zero when an attempt may be made."""
        if not last:
            return timedelta(0)
        delay = self.delay(failures)
        # Never longer than the delay, wherever a clock that was wrong put the last failure.
        return min(max(last + delay - now, timedelta(0)), delay)


PAIR = DelayLimit("pair", 5, timedelta(minutes=15))
ADDRESS = DelayLimit("address", 20, timedelta(minutes=15))
ACCOUNT = DelayLimit("account", 10, timedelta(seconds=60))


def format_wait(wait: timedelta) -> str:
    """A delay in the words of the screen: « 1 seconde », « 12 secondes », « 3 minutes »."""
    seconds = max(ceil(wait.total_seconds()), 1)
    number, unit = (seconds, "seconde") if seconds < 60 else (ceil(seconds / 60), "minute")
    return f"{number} {unit}{'s' if number > 1 else ''}"
