"""The change of a unit between two instants, and whether it is for the worse or the better."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class UnitState:
    """A unit at an instant: its number (0 when closed, None before the first one), whether it is open, and whether it is late.

    `silent`: overdue by more than the duty of its type.
    """

    available: int | None
    open: bool
    overdue: bool
    silent: bool


class ChangeKind(StrEnum):
    """The change of a unit. Changes for the worse come first; the most serious one is the first of all."""

    FELL_TO_ZERO = "fell_to_zero"
    CLOSED = "closed"
    LOST = "lost"
    WENT_SILENT = "went_silent"
    BECAME_LATE = "became_late"
    ROSE_FROM_ZERO = "rose_from_zero"
    GAINED = "gained"
    SPOKE_AGAIN = "spoke_again"
    BACK_ON_TIME = "back_on_time"

    @property
    def worse(self) -> bool:
        """Whether the unit offers less, or its number is less reliable."""
        return _ORDER.index(self) <= _ORDER.index(ChangeKind.BECAME_LATE)

    @property
    def label(self) -> str:
        """The words on screen."""
        return _LABELS[self]


_ORDER = tuple(ChangeKind)
_LABELS = {
    ChangeKind.FELL_TO_ZERO: "Tombée à zéro",
    ChangeKind.CLOSED: "Fermée",
    ChangeKind.LOST: "En baisse",
    ChangeKind.WENT_SILENT: "Ne répond plus",
    ChangeKind.BECAME_LATE: "Passée en retard",
    ChangeKind.ROSE_FROM_ZERO: "Libérée",
    ChangeKind.GAINED: "En hausse",
    ChangeKind.SPOKE_AGAIN: "Répond de nouveau",
    ChangeKind.BACK_ON_TIME: "De nouveau à jour",
}


def change_of(before: UnitState, now: UnitState) -> ChangeKind | None:
    """Return the change of a unit, None for none: that of its number, else that of whether it declares in time.

    A number that was never declared is neither less nor more than another. A unit closed meanwhile owes no declaration any
    more: that it is no longer late is no progress.
    """
    if before.available is not None and now.available is not None and before.available != now.available:
        return _change_of_number(before.available, now)
    if not now.open:
        return None
    if before.silent != now.silent:
        return ChangeKind.WENT_SILENT if now.silent else ChangeKind.SPOKE_AGAIN
    if before.overdue != now.overdue:
        return ChangeKind.BECAME_LATE if now.overdue else ChangeKind.BACK_ON_TIME
    return None


def _change_of_number(before: int, now: UnitState) -> ChangeKind:
    after = now.available or 0
    if after > before:
        return ChangeKind.GAINED if before else ChangeKind.ROSE_FROM_ZERO
    if after:
        return ChangeKind.LOST
    return ChangeKind.FELL_TO_ZERO if now.open else ChangeKind.CLOSED


def seriousness(kind: ChangeKind, before: int | None, now: int | None) -> tuple[int, int]:
    """Return the key that sorts changes: the kind, then the size of the change, the largest first."""
    return _ORDER.index(kind), -abs((now or 0) - (before or 0))
