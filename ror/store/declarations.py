"""The append-only log of declarations: no event is ever updated or deleted, except what `comments.erase` erases."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from ror.model.capacity import STATUS_WORDS, Counts
from ror.model.count_parts import parts_from_json, parts_to_json
from ror.model.declaration import Declaration, EventKind
from ror.store.engine.database import BATCH, Cursor, Transaction

_COLUMNS = """
    position, kind, unit, temporality, available, installed, occupied, reserved, closed, supplementary, comment,
    closed_until, source_type, account, observed_at, recorded_at, acts_on, save_id, parts, capacity_type, channel
"""


def _declarations(table: pa.Table) -> list[Declaration]:
    """Convert a table of `_COLUMNS` to declarations, with instants in UTC."""
    return [
        Declaration(
            position=row["position"],
            kind=EventKind(row["kind"]),
            unit=row["unit"],
            temporality=row["temporality"],
            counts=Counts(**{status: row[status] for status in STATUS_WORDS}, parts=parts_from_json(row["parts"])),
            comment=row["comment"],
            closed_until=row["closed_until"],
            source_type=row["source_type"],
            account=row["account"],
            observed_at=row["observed_at"],
            recorded_at=row["recorded_at"],
            acts_on=row["acts_on"],
            save_id=row["save_id"] or "",
            capacity_type=row["capacity_type"] or "",
            channel=row["channel"] or "",
        )
        for row in table.to_pylist()
    ]


def append(transaction: Transaction, event: Declaration) -> None:
    """Write one event; its position comes from `transaction.next_position()`."""
    transaction.cursor.execute(
        f"INSERT INTO declaration ({_COLUMNS}) VALUES ({', '.join('?' * 21)})",  # noqa: S608
        [
            event.position,
            str(event.kind),
            event.unit,
            event.temporality,
            *event.counts.by_status().values(),
            event.comment,
            event.closed_until,
            event.source_type,
            event.account,
            event.observed_at,
            event.recorded_at,
            event.acts_on,
            event.save_id,
            parts_to_json(event.counts.parts),
            event.capacity_type,
            event.channel,
        ],
    )


def append_table(transaction: Transaction, events: pa.Table) -> None:
    """Write many events at once: an Arrow table of every column but `position`, in the order of their positions."""
    first = transaction.next_position(events.num_rows)
    positioned = events.append_column("position", pa.array(np.arange(first, first + events.num_rows), pa.int64()))
    transaction.cursor.register("positioned", positioned)
    transaction.cursor.execute("INSERT INTO declaration BY NAME SELECT * FROM positioned")
    transaction.cursor.unregister("positioned")


def last_recorded(cursor: Cursor, unit: str, source_type: str) -> datetime | None:
    """Return when the last event of a unit from a type of source was recorded, None when there is none."""
    query = "SELECT max(recorded_at) AS last FROM declaration WHERE unit = ? AND source_type = ?"
    last: datetime | None = cursor.execute(query, [unit, source_type]).to_arrow_table(BATCH)["last"][0].as_py()
    return last


def latest(cursor: Cursor, units: Sequence[str]) -> list[Declaration]:
    """Return the last events of units, by position, oldest first.

    There is one for each unit and temporality, and when that is a mask, the last event that is none as well.
    """
    # The index of units is used for a list of values, here and on PostgreSQL, only when there is no other filter.
    query = f"""
        SELECT max(position), max(position) FILTER (kind <> 'masked')
        FROM declaration WHERE unit IN ({_markers(units)}) GROUP BY unit, temporality
    """  # noqa: S608 - markers of parameters
    rows = cursor.execute(query, list(units)).fetchall() if units else []
    return at(cursor, sorted({position for row in rows for position in row if position is not None}))


def at(cursor: Cursor, positions: Sequence[int]) -> list[Declaration]:
    """Return the events at these positions, oldest first; positions without an event are skipped."""
    if not positions:
        return []
    query = f"""
        SELECT {_COLUMNS} FROM declaration WHERE position IN ({_markers(positions)}) ORDER BY position
    """  # noqa: S608 - constants of this module and markers of parameters
    return _declarations(cursor.execute(query, list(positions)).to_arrow_table(BATCH))


def previous(cursor: Cursor, event: Declaration) -> Declaration | None:
    """Return the event before another, of the same unit and temporality, masks left out; None for the first one."""
    query = """
        SELECT max(position) FILTER (position < $position AND temporality = $temporality AND kind <> 'masked')
        FROM declaration WHERE unit = $unit
    """
    parameters = {"unit": event.unit, "position": event.position, "temporality": event.temporality}
    ((position,),) = cursor.execute(query, parameters).fetchall()
    (before,) = at(cursor, [position]) if position is not None else (None,)
    return before


def saved(cursor: Cursor, unit: str, account: str, save_id: str, after: int) -> Declaration | None:
    """Return the event that an account wrote for a unit with a save id, after a position; None without one, or if undone."""
    events = _declarations(
        cursor.execute(
            f"""
            WITH of_unit AS (
                SELECT {_COLUMNS} FROM declaration WHERE unit = $unit AND position > $after
            ),
            undone AS (
                SELECT acts_on AS position FROM of_unit WHERE kind = 'undone'
            )
            SELECT {_COLUMNS} FROM of_unit ANTI JOIN undone USING (position)
            WHERE account = $account AND save_id = $save_id
            ORDER BY position LIMIT 1
            """,  # noqa: S608 - constants of this module
            {"unit": unit, "account": account, "save_id": save_id, "after": after},
        ).to_arrow_table(BATCH)
    )
    return events[0] if events else None


def observed(cursor: Cursor, units: Sequence[str], instants: Sequence[datetime]) -> list[Declaration]:
    """Return the events observed of units at instants, given in pairs: `units[i]` and `instants[i]`."""
    query = f"""
        WITH pair AS (SELECT DISTINCT unnest($units) AS unit, unnest($instants) AS observed_at)
        SELECT {_COLUMNS} FROM declaration SEMI JOIN pair USING (unit, observed_at)
        WHERE observed_at BETWEEN $first AND $last
    """  # noqa: S608 - the columns are a constant
    if not instants:
        return []
    parameters = {"units": list(units), "instants": list(instants), "first": min(instants), "last": max(instants)}
    return _declarations(cursor.execute(query, parameters).to_arrow_table(BATCH))


def first_recorded(cursor: Cursor) -> datetime | None:
    """Return when the first event of the log was recorded, None for an empty log."""
    row = cursor.execute("SELECT recorded_at FROM declaration ORDER BY position LIMIT 1").to_arrow_table(BATCH).to_pylist()
    return row[0]["recorded_at"].astimezone(UTC) if row else None


def units_between(cursor: Cursor, after: int, until: int) -> dict[int, str]:
    """Return the unit of each event by position, oldest first, after one position and up to another included."""
    query = "SELECT position, unit FROM declaration WHERE position > ? AND position <= ? ORDER BY position"
    return dict(cursor.execute(query, [after, until]).fetchall())


def history(cursor: Cursor, unit: str, since: datetime, temporality: str = "") -> pa.Table:
    """Return the declarations of a unit since an instant, oldest first, without those that were undone.

    `temporality`: only those for this one, "" for all. Columns: position, kind, available, installed, occupied, reserved,
    closed_count, supplementary, parts, comment, masked (whether its comment was erased), account, channel, observed_at.
    """
    counts = "available, installed, occupied, reserved, closed, supplementary"
    columns = (
        f"position, kind, temporality, {counts}, parts, comment, masked, account, channel, observed_at, recorded_at, acts_on"
    )
    return cursor.execute(
        f"""
        WITH of_unit AS MATERIALIZED (
            SELECT {columns} FROM declaration WHERE unit = $unit
        ),
        since AS (
            SELECT * FROM of_unit WHERE recorded_at >= $since AND $temporality IN ('', temporality)
        ),
        undone AS (
            SELECT acts_on AS position FROM since WHERE kind = 'undone'
        )
        SELECT position, kind, {counts.replace("closed", "closed AS closed_count")}, coalesce(parts, '') AS parts,
            comment, masked, account, coalesce(channel, '') AS channel, observed_at
        FROM since
        ANTI JOIN undone USING (position)
        WHERE kind NOT IN ('undone', 'masked') AND available IS NOT NULL
        ORDER BY position
        """,  # noqa: S608 - constants of this module
        {"unit": unit, "temporality": temporality, "since": since},
    ).to_arrow_table(BATCH)


def authored(cursor: Cursor, unit: str, temporality: str, since: datetime, limit: int) -> pa.Table:
    """Return the events of a unit for a temporality with their authors, newest first, undone ones included.

    Masks change no number and are left out. Columns: recorded_at, kind, channel, account, name (of the account, null for an
    unknown one), before, after, capacity_type.
    """
    return cursor.execute(
        """
        WITH of_unit AS MATERIALIZED (
            SELECT position, kind, temporality, channel, account, available, recorded_at, capacity_type
            FROM declaration WHERE unit = $unit
        ),
        followed AS (
            SELECT *, lag(available) OVER (ORDER BY position) AS before
            FROM of_unit WHERE temporality = $temporality AND kind <> 'masked'
        )
        SELECT recorded_at, kind, coalesce(channel, '') AS channel, account, account.name, before, available AS after,
               coalesce(capacity_type, '') AS capacity_type
        FROM followed LEFT JOIN account ON account.id = followed.account
        WHERE recorded_at >= $since
        ORDER BY position DESC LIMIT $limit
        """,
        {"unit": unit, "temporality": temporality, "since": since, "limit": limit},
    ).to_arrow_table(BATCH)


def recent_numbers(cursor: Cursor, units: Sequence[str], count: int = 30) -> dict[tuple[str, str], list[int]]:
    """Return the last `count` numbers available by unit and temporality, oldest first.

    Closures and undone declarations are left out, since they say nothing of what is usual. A unit without a number has no key.
    """
    if not units:
        return {}
    rows = cursor.execute(
        f"""
        WITH of_units AS MATERIALIZED (
            SELECT position, unit, kind, temporality, available, acts_on FROM declaration WHERE unit IN ({_markers(units)})
        ),
        undone AS (
            SELECT acts_on AS position FROM of_units WHERE kind = 'undone'
        ),
        numbered AS (
            SELECT *, row_number() OVER (PARTITION BY unit, temporality ORDER BY position DESC) AS rank
            FROM of_units ANTI JOIN undone USING (position)
            WHERE kind IN ('declared', 'confirmed') AND available IS NOT NULL
        )
        SELECT unit, temporality, list(available ORDER BY position) FROM numbered WHERE rank <= ?
        GROUP BY unit, temporality
        """,  # noqa: S608 - markers of parameters
        [*units, count],
    ).fetchall()
    return {(unit, temporality): numbers for unit, temporality, numbers in rows}


def _markers(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
