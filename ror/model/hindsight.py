"""What was true of a unit at a past instant, by what was learnt of it; nothing where nothing was."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

WITHIN = tuple(timedelta(minutes=minutes) for minutes in (30, 60, 120, 360, 1440))
"""How long after an instant something observed may still speak of it: the choices, of which `USUAL_WITHIN` is usual."""

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
    """Return what says best how many were available at an instant, None when nothing does.

    That is what was observed last by then, as it is known now; else what was observed first after, no longer than `within`
    after it; else what an undo put back. Of two about the same moment, the one that was learnt last: a correction comes after
    what it corrects.
    """
    found = list(evidence)
    observed = [one for one in found if one.way is not Way.UNDONE]
    if by_then := [one for one in observed if one.true_at <= at]:
        return max(by_then, key=lambda one: (one.true_at, one.learnt_at))
    if after := [one for one in observed if one.true_at <= at + within]:
        first = min(one.true_at for one in after)
        return max((one for one in after if one.true_at == first), key=lambda one: one.learnt_at)
    return max((one for one in found if one.way is Way.UNDONE), key=lambda one: one.learnt_at, default=None)


@dataclass(frozen=True, slots=True)
class Hindsight:
    """The number of a unit that was known at an instant, None for none, and what is known of it now, None for nothing."""

    known: int | None
    truth: Evidence | None

    @property
    def difference(self) -> int | None:
        """How many more were available than was known: a number that nobody knew counts as 0; None for an unknown truth."""
        return None if self.truth is None else self.truth.available - (self.known or 0)

    @property
    def differs(self) -> bool:
        """Whether the number known then was not the true one."""
        return self.truth is not None and self.truth.available != self.known


@dataclass(frozen=True, slots=True)
class Totals:
    """Numbers known and true at an instant.

    `known` adds up what was known of all units; `known_of_learnt` and `true` are about those of which the truth is known,
    `learnt` of them. `gap` adds up by how much they differ, without signs.
    """

    units: int = 0
    known: int = 0
    learnt: int = 0
    known_of_learnt: int = 0
    true: int = 0
    differing: int = 0
    gap: int = 0

    @property
    def unknown(self) -> int:
        """How many units nothing was learnt of."""
        return self.units - self.learnt


def totals(comparisons: Iterable[Hindsight]) -> Totals:
    """Add up the comparisons of units of one capacity type."""
    found = list(comparisons)
    learnt = [(one, one.truth) for one in found if one.truth is not None]
    return Totals(
        units=len(found),
        known=sum(one.known or 0 for one in found),
        learnt=len(learnt),
        known_of_learnt=sum(one.known or 0 for one, _ in learnt),
        true=sum(truth.available for _, truth in learnt),
        differing=sum(one.differs for one, _ in learnt),
        gap=sum(abs(one.difference or 0) for one, _ in learnt),
    )
