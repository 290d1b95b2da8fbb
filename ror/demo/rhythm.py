"""What the units of the fictitious region or country declare between two instants: a pure function of the seed and of time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from ror.demo.chance import DAY, MINUTE, SECOND, Bools, Ints, drift, noise, wave
from ror.demo.habits import LONGEST_GAP, Pace, instants, paces, steady
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
LONGEST_DELAY = 3 * MINUTE
"""Between what software observes and its record."""

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


class _Rows(NamedTuple):
    """Who speaks when: number of the unit, observed, recorded."""

    unit: Ints
    observed: Ints
    recorded: Ints


def _microseconds(instant: datetime) -> int:
    if instant.tzinfo is None:
        raise ValueError("an instant without time zone cannot be placed in time")
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


class _Score:
    """What the rhythm of a region is computed from, made once for all its windows."""

    def __init__(self, region: Region, seed: int) -> None:
        self.region, self.seed = region, seed
        self._groups, self._spared = paces(region), steady(region)
        self.traits = _traits(region, seed, np.concatenate([self._groups[Pace.FEED], self._groups[Pace.SOFTWARE]]))

    def rows(self, since: int, until: int) -> _Rows:
        """What is recorded in [since, until), in no order."""
        traits, parts = self.traits, []
        for pace, members in self._groups.items():
            key = traits.key[members]
            own, observed = instants(self.seed, pace, key, self._spared[members], since - LONGEST_DELAY, until)
            unit = members[own]
            delay = noise(self.seed, 22, traits.key[unit], observed // SECOND) * 2 * MINUTE
            recorded = observed + np.where(traits.automatic[unit], delay.astype(np.int64) // SECOND * SECOND + MINUTE, 0)
            kept = (recorded >= since) & (recorded < until)
            parts.append(_Rows(unit[kept], observed[kept], recorded[kept]))
        return _joined(parts)


def _joined(parts: list[_Rows]) -> _Rows:
    """All the rows, by unit, then by time."""
    unit, observed, recorded = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.lexsort((recorded, unit))
    return _Rows(unit[order], observed[order], recorded[order])


def _last(rows: _Rows) -> _Rows:
    """The last row of each unit."""
    last = np.append(rows.unit[1:] != rows.unit[:-1], True)[: len(rows.unit)]
    return _Rows(*(column[last] for column in rows))


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


def _table(score: _Score, rows: _Rows, begin: int) -> pa.Table:
    """The rows (by unit, then by time) recorded since `begin`, by `recorded_at`; those before tell what was said last."""
    region, traits, seed, (unit, observed, recorded) = score.region, score.traits, score.seed, rows
    available = _available(traits, seed, unit, observed)
    counts = {"available": available, **_detail(traits, seed, unit, observed, available)}
    comment = _comments(traits, seed, unit, observed)
    same = np.concatenate(([False], unit[1:] == unit[:-1]))[: len(unit)]
    told = np.where(traits.detailed[unit], 1, 0)
    for values in (comment, available, *(counts[name] * told for name in counts if name != "available")):
        same &= np.concatenate(([False], values[1:] == values[:-1]))[: len(unit)]
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


def windows(region: Region, since: datetime, until: datetime, seed: int = 2026, *, fresh: bool = False) -> Iterator[pa.Table]:
    """The declarations recorded in [since, until), as columns of `SCHEMA`, by `recorded_at` (then by unit), in consecutive
    tables of at most the scale's `window`.

    Two neighbouring periods make up exactly the period that holds both. A "confirmed" row repeats the row before it of its
    unit, which may be older than `since`; in a `fresh` log nothing is older, and the first row of each unit is "declared".
    Raises `ValueError` for an instant without time zone.
    """
    begin, end = _microseconds(since), _microseconds(until)
    step = region.scale.window // timedelta(microseconds=1)
    score = _Score(region, seed)
    last = _joined([score.rows(begin, begin)])
    if not fresh:
        for start in range(begin - LONGEST_GAP, begin, step):
            last = _last(_joined([last, score.rows(start, min(start + step, begin))]))
    for start in range(begin, end, step):
        rows = _joined([last, score.rows(start, min(start + step, end))])
        yield _table(score, rows, start)
        last = _last(rows)


def rhythm(region: Region, since: datetime, until: datetime, seed: int = 2026, *, fresh: bool = False) -> pa.Table:
    """All of `windows` in one table."""
    return pa.concat_tables([SCHEMA.empty_table(), *windows(region, since, until, seed, fresh=fresh)])
