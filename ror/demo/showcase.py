"""The small group that the demonstration's manager answers for: written by hand, so that it always shows something.

Three of its units declare only every 45 days, in turn, and one never does: at any instant at least three are overdue.
Most of the others have no spells of silence, so that few units are overdue.
"""

from dataclasses import dataclass

from ror.demo.habits import Pace

ENTITY = "999400001"
ENTITY_NAME = "Groupe fictif de santé des Tilleuls - Val-de-Marne"


@dataclass(frozen=True, slots=True)
class ShowcaseUnit:
    """A unit: name, type (R244), capacity in beds or places, and how it differs from others of its type.

    `pace` replaces that of its type, `steady` spares it the spells of silence, `closed` is its state in the registry.
    """

    name: str
    unit_type: str
    installed: int
    pace: Pace | None = None
    steady: bool = False
    closed: bool = False


@dataclass(frozen=True, slots=True)
class ShowcaseStructure:
    """A structure of the group: FINESS number, category code, name, INSEE code of its commune, units."""

    finess: str
    category_code: str
    name: str
    commune_code: str
    units: tuple[ShowcaseUnit, ...]


_HOSPITAL = (
    ShowcaseUnit("Réanimation polyvalente", "121", 12, Pace.FEED),
    ShowcaseUnit("Surveillance continue", "254", 8, steady=True),
    ShowcaseUnit("Unité d'hospitalisation - Cardiologie", "16", 28),
    ShowcaseUnit("Unité d'hospitalisation - Médecine polyvalente", "16", 30, steady=True),
    ShowcaseUnit("Unité d'hospitalisation - Chirurgie digestive", "16", 24),
    ShowcaseUnit("Unité d'hospitalisation - Court séjour gériatrique", "16", 26, Pace.SELDOM),
    ShowcaseUnit("Unité d'hospitalisation - Pneumologie", "16", 22, closed=True),
    ShowcaseUnit("Soins palliatifs", "175", 10, steady=True),
    ShowcaseUnit("Hôpital de jour - Oncologie", "11", 14, steady=True),
)
_NURSING_HOME = (
    ShowcaseUnit("Hébergement permanent", "21", 82, steady=True),
    ShowcaseUnit("Hébergement temporaire", "21", 6, Pace.SELDOM),
    ShowcaseUnit("Accueil de jour", "21", 10, Pace.NONE),
    ShowcaseUnit("PASA", "25", 14, steady=True),
)
_HOME_NURSING = (
    ShowcaseUnit("Soins infirmiers à domicile", "28", 45, steady=True),
    ShowcaseUnit("Équipe spécialisée Alzheimer", "29", 10, Pace.SELDOM),
)
STRUCTURES = (
    ShowcaseStructure("999410001", "355", "Hôpital fictif des Tilleuls - Créteil", "94028", _HOSPITAL),
    ShowcaseStructure("999410002", "500", "EHPAD fictif Les Glycines - Créteil", "94028", _NURSING_HOME),
    ShowcaseStructure("999410003", "354", "SSIAD fictif des Acacias - Maisons-Alfort", "94046", _HOME_NURSING),
)
UNITS = {f"{group.finess}-{rank:02d}": unit for group in STRUCTURES for rank, unit in enumerate(group.units, start=1)}
"""The units of the group by id."""
