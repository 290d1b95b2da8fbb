"""Sessions, the tickets and links that serve once, and the failed attempts."""

from datetime import UTC, datetime, timedelta

from ror.model.rights import Account
from ror.store import accounts
from ror.store.engine.database import Cursor, Database, Transaction


def open_session(transaction: Transaction, token_hash: str, account: str, now: datetime) -> None:
    """Write a new session; only the hash of its token is stored."""
    transaction.cursor.execute("INSERT INTO session VALUES (?, ?, ?, ?, NULL)", [token_hash, account, now, now])


Opened = tuple[Account, datetime, datetime]
"""The account of a session, its opening and its last gesture."""


def session(cursor: Cursor, token_hash: str) -> Opened | None:
    """The account of a session that was not closed, its opening and its last gesture, None when there is none."""
    row = cursor.execute(
        "SELECT account, epoch_us(opened_at), epoch_us(seen_at) FROM session WHERE token_hash = ? AND closed_at IS NULL",
        [token_hash],
    ).fetchone()
    # By its key, not joined: a server would send every account here to be joined.
    account = accounts.by_id(cursor, row[0]) if row else None
    return (account, _instant(row[1]), _instant(row[2])) if row and account else None


class SessionKeeper:
    """Gives sessions as the store has them; where this process alone writes, read again once anything was written."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: tuple[int, dict[str, Opened]] = (-1, {})

    def session(self, token_hash: str) -> Opened | None:
        """See `session`."""
        writings = self._database.writings
        number, kept = self._kept
        if writings is not None and number != writings:
            number, kept = self._kept = writings, {}
        # What is written while this reads makes the number another one: it is not read from here again.
        if writings is not None and token_hash in kept:
            return kept[token_hash]
        with self._database.reader() as cursor:
            found = session(cursor, token_hash)
        if found is not None and writings is not None:
            kept[token_hash] = found
        return found


def _instant(microseconds: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=microseconds)


def touch_session(transaction: Transaction, token_hash: str, now: datetime) -> None:
    """Note the last gesture of a session."""
    transaction.cursor.execute("UPDATE session SET seen_at = ? WHERE token_hash = ?", [now, token_hash])


def close_session(transaction: Transaction, token_hash: str, now: datetime) -> None:
    """End a session: its token is worth nothing from now on."""
    transaction.cursor.execute("UPDATE session SET closed_at = ? WHERE token_hash = ? AND closed_at IS NULL", [now, token_hash])


def close_sessions(transaction: Transaction, account: str, now: datetime) -> int:
    """End every open session of an account, and void the tickets not spent yet; returns how many sessions there were."""
    cursor = transaction.cursor
    cursor.execute("UPDATE account SET generation = generation + 1 WHERE id = ?", [account])
    row = cursor.execute("SELECT count(*) FROM session WHERE account = ? AND closed_at IS NULL", [account]).fetchone()
    cursor.execute("UPDATE session SET closed_at = ? WHERE account = ? AND closed_at IS NULL", [now, account])
    return int(row[0]) if row else 0


def forget_sessions(transaction: Transaction, before: datetime) -> None:
    """Erase the sessions opened before an instant."""
    transaction.cursor.execute("DELETE FROM session WHERE opened_at < ?", [before])


def use_ticket(transaction: Transaction, nonce: str, now: datetime) -> bool:
    """Note that a ticket was used; False when it already was. Tickets live minutes at most: older notes are dropped."""
    cursor = transaction.cursor
    cursor.execute("DELETE FROM used_ticket WHERE used_at < ?::TIMESTAMPTZ - INTERVAL 1 HOUR", [now])
    if cursor.execute("SELECT 1 FROM used_ticket WHERE nonce = ?", [nonce]).fetchone():
        return False
    cursor.execute("INSERT INTO used_ticket VALUES (?, ?)", [nonce, now])
    return True


def add_link(transaction: Transaction, token_hash: str, account: str, now: datetime) -> None:
    """Write a one-time link; only the hash of its token is stored. The account's earlier links are worth nothing."""
    transaction.cursor.execute("DELETE FROM one_time_link WHERE account = ?", [account])
    transaction.cursor.execute("INSERT INTO one_time_link VALUES (?, ?, ?)", [token_hash, account, now])


def link(cursor: Cursor, token_hash: str) -> tuple[str, datetime] | None:
    """Account id and making of a link not used yet, None when there is none."""
    table = cursor.execute("SELECT account, made_at FROM one_time_link WHERE token_hash = ?", [token_hash]).to_arrow_table()
    rows = table.to_pylist()
    return (rows[0]["account"], rows[0]["made_at"]) if rows else None


def drop_links(transaction: Transaction, account: str) -> None:
    """The account's links are worth nothing from now on."""
    transaction.cursor.execute("DELETE FROM one_time_link WHERE account = ?", [account])


def forget_old_links(transaction: Transaction, before: datetime) -> None:
    """Erase the links made before an instant."""
    transaction.cursor.execute("DELETE FROM one_time_link WHERE made_at < ?", [before])


def failures(cursor: Cursor, key: str, since: datetime, until: datetime | None = None) -> tuple[int, datetime | None]:
    """How many attempts of a key failed since an instant, up to another if given, and when the last one did."""
    table = cursor.execute(
        """
        SELECT count(*) AS number, max(failed_at) AS last FROM attempt
        WHERE key = ? AND failed_at >= ? AND failed_at <= coalesce(?, 'infinity'::TIMESTAMPTZ)
        """,
        [key, since, until],
    ).to_arrow_table()
    row = table.to_pylist()[0]
    return row["number"], row["last"]


def add_failure(transaction: Transaction, key: str, now: datetime) -> None:
    """Note a failed attempt."""
    transaction.cursor.execute("INSERT INTO attempt VALUES (?, ?)", [key, now])


def forget_failures(transaction: Transaction, key: str) -> None:
    """A success: what failed before under this key no longer counts."""
    transaction.cursor.execute("DELETE FROM attempt WHERE key = ?", [key])


def forget_failure(transaction: Transaction, key: str, at: datetime) -> None:
    """Take one attempt back; those that failed at the very same instant stay."""
    cursor = transaction.cursor
    same = cursor.execute("SELECT key, failed_at FROM attempt WHERE key = ? AND failed_at = ?", [key, at]).to_arrow_table()
    cursor.execute("DELETE FROM attempt WHERE key = ? AND failed_at = ?", [key, at])
    for _ in range(same.num_rows - 1):
        add_failure(transaction, key, at)


def forget_old_failures(transaction: Transaction, before: datetime) -> None:
    """Erase the attempts older than an instant."""
    transaction.cursor.execute("DELETE FROM attempt WHERE failed_at < ?", [before])
