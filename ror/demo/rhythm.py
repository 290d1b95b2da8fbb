"""Declarations of the fictitious region or country between two instants: a pure function of its board, a seed and time."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ror.demo.catalogue import COMMENTS, ENTITY, SHOWCASE, WORDS
from ror.demo.habits import DAY, MINUTE, SECOND, Bools, Floats, Ints, declaration_times, golden_rotation, paces, usual_paces
from ror.demo.scale import REGIONAL, Scale
from ror.model.nomenclature import CapacityType, SourceType
from ror.model.territory import PARIS

BOARD_COUNTS = ("available", "declared_installed", "occupied", "reserved", "closed_count", "supplementary")
COUNTS = ("available", "installed", "occupied", "reserved", "closed", "supplementary")
SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("kind", "unit", "temporality")),
        *((name, pa.int32()) for name in COUNTS),
        *(("comment", pa.string()), ("closed_until", pa.date32()), ("source_type", pa.string()), ("account", pa.string())),
        *((name, pa.timestamp("us", tz="UTC")) for name in ("observed_at", "recorded_at")),
        ("acts_on", pa.int64()),
    ]
)
"""The columns of `rhythm`, those of the log without its `position`."""

MANAGERS = "demo-m-"
"""The beginning of the ids of the managers that nobody signs in as."""

OWN_UNITS = r"^99\d{7}-\d\d$"
"""The units that `build_region` draws; one that an administrator adds is left to people."""

COMMENT_SHARE, BED_MANAGEMENT_SHARE, DETAIL_SHARE = 0.23, 0.15, 0.25
"""The shares of the declarations by people that have a comment, of the hospitals whose software declares, and of the hospital
units that declare every count rather than the number available alone.
"""

MAX_DELAY = 3 * MINUTE
"""The longest time from an observation by software to its record; the shortest one is a minute."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEAR, _WEEK = int(365.25 * DAY), 7 * DAY
_AUGUST_FIRST, _SUNDAY = 212 * DAY, 3 * DAY
"""In microseconds since 1970: the middle of the quiet season, and a Sunday."""


def _wave(instant: Ints, period: int | Floats, peak: int | Floats) -> Floats:
    """Return a wave of parabolas between -1 and 1, highest at `peak`; all parameters are in microseconds.

    It is not a cosine, whose last bit depends on the processor and on the index of a value in its array.
    """
    side = np.abs(((instant - peak) % period) / period - 0.5) * 4 - 1
    numbers: Floats = side * (2 - np.abs(side))
    return numbers


