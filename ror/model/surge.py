"""Simulate a surge: patients of one need, at one place, put into the units that answer it in the order of the ranking.

Pure arithmetic: patients are alike, so their order does not matter, and a unit is filled before the one that follows it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from ror.errors import Refused
from ror.model.capacity import checked_number
from ror.model.french import number

MAX_PATIENTS, MAX_RESERVE = 5_000, 99


@dataclass(frozen=True, slots=True)
class Room:
    """What a unit can take: `free` beds or places, at `distance` kilometres from the patients."""

    unit: str
    structure: str
    department: str
    distance: float
    free: int


def free_for_surge(available: int | None, *, is_open: bool, more: int = 0, reserve: int = 0) -> int:
    """Return how many patients a unit can take: the available and `more` beds or places, minus `reserve`, which stays free.

    A closed unit, and a unit whose number is not known, take nobody whatever they could open.
    """
    if not is_open or available is None:
        return 0
    return max(available + more - reserve, 0)


@dataclass(frozen=True, slots=True)
class Placement:
    """The patients that a unit takes: `placed` of them, of which the first is number `first` (from 1) of all."""

    room: Room
    placed: int
    first: int

    @property
    def last(self) -> int:
        """The number of the last patient that it takes."""
        return self.first + self.placed - 1

    @property
    def is_full(self) -> bool:
        """Whether the unit has nothing left for other patients."""
        return self.placed == self.room.free


class Level(StrEnum):
    """The levels that can be full: a unit, or all the units of a structure or of a département that answer the question."""

    UNIT = "unit"
    STRUCTURE = "structure"
    DEPARTMENT = "department"

    @property
    def label(self) -> str:
        """The level on the screens."""
        return {Level.UNIT: "Unité", Level.STRUCTURE: "Structure", Level.DEPARTMENT: "Département"}[self]


@dataclass(frozen=True, slots=True)
class Saturation:
    """A unit, a structure or a département is full after so many patients; `key` is its id.

    In kilometres, `distance` is that of the patient who takes its last place, `median` the median of all the patients placed by
    then.
    """

    level: Level
    key: str
    after: int
    distance: float
    median: float


@dataclass(frozen=True, slots=True)
class Surge:
    """Where patients go: `placements` are the units that can take some, in the order in which they are filled.

    `saturations` are in the order in which they happen.
    """

    patients: int
    placements: tuple[Placement, ...]
    saturations: tuple[Saturation, ...]

    @property
    def placed(self) -> int:
        """How many patients have a place."""
        return sum(placement.placed for placement in self.placements)

    @property
    def without(self) -> int:
        """How many patients have none."""
        return self.patients - self.placed

    @property
    def spare(self) -> int:
        """How many places are left."""
        return sum(placement.room.free for placement in self.placements) - self.placed

    @property
    def used(self) -> tuple[Placement, ...]:
        """The units that take a patient."""
        return tuple(placement for placement in self.placements if placement.placed)

    @property
    def structures(self) -> int:
        """How many structures take a patient."""
        return len({placement.room.structure for placement in self.used})

    @property
    def median(self) -> float | None:
        """The median distance that patients travel, None when none has a place."""
        distances = _distances(self.placements)
        return median(distances) if distances else None


def simulate(rooms: Iterable[Room], patients: int) -> Surge:
    """Return where patients go; `rooms` are in the order in which they are filled (`model.ranking`), full ones skipped."""
    left, placements = patients, []
    for room in rooms:
        if room.free > 0:
            placed = min(left, room.free)
            placements.append(Placement(room, placed, patients - left + 1))
            left -= placed
    return Surge(patients, tuple(placements), tuple(_saturations(placements)))


def _distances(placements: Iterable[Placement]) -> list[float]:
    """Return the distance that each placed patient travels, in the order of the patients."""
    return [placement.room.distance for placement in placements for _ in range(placement.placed)]


_KEYS: dict[Level, Callable[[Room], str]] = {
    Level.UNIT: lambda room: room.unit,
    Level.STRUCTURE: lambda room: room.structure,
    Level.DEPARTMENT: lambda room: room.department,
}


def _saturations(placements: Sequence[Placement]) -> list[Saturation]:
    """Return the saturations of every level, in the order in which they happen."""
    distances, saturations = _distances(placements), []
    for level, key_of in _KEYS.items():
        # The last unit of a structure or of a département says when it is full: the others are filled before it.
        last = {key_of(placement.room): placement for placement in placements}
        saturations += [
            Saturation(level, key, one.last, one.room.distance, median(distances[: one.last]))
            for key, one in last.items()
            if one.is_full
        ]
    return sorted(saturations, key=lambda one: one.after)


def checked_patients(typed: object) -> int:
    """Return a number of patients as typed, from 1 to `MAX_PATIENTS`. Raises `Refused` for anything else."""
    return _checked(typed, 1, MAX_PATIENTS, f"Indiquez un nombre de patients en chiffres, de 1 à {number(MAX_PATIENTS)}.")


def checked_reserve(typed: object) -> int:
    """Return how many places each unit keeps free, as typed, from 0 to `MAX_RESERVE`. Raises `Refused` for anything else."""
    return _checked(typed, 0, MAX_RESERVE, f"Indiquez une réserve par unité en chiffres, de 0 à {MAX_RESERVE}.")


def _checked(typed: object, least: int, most: int, refusal: str) -> int:
    """Parse a whole number as typed, 0 for nothing. Raises `Refused` with `refusal` out of its bounds."""
    try:
        value = checked_number(typed, "") or 0
    except Refused:
        raise Refused(refusal) from None
    if not least <= value <= most:
        raise Refused(refusal)
    return value
