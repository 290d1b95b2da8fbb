"""Habits of declaring: one table by pace, the pace of each unit, and the times at which units declare."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ror.demo.catalogue import SHOWCASE
from ror.demo.scale import USUAL, DepartmentProfile
from ror.model.territory import PARIS

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

SECOND = 1_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND
"""Durations in microseconds; instants are microseconds since 1970 in UTC."""


@dataclass(frozen=True, slots=True)
class Habit:
    """The times at which the units of a pace declare.

    `times` is the number of declarations a day; `days` are the days of a cycle of `cycle` days, which begins on a Monday. Units
    take the elements of `times` and of `days` in turn. `days_off` is the share of weekends and public holidays on which they
    declare too. Within `hours` (local) each unit has its own time; without them its times are spread round the clock, in UTC.
    Each declaration is moved by at most `jitter` (microseconds). Units with `silences` do not declare in some weeks of a year.
    """

    times: tuple[int, ...] = (1,)
    cycle: int = 7
    days: tuple[tuple[int, ...], ...] = (tuple(range(7)),)
    days_off: float = 0.0
    hours: tuple[float, float] | None = (9, 16)
    jitter: int = 20 * MINUTE
    silences: bool = True


HABITS = {
    # Never an hour old once its record has arrived, so that at any hour some numbers are green.
    "feed": Habit(times=(27,), days_off=1, hours=None, jitter=90 * SECOND, silences=False),
    "software": Habit(times=(3,), days_off=1, hours=None, jitter=10 * MINUTE, silences=False),
    "critical": Habit(times=(3, 4, 5, 6), days_off=1, hours=None, jitter=10 * MINUTE),
    "daily": Habit(days_off=1, hours=(7, 20)),
    "ward": Habit(times=(1, 1, 1, 1, 1, 1, 2), days_off=0.33, hours=(7.33, 10.33)),
    "several": Habit(days=((0, 3), (1, 4), (0, 2, 4), (1, 3))),
    "weekly": Habit(days=tuple((day,) for day in range(5))),
    # Every six weeks, in turn: five in six of them are older than a week at any instant.
    "late": Habit(cycle=42, days=tuple((7 * week + day,) for week in range(6) for day in range(5)), silences=False),
    "seldom": Habit(cycle=45, days=((0,), (15,), (30,)), days_off=1, silences=False),
}
"""By pace; the units of the pace "never" do not declare."""

NEVER_SHARE, SILENT_SHARE = 0.045, 0.07
"""The share of the units, without those of critical care, that never declare; the share of the time that the others do not
declare, in spells of 10 to 45 days.
"""

SECOND_TIME = 7 * HOUR
"""The time between two declarations of a day, for units that declare within hours."""

WARDS = ("16", "175")
SEVERAL_A_WEEK = ("100", "101", "128", "130", "174", "249")
"""Types of units (R244)."""

HOLIDAYS = ("01-01", "05-01", "05-08", "07-14", "08-15", "11-01", "11-11", "12-25")
FIRST_MONDAY = 4
"""5 January 1970, in days since 1970."""

_GOLDEN = 0.6180339887498949


def golden_rotation(phase: Floats, step: Ints) -> Floats:
    """Return numbers in [0, 1) that jump at each step, evenly spread in the long run: a rotation by the golden ratio.

    The same phase and step give the same number, in whatever array they stand.
    """
    return (phase + step * _GOLDEN) % 1.0


def spread(count: int) -> Floats:
    """Return `count` numbers in [0, 1), evenly spread in a shuffled order: a limit selects an exact share of them."""
    return golden_rotation(np.zeros(count), np.arange(1, count + 1))


def usual_paces(units: pa.Table) -> NDArray[np.str_]:
    """Return the pace of the type of each unit of the board."""
    critical = units["duty_seconds"].to_numpy() * SECOND <= DAY
    ward, several = (pc.is_in(units["unit_type"], pa.array(codes)).to_numpy() for codes in (WARDS, SEVERAL_A_WEEK))
    return np.select([critical, ward, several], ["critical", "ward", "several"], "weekly")


def _shares(custom: DepartmentProfile, usual: str) -> dict[str, float]:
    """Return the share of each pace that customs give to units of a usual pace; the rest of them have the usual one."""
    if usual == "critical":
        return {"feed": custom.feed, "daily": custom.calm}
    shares = {"never": NEVER_SHARE, "software": custom.software, "daily": custom.daily, "late": custom.late}
    return shares | {"several": custom.calm} if usual == "ward" else shares


def paces(units: pa.Table, customs: Mapping[str, DepartmentProfile]) -> NDArray[np.str_]:
    """Return the pace of each unit of the board: by the showcase, by the customs of its département, or by its type."""
    usual = usual_paces(units)
    pace = usual.copy()
    # Each group is spread on its own: its shares hold in it, not only over the region.
    columns = pa.chunked_array([usual]), units["department"], units["capacity_type"]
    groups = pc.binary_join_element_wise(*columns, " ").combine_chunks().dictionary_encode()
    for number, group in enumerate(groups.dictionary.to_pylist()):
        kind, department, _ = group.split(" ")
        members = np.flatnonzero(groups.indices.to_numpy() == number)
        shares = _shares(customs.get(department, USUAL), kind)
        choice = np.searchsorted(np.cumsum(list(shares.values())), spread(len(members)), side="right")
        pace[members] = np.array([*shares, kind])[choice]
    for index, unit in enumerate(units["unit"].to_pylist()):
        if unit in SHOWCASE:
            pace[index] = SHOWCASE[unit]["pace"] or usual[index]
    pace[units["registry_closed"].to_numpy()] = "never"
    return pace


def declaration_times(pace: NDArray[np.str_], steady: Bools, luck: Floats, since: int, until: int) -> tuple[Ints, Ints]:
    """Return the declarations observed from `since` until `until` (microseconds), and some just before and after.

    For each unit: its `pace`, whether it has no silences (`steady`), and a random number in [0, 1) (`luck`). The result is two
    arrays with an element for each declaration: the index of its unit, and its instant, in whole seconds (as microseconds).
    """
    days = np.arange(since // DAY - 1, until // DAY + 2)
    dates = days.astype("datetime64[D]")
    holidays = [f"{year}-{day}" for year in np.unique(dates.astype("datetime64[Y]")) for day in HOLIDAYS]
    off = ~np.is_busday(dates, holidays=holidays)
    local = [int(datetime.combine(day, time(), PARIS).timestamp()) * SECOND for day in dates.tolist()]
    parts = [(np.empty(0, np.int64), np.empty(0, np.int64))]
    for name, habit in HABITS.items():
        members = np.flatnonzero(pace == name)
        own, phase, times = luck[members], spread(len(members)), np.resize(habit.times, len(members))
        patterns = np.array([[day in pattern for day in range(habit.cycle)] for pattern in habit.days])
        declares = patterns[np.arange(len(members)) % len(patterns)][:, (days - FIRST_MONDAY) % habit.cycle]
        declares &= ~off | (golden_rotation(own[:, None], days) < habit.days_off)
        if habit.silences:
            spells = (days // (10 + 35 * own[:, None])).astype(np.int64)
            declares &= steady[members, None] | (golden_rotation(7 * own[:, None], spells) > SILENT_SHARE)
        slots = np.arange(max(habit.times))
        unit, day, slot = np.nonzero(declares[:, :, None] & (slots < times[:, None, None]))
        if habit.hours:
            interval, midnight = np.full(len(members), SECOND_TIME), np.array(local)
            first = (habit.hours[0] + phase * (habit.hours[1] - habit.hours[0])) * HOUR
        else:
            interval, midnight = DAY // times, days * DAY
            first = phase * interval
        shift = (2 * golden_rotation(3 * own[unit], days[day] * len(slots) + slot) - 1) * habit.jitter
        observed = midnight[day] + (first[unit] + slot * interval[unit] + shift).astype(np.int64)
        parts.append((members[unit], observed // SECOND * SECOND))
    units, instants = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return units, instants