def usual_counts(luck: Floats, installed: Ints, bed: Bools, instant: Ints) -> Ints:
    """Return the counts of each declaration, (6, rows) in the order of `COUNTS`; `luck` holds numbers in [0, 1), (3, rows).

    Beds follow a share of what is installed that moves with the season, the week and the days; places stay few. The number
    available and the other counts add up to what is installed and supplementary.
    """
    level, slow, quick = luck
    season, week = _wave(instant, _YEAR, _AUGUST_FIRST), _wave(instant, _WEEK, _SUNDAY)
    tide = _wave(instant, (9 + 9 * slow) * DAY, quick * _YEAR) + _wave(instant, (4 + 4 * quick) * DAY, slow * _YEAR)
    ripple = 0.6 * _wave(instant, (1.2 + slow) * DAY, level * _YEAR)
    beds = (0.02 + 0.13 * level + 0.03 * season + 0.015 * week + 0.03 * tide) * installed + ripple
    places = np.minimum(0.4 * installed, 5.5) * (0.1 + 0.7 * level + 0.12 * season + 0.15 * tide + 0.1 * ripple)
    free = np.clip(np.floor(np.where(bed, beds, places) + 0.5), 0, installed).astype(np.int64)
    supplementary = np.where((season < -0.5) & (golden_rotation(level, instant // (9 * DAY)) > 0.8), 2, 0)
    closed = np.clip((golden_rotation(slow, instant // (14 * DAY)) * 8).astype(np.int64) - 5, 0, installed - free)
    reserved = np.clip((golden_rotation(quick, instant // DAY) * 5).astype(np.int64) - 2, 0, installed - free - closed)
    occupied = installed + supplementary - free - closed - reserved
    return np.stack([free, installed, occupied, reserved, closed, supplementary])


def _comments(luck: Floats, bed: Bools, instant: Ints) -> Ints:
    """Return the comment of each declaration, as an index of `COMMENTS`; it changes every 5 days. `luck` is (2, rows)."""
    step, common = instant // (5 * DAY), len(WORDS["comments"])
    first = np.where(bed, 1, 1 + len(WORDS["bed_comments"]))
    choices = common + np.where(bed, len(WORDS["bed_comments"]), len(WORDS["place_comments"]))
    return np.where(
        golden_rotation(luck[0], step) < COMMENT_SHARE, first + (golden_rotation(luck[1], step) * choices).astype(np.int64), 0
    )


def _last_states(units: pa.Table) -> Ints:
    """Return the last counts and comment of each unit, (7, units); -1 for a missing value, and for all of a closed unit."""
    counts = [units[name].fill_null(-1).to_numpy() for name in BOARD_COUNTS]
    comment = pc.index_in(units["comment"], pa.array(COMMENTS)).fill_null(-1).to_numpy()
    return np.where(units["closed_until"].is_null().to_numpy(), np.stack([*counts, comment]), -1).astype(np.int32)


def _texts(indices: Ints, values: Sequence[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(indices), pa.array(values, pa.string())).cast(pa.string())


def drawn(units: pa.Table, seed: int) -> tuple[pa.Table, Floats, np.random.Generator]:
    """Return the fictitious units of the board, by id, random numbers in [0, 1) for them (7, units), and their generator."""
    own = units.filter(pc.match_substring_regex(units["unit"], OWN_UNITS)).sort_by("unit")
    rng = np.random.default_rng(seed)
    return own, rng.random((7, own.num_rows)), rng


def microseconds(instant: datetime) -> int:
    """Return an instant in microseconds since 1970."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def manager_of(legal_entity: str) -> str:
    """Return the id of the account that declares for a legal entity of the fiction."""
    return "demo-responsable" if legal_entity == ENTITY else f"{MANAGERS}{legal_entity}"


def rhythm(
    units: pa.Table, since: datetime, until: datetime, scale: Scale = REGIONAL, masked: Collection[str] = (), seed: int = 2026
) -> pa.Table:
    """Return the declarations recorded in [since, until): the columns of `SCHEMA`, by `recorded_at`, then by unit.

    `units` are those of the board at `since`: only what was observed after their last number is returned, and nothing of a
    unit closed for a time; a "confirmed" row repeats that number or the row before it. The declarations of two adjoining
    periods are exactly those of both together. The units `masked` get no comment.
    """
    units, luck, rng = drawn(units, seed)
    begin, end = microseconds(since), microseconds(until)
    ids = units["unit"].to_pylist()
    pace, bed = paces(units, scale.customs), pc.equal(units["capacity_type"], CapacityType.BED).to_numpy()
    hospital = np.isin(usual_paces(units), ["critical", "ward"])
    structures, structure = np.unique([unit[:9] for unit in ids], return_inverse=True)
    managed = rng.random(len(structures)) < BED_MANAGEMENT_SHARE
    automatic = np.isin(pace, ["feed", "software"]) | (hospital & managed[structure])
    detailed = hospital & (luck[6] < DETAIL_SHARE)
    silent = automatic | np.isin(ids, list(masked))
    last = units["observed_at"].cast(pa.int64()).fill_null(0).to_numpy()
    closed = pc.greater_equal(units["closed_until"], until.astimezone(PARIS).date()).fill_null(False).to_numpy()

    unit, observed = declaration_times(pace, np.isin(ids, list(SHOWCASE)), luck[3], begin - MAX_DELAY, end)
    delay = MINUTE + (golden_rotation(luck[4, unit], observed // MINUTE) * (MAX_DELAY - MINUTE)).astype(np.int64)
    recorded = observed + np.where(automatic[unit], delay // SECOND * SECOND, 0)
    order = np.lexsort((recorded, unit))
    order = order[((recorded >= begin) & (recorded < end) & (observed > last[unit]) & ~closed[unit])[order]]
    unit, observed, recorded = unit[order], observed[order], recorded[order]

    installed = units["registry_installed"].fill_null(0).to_numpy()[unit]
    counts = usual_counts(luck[:3, unit], installed.astype(np.int64), bed[unit], observed)
    counts[1:, ~detailed[unit]] = -1
    comment = np.where(silent[unit], 0, _comments(luck[4:6, unit], bed[unit], observed))
    state = np.vstack([counts, comment]).astype(np.int32)
    first = np.diff(unit, prepend=-1) != 0
    confirmed = (state == np.where(first, _last_states(units)[:, unit], np.roll(state, 1, axis=1))).all(axis=0)

    accounts = [manager_of(owner) for owner in units["legal_entity"].to_pylist()]
    columns = {
        "kind": _texts(confirmed.astype(np.int64), ["declared", "confirmed"]),
        "unit": _texts(unit, ids),
        "temporality": _texts(unit, units["temporality"].to_pylist()),
        **{name: pa.array(values, mask=values < 0) for name, values in zip(COUNTS, state, strict=False)},
        "comment": _texts(state[-1], COMMENTS),
        "closed_until": pa.nulls(len(unit)),
        "source_type": _texts(automatic[unit].astype(np.int64), [SourceType.MANUAL, SourceType.BED_MANAGEMENT]),
        "account": _texts(unit, accounts),
        "observed_at": observed,
        "recorded_at": recorded,
        "acts_on": pa.nulls(len(unit)),
    }
    return pa.table(columns).cast(SCHEMA).take(np.lexsort((unit, recorded)))
