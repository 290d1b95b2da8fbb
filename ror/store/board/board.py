"""The board: every unit with its latest numbers, by département; immutable, and refreshed from the new events alone."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ror.model.crisis import CrisisEvent
from ror.store import crises, kinds, registry_changes, tensions
from ror.store.board import contradictions, directory, event_columns
from ror.store.board.directory import Directory
from ror.store.engine.database import BATCH, Cursor, Database

MAX_RECENT_EVENTS = 10_000
"""Events in `Board.recent` above which they are merged into `Board.base`."""

UnitRow = dict[str, Any]
"""A unit of the board as a mapping: the columns of `Board.slices`, and once aged those of `store.board.aging`."""


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """The region at one position.

    `slices` has, by département, one row per unit: its registry entry joined to its latest event. A new board shares with the
    previous one the objects that did not change. `base` and `recent` have the latest event of each unit and
    temporality: `base` up to a past position, `recent` those since.
    """

    position: int
    registry_position: int
    directory: Directory
    base: pa.Table
    recent: pa.Table
    slices: Mapping[str, pa.Table]
    crises: tuple[CrisisEvent, ...] = ()
    """Every version of every event of a crisis, in the order of the log."""
    tension_position: int = 0
    """The position of the last tension that was declared."""

    @property
    def latest(self) -> pa.Table:
        """The latest event of each unit and temporality, by position; computed at each call."""
        return _merged(self.base, self.recent).sort_by("position")

    @property
    def units(self) -> pa.Table:
        """Every unit, by département, structure and name; shares the memory of `slices`."""
        return pa.concat_tables(self.slices.values())

    def units_of(self, department: str) -> pa.Table:
        """Return the units of a département, by structure and name; none for an unknown one."""
        return self.slices.get(department, next(iter(self.slices.values())).slice(0, 0))


class BoardCache:
    """Thread-safe cache of the board at the database's present position."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._board: Board | None = None

    def get(self) -> Board:
        """Return the board as it stands: the cached one, refreshed by the events after it."""
        cached = self._board
        if cached is not None and cached.position == self._database.position:
            return cached
        with self._lock, self._database.reader() as cursor:
            position = self._database.position
            if self._board is None or self._board.position < position:
                self._board = refreshed(cursor, self._board, position)
            return self._board


@lru_cache(maxsize=4)
def _cache(db: Database) -> BoardCache:
    return BoardCache(db)


def current(db: Database) -> Board:
    """Return the board as it stands, shared by every reader of the process."""
    return _cache(db).get()


def refreshed(cursor: Cursor, previous: Board | None, position: int) -> Board:
    """Return the board at a position, from the events after the previous board, or from the whole log without one.

    With the cursor of an open transaction the board has what that transaction wrote. The registry is read again only when it,
    or an event of a crisis, changed since.
    """
    changed, tension_changed = registry_changes.last_changes(cursor)
    events = _latest_events(cursor, previous.position if previous else 0, position)
    reported = contradictions.changed_units(cursor, previous.position, position) if previous else []
    if previous is None or changed != previous.registry_position:
        latest = _merged(previous.latest, events) if previous else events
        needs = kinds.name_needs(cursor)
        units = contradictions.marked(cursor, _joined(cursor, latest, needs), position)
        words = directory.of_units(cursor, units, needs)
        slices, versions = by_department(units), crises.versions(cursor)
        return Board(position, changed, words, latest, events.slice(0, 0), slices, versions, tension_changed)
    if tension_changed != previous.tension_position:
        slices = _with_tensions(previous, tensions.latest(cursor))
        previous = replace(previous, slices=slices, tension_position=tension_changed)
    if not events.num_rows and not reported:
        return replace(previous, position=position)
    base, recent = previous.base, _merged(previous.recent, events)
    if recent.num_rows > MAX_RECENT_EVENTS:
        base, recent = _merged(base, recent), recent.slice(0, 0)
    slices = {**previous.slices, **_updated_slices(cursor, previous, events, reported, position)}
    return replace(previous, position=position, base=base, recent=recent, slices=slices)


