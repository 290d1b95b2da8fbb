"""The append-only log of declarations: nothing in it is ever updated or deleted, but for what `comments.erase` takes out."""

from collections.abc import Sequence
from dataclasses import astuple
from datetime import datetime

import numpy as np
import pyarrow as pa

from ror.model.capacity import Counts, Declaration, EventKind
from ror.store.engine.database import Cursor, Transaction

_COLUMNS = """
    position, kind, unit, temporality, available, installed, occupied, reserved, closed, supplementary, comment,
    closed_until, source_type, account, observed_at, recorded_at, acts_on, save_id
"""


def _declarations(table: pa.Table) -> list[Declaration]:
    return [
        Declaration(
            position=row["position"],
            kind=EventKind(row["kind"]),
            unit=row["unit"],
            temporality=row["temporality"],
            counts=Counts(
                *(row[name] for name in ("available", "installed", "occupied", "reserved", "closed", "supplementary"))
            ),
            comment=row["comment"],
            closed_until=row["closed_until"],
            source_type=row["source_type"],
            account=row["account"],
            observed_at=row["observed_at"],
            recorded_at=row["recorded_at"],
            acts_on=row["acts_on"],
            save_id=row["save_id"] or "",
        )
        for row in table.to_pylist()
    ]


def append(transaction: Transaction, declaration: Declaration) -> None:
    """Write one event; its position comes from `transaction.next_position()`."""
    event = declaration
    transaction.cursor.execute(
        f"INSERT INTO declaration ({_COLUMNS}) VALUES ({', '.join('?' * 18)})",  # noqa: S608
        [
            event.position,
            str(event.kind),
            event.unit,
            event.temporality,
            *astuple(event.counts),
            event.comment,
            event.closed_until,
            event.source_type,
            event.account,
            event.observed_at,
            event.recorded_at,
            event.acts_on,
            event.save_id,
        ],
    )


def append_table(transaction: Transaction, events: pa.Table) -> None:
    """Write many events at once: an Arrow table of every column but `position`, in the order to write them."""
    first = transaction.next_position(events.num_rows)
    positioned = events.append_column("position", pa.array(np.arange(first, first + events.num_rows), pa.int64()))
    transaction.cursor.register("positioned", positioned)
    transaction.cursor.execute("INSERT INTO declaration BY NAME SELECT * FROM positioned")
    transaction.cursor.unregister("positioned")


RECENT = 250_000
"""Positions at the end of the log where whoever declares often is found sooner than through the index."""

# DuckDB goes through the index of units when nothing else is asked of the table.
_OF_UNIT = "of_unit AS MATERIALIZED (SELECT {columns} FROM declaration WHERE unit = $unit)"
_LATELY = "of_unit AS (SELECT {columns} FROM declaration WHERE unit = $unit AND position > $after)"


def latest(
    cursor: Cursor,
    unit: str,
    before: int | None = None,
    temporality: str | None = None,
    *,
    masks: bool = True,
    end: int = 0,
) -> Declaration | None:
    """The last event of a unit by position, strictly before one if given, of one temporality if given; None: no event.

    `masks` False leaves out the masked comments, which change no number. `end` is the last position of the log where it is
    known: those who declare often are looked for near it, the others have few events to look through.
    """
    wanted = {"unit": unit, "before": before, "temporality": temporality, "masks": masks}
    for after in (end - RECENT, 0) if end > RECENT else (0,):
        events, more = (_LATELY, {"after": after}) if after else (_OF_UNIT, {})
        found = _declarations(
            cursor.execute(
                f"""
                WITH {events.format(columns=_COLUMNS)}
                SELECT {_COLUMNS} FROM of_unit
                WHERE position < coalesce($before, 9223372036854775807) AND temporality = coalesce($temporality, temporality)
                  AND ($masks OR kind <> 'masked')
                ORDER BY position DESC LIMIT 1
                """,  # noqa: S608 - constants of this module
                wanted | more,
            ).to_arrow_table()
        )
        if found:
            return found[0]
    return None


def latest_of(cursor: Cursor, units: Sequence[str]) -> list[Declaration]:
    """What `latest` gives for each of many units and temporalities, with masks and without, oldest first; read at once."""
    query = f"""
        WITH lasts AS (
            SELECT max(position) AS last, max(position) FILTER (kind <> 'masked') AS last_number
            FROM declaration WHERE unit IN (SELECT unnest($units)) GROUP BY unit, temporality
        )
        SELECT {_COLUMNS} FROM declaration
        WHERE position IN (SELECT last FROM lasts UNION SELECT last_number FROM lasts)
        ORDER BY position
    """  # noqa: S608 - the columns are a constant
    return _declarations(cursor.execute(query, {"units": list(units)}).to_arrow_table())


def at(cursor: Cursor, position: int) -> Declaration | None:
    """The event written at a position, if any."""
    query = f"SELECT {_COLUMNS} FROM declaration WHERE position = ?"  # noqa: S608 - the columns are a constant
    found = _declarations(cursor.execute(query, [position]).to_arrow_table())
    return found[0] if found else None


def saved(cursor: Cursor, unit: str, account: str, save_id: str, after: int) -> Declaration | None:
    """Return the event that an account wrote for a unit with a save id, after a position, unless it was undone; else None."""
    found = _declarations(
        cursor.execute(
            f"""
            WITH {_LATELY.format(columns=_COLUMNS)},
            undone AS (
                SELECT acts_on AS position FROM of_unit WHERE kind = 'undone'
            )
            SELECT {_COLUMNS} FROM of_unit ANTI JOIN undone USING (position)
            WHERE account = $account AND save_id = $save_id
            ORDER BY position LIMIT 1
            """,  # noqa: S608 - constants of this module
            {"unit": unit, "account": account, "save_id": save_id, "after": after},
        ).to_arrow_table()
    )
    return found[0] if found else None


