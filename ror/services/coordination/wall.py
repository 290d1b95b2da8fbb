"""The content of the wall screen: numbers of the region and names of its public registry, and nothing else.

A display can read only this content, which has no telephone, comment, name of a person, file or history.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ror.model.crisis import current_round, open_at
from ror.model.display import Display
from ror.model.filters import Filters
from ror.model.journal import Act
from ror.model.nomenclature import CapacityType
from ror.model.rights import Account, Action
from ror.model.unit_change import ChangeKind, UnitState, change_of
from ror.services import journal
from ror.services.availability import consult
from ror.services.availability.consult import UnitRow, View
from ror.services.coordination import crisis_progress
from ror.store.board import board as boards
from ror.store.board import recent
from ror.store.board.consultation import Summary
from ror.store.engine.database import Database

RECENT = timedelta(hours=1)

MAX_LATEST = 6
MAX_DEGRADED = 6
MAX_DEPARTMENTS = 13
MAX_SYMBOLS = 3_000
"""The most structures with a symbol each on the map; with more of them each département has one symbol."""

_MAX_READ = 50
"""Units whose earlier numbers are read."""


@dataclass(frozen=True, slots=True)
class RecentUnit:
    """A unit in a list of the wall. `at` is the instant of its number, or that from which it is late.

    `before` is its previous number, None without one.
    """

    name: str
    structure: str
    department: str
    capacity: CapacityType
    before: int | None
    now: int | None
    rank: int | None
    at: datetime
    kind: ChangeKind | None = None


@dataclass(frozen=True, slots=True)
class DepartmentNumbers:
    """The summary (`store.board.consultation.departments`) of a département."""

    code: str
    summary: Summary


@dataclass(frozen=True, slots=True)
class Symbol:
    """A structure or a département on the map: its position, the band of its median unit (None: closed), the number free."""

    longitude: float
    latitude: float
    rank: int | None
    free: int


@dataclass(frozen=True, slots=True)
class CrisisProgress:
    """An event under way: how many of the units expected to answer did, and the end of the present round."""

    name: str
    answered: int
    expected: int
    next_deadline: datetime


@dataclass(frozen=True, slots=True)
class Degraded:
    """The units that became late or fell to zero in the last `RECENT`: the number of each, and the newest of them.

    `more_zero`: more units may have fallen to zero, as not all of those at zero were compared with their earlier number.
    """

    late: int
    zero: int
    units: tuple[RecentUnit, ...]
    more_zero: bool = False


@dataclass(frozen=True, slots=True)
class Wall:
    """The content of the wall at an instant. `codes` are the départements of the map, `outlines` their version."""

    position: int
    at: datetime
    region: Summary
    codes: tuple[str, ...]
    outlines: str
    departments: tuple[DepartmentNumbers, ...]
    symbols: tuple[Symbol, ...]
    latest: tuple[RecentUnit, ...]
    degraded: Degraded
    crises: tuple[CrisisProgress, ...]


def read(db: Database, reader: Display | Account, now: datetime) -> Wall:
    """Return the content of the wall for a display (`displays.of_session`) or for an account.

    Raises `Forbidden`, journalled, for an account without the right.
    """
    if isinstance(reader, Account):
        journal.require(db, reader, Action.MANAGE_DISPLAYS, Act.DISPLAY, "displays", now)
    at = consult.shared_instant(now)
    view = consult.view(db, boards.current(db), Filters(), at)
    parts: dict[str, Any] = view.cache.get("wall", lambda: _parts(db, view))
    return Wall(view.position, at, **parts)


def _crises(view: View) -> Iterator[CrisisProgress]:
    """Yield the progress of the events under way in their present rounds, the earliest opened first."""
    for event in open_at(view.board.crises, view.at):
        units = crisis_progress.in_scope(view.board.units, event.scope)
        progress = crisis_progress.of_aged_units(units, event, current_round(event, view.at))
        yield CrisisProgress(event.label, progress.answered, progress.expected, progress.round.end)


def _parts(db: Database, view: View) -> dict[str, Any]:
    """Return the fields of a `Wall` that depend on the view alone, by name."""
    latest, degraded = _recent(db, view)
    return {
        "region": view.region,
        "codes": tuple(view.codes),
        "outlines": consult.outlines(db, view).version,
        "departments": _departments(view),
        "symbols": _symbols(view),
        "latest": latest,
        "degraded": degraded,
        "crises": tuple(_crises(view)),
    }


def _departments(view: View) -> tuple[DepartmentNumbers, ...]:
    """Return the départements, in their order; when they are too many, those where most units are late."""
    codes = sorted(view.departments)
    if len(codes) > MAX_DEPARTMENTS:
        codes = sorted(codes, key=lambda code: -view.departments[code]["overdue"])[:MAX_DEPARTMENTS]
    return tuple(DepartmentNumbers(code, view.departments[code]) for code in codes)


def _symbols(view: View) -> tuple[Symbol, ...]:
    """Return a symbol for each structure that has a position, or for each département when they are too many."""
    units = view.board.units
    if pc.count_distinct(units["finess"]).as_py() <= MAX_SYMBOLS:
        places = [place for code in view.departments for place in view.structures(code)]
        return tuple(_symbol(place, place["longitude"], place["latitude"]) for place in places if _has_position(place))
    means = units.group_by("department").aggregate([("longitude", "mean"), ("latitude", "mean")]).to_pylist()
    positions = {row["department"]: (row["longitude_mean"], row["latitude_mean"]) for row in means}
    return tuple(_symbol(one, *positions[code]) for code, one in view.departments.items() if None not in positions[code])


def _has_position(place: Mapping[str, Any]) -> bool:
    return place["longitude"] is not None and place["latitude"] is not None


def _symbol(summary: Summary, longitude: float, latitude: float) -> Symbol:
    # Beds and places are never added: the larger number sizes the symbol.
    return Symbol(longitude, latitude, summary["rank"], max(summary["beds"], summary["places"]))


def _recent(db: Database, view: View) -> tuple[tuple[RecentUnit, ...], Degraded]:
    """Return the latest declarations, and the units that became late or fell to zero in the last `RECENT`."""
    units, since = view.board.units, view.at - RECENT
    latest, empty = recent.latest(units, MAX_LATEST), recent.units_at_zero(units, since)
    with db.reader() as cursor:
        late = recent.became_late(cursor, units, since, view.moment)
        read = pa.concat_tables([latest, empty.slice(0, _MAX_READ)]).select(["unit", "temporality"]).to_pylist()
        pairs = sorted({(row["unit"], row["temporality"]) for row in read})
        numbers = recent.numbers_before(cursor, pairs, since, view.position)
    zero = [
        _listed(row, then, row["recorded_at"], kind)
        for row in empty.slice(0, _MAX_READ).to_pylist()
        if (then := numbers.get(row["unit"], (None, None))[1]) and (kind := _fall(row, then)) is not None
    ]
    due = dict(zip(late["unit"].to_pylist(), late["due_at"].to_pylist(), strict=True))
    rows = units.filter(pc.is_in(units["unit"], value_set=late["unit"].slice(0, MAX_DEGRADED).combine_chunks())).to_pylist()
    overdue = [_listed(row, None, due[row["unit"]], ChangeKind.BECAME_LATE) for row in rows]
    newest = sorted([*zero, *overdue], key=lambda unit: unit.at, reverse=True)[:MAX_DEGRADED]
    shown = (_listed(row, numbers.get(row["unit"], (None, None))[0], row["observed_at"]) for row in latest.to_pylist())
    return tuple(shown), Degraded(late.num_rows, len(zero), tuple(newest), empty.num_rows > _MAX_READ)


def _fall(row: UnitRow, then: int) -> ChangeKind | None:
    """Return the change of a unit that offers nothing now, from its earlier number `then`."""
    before = UnitState(then, open=True, overdue=False, silent=False)
    return change_of(before, UnitState(row["available"], row["open"], row["overdue"], silent=False))


def _listed(row: UnitRow, before: int | None, at: datetime | None, kind: ChangeKind | None = None) -> RecentUnit:
    return RecentUnit(
        name=row["name"],
        structure=row["structure"],
        department=row["department"],
        capacity=CapacityType(row["capacity_type"]),
        before=before,
        now=row["available"],
        rank=row["rank"],
        at=at or row["recorded_at"],
        kind=kind,
    )