def _merged(latest: pa.Table, events: pa.Table) -> pa.Table:
    """Return the latest events after `events` replaced the earlier ones of the same unit and temporality."""
    if not events.num_rows or not latest.num_rows:
        return latest if latest.num_rows else events
    keys = ["unit", "temporality"]
    return pa.concat_tables([latest.join(events.select(keys), keys, join_type="left anti"), events])


def _latest_events(cursor: Cursor, after: int, position: int) -> pa.Table:
    """Return the last event of each unit and temporality between two positions.

    Columns: unit, temporality, capacity_type (of the unit then), and `event_columns.columns`.
    """
    columns = ", ".join(f"{sql} AS {name}" for name, sql in event_columns.columns("declaration").items())
    return cursor.execute(
        f"""
        WITH last AS (
            SELECT max(position) AS position FROM declaration WHERE position > $after AND position <= $position
            GROUP BY unit, temporality
        )
        SELECT unit, temporality, coalesce(capacity_type, '') AS capacity_type, {columns}
        FROM declaration JOIN last USING (position)
        WHERE position > $after AND position <= $position
        """,  # noqa: S608 - constants of this module
        {"after": after, "position": position},
    ).to_arrow_table(BATCH)


def _order(structure: str, name: str) -> str:
    """Return the SQL that orders units by département, structure and name, in which « É » sorts as « E »."""
    return f"department, strip_accents(lower({structure})), finess, strip_accents(lower({name})), unit"


_BY_NAME = "strip_accents(lower(structure.name)), strip_accents(lower(unit.name)), unit.id"
"""The order numbered by the column `name_order`, once for a version of the registry: sorting names took half of a ranking."""


def _joined(cursor: Cursor, latest: pa.Table, needs: pa.Table) -> pa.Table:
    """Return every unit of the registry that counts beds or places, with its latest event for its own temporality.

    `needs`: `store.kinds.name_needs`.
    """
    cursor.register("latest", latest)
    cursor.register("unit_need", needs)
    cursor.register("tension", tensions.latest(cursor))
    kinds.register(cursor)
    return cursor.execute(
        f"""
        WITH other AS (
            SELECT latest.unit AS of_unit, {event_columns.others("latest")} AS others
            FROM latest
            JOIN unit ON unit.id = latest.unit
            JOIN unit_kind ON {kinds.OF_UNIT}
            WHERE latest.temporality <> unit_kind.temporality AND latest.capacity_type = unit_kind.capacity_type
            GROUP BY latest.unit
        )
        SELECT
            unit.id AS unit, unit.name, unit.unit_type, unit.telephone, unit.bed_telephone,
            unit.closed OR structure.closed AS registry_closed,
            unit_kind.type_label, coalesce(nullif(unit.activity_field, ''), unit_kind.first_field) AS activity_field,
            unit_kind.capacity_type, unit_kind.temporality, unit_kind.duty_seconds, unit_need.needs,
            unit.care_mode, unit.patient_type, coalesce(nullif(unit.patient_type, ''), unit_kind.patients) AS patients,
            unit.short_name, unit.psychiatric_sector, unit.intervention_zone,
            unit.operational_activity, unit.sensitive, unit.created_at,
            structure.finess, structure.legal_entity, structure.name AS structure, structure.category,
            structure.address, structure.postal_code, structure.commune, structure.commune_code, structure.department,
            structure.telephone AS structure_telephone, structure.bed_telephone AS structure_bed_telephone,
            structure.latitude, structure.longitude,
            tension.tension, tension.tension_at, tension.tension_until,
            unit.installed AS registry_installed,
            coalesce(latest.declared_installed, unit.installed) AS installed,
            row_number() OVER (ORDER BY {_BY_NAME})::INTEGER AS name_order,
            coalesce(latest.position, 0) AS position, latest.kind, latest.available, latest.occupied, latest.reserved,
            latest.closed_count, latest.supplementary, latest.women, latest.men, latest.either,
            coalesce(latest.parts, '') AS parts, coalesce(latest.comment, '') AS comment, latest.closed_until,
            latest.source_type, latest.account, coalesce(latest.channel, '') AS channel,
            latest.observed_at, latest.recorded_at, latest.declared_installed,
            other.others
        FROM unit
        JOIN structure ON structure.finess = unit.structure
        JOIN unit_kind ON {kinds.OF_UNIT}
        JOIN unit_need ON {kinds.OF_NAME}
        LEFT JOIN latest ON latest.unit = unit.id AND latest.temporality = unit_kind.temporality
        LEFT JOIN other ON other.of_unit = unit.id
        LEFT JOIN tension ON tension.finess = structure.finess
        WHERE unit_kind.capacity_type IS NOT NULL
        ORDER BY {_order("structure.name", "unit.name")}
        """  # noqa: S608 - constants of this module
    ).to_arrow_table(BATCH)


