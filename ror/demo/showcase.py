"""The small group that the demonstration's manager answers for: written by hand, so that it always shows something.

Three of its units declare only every 45 days, in turn, and one never does: at any instant at least three are overdue.
Most of the others are never silent for long, so that the overdue do not become the rule.
"""

from dataclasses import dataclass
from enum import StrEnum

ENTITY = "999400001"
ENTITY_NAME = "Groupe fictif de santé des Tilleuls - Val-de-Marne"


class Habit(StrEnum):
    """How a unit declares, when it is told by hand rather than drawn from its type; steady is usual without silences."""

    USUAL = "usual"
    STEADY = "steady"
    FEED = "feed"
    SELDOM = "seldom"
    NEVER = "never"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class ShowcaseUnit:
    """A unit: name, type (R244), capacity in beds or places, habit."""

    name: str
    unit_type: str
    installed: int
    habit: Habit = Habit.USUAL


@dataclass(frozen=True, slots=True)
class ShowcaseStructure:
    """A structure of the group: FINESS number, category code, name, INSEE code of its commune, units."""

    finess: str
    category_code: str
    name: str
    commune_code: str
    units: tuple[ShowcaseUnit, ...]


STRUCTURES = (
    ShowcaseStructure(
        "999410001",
        "355",
        "Hôpital fictif des Tilleuls - Créteil",
        "94028",
        (
            ShowcaseUnit("Réanimation polyvalente", "121", 12, Habit.FEED),
            ShowcaseUnit("Surveillance continue", "254", 8, Habit.STEADY),
            ShowcaseUnit("Unité d'hospitalisation - Cardiologie", "16", 28),
            ShowcaseUnit("Unité d'hospitalisation - Médecine polyvalente", "16", 30, Habit.STEADY),
            ShowcaseUnit("Unité d'hospitalisation - Chirurgie digestive", "16", 24),
            ShowcaseUnit("Unité d'hospitalisation - Court séjour gériatrique", "16", 26, Habit.SELDOM),
            ShowcaseUnit("Unité d'hospitalisation - Pneumologie", "16", 22, Habit.CLOSED),
            ShowcaseUnit("Soins palliatifs", "175", 10, Habit.STEADY),
            ShowcaseUnit("Hôpital de jour - Oncologie", "11", 14, Habit.STEADY),
        ),
    ),
    ShowcaseStructure(
        "999410002",
        "500",
        "EHPAD fictif Les Glycines - Créteil",
        "94028",
        (
            ShowcaseUnit("Hébergement permanent", "21", 82, Habit.STEADY),
            ShowcaseUnit("Hébergement temporaire", "21", 6, Habit.SELDOM),
            ShowcaseUnit("Accueil de jour", "21", 10, Habit.NEVER),
            ShowcaseUnit("PASA", "25", 14, Habit.STEADY),
        ),
    ),
    ShowcaseStructure(
        "999410003",
        "354",
        "SSIAD fictif des Acacias - Maisons-Alfort",
        "94046",
        (
            ShowcaseUnit("Soins infirmiers à domicile", "28", 45, Habit.STEADY),
            ShowcaseUnit("Équipe spécialisée Alzheimer", "29", 10, Habit.SELDOM),
        ),
    ),
)


def habits() -> dict[str, Habit]:
    """The habit of each unit of the group, by unit id."""
    return {
        f"{structure.finess}-{rank:02d}": unit.habit
        for structure in STRUCTURES
        for rank, unit in enumerate(structure.units, start=1)
    }
