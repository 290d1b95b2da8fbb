"""The number that was true of a unit at a past instant, by what was learnt of it since; unknown when nothing was learnt."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

WITHIN = tuple(timedelta(minutes=minutes) for minutes in (30, 60, 120, 360, 1440))
"""The choices of how long after an instant an observation still counts for it; `USUAL_WITHIN` is the default."""

USUAL_WITHIN = timedelta(hours=1)


class Way(StrEnum):
    """The ways by which a number is learnt, besides its own declaration."""

    LATE = "late"
    CORRECTION = "correction"
    READER = "reader"
    CALL = "call"
    NEXT = "next"
    UNDONE = "undone"

    @property
    def label(self) -> str:
        """The way on the screens."""
        return {
            Way.LATE: "déclaration tardive",
            Way.CORRECTION: "correction",
            Way.READER: "lecteur",
            Way.CALL: "appel",
            Way.NEXT: "déclaration suivante",
            Way.UNDONE: "annulation",
        }[self]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A number of a unit that was true at an instant, when it was learnt, and how."""

    available: int
    true_at: datetime
    learnt_at: datetime
    way: Way


def truth(evidence: Iterable[Evidence], at: datetime, within: timedelta) -> Evidence | None:
    """Return the best evidence of how many were available at an instant, None when there is none.

    That is the last observation at or before the instant, as it is known now; else the first observation after it, at most
    `within` later; else what an undo put back. Of two observations of the same moment, the one learnt last is taken: a
    correction comes after what it corrects.
    """
    every = list(evidence)
    observed = [one for one in every if one.way is not Way.UNDONE]
    if by_then := [one for one in observed if one.true_at <= at]:
        return max(by_then, key=lambda one: (one.true_at, one.learnt_at))
    if after := [one for one in observed if one.true_at <= at + within]:
        first = min(one.true_at for one in after)
        return max((one for one in after if one.true_at == first), key=lambda one: one.learnt_at)
    return max((one for one in every if one.way is Way.UNDONE), key=lambda one: (one.learnt_at, one.true_at), default=None)


@dataclass(frozen=True, slots=True)
class Hindsight:
    """The number of a unit known at an instant, None for none, and the evidence of the true one, None when it is unknown."""

    known: int | None
    truth: Evidence | None

    @property
    def difference(self) -> int | None:
        """The true number minus the known one, which counts as 0 when there was none; None when the truth is unknown."""
        return None if self.truth is None else self.truth.available - (self.known or 0)

    @property
    def differs(self) -> bool:
        """Whether the number known then was not the true one."""
        return self.truth is not None and self.truth.available != self.known


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of the numbers known and true at an instant.

    `known` adds up the known numbers of all units; `known_where_verified` and `true` those of the `verified` units, whose true
    number is known. `differing` counts the units where both differ, `gap` adds up by how much, without signs.
    """

    units: int = 0
    known: int = 0
    verified: int = 0
    known_where_verified: int = 0
    true: int = 0
    differing: int = 0
    gap: int = 0

    @property
    def unknown(self) -> int:
        """How many units have an unknown true number."""
        return self.units - self.verified


def totals(comparisons: Iterable[Hindsight]) -> Totals:
    """Add up the comparisons of units of one capacity type."""
    every = list(comparisons)
    learnt = [(one, one.truth) for one in every if one.truth is not None]
    return Totals(
        units=len(every),
        known=sum(one.known or 0 for one in every),
        verified=len(learnt),
        known_where_verified=sum(one.known or 0 for one, _ in learnt),
        true=sum(truth.available for _, truth in learnt),
        differing=sum(one.differs for one, _ in learnt),
        gap=sum(abs(one.difference or 0) for one, _ in learnt),
    )