def _updated_slices(
    cursor: Cursor, previous: Board, events: pa.Table, reported: list[str], position: int
) -> dict[str, pa.Table]:
    """Return new slices for the départements with new events or reports; the other départements are not read."""
    departments = previous.directory.departments
    changed = sorted({*events["unit"].to_pylist(), *reported} & departments.keys())
    codes = sorted({departments[unit] for unit in changed})
    if not codes:
        return {}
    cursor.register("previous", pa.concat_tables(previous.slices[code] for code in codes))
    cursor.register("event", events)
    columns = ", ".join(
        f"CASE WHEN event.unit IS NULL THEN previous.{name} ELSE event.{name} END AS {name}" for name in event_columns.NAMES
    )
    units = cursor.execute(
        f"""
        WITH other AS (
            SELECT event.unit AS of_unit, {event_columns.others("event")} AS others, list(event.temporality) AS temporalities
            FROM event JOIN previous USING (unit)
            WHERE event.temporality <> previous.temporality AND event.capacity_type = previous.capacity_type
            GROUP BY event.unit
        )
        SELECT previous.* REPLACE (
            {columns},
            CASE WHEN event.unit IS NULL THEN previous.installed
                 ELSE coalesce(event.declared_installed, previous.registry_installed) END AS installed,
            CASE WHEN other.of_unit IS NULL THEN previous.others ELSE list_sort(other.others || list_filter(
                     coalesce(previous.others, []), entry -> NOT list_contains(other.temporalities, entry.temporality)
                 )) END AS others
        )
        FROM previous
        LEFT JOIN event USING (unit, temporality)
        LEFT JOIN other ON other.of_unit = previous.unit
        ORDER BY {_order("structure", "name")}
        """  # noqa: S608 - constants of this module
    ).to_arrow_table(BATCH)
    return by_department(contradictions.marked(cursor, units, position, only=changed))


def _with_tensions(previous: Board, latest: pa.Table) -> dict[str, pa.Table]:
    """Return the slices of a board with the tension columns replaced by the last tension of each structure."""
    units = previous.units
    rows = pc.index_in(units["finess"], value_set=latest["finess"].combine_chunks())
    for name in ("tension", "tension_at", "tension_until"):
        index = units.column_names.index(name)
        units = units.set_column(index, units.schema.field(name), latest[name].combine_chunks().take(rows))
    return by_department(units)


def by_department(units: pa.Table) -> dict[str, pa.Table]:
    """Split a table sorted by département into slices, without copying; return one empty slice for a table without a row."""
    if not units.num_rows:
        return {"": units}
    slices, start = {}, 0
    for group in pc.value_counts(units["department"]).to_pylist():
        slices[group["values"]] = units.slice(start, group["counts"])
        start += group["counts"]
    return slices
