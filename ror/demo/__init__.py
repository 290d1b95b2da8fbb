"""The demonstration: a fictitious region and the rhythm of its declarations, the same for the same seed."""

from ror.demo.region import Region, build_region
from ror.demo.rhythm import SCHEMA, opening, rhythm

__all__ = ["SCHEMA", "Region", "build_region", "opening", "rhythm"]
