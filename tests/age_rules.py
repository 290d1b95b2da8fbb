"""The rules of age in plain Python, one unit at a time: what the SQL of `ror.store.board.aging` is compared with."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from ror.model.freshness import CLOCK_TOLERANCE
from ror.model.territory import PARIS


def rank(age: timedelta | None, limits_hours: Sequence[float] = (1, 24, 168)) -> int:
    """Return the rank of the band of an age; past `CLOCK_TOLERANCE` in the future it is old, without an instant "never"."""
    if age is None:
        return 4
    if age < -CLOCK_TOLERANCE:
        return 3
    return sum(age >= timedelta(hours=limit) for limit in limits_hours)


def median_rank(ranks: Sequence[int]) -> int | None:
    """Return the rank of an aggregate: that of its median unit, the older of the two middles, "never" counting as oldest.

    None for an aggregate of no open unit.
    """
    return sorted(ranks)[len(ranks) // 2] if ranks else None


def reopening(closed_until: date) -> datetime:
    """Return the instant at which a unit closed until that day (included) reopens: midnight in Paris after it, in UTC."""
    return datetime.combine(closed_until + timedelta(days=1), datetime.min.time(), PARIS).astimezone(UTC)


def is_overdue(observed_at: datetime | None, duty: timedelta, now: datetime, closed_until: date | None = None) -> bool:
    """Return whether the weekly (or daily) duty is past. A unit closed for a time owes nothing until its reopening.

    A number past `CLOCK_TOLERANCE` in the future is owed again.
    """
    ahead = observed_at is not None and observed_at > now + CLOCK_TOLERANCE
    if closed_until is not None:
        opens = reopening(closed_until)
        ahead = ahead and opens <= now
        observed_at = opens if observed_at is None else max(observed_at, opens)
    return observed_at is None or ahead or now > observed_at + duty