def observed(cursor: Cursor, units: Sequence[str], instants: Sequence[datetime]) -> list[Declaration]:
    """The events that say what was true of each unit at the instant beside it; read at once."""
    query = f"""
        WITH wanted AS (SELECT DISTINCT unnest($units) AS unit, unnest($instants) AS observed_at)
        SELECT {_COLUMNS} FROM declaration SEMI JOIN wanted USING (unit, observed_at)
        WHERE observed_at BETWEEN $first AND $last
    """  # noqa: S608 - the columns are a constant
    if not instants:
        return []
    asked = {"units": list(units), "instants": list(instants), "first": min(instants), "last": max(instants)}
    return _declarations(cursor.execute(query, asked).to_arrow_table())


def units_between(cursor: Cursor, after: int, until: int) -> dict[int, str]:
    """Which unit each event is of, by position, oldest first: those after one position, up to another included."""
    query = "SELECT position, unit FROM declaration WHERE position > ? AND position <= ? ORDER BY position"
    return dict(cursor.execute(query, [after, until]).fetchall())


def history(cursor: Cursor, unit: str, since: datetime) -> pa.Table:
    """The declarations of a unit since an instant, oldest first, without those that an undo took back.

    Columns: position, kind, available, installed, occupied, reserved, closed_count, supplementary, comment, masked (whether
    its comment was erased), account, observed_at.
    """
    counts = "available, installed, occupied, reserved, closed, supplementary"
    columns = f"position, kind, {counts}, comment, masked, account, observed_at, recorded_at, acts_on"
    return cursor.execute(
        f"""
        WITH {_OF_UNIT.format(columns=columns)},
        since AS (
            SELECT * FROM of_unit WHERE recorded_at >= $since
        ),
        taken_back AS (
            SELECT acts_on AS position FROM since WHERE kind = 'undone'
        )
        SELECT position, kind, {counts.replace("closed", "closed AS closed_count")}, comment, masked, account, observed_at
        FROM since
        ANTI JOIN taken_back USING (position)
        WHERE kind NOT IN ('undone', 'masked') AND available IS NOT NULL
        ORDER BY position
        """,  # noqa: S608 - constants of this module
        {"unit": unit, "since": since},
    ).to_arrow_table()


def recent_numbers(cursor: Cursor, unit: str, temporality: str, count: int = 30, *, end: int = 0) -> Sequence[int]:
    """The last `count` numbers available of a unit for a temporality, oldest first. `end` as for `latest`.

    Closures and what was taken back are left out: they are not usual.
    """
    rows: list[tuple[int]] = []
    for after in (end - RECENT, 0) if end > RECENT else (0,):
        events, more = (_LATELY, {"after": after}) if after else (_OF_UNIT, {})
        rows = cursor.execute(
            f"""
            WITH {events.format(columns="position, kind, temporality, available, acts_on")},
            taken_back AS (
                SELECT acts_on AS position FROM of_unit WHERE kind = 'undone'
            ),
            last_numbers AS (
                SELECT position, available FROM of_unit ANTI JOIN taken_back USING (position)
                WHERE temporality = $temporality AND kind IN ('declared', 'confirmed') AND available IS NOT NULL
                ORDER BY position DESC LIMIT $count
            )
            SELECT available FROM last_numbers ORDER BY position
            """,  # noqa: S608 - constants of this module
            {"unit": unit, "temporality": temporality, "count": count, **more},
        ).fetchall()
        if len(rows) == count:
            break
    return [number for (number,) in rows]


def recent_numbers_of(cursor: Cursor, units: Sequence[str], count: int = 30) -> dict[tuple[str, str], list[int]]:
    """What `recent_numbers` gives for each of many units and temporalities that have any; read at once."""
    rows = cursor.execute(
        """
        WITH of_units AS (
            SELECT position, unit, kind, temporality, available, acts_on FROM declaration
            WHERE unit IN (SELECT unnest($units))
        ),
        taken_back AS (
            SELECT acts_on AS position FROM of_units WHERE kind = 'undone'
        ),
        numbered AS (
            SELECT *, row_number() OVER (PARTITION BY unit, temporality ORDER BY position DESC) AS place
            FROM of_units ANTI JOIN taken_back USING (position)
            WHERE kind IN ('declared', 'confirmed') AND available IS NOT NULL
        )
        SELECT unit, temporality, list(available ORDER BY position) FROM numbered WHERE place <= $count
        GROUP BY unit, temporality
        """,
        {"units": list(units), "count": count},
    ).fetchall()
    return {(unit, temporality): numbers for unit, temporality, numbers in rows}


def last_observed(cursor: Cursor) -> pa.Table:
    """For each unit that ever declared, the instant of its last number: columns unit, observed_at, closed_until."""
    return cursor.execute(
        """
        SELECT unit, arg_max_null(observed_at, position) AS observed_at, arg_max_null(closed_until, position) AS closed_until
        FROM declaration GROUP BY unit
        """
    ).to_arrow_table()


def last_recorded(cursor: Cursor, besides: Sequence[str] = ()) -> datetime | None:
    """The instant of the last declaration of all, but for those of some accounts; None when there is none.

    A mask repeats the account of the declaration, which said nothing then: it does not count.
    """
    table = cursor.execute(
        "SELECT max(recorded_at) AS recorded_at FROM declaration WHERE kind <> 'masked' AND NOT list_contains(?, account)",
        [list(besides)],
    ).to_arrow_table()
    instant: datetime | None = table["recorded_at"][0].as_py()
    return instant
