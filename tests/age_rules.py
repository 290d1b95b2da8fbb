"""The rules of age in plain Python, one unit at a time: what the SQL of `ror.store.board.aging` is compared with."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from ror.model.freshness import AHEAD, PARIS


def rank(age: timedelta | None, limits_hours: Sequence[float] = (1, 24, 168)) -> int:
    """Rank of the band of an age; an instant past `AHEAD` in the future counts as old, no instant at all as "never"."""
    if age is None:
        return 4
    if age < -AHEAD:
        return 3
    return sum(age >= timedelta(hours=limit) for limit in limits_hours)


def median_rank(ranks: Sequence[int]) -> int | None:
    """Rank of an aggregate: that of its median unit, the older of the two middles, "never" counting as oldest.

    An aggregate of no open unit has none.
    """
    return sorted(ranks)[len(ranks) // 2] if ranks else None


def reopening(closed_until: date) -> datetime:
    """The instant at which a unit closed until that day (included) is open again: midnight in Paris after it, in UTC."""
    return datetime.combine(closed_until + timedelta(days=1), datetime.min.time(), PARIS).astimezone(UTC)


def is_overdue(observed_at: datetime | None, duty: timedelta, now: datetime, closed_until: date | None = None) -> bool:
    """Whether the weekly (or daily) duty is past. A unit closed for a time owes nothing until its reopening.

    A number past `AHEAD` in the future is owed again.
    """
    ahead = observed_at is not None and observed_at > now + AHEAD
    if closed_until is not None:
        opens = reopening(closed_until)
        ahead = ahead and opens <= now
        observed_at = opens if observed_at is None else max(observed_at, opens)
    return observed_at is None or ahead or now > observed_at + duty
