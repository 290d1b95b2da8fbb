"""Declarations of the fictitious region or country between two instants: a pure function of the seed and of time."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from ror.demo import showcase
from ror.demo.draws import Ints
from ror.demo.habits import LONGEST_DELAY, LONGEST_GAP, Pace, declaration_times
from ror.demo.numbers import available, comments, details, unit_traits
from ror.demo.paces import paces
from ror.demo.region import Region
from ror.demo.words import COMMENTS
from ror.model.nomenclature import SourceType

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


class _Rows(NamedTuple):
    """Declarations before their numbers: index of the unit in `region.units`, instants observed and recorded."""

    unit: Ints
    observed: Ints
    recorded: Ints


def _microseconds(instant: datetime) -> int:
    if instant.tzinfo is None:
        raise ValueError("an instant without time zone cannot be placed in time")
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _concat(parts: Sequence[_Rows]) -> _Rows:
    """Return all the rows, by unit, then by time."""
    unit, observed, recorded = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.lexsort((recorded, unit))
    return _Rows(unit[order], observed[order], recorded[order])


def _last_of_each(rows: _Rows) -> _Rows:
    last = np.append(rows.unit[1:] != rows.unit[:-1], True)[: len(rows.unit)]
    return _Rows(*(column[last] for column in rows))


def _repeats(column: Any) -> Any:
    """Return whether each value is that of the row before."""
    return np.concatenate(([False], column[1:] == column[:-1]))[: len(column)]


def _texts(indices: Ints, words: Sequence[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(indices), pa.array(words, pa.string())).cast(pa.string())


class _Rhythm:
    """The rhythm of a region for one seed: what all its windows share is computed once."""

    def __init__(self, region: Region, seed: int) -> None:
        self._seed, self._paces = seed, paces(region)
        fed = np.concatenate([self._paces[Pace.FEED], self._paces[Pace.SOFTWARE]])
        self._traits = unit_traits(region, seed, fed)
        self._units = [unit.id for unit in region.units]
        self._steady = np.array([unit in showcase.UNITS and showcase.UNITS[unit].steady for unit in self._units])

    def rows(self, since: int, until: int) -> _Rows:
        """Return the declarations recorded in [since, until), by unit, then by time."""
        parts = []
        for pace, members in self._paces.items():
            times = declaration_times(self._seed, pace, self._steady[members], since - LONGEST_DELAY, until)
            unit, observed, delay = members[times[0]], times[1], times[2]
            recorded = observed + np.where(self._traits.automatic[unit], delay, 0)
            inside = (recorded >= since) & (recorded < until)
            parts.append(_Rows(unit[inside], observed[inside], recorded[inside]))
        return _concat(parts)

    def table(self, rows: _Rows, begin: int) -> pa.Table:
        """Return the rows recorded since `begin`, by `recorded_at`; those before are each unit's previous declaration."""
        traits, seed, (unit, observed, recorded) = self._traits, self._seed, rows
        free = available(traits, seed, unit, observed)
        counts = {"available": free, **details(traits, seed, unit, observed, free)}
        comment = comments(traits, seed, unit, observed)
        same = _repeats(unit) & _repeats(comment) & _repeats(free)
        for values in counts.values():
            same &= _repeats(values) | ~traits.detailed[unit]
        order = np.flatnonzero(recorded >= begin)
        order = order[np.lexsort((unit[order], recorded[order]))]
        unit = unit[order]
        detailed = traits.detailed[unit]
        columns = {
            "kind": _texts(same[order].astype(np.int64), ["declared", "confirmed"]),
            "unit": _texts(unit, self._units),
            "temporality": _texts(unit, traits.temporality),
            **{name: pa.array(values[order].astype(np.int32), mask=~detailed) for name, values in counts.items()},
            "available": pa.array(free[order].astype(np.int32)),
            "comment": _texts(comment[order], ["", *COMMENTS]),
            "closed_until": pa.nulls(len(order), pa.date32()),
            "source_type": _texts(traits.automatic[unit].astype(np.int64), [SourceType.MANUAL, SourceType.BED_MANAGEMENT]),
            "account": _texts(unit, traits.account),
            "observed_at": pa.array(observed[order]).cast(pa.timestamp("us", tz="UTC")),
            "recorded_at": pa.array(recorded[order]).cast(pa.timestamp("us", tz="UTC")),
            "acts_on": pa.nulls(len(order), pa.int64()),
        }
        return pa.table(columns).select(SCHEMA.names).cast(SCHEMA)


def windows(
    region: Region, since: datetime, until: datetime, seed: int = 2026, *, empty_log: bool = False
) -> Iterator[pa.Table]:
    """Yield the declarations recorded in [since, until) as consecutive tables of at most the scale's `window`.

    Their columns are those of `SCHEMA`, their rows by `recorded_at`, then by unit. Two neighbouring periods make up exactly
    the period that holds both. A "confirmed" row repeats the row before it of its unit, which may be older than `since`; in
    an `empty_log` nothing is older, and the first row of each unit is "declared". Raises `ValueError` for an instant without
    time zone.
    """
    begin, end = _microseconds(since), _microseconds(until)
    step = region.scale.window // timedelta(microseconds=1)
    source = _Rhythm(region, seed)
    last = source.rows(begin, begin)
    if not empty_log:
        for start in range(begin - LONGEST_GAP, begin, step):
            last = _last_of_each(_concat([last, source.rows(start, min(start + step, begin))]))
    for start in range(begin, end, step):
        rows = _concat([last, source.rows(start, min(start + step, end))])
        yield source.table(rows, start)
        last = _last_of_each(rows)


def rhythm(region: Region, since: datetime, until: datetime, seed: int = 2026, *, empty_log: bool = False) -> pa.Table:
    """Return all of `windows` in one table."""
    return pa.concat_tables([SCHEMA.empty_table(), *windows(region, since, until, seed, empty_log=empty_log)])
