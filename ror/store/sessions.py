"""The tables of sessions, one-time tickets and links, and failed attempts."""

import json
from datetime import UTC, datetime, timedelta

from ror.model.rights import Account, Narrowing, Role, narrowed
from ror.store import accounts
from ror.store.engine.database import BATCH, Cursor, Database, Transaction


def open_session(
    transaction: Transaction, token_hash: str, account: str, now: datetime, narrowing: Narrowing | None = None
) -> None:
    """Write a new session; only the hash of its token is stored."""
    transaction.cursor.execute(
        "INSERT INTO session (token_hash, account, opened_at, seen_at, narrowing) VALUES (?, ?, ?, ?, ?)",
        [token_hash, account, now, now, _to_json(narrowing)],
    )


OpenSession = tuple[Account, datetime, datetime]
"""The account of a session, its opening and its last use."""


def find_session(cursor: Cursor, token_hash: str) -> OpenSession | None:
    """Return the session with this token, None when it does not exist or was closed; its account is narrowed (`Narrowing`)."""
    row = cursor.execute(
        """
        SELECT account, epoch_us(opened_at), epoch_us(seen_at), narrowing
        FROM session WHERE token_hash = ? AND closed_at IS NULL
        """,
        [token_hash],
    ).fetchone()
    # By its key and not by a join, for which DuckDB would fetch every account from a PostgreSQL server.
    account = accounts.by_id(cursor, row[0]) if row else None
    if row is None or account is None:
        return None
    return narrowed(account, _from_json(row[3])), _instant(row[1]), _instant(row[2])


def _to_json(narrowing: Narrowing | None) -> str | None:
    if narrowing is None:
        return None
    values = {"roles": narrowing.roles, "finess": narrowing.finess}
    return json.dumps({name: sorted(items) for name, items in values.items() if items is not None})


def _from_json(text: str | None) -> Narrowing | None:
    if text is None:
        return None
    values = json.loads(text)
    return Narrowing(
        frozenset(map(Role, values["roles"])) if "roles" in values else None,
        frozenset(values["finess"]) if "finess" in values else None,
    )


class SessionCache:
    """Cache of sessions, emptied by every write to the database; not used where other processes write too.

    A session is read at every interaction: 2 ms without it. That of an account with a unit handed over to it is not cached: a
    handover ends by itself, without a write.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._cached: tuple[int, dict[str, OpenSession]] = (-1, {})

    def find(self, token_hash: str) -> OpenSession | None:
        """Return the session with this token, from the cache if possible: see `find_session`."""
        writings = self._database.writings
        number, sessions = self._cached
        if writings is not None and number != writings:
            number, sessions = self._cached = writings, {}
        # `writings` was read before the session: a write during the read changes it, and the entry is not used again.
        if writings is not None and token_hash in sessions:
            return sessions[token_hash]
        with self._database.reader() as cursor:
            session = find_session(cursor, token_hash)
        if session is not None and writings is not None and not session[0].perimeter.received:
            sessions[token_hash] = session
        return session


def _instant(microseconds: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=microseconds)


def touch_session(transaction: Transaction, token_hash: str, now: datetime) -> None:
    """Store the last use of a session."""
    transaction.cursor.execute("UPDATE session SET seen_at = ? WHERE token_hash = ?", [now, token_hash])


def close_session(transaction: Transaction, token_hash: str, now: datetime) -> None:
    """Close a session."""
    transaction.cursor.execute("UPDATE session SET closed_at = ? WHERE token_hash = ? AND closed_at IS NULL", [now, token_hash])


def close_sessions(transaction: Transaction, account: str, now: datetime) -> int:
    """Close every open session of an account and void its unspent tickets; return the number of sessions closed."""
    cursor = transaction.cursor
    cursor.execute("UPDATE account SET generation = generation + 1 WHERE id = ?", [account])
    row = cursor.execute("SELECT count(*) FROM session WHERE account = ? AND closed_at IS NULL", [account]).fetchone()
    cursor.execute("UPDATE session SET closed_at = ? WHERE account = ? AND closed_at IS NULL", [now, account])
    return int(row[0]) if row else 0


def delete_sessions_before(transaction: Transaction, before: datetime) -> None:
    """Delete the sessions opened before an instant."""
    transaction.cursor.execute("DELETE FROM session WHERE opened_at < ?", [before])


def use_ticket(transaction: Transaction, nonce: str, now: datetime) -> bool:
    """Store that a ticket was used; return False when it was used already. It deletes entries older than any valid ticket."""
    cursor = transaction.cursor
    cursor.execute("DELETE FROM used_ticket WHERE used_at < ?::TIMESTAMPTZ - INTERVAL 1 HOUR", [now])
    if cursor.execute("SELECT 1 FROM used_ticket WHERE nonce = ?", [nonce]).fetchone():
        return False
    cursor.execute("INSERT INTO used_ticket VALUES (?, ?)", [nonce, now])
    return True


def add_link(transaction: Transaction, token_hash: str, account: str, now: datetime) -> None:
    """Write a one-time link with the hash of its token; it replaces the account's earlier links."""
    transaction.cursor.execute("DELETE FROM one_time_link WHERE account = ?", [account])
    transaction.cursor.execute("INSERT INTO one_time_link VALUES (?, ?, ?)", [token_hash, account, now])


