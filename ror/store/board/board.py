"""The board: every unit with its latest numbers, immutable, cut by département and refreshed by what is new."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from ror.model.nomenclature import unit_types
from ror.store import registry
from ror.store.board import directory
from ror.store.board.directory import Directory
from ror.store.engine.database import Cursor, Database

MOST_NEWS = 10_000
"""Events kept beside the latest ones of all units before they are folded into them."""


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """The region at one position.

    `slices` has, by département, one row per unit: its registry entry joined to its latest event. What a new board has in
    common with the one before is the same object. `base` and `news` hold the latest event by unit and temporality, as they
    stood when the registry was read and since.
    """

    position: int
    registry_position: int
    directory: Directory
    base: pa.Table
    news: pa.Table
    slices: Mapping[str, pa.Table]

    @property
    def latest(self) -> pa.Table:
        """The latest event of each unit for each temporality, in the order of their positions; made anew at each call."""
        return _merged(self.base, self.news).sort_by("position")

    @property
    def units(self) -> pa.Table:
        """Every unit, by département, structure and name; shares the memory of `slices`."""
        return together(self.slices.values())


def together(slices: Iterable[pa.Table]) -> pa.Table:
    """Slices as one table, without copying them; at least one is needed."""
    return pa.concat_tables(list(slices))


class BoardKeeper:
    """Gives the board of the database's present position; shared by every reader of the process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._board: Board | None = None

    def board(self) -> Board:
        """The board as it stands now: the kept one, or the kept one and the events after it."""
        kept = self._board
        if kept is not None and kept.position == self._database.position:
            return kept
        with self._lock, self._database.reader() as cursor:
            position = self._database.position
            if self._board is None or self._board.position < position:
                self._board = _refreshed(cursor, self._board, position)
            return self._board


def _refreshed(cursor: Cursor, kept: Board | None, position: int) -> Board:
    """The board at a position: from the events after the kept board, or from the whole log when none is kept.

    The registry is read again when it changed since, and then alone.
    """
    changed = registry.last_change(cursor)
    fresh = _fresh(cursor, kept.position if kept else 0, position)
    if kept is None or changed != kept.registry_position:
        latest = _merged(kept.latest, fresh) if kept else fresh
        units = _joined(cursor, latest)
        return Board(position, changed, directory.of_units(cursor, units), latest, fresh.slice(0, 0), sliced(units))
    if not fresh.num_rows:
        return replace(kept, position=position)
    base, news = kept.base, _merged(kept.news, fresh)
    if news.num_rows > MOST_NEWS:
        base, news = _merged(base, news), news.slice(0, 0)
    return replace(kept, position=position, base=base, news=news, slices={**kept.slices, **_renewed(cursor, kept, fresh)})


def _merged(latest: pa.Table, fresh: pa.Table) -> pa.Table:
    """The latest events, those of `fresh` in place of what they follow."""
    if not fresh.num_rows or not latest.num_rows:
        return latest if latest.num_rows else fresh
    keys = ["unit", "temporality"]
    return pa.concat_tables([latest.join(fresh.select(keys), keys, join_type="left anti"), fresh])


_EVENT = {
    "position": "position",
    "kind": "kind",
    "available": "available",
    "declared_installed": "installed",
    "occupied": "occupied",
    "reserved": "reserved",
    "closed_count": "closed",
    "supplementary": "supplementary",
    "comment": "comment",
    "closed_until": "closed_until",
    "source_type": "source_type",
    "account": "account",
    "observed_at": "observed_at",
    "recorded_at": "recorded_at",
}
"""What the board takes of an event: its name there, and in the log."""


def _fresh(cursor: Cursor, seen: int, position: int) -> pa.Table:
    """The last event of each unit and temporality among those after `seen`: columns unit, temporality and `_EVENT`."""
    columns = ", ".join(f"declaration.{column} AS {name}" for name, column in _EVENT.items())
    return cursor.execute(
        f"""
        WITH last AS (
            SELECT max(position) AS position FROM declaration WHERE position > $seen AND position <= $position
            GROUP BY unit, temporality
        )
        SELECT unit, temporality, {columns} FROM declaration JOIN last USING (position)
        WHERE position > $seen AND position <= $position
        """,  # noqa: S608 - constants of this module
        {"seen": seen, "position": position},
    ).to_arrow_table()


