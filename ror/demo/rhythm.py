"""What the units of the fictitious region declare between two instants: a pure function of the seed and of time."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ror.demo.chance import DAY, MINUTE, SECOND, Bools, Ints, drift, noise, wave
from ror.demo.habits import Pace, instants, paces, past, steady
from ror.demo.region import HOSPITALS, Region
from ror.demo.showcase import ENTITY
from ror.demo.words import BED_COMMENTS, COMMENTS, PLACE_COMMENTS
from ror.model.nomenclature import CapacityType, SourceType, unit_types

SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("kind", "unit", "temporality")),
        *((name, pa.int32()) for name in ("available", "installed", "occupied", "reserved", "closed", "supplementary")),
        *(("comment", pa.string()), ("closed_until", pa.date32()), ("source_type", pa.string()), ("account", pa.string())),
        *((name, pa.timestamp("us", tz="UTC")) for name in ("observed_at", "recorded_at")),
        ("acts_on", pa.int64()),
    ]
)
"""The columns of `rhythm`, those of the log without its `position`."""

COMMENT_SHARE = 0.23
"""Of the hand-written rows; automatic sources write none."""

BED_MANAGEMENT_SHARE = 0.15
DETAIL_SHARE = 0.25
YEAR, WEEK = int(365.25 * DAY), 7 * DAY
AUGUST_FIRST, SUNDAY = 212 * DAY, 3 * DAY
"""In microseconds since 1970: the middle of the quiet season, and a Sunday."""


@dataclass(frozen=True, slots=True)
class _Traits:
    """What never changes of each unit, one element a unit, in the order of `region.units`."""

    key: Ints
    installed: Ints
    bed: Bools
    automatic: Bools
    detailed: Bools
    account: list[str]
    temporality: list[str]


def _traits(region: Region, seed: int, feeds: Ints) -> _Traits:
    structures = {structure.finess: structure for structure in region.structures}
    held = [structures[unit.structure] for unit in region.units]
    types = [unit_types()[unit.unit_type] for unit in region.units]
    key = np.array([int(unit.id.replace("-", "")) for unit in region.units])
    hospital = np.array([structure.category_code in HOSPITALS for structure in held])
    bed = np.array([unit_type.capacity_type is CapacityType.BED for unit_type in types])
    automatic = hospital & bed & (noise(seed, 20, key // 100) < BED_MANAGEMENT_SHARE)
    automatic[feeds] = True
    return _Traits(
        key,
        np.array([unit.installed or 0 for unit in region.units]),
        bed,
        automatic,
        hospital & bed & (noise(seed, 21, key) < DETAIL_SHARE),
        ["demo-responsable" if s.legal_entity == ENTITY else f"demo-m-{s.legal_entity}" for s in held],
        [str(unit_type.temporality) for unit_type in types],
    )


def _microseconds(instant: datetime) -> int:
    if instant.tzinfo is None:
        raise ValueError("an instant without time zone cannot be placed in time")
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _rows(region: Region, seed: int, since: int, until: int) -> tuple[_Traits, Ints, Ints, Ints]:
    """The traits, and for every row that matters: unit number, observed, recorded; by unit, then by time.

    The rows before `since` are there to tell what each unit had declared last.
    """
    groups, spared = paces(region), steady(region)
    traits = _traits(region, seed, np.concatenate([groups[Pace.FEED], groups[Pace.SOFTWARE]]))
    units, observed = [], []
    for pace, members in groups.items():
        own, instant = instants(seed, pace, traits.key[members], spared[members], since - past(pace), until)
        units.append(members[own])
        observed.append(instant)
    unit, seen = np.concatenate(units), np.concatenate(observed)
    delay = (noise(seed, 22, traits.key[unit], seen // SECOND) * 2 * MINUTE).astype(np.int64) // SECOND * SECOND + MINUTE
    recorded = seen + np.where(traits.automatic[unit], delay, 0)
    order = np.lexsort((recorded, unit))
    order = order[recorded[order] < until]
    return traits, unit[order], seen[order], recorded[order]


def _available(traits: _Traits, seed: int, unit: Ints, instant: Ints) -> Ints:
    """Beds follow a share of what is installed that moves with the season, the week and the days; places stay few."""
    key, installed = traits.key[unit], traits.installed[unit].astype(np.float64)
    slow, quick = drift(seed, 30, key, instant, 9 * DAY) - 0.5, drift(seed, 31, key, instant, DAY) - 0.5
    season, week = wave(instant, YEAR, AUGUST_FIRST), wave(instant, WEEK, SUNDAY)
    own = noise(seed, 32, key)
    share = 0.02 + 0.13 * own + 0.03 * season + 0.015 * week + 0.12 * slow
    beds = share * installed + 1.8 * quick
    most = np.minimum(0.4 * installed, 5.5)
    places = most * (0.1 + 0.7 * own + 0.12 * season + 0.7 * (drift(seed, 33, key, instant, 20 * DAY) - 0.5) + 0.15 * quick)
    number = np.where(traits.bed[unit], beds, places)
    result: Ints = np.clip(np.floor(number + 0.5), 0, installed).astype(np.int64)
    return result


def _detail(traits: _Traits, seed: int, unit: Ints, instant: Ints, available: Ints) -> dict[str, Ints]:
    """The other counts: with the number available they make up exactly what is installed and supplementary."""
    key, installed = traits.key[unit], traits.installed[unit]
    winter = wave(instant, YEAR, AUGUST_FIRST) < -0.5
    supplementary = np.where(winter & (noise(seed, 40, key, instant // (9 * DAY)) > 0.8), 2, 0)
    closed = np.maximum((noise(seed, 41, key, instant // (14 * DAY)) * 8).astype(np.int64) - 5, 0)
    closed = np.minimum(closed, installed - available)
    reserved = np.maximum((noise(seed, 42, key, instant // DAY) * 5).astype(np.int64) - 2, 0)
    reserved = np.minimum(reserved, installed - available - closed)
    occupied = installed + supplementary - available - closed - reserved
    return {
        "installed": installed,
        "occupied": occupied,
        "reserved": reserved,
        "closed": closed,
        "supplementary": supplementary,
    }


def _comments(traits: _Traits, seed: int, unit: Ints, instant: Ints) -> Ints:
    """Which comment each row bears, as a place in ("", *COMMENTS); one stays some days."""
    key = traits.key[unit]
    step = instant // (5 * DAY)
    written = (noise(seed, 50, key, step) < COMMENT_SHARE) & ~traits.automatic[unit]
    bed = traits.bed[unit]
    first = np.where(bed, 0, len(BED_COMMENTS))
    choice = len(COMMENTS) - np.where(bed, len(PLACE_COMMENTS), len(BED_COMMENTS))
    return np.where(written, 1 + first + (noise(seed, 51, key, step) * choice).astype(np.int64), 0)


def _texts(numbers: Ints, words: list[str]) -> Any:
    return pa.DictionaryArray.from_arrays(pa.array(numbers), pa.array(words, pa.string())).cast(pa.string())


def rhythm(region: Region, since: datetime, until: datetime, seed: int = 2026) -> pa.Table:
    """The declarations recorded in [since, until), as columns of `SCHEMA`, by `recorded_at` (then by unit).

    Two neighbouring windows make up exactly the window that holds both. A "confirmed" row repeats the row before it of its
    unit, which a window that begins in between does not hold. Raises `ValueError` for an instant without time zone.
    """
    begin, end = _microseconds(since), _microseconds(until)
    traits, unit, observed, recorded = _rows(region, seed, begin, end)
    available = _available(traits, seed, unit, observed)
    counts = {"available": available, **_detail(traits, seed, unit, observed, available)}
    comment = _comments(traits, seed, unit, observed)
    same = np.concatenate(([False], unit[1:] == unit[:-1]))
    told = np.where(traits.detailed[unit], 1, 0)
    for values in (comment, available, *(counts[name] * told for name in counts if name != "available")):
        same &= np.concatenate(([False], values[1:] == values[:-1]))
    order = np.flatnonzero(recorded >= begin)
    order = order[np.lexsort((unit[order], recorded[order]))]
    unit = unit[order]
    detailed = traits.detailed[unit]
    columns = {
        "kind": _texts(same[order].astype(np.int64), ["declared", "confirmed"]),
        "unit": _texts(unit, [one.id for one in region.units]),
        "temporality": _texts(unit, traits.temporality),
        **{name: pa.array(values[order].astype(np.int32), mask=~detailed) for name, values in counts.items()},
        "available": pa.array(available[order].astype(np.int32)),
        "comment": _texts(comment[order], ["", *COMMENTS]),
        "closed_until": pa.nulls(len(order), pa.date32()),
        "source_type": _texts(traits.automatic[unit].astype(np.int64), [SourceType.MANUAL, SourceType.BED_MANAGEMENT]),
        "account": _texts(unit, traits.account),
        "observed_at": pa.array(observed[order]).cast(pa.timestamp("us", tz="UTC")),
        "recorded_at": pa.array(recorded[order]).cast(pa.timestamp("us", tz="UTC")),
        "acts_on": pa.nulls(len(order), pa.int64()),
    }
    return pa.table(columns).select(SCHEMA.names).cast(SCHEMA)


def opening(table: pa.Table) -> pa.Table:
    """The same rows as the opening of a fresh log: the first row of each unit is "declared", whatever it was.

    `rhythm` says "confirmed" of a row that repeats one older than its window; in a log that begins with this window there
    is nothing to confirm. For a log that already holds the rows before, keep the table as `rhythm` gives it.
    """
    units = table["unit"].combine_chunks().dictionary_encode().indices.to_numpy()
    first = np.zeros(table.num_rows, np.bool_)
    first[np.unique(units, return_index=True)[1]] = True
    kind = pc.if_else(pa.array(first), "declared", table["kind"])
    return table.set_column(table.schema.get_field_index("kind"), table.schema.field("kind"), kind)