def find_link(cursor: Cursor, token_hash: str) -> tuple[str, datetime] | None:
    """Return the account id and the creation of an unused link, None when there is none."""
    query = "SELECT account, made_at FROM one_time_link WHERE token_hash = ?"
    table = cursor.execute(query, [token_hash]).to_arrow_table(BATCH)
    rows = table.to_pylist()
    return (rows[0]["account"], rows[0]["made_at"]) if rows else None


def delete_links(transaction: Transaction, account: str) -> None:
    """Delete the links of an account, which are void from now on."""
    transaction.cursor.execute("DELETE FROM one_time_link WHERE account = ?", [account])


def delete_links_before(transaction: Transaction, before: datetime) -> None:
    """Delete the links created before an instant."""
    transaction.cursor.execute("DELETE FROM one_time_link WHERE made_at < ?", [before])


def count_failures(cursor: Cursor, key: str, since: datetime, until: datetime | None = None) -> tuple[int, datetime | None]:
    """Count the failed attempts of a key since an instant (up to `until`, if given); return also the instant of the last."""
    table = cursor.execute(
        """
        SELECT count(*) AS number, max(failed_at) AS last FROM attempt
        WHERE key = ? AND failed_at >= ? AND failed_at <= coalesce(?, 'infinity'::TIMESTAMPTZ)
        """,
        [key, since, until],
    ).to_arrow_table(BATCH)
    row = table.to_pylist()[0]
    return row["number"], row["last"]


def add_failure(transaction: Transaction, key: str, now: datetime) -> None:
    """Store a failed attempt."""
    transaction.cursor.execute("INSERT INTO attempt VALUES (?, ?)", [key, now])


def delete_failures(transaction: Transaction, key: str) -> None:
    """Delete the failed attempts of a key, after a success."""
    transaction.cursor.execute("DELETE FROM attempt WHERE key = ?", [key])


def delete_failure(transaction: Transaction, key: str, at: datetime) -> None:
    """Delete one failed attempt; others of the very same instant stay."""
    cursor = transaction.cursor
    same = cursor.execute("SELECT key, failed_at FROM attempt WHERE key = ? AND failed_at = ?", [key, at]).to_arrow_table(BATCH)
    cursor.execute("DELETE FROM attempt WHERE key = ? AND failed_at = ?", [key, at])
    for _ in range(same.num_rows - 1):
        add_failure(transaction, key, at)


def delete_failures_before(transaction: Transaction, before: datetime) -> None:
    """Delete the attempts that failed before an instant."""
    transaction.cursor.execute("DELETE FROM attempt WHERE failed_at < ?", [before])
