"""The board: every unit with its latest numbers, immutable, kept ready for one position and refreshed by what is new."""

import threading
from dataclasses import dataclass

import pyarrow as pa

from ror.model.nomenclature import unit_types
from ror.store import registry
from ror.store.database import Cursor, Database


@dataclass(frozen=True, slots=True)
class Board:
    """The region at one position. `units` has one row per unit: its registry entry joined to its latest event."""

    position: int
    registry_position: int
    latest: pa.Table
    units: pa.Table


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
    """The board at a position: from the events after the kept board, or from the whole log when none is kept."""
    seen = kept.position if kept else 0
    cursor.register("kept", kept.latest if kept else _NOTHING)
    latest = cursor.execute(
        """
        WITH news AS (
            SELECT * FROM declaration WHERE position > ? AND position <= ?
        ),
        latest_news AS (
            SELECT unit, temporality, max(position) AS position FROM news GROUP BY ALL
        ),
        fresh AS (
            SELECT position, unit, temporality, kind, available, installed AS declared_installed, occupied, reserved,
                   news.closed AS closed_count, supplementary, comment, closed_until, account, observed_at
            FROM news JOIN latest_news USING (position, unit, temporality)
        )
        SELECT * FROM kept ANTI JOIN fresh USING (unit, temporality)
        UNION ALL BY NAME
        SELECT * FROM fresh
        """,
        [seen, position],
    ).to_arrow_table()
    return Board(position, registry.last_change(cursor), latest, _joined(cursor, latest))


_NOTHING = pa.schema(
    [
        ("position", pa.int64()),
        ("unit", pa.string()),
        ("temporality", pa.string()),
        ("kind", pa.string()),
        ("available", pa.int32()),
        ("declared_installed", pa.int32()),
        ("occupied", pa.int32()),
        ("reserved", pa.int32()),
        ("closed_count", pa.int32()),
        ("supplementary", pa.int32()),
        ("comment", pa.string()),
        ("closed_until", pa.date32()),
        ("account", pa.string()),
        ("observed_at", pa.timestamp("us", tz="UTC")),
    ]
).empty_table()


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


def _joined(cursor: Cursor, latest: pa.Table) -> pa.Table:
    cursor.register("latest", latest)
    cursor.register("unit_type", _types())
    return cursor.execute(
        """
        SELECT
            unit.id AS unit, unit.name, unit.unit_type, unit.telephone,
            unit.closed OR structure.closed AS registry_closed,
            unit_type.type_label, unit_type.activity_field, unit_type.capacity_type, unit_type.temporality,
            unit_type.duty_seconds,
            structure.finess, structure.legal_entity, structure.name AS structure, structure.category,
            structure.address, structure.postal_code, structure.commune, structure.department,
            structure.telephone AS structure_telephone, structure.latitude, structure.longitude,
            coalesce(latest.declared_installed, unit.installed) AS installed,
            coalesce(latest.position, 0) AS position, latest.kind, latest.available, latest.occupied, latest.reserved,
            latest.closed_count, latest.supplementary, coalesce(latest.comment, '') AS comment, latest.closed_until,
            latest.account, latest.observed_at
        FROM unit
        JOIN structure ON structure.finess = unit.structure
        JOIN unit_type ON unit_type.code = unit.unit_type
        LEFT JOIN latest ON latest.unit = unit.id AND latest.temporality = unit_type.temporality
        ORDER BY structure.department, structure.name, unit.name
        """
    ).to_arrow_table()
