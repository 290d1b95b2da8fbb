"""The tables of the journal: its lines, the ends of its chain, and the network addresses that lines name by an id."""

import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import pyarrow as pa

from ror.model.journal import JournalLine, JournalMark
from ror.store import chain
from ror.store.chain import head as head
from ror.store.engine.database import BATCH, Cursor, Transaction
from ror.store.journal_search import JournalQuery as JournalQuery
from ror.store.journal_search import lines as lines

_BATCH = 10_000


def last_instant(cursor: Cursor) -> datetime | None:
    """Return the instant of the last line, None when there is none."""
    table = cursor.execute(
        "SELECT happened_at FROM journal WHERE number = (SELECT number FROM journal_head LIMIT 1)"
    ).to_arrow_table(BATCH)
    return table["happened_at"][0].as_py() if table.num_rows else None


def first_silence(cursor: Cursor, after: int, longest: timedelta) -> tuple[datetime, datetime] | None:
    """Return the instants of the first two consecutive lines further apart than `longest`, None when there are none.

    Only lines from the number `after` on are read. A clock that was set forward gives the same result as a silence.
    """
    table = cursor.execute(
        """
        SELECT earlier.happened_at AS since, later.happened_at AS until
        FROM journal AS earlier JOIN journal AS later ON later.number = earlier.number + 1
        WHERE earlier.number >= ? AND epoch_us(later.happened_at) - epoch_us(earlier.happened_at) > ?
        ORDER BY earlier.number LIMIT 1
        """,
        [after, longest // timedelta(microseconds=1)],
    ).to_arrow_table(BATCH)
    return (table["since"][0].as_py(), table["until"][0].as_py()) if table.num_rows else None


def last_number_with_key(cursor: Cursor, act: str, key: str) -> int:
    """Return the number of the last line of an act, with outcome done, that has a key in its `after`; 0 without one."""
    row = cursor.execute(
        "SELECT max(number) FROM journal WHERE act = ? AND outcome = 'done' AND contains(after, ?)", [act, f'"{key}":']
    ).fetchone()
    return int(row[0] or 0) if row else 0


def count_before(cursor: Cursor, before: datetime) -> tuple[int, int]:
    """Return the number of lines before an instant, and the number of all lines."""
    row = cursor.execute("SELECT count(*) FILTER (WHERE happened_at < ?), count(*) FROM journal", [before]).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def append(transaction: Transaction, line: JournalLine) -> None:
    """Write a line in the transaction of the operation that it records: see `chain.append`."""
    transaction.head = chain.append(transaction.cursor, line)


def append_all(transaction: Transaction, lines: Sequence[JournalLine]) -> None:
    """Write several lines by one statement: see `chain.append_all`."""
    transaction.head = chain.append_all(transaction.cursor, lines)


def origin(transaction: Transaction, account: str, address: str, now: datetime, *, signed_in: bool = False) -> str:
    """Return the id of a network address for one account, created when it is new; "" for no address."""
    if not address:
        return ""
    cursor = transaction.cursor
    row = cursor.execute("SELECT id FROM origin WHERE account = ? AND address = ?", [account, address]).fetchone()
    if row is None:
        row = (secrets.token_hex(8),)
        cursor.execute("INSERT INTO origin VALUES (?, ?, ?, ?, NULL)", [row[0], account, address, now])
    cursor.execute(
        "UPDATE origin SET seen_at = ?, signed_in_at = CASE WHEN ? THEN ? ELSE signed_in_at END WHERE id = ?",
        [now, signed_in, now, row[0]],
    )
    return str(row[0])


def signed_in_from(cursor: Cursor, account: str, address: str, since: datetime) -> bool:
    """Return whether the account signed in from a network address since an instant."""
    query = "SELECT 1 FROM origin WHERE account = ? AND address = ? AND signed_in_at >= ?"
    return cursor.execute(query, [account, address, since]).fetchone() is not None


def in_order(cursor: Cursor) -> Iterator[tuple[JournalLine, str]]:
    """Yield every line with its stored hash, in the order of the numbers."""
    reader = cursor.execute("SELECT * FROM journal ORDER BY number").to_arrow_reader(_BATCH)
    for batch in reader:
        for row in batch.to_pylist():
            stored = row.pop("hash")
            yield JournalLine(**row), stored


def following(cursor: Cursor, number: int, limit: int) -> pa.Table:
    """Return at most `limit` lines after a number, oldest first, with the ids of their account and subject, not the names.

    Columns: number, happened_at, act, outcome, actor, address, subject, before, after.
    """
    return cursor.execute(
        """
        SELECT journal.number, journal.happened_at, journal.act, journal.outcome, journal.actor,
               coalesce(origin.address, '') AS address, journal.subject, journal.before, journal.after
        FROM journal LEFT JOIN origin ON origin.id = journal.origin
        WHERE journal.number > ?
        ORDER BY journal.number
        LIMIT ?
        """,
        [number, limit],
    ).to_arrow_table(BATCH)


def purge(transaction: Transaction, before: datetime, now: datetime) -> tuple[int, JournalMark] | None:
    """Delete the lines older than an instant; return their number and the new checkpoint, None when there are none.

    The checkpoint takes the place of the previous one. The journal line of the purge must hold it: see
    `model.journal.format_purge`.
    """
    cursor = transaction.cursor
    last = cursor.execute(
        """
        WITH retained AS (
            SELECT coalesce(min(number), 9223372036854775807) AS first FROM journal WHERE happened_at >= ?
        )
        SELECT number, hash FROM journal, retained WHERE number < retained.first ORDER BY number DESC LIMIT 1
        """,
        [before],
    ).fetchone()
    if last is None:
        return None
    purged = cursor.execute("SELECT count(*) FROM journal WHERE number <= ?", [last[0]]).fetchone()
    cursor.execute("DELETE FROM journal WHERE number <= ?", [last[0]])
    cursor.execute("DELETE FROM journal_checkpoint")
    cursor.execute("INSERT INTO journal_checkpoint VALUES (?, ?, ?)", [last[0], last[1], now])
    return int(purged[0]) if purged else 0, JournalMark(*last)


def forget_origins(transaction: Transaction, before: datetime) -> None:
    """Delete the network addresses that were last used before an instant."""
    transaction.cursor.execute("DELETE FROM origin WHERE seen_at < ?", [before])


def forget_account(transaction: Transaction, account: str) -> None:
    """Delete the network addresses of an account."""
    transaction.cursor.execute("DELETE FROM origin WHERE account = ?", [account])
