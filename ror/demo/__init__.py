"""The demonstration: a fictitious region or country and the rhythm of its declarations, the same for the same seed."""

from ror.demo.region import Region, build_region
from ror.demo.rhythm import SCHEMA, rhythm
from ror.demo.scale import NATIONAL, REGIONAL, SCALES, Scale

__all__ = ["NATIONAL", "REGIONAL", "SCALES", "SCHEMA", "Region", "Scale", "build_region", "rhythm"]
