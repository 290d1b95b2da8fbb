"""Numbers and comments that a unit would declare at an instant, and the traits of a unit that they depend on."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from ror.demo import showcase
from ror.demo.draws import DAY, Bools, Ints, drift, generator, noise, wave
from ror.demo.region import HOSPITALS, Region
from ror.demo.words import BED_COMMENTS, COMMENTS, PLACE_COMMENTS
from ror.model.nomenclature import CapacityType, unit_types

COMMENT_SHARE = 0.23
"""Of the hand-written declarations; automatic sources write none."""

BED_MANAGEMENT_SHARE = 0.15
DETAIL_SHARE = 0.25

_YEAR, _WEEK = int(365.25 * DAY), 7 * DAY
_AUGUST_FIRST, _SUNDAY = 212 * DAY, 3 * DAY
"""In microseconds since 1970: the middle of the quiet season, and a Sunday."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What never changes of the units, one element each, in the order of `region.units`.

    `automatic`: software declares for the unit. `detailed`: it declares every count, not only what is available.
    """

    installed: Ints
    bed: Bools
    automatic: Bools
    detailed: Bools
    account: list[str]
    temporality: list[str]


def unit_traits(region: Region, seed: int, fed: Ints) -> Traits:
    """Return the traits of the units; those at the indices `fed` are automatic whatever their hospital does."""
    rows = {structure.finess: row for row, structure in enumerate(region.structures)}
    row = np.array([rows[unit.structure] for unit in region.units])
    types = [unit_types()[unit.unit_type] for unit in region.units]
    hospital = np.array([structure.category_code in HOSPITALS for structure in region.structures])[row]
    bed = np.array([unit_type.capacity_type is CapacityType.BED for unit_type in types])
    managed = generator(seed, "sources").random(len(region.structures)) < BED_MANAGEMENT_SHARE
    automatic = hospital & bed & managed[row]
    automatic[fed] = True
    owners = [structure.legal_entity for structure in region.structures]
    accounts = ["demo-responsable" if owner == showcase.ENTITY else f"demo-m-{owner}" for owner in owners]
    return Traits(
        np.array([unit.installed or 0 for unit in region.units]),
        bed,
        automatic,
        hospital & bed & (generator(seed, "details").random(len(region.units)) < DETAIL_SHARE),
        [accounts[index] for index in row],
        [str(unit_type.temporality) for unit_type in types],
    )


def available(traits: Traits, seed: int, unit: Ints, instant: Ints) -> Ints:
    """Return what is available of each unit at the instant beside it.

    Beds follow a share of what is installed that moves with the season, the week and the days; places stay few.
    """
    count, installed = len(traits.installed), traits.installed[unit].astype(np.float64)
    wander = partial(drift, seed, count=count, unit=unit, instant=instant)
    slow, quick = wander("season", period=9 * DAY) - 0.5, wander("daily", period=DAY) - 0.5
    season, week = wave(instant, _YEAR, _AUGUST_FIRST), wave(instant, _WEEK, _SUNDAY)
    level = generator(seed, "level").random(count)[unit]
    beds = (0.02 + 0.13 * level + 0.03 * season + 0.015 * week + 0.12 * slow) * installed + 1.8 * quick
    moving = 0.12 * season + 0.7 * (wander("places", period=20 * DAY) - 0.5) + 0.15 * quick
    places = np.minimum(0.4 * installed, 5.5) * (0.1 + 0.7 * level + moving)
    number = np.where(traits.bed[unit], beds, places)
    result: Ints = np.clip(np.floor(number + 0.5), 0, installed).astype(np.int64)
    return result


def details(traits: Traits, seed: int, unit: Ints, instant: Ints, free: Ints) -> dict[str, Ints]:
    """Return the other counts: with the number available (`free`) they add up to what is installed and supplementary."""
    draw, installed = partial(noise, seed, count=len(traits.installed), unit=unit), traits.installed[unit]
    winter = wave(instant, _YEAR, _AUGUST_FIRST) < -0.5
    supplementary = np.where(winter & (draw("supplementary", step=instant // (9 * DAY)) > 0.8), 2, 0)
    closed = np.maximum((draw("closed", step=instant // (14 * DAY)) * 8).astype(np.int64) - 5, 0)
    closed = np.minimum(closed, installed - free)
    reserved = np.maximum((draw("reserved", step=instant // DAY) * 5).astype(np.int64) - 2, 0)
    reserved = np.minimum(reserved, installed - free - closed)
    return {
        "installed": installed,
        "occupied": installed + supplementary - free - closed - reserved,
        "reserved": reserved,
        "closed": closed,
        "supplementary": supplementary,
    }


def comments(traits: Traits, seed: int, unit: Ints, instant: Ints) -> Ints:
    """Return the comment of each declaration, as an index in ("", *COMMENTS); one stays some days."""
    draw = partial(noise, seed, count=len(traits.installed), unit=unit, step=instant // (5 * DAY))
    bed = traits.bed[unit]
    first = np.where(bed, 0, len(BED_COMMENTS))
    choices = len(COMMENTS) - np.where(bed, len(PLACE_COMMENTS), len(BED_COMMENTS))
    written = (draw("commented") < COMMENT_SHARE) & ~traits.automatic[unit]
    return np.where(written, 1 + first + (draw("comment") * choices).astype(np.int64), 0)
