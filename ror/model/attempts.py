"""Delays after failed sign-ins: they grow, and nobody can use them to lock out somebody else.

The failures of the last 24 h are counted three times:

- by login and network address, against guessing the password of one account. The delay applies to that address only;
- by network address, against one password tried on many accounts. A hospital often shares one address, so more failures
  are free, and the delay spares accounts that signed in from there recently;
- by login, against guessing one account from many addresses. Anybody can cause it, so its delay stays under a minute and
  spares the addresses that the account signed in from recently.

So the failures of others never delay somebody at a usual address, and a one-time link, which no delay applies to, works
from any address.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

WINDOW = timedelta(hours=24)
"""Failures older than this no longer count."""

USUAL = timedelta(days=90)
"""An address is usual for an account that signed in from it within this time."""


@dataclass(frozen=True, slots=True)
class DelayLimit:
    """The delay of one count: none for `free` failures, then one second, doubled by each failure up to the `longest`."""

    name: str
    free: int
    longest: timedelta

    def delay(self, failures: int) -> timedelta:
        """Return the delay after a number of failures."""
        if failures < self.free:
            return timedelta(0)
        # 2^20 s is longer than `longest` of any limit: the power stays small.
        return min(timedelta(seconds=2 ** min(failures - self.free, 20)), self.longest)

    def wait(self, failures: int, last: datetime | None, now: datetime) -> timedelta:
        """Return how long to wait, the last failure being at `last`; zero when an attempt is allowed."""
        if not last:
            return timedelta(0)
        delay = self.delay(failures)
        # Never longer than the delay, even when a wrong clock put the last failure in the future.
        return min(max(last + delay - now, timedelta(0)), delay)


PAIR = DelayLimit("pair", 5, timedelta(minutes=15))
ADDRESS = DelayLimit("address", 20, timedelta(minutes=15))
ACCOUNT = DelayLimit("account", 10, timedelta(seconds=60))


def format_wait(wait: timedelta) -> str:
    """Format a delay for the screen, rounded up: « 1 seconde », « 12 secondes », « 3 minutes »."""
    seconds = max(ceil(wait.total_seconds()), 1)
    number, unit = (seconds, "seconde") if seconds < 60 else (ceil(seconds / 60), "minute")
    return f"{number} {unit}{'s' if number > 1 else ''}"
