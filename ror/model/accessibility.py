"""How far the service meets RGAA 4.1, the French reference for accessibility, from `data/rgaa.csv`.

The page `docs/accessibility.md` and the statement of the footer are both made from it.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache

from ror.settings import DATA

ASSESSED_ON = date(2026, 11, 29)
"""The day when the criteria were last gone through, one by one."""

THEMES = (
    "Images",
    "Frames",
    "Colours",
    "Multimedia",
    "Tables",
    "Links",
    "Scripts",
    "Mandatory elements",
    "Structure",
    "Presentation",
    "Forms",
    "Navigation",
    "Consultation",
)
"""The thirteen themes of RGAA, in the order of their numbers."""


class State(StrEnum):
    """The result of the assessment of a criterion."""

    CONFORM = "C"
    NOT_CONFORM = "NC"
    NOT_APPLICABLE = "NA"


@dataclass(frozen=True, slots=True)
class Criterion:
    """A criterion of RGAA: its number, what it asks, the result and how it was checked.

    `barrier` says in French, for a criterion that is not conform, who is stopped and where; "" for the others.
    """

    number: str
    subject: str
    state: State
    how: str
    barrier: str

    @property
    def theme(self) -> str:
        """Return the theme of the criterion, given by the first part of its number."""
        return THEMES[int(self.number.partition(".")[0]) - 1]


@cache
def criteria() -> tuple[Criterion, ...]:
    """Return the 106 criteria of RGAA 4.1, in the order of their numbers."""
    with (DATA / "rgaa.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter=";")
        return tuple(
            Criterion(row["criterion"], row["subject"], State(row["state"]), row["how"], row["barrier"]) for row in rows
        )


@dataclass(frozen=True, slots=True)
class Conformity:
    """How many of the criteria that apply are met, and the barriers of the others."""

    conform: int
    applicable: int
    barriers: tuple[str, ...]

    @property
    def percentage(self) -> int:
        """Return the share of met criteria, rounded down: 100 only when all of them are."""
        return 100 * self.conform // self.applicable

    @property
    def level(self) -> str:
        """Return the level by the words of the law: all criteria, half of them, or fewer."""
        if self.conform == self.applicable:
            return "totalement conforme"
        return "partiellement conforme" if 2 * self.conform >= self.applicable else "non conforme"


def conformity(assessed: Iterable[Criterion]) -> Conformity:
    """Count the criteria that are met among those that apply."""
    applicable = [one for one in assessed if one.state is not State.NOT_APPLICABLE]
    missed = [one for one in applicable if one.state is State.NOT_CONFORM]
    return Conformity(len(applicable) - len(missed), len(applicable), tuple(one.barrier for one in missed))
