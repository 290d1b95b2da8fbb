"""Pace of each unit of a region: by the showcase, by the customs of its département, or by its type."""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache

import numpy as np

from ror.demo import showcase
from ror.demo.draws import Ints, spread
from ror.demo.habits import Pace
from ror.demo.region import Region
from ror.demo.scale import USUAL, Custom
from ror.model.nomenclature import CapacityType, unit_types
from ror.model.registry import Unit

NEVER_SHARE = 0.04
_WARDS = frozenset({"16", "175"})
_SEVERAL_A_WEEK = frozenset({"100", "101", "128", "130", "174", "249"})


@cache
def _pace_of_type(code: str) -> Pace:
    if unit_types()[code].duty <= timedelta(days=1):
        return Pace.CRITICAL
    if code in _WARDS:
        return Pace.WARD
    return Pace.SEVERAL if code in _SEVERAL_A_WEEK else Pace.WEEKLY


def _imposed_pace(unit: Unit) -> Pace | None:
    """Return the pace that the registry or the showcase imposes; None where the customs decide."""
    if unit.closed:
        return Pace.NONE
    shown = showcase.UNITS.get(unit.id)
    return None if shown is None else shown.pace or _pace_of_type(unit.unit_type)


def _shares(unit: Unit, custom: Custom, never: float) -> Iterator[tuple[Pace, float]]:
    """Yield the paces that customs give to such units, each with its share of them."""
    usual = _pace_of_type(unit.unit_type)
    if usual is Pace.CRITICAL:
        yield from ((Pace.FEED, custom.feed), (Pace.DAILY, custom.calm))
        return
    bed = unit_types()[unit.unit_type].capacity_type is CapacityType.BED
    yield Pace.NONE, never
    yield Pace.SOFTWARE, custom.software + custom.software_beds * bed
    yield from ((Pace.DAILY, custom.daily), (Pace.LATE, custom.late))
    yield Pace.SEVERAL, custom.calm * (usual is Pace.WARD)


def _customary_pace(unit: Unit, custom: Custom, never: float, rank: float) -> Pace:
    for pace, share in _shares(unit, custom, never):
        if rank < share:
            return pace
        rank -= share
    return _pace_of_type(unit.unit_type)


def paces(region: Region) -> dict[Pace, Ints]:
    """Return the indices in `region.units` of the units of each pace, in order."""
    departments = {structure.finess: structure.department for structure in region.structures}
    members: dict[Pace, list[int]] = {pace: [] for pace in Pace}
    groups: dict[tuple[str, bool], list[int]] = {}
    for number, unit in enumerate(region.units):
        pace = _imposed_pace(unit)
        if pace is None:
            critical = _pace_of_type(unit.unit_type) is Pace.CRITICAL
            groups.setdefault((departments[unit.structure], critical), []).append(number)
        else:
            members[pace].append(number)
    # Critical care always declares something: the share that never does is made up by the others.
    others = sum(len(numbers) for (_, critical), numbers in groups.items() if not critical)
    never = NEVER_SHARE * sum(map(len, groups.values())) / max(others, 1)
    # Each département is spread on its own: its shares hold in it, not only over the region.
    for (department, _), numbers in groups.items():
        custom = region.scale.customs.get(department, USUAL)
        for number, rank in zip(numbers, spread(len(numbers)).tolist(), strict=True):
            members[_customary_pace(region.units[number], custom, never, rank)].append(number)
    return {pace: np.array(sorted(numbers), np.int64) for pace, numbers in members.items()}
