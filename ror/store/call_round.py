"""The events of the call round, and the corrections of past numbers: both are append-only and share one sequence of numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from ror.model.call_round import CALLS, Call, CallKind
from ror.model.freshness import CLOCK_TOLERANCE
from ror.model.rights import Role
from ror.store import text_search
from ror.store.engine.database import BATCH, Cursor, Transaction

_COLUMNS = """
    number, unit, kind, account, happened_at, available, before, position, call_back_at, assignee, note
"""


@dataclass(frozen=True, slots=True)
class CallCorrection:
    """The right number of a past event of a unit, that at position `acts_on`; the log of declarations itself is not changed."""

    number: int
    unit: str
    acts_on: int
    available: int
    account: str
    channel: str
    recorded_at: datetime


def last_number(cursor: Cursor) -> int:
    """Return the number of the last call or correction, 0 without any: the version of the call round.

    It has a table of its own, because replicas ask for it twice a second, and a maximum would not be computed by PostgreSQL.
    """
    row = cursor.execute("SELECT number FROM last_call").fetchone()
    return int(row[0]) if row else 0


def next_number(transaction: Transaction) -> int:
    """Return the number of the next call or correction, which the transaction then writes."""
    number = last_number(transaction.cursor) + 1
    transaction.cursor.execute("DELETE FROM last_call")
    transaction.cursor.execute("INSERT INTO last_call VALUES (?)", [number])
    return number


def add(transaction: Transaction, call: Call) -> None:
    """Write an event of the round; its number comes from `next_number`."""
    values = (call.number, call.unit, str(call.kind), call.account, call.at, call.available, call.before, call.position)
    transaction.cursor.execute(
        f"INSERT INTO round_call ({_COLUMNS}, masked) VALUES ({', '.join('?' * 11)}, false)",  # noqa: S608 - a constant
        [*values, call.call_back_at, call.assignee, call.note],
    )


def since(cursor: Cursor, instant: datetime, now: datetime) -> list[Call]:
    """Return the events of the round from an instant to now, oldest first.

    Events of the future, which were written while a clock was wrong, are left out; but the clock of another replica may be a
    little ahead (`CLOCK_TOLERANCE`).
    """
    query = f"""
        SELECT {_COLUMNS} FROM round_call WHERE happened_at >= ? AND happened_at <= ? ORDER BY number
    """  # noqa: S608 - a constant
    return _calls(cursor.execute(query, [instant, now + CLOCK_TOLERANCE]).to_arrow_table(BATCH))


def of_unit(cursor: Cursor, unit: str, instant: datetime, now: datetime) -> list[Call]:
    """Return the events of one unit from an instant to now, oldest first: see `since`."""
    query = f"""
        SELECT {_COLUMNS} FROM round_call WHERE unit = ? AND happened_at >= ? AND happened_at <= ? ORDER BY number
    """  # noqa: S608 - a constant
    return _calls(cursor.execute(query, [unit, instant, now + CLOCK_TOLERANCE]).to_arrow_table(BATCH))


def demand_by_unit(cursor: Cursor, since: datetime, until: datetime) -> dict[str, int]:
    """Return how many calls each unit had between two instants, whatever their outcome."""
    query = """
        SELECT unit, count(*) FROM round_call
        WHERE happened_at > ? AND happened_at <= ? AND list_contains(?, kind)
        GROUP BY unit
    """
    return dict(cursor.execute(query, [since, until, sorted(str(kind) for kind in CALLS)]).fetchall())


def _calls(table: pa.Table) -> list[Call]:
    rows: list[dict[str, Any]] = table.to_pylist()
    for row in rows:
        row["at"], row["kind"] = row.pop("happened_at").astimezone(UTC), CallKind(row["kind"])
        row["call_back_at"] = row["call_back_at"].astimezone(UTC) if row["call_back_at"] else None
    return [Call(**row) for row in rows]


def correct(transaction: Transaction, correction: CallCorrection) -> None:
    """Write a correction; its number comes from `next_number`."""
    one = correction
    transaction.cursor.execute(
        "INSERT INTO correction VALUES (?, ?, ?, ?, ?, ?, ?)",
        [one.number, one.unit, one.acts_on, one.available, one.account, one.channel, one.recorded_at],
    )


def corrections(cursor: Cursor, unit: str) -> dict[int, CallCorrection]:
    """Return the last correction of each past number of a unit, by the position that it acts on."""
    rows = cursor.execute("SELECT * FROM correction WHERE unit = ? ORDER BY number", [unit]).to_arrow_table(BATCH).to_pylist()
    return {row["acts_on"]: CallCorrection(**row | {"recorded_at": row["recorded_at"].astimezone(UTC)}) for row in rows}


def authored_corrections(cursor: Cursor, unit: str, since: datetime) -> list[dict[str, Any]]:
    """Return the corrections of past numbers of a unit since an instant with their authors, oldest first.

    Fields: recorded_at, account, name (null for an unknown account), channel, observed_at and before (of the past number),
    available, capacity_type (of the unit then).
    """
    rows: list[dict[str, Any]] = (
        cursor.execute(_AUTHORED_CORRECTIONS, {"unit": unit, "since": since}).to_arrow_table(BATCH).to_pylist()
    )
    return rows


_AUTHORED_CORRECTIONS = """
    WITH of_unit AS (SELECT * FROM correction WHERE unit = $unit AND recorded_at >= $since),
    past AS (SELECT position, observed_at, available, capacity_type FROM declaration WHERE unit = $unit)
    SELECT of_unit.recorded_at, of_unit.account, account.name, of_unit.channel, past.observed_at,
           past.available AS before, of_unit.available, coalesce(past.capacity_type, '') AS capacity_type
    FROM of_unit
    JOIN past ON past.position = of_unit.acts_on
    LEFT JOIN account ON account.id = of_unit.account
    ORDER BY of_unit.number