def _types() -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                "code": kind.code,
                "type_label": kind.label,
                "activity_field": kind.activity_field,
                "capacity_type": str(kind.capacity_type),
                "temporality": str(kind.temporality),
                "duty_seconds": int(kind.duty.total_seconds()),
            }
            for kind in unit_types().values()
        ]
    )


def _order(structure: str, name: str) -> str:
    """By département, structure and unit, as a reader looks for names: « É » stands with « E »."""
    return f"department, strip_accents(lower({structure})), finess, strip_accents(lower({name})), unit"


def _joined(cursor: Cursor, latest: pa.Table) -> pa.Table:
    """Every unit of the registry with its latest event for its own temporality."""
    cursor.register("latest", latest)
    cursor.register("unit_kind", _types())
    return cursor.execute(
        f"""
        SELECT
            unit.id AS unit, unit.name, unit.unit_type, unit.telephone,
            unit.closed OR structure.closed AS registry_closed,
            unit_kind.type_label, unit_kind.activity_field, unit_kind.capacity_type, unit_kind.temporality,
            unit_kind.duty_seconds,
            structure.finess, structure.legal_entity, structure.name AS structure, structure.category,
            structure.address, structure.postal_code, structure.commune, structure.commune_code, structure.department,
            structure.telephone AS structure_telephone, structure.latitude, structure.longitude,
            unit.installed AS registry_installed,
            coalesce(latest.declared_installed, unit.installed) AS installed,
            coalesce(latest.position, 0) AS position, latest.kind, latest.available, latest.occupied, latest.reserved,
            latest.closed_count, latest.supplementary, coalesce(latest.comment, '') AS comment, latest.closed_until,
            latest.source_type, latest.account, latest.observed_at, latest.recorded_at, latest.declared_installed
        FROM unit
        JOIN structure ON structure.finess = unit.structure
        JOIN unit_kind ON unit_kind.code = unit.unit_type
        LEFT JOIN latest ON latest.unit = unit.id AND latest.temporality = unit_kind.temporality
        ORDER BY {_order("structure.name", "unit.name")}
        """  # noqa: S608 - constants of this module
    ).to_arrow_table()


def _renewed(cursor: Cursor, kept: Board, fresh: pa.Table) -> dict[str, pa.Table]:
    """The slices of the départements that have fresh events, with them; the others are not read."""
    known = kept.directory.departments
    codes = sorted({known[unit] for unit in fresh["unit"].to_pylist() if unit in known})
    if not codes:
        return {}
    cursor.register("kept", together(kept.slices[code] for code in codes))
    cursor.register("fresh", fresh)
    renewed = ", ".join(
        f"CASE WHEN fresh.unit IS NULL THEN kept.{name} ELSE fresh.{name} END AS {name}" for name in _EVENT if name != "comment"
    )
    units = cursor.execute(
        f"""
        SELECT kept.* REPLACE (
            {renewed},
            CASE WHEN fresh.unit IS NULL THEN kept.comment ELSE coalesce(fresh.comment, '') END AS comment,
            CASE WHEN fresh.unit IS NULL THEN kept.installed
                 ELSE coalesce(fresh.declared_installed, kept.registry_installed) END AS installed
        )
        FROM kept LEFT JOIN fresh USING (unit, temporality)
        ORDER BY {_order("structure", "name")}
        """  # noqa: S608 - constants of this module
    ).to_arrow_table()
    return sliced(units)


def sliced(units: pa.Table) -> dict[str, pa.Table]:
    """A table in the order of its départements, cut by département without copying; one empty slice when it has no row."""
    if not units.num_rows:
        return {"": units}
    found, start = {}, 0
    for count in pc.value_counts(units["department"]).to_pylist():
        found[count["values"]] = units.slice(start, count["counts"])
        start += count["counts"]
    return found
