"""The demonstration: a fictitious region or country and the rhythm of its declarations, the same for the same seed."""

from ror.demo.movement import UnitMovement, counts_after_move, movement
from ror.demo.region import Region, build_region
from ror.demo.rhythm import MANAGERS, SCHEMA, manager_of, rhythm
from ror.demo.scale import NATIONAL, REGIONAL, SCALES, Scale

__all__ = [
    "MANAGERS",
    "NATIONAL",
    "REGIONAL",
    "SCALES",
    "SCHEMA",
    "Region",
    "Scale",
    "UnitMovement",
    "build_region",
    "counts_after_move",
    "manager_of",
    "movement",
    "rhythm",
]