"""


def count_corrections(cursor: Cursor, first: datetime, end: datetime) -> int:
    """Return how many corrections were written from `first` on and before `end`."""
    query = "SELECT count(*) FROM correction WHERE recorded_at >= ? AND recorded_at < ?"
    row = cursor.execute(query, [first, end]).fetchone()
    return int(row[0]) if row else 0


def search_notes(cursor: Cursor, terms: Sequence[str], limit: int) -> tuple[pa.Table, int]:
    """Return the notes of calls that have every term, as `text_search.search` does.

    Columns besides those of `text_search.search`: number, note, author, happened_at.
    """
    texts = "SELECT number AS position, unit, note AS text FROM round_call WHERE note <> ''"
    columns = "round_call.number, hits.text AS note, coalesce(account.name, '') AS author, round_call.happened_at"
    joins = "JOIN round_call ON round_call.number = hits.position LEFT JOIN account ON account.id = round_call.account"
    return text_search.search(cursor, texts, columns, joins, terms, limit)


def erase_note(transaction: Transaction, number: int) -> str | None:
    """Erase the note of an event and return its unit, None when it has none."""
    row = transaction.cursor.execute("SELECT unit FROM round_call WHERE number = ? AND note <> ''", [number]).fetchone()
    if row is None:
        return None
    transaction.cursor.execute("UPDATE round_call SET note = '', masked = true WHERE number = ?", [number])
    return str(row[0])


def delete_before(transaction: Transaction, before: datetime) -> None:
    """Delete the events of the round before an instant; corrections stay, as the declarations that they are about."""
    transaction.cursor.execute("DELETE FROM round_call WHERE happened_at < ?", [before])


def coordinators(cursor: Cursor) -> dict[str, str]:
    """Return the enabled coordinators: names by id, in alphabetical order."""
    rows = cursor.execute(
        """
        SELECT account.id, account.name FROM account
        JOIN account_role ON account_role.account = account.id AND account_role.role = ?
        WHERE NOT account.disabled AND account.login <> ''
        ORDER BY strip_accents(lower(account.name)), account.id
        """,
        [str(Role.COORDINATOR)],
    ).fetchall()
    return dict(rows)
