"""The table of displays, the wall screens of crisis rooms. Only the hashes of links and sessions are stored."""

from datetime import UTC, datetime

from ror.model.display import Display, Theme
from ror.store.engine.database import BATCH, Cursor, Transaction

_COLUMNS = "id, name, theme, created_by, created_at, expires_at, link_created_at, opened_at, used_at, revoked_at"
_INSTANTS = ("created_at", "expires_at", "link_created_at", "opened_at", "used_at", "revoked_at")


def add(transaction: Transaction, display: Display, link_hash: str) -> None:
    """Write a new display, with the hash of its link."""
    one = display
    transaction.cursor.execute(
        """
        INSERT INTO display (id, name, theme, created_by, created_at, expires_at, link_hash, link_created_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [one.id, one.name, str(one.theme), one.created_by, one.created_at, one.expires_at, link_hash, one.link_created_at],
    )


def renew_link(transaction: Transaction, display: str, link_hash: str, now: datetime) -> None:
    """Write the hash of a new link; it replaces the previous link and ends the session of the display."""
    transaction.cursor.execute(
        "UPDATE display SET link_hash = ?, link_created_at = ?, session_hash = NULL, opened_at = NULL WHERE id = ?",
        [link_hash, now, display],
    )


def open_session(transaction: Transaction, display: str, session_hash: str) -> None:
    """Write the hash of the session of a display; it replaces a session opened by the same link but never used."""
    transaction.cursor.execute("UPDATE display SET session_hash = ? WHERE id = ?", [session_hash, display])


def touch(transaction: Transaction, session_hash: str, now: datetime) -> None:
    """Store the last use of a session; its first use makes the link that opened it void.

    A session that was replaced meanwhile matches no row, so that it does not make the new link void.
    """
    transaction.cursor.execute(
        """
        UPDATE display SET link_hash = '', opened_at = coalesce(opened_at, $now), used_at = $now
        WHERE session_hash = $session_hash
        """,
        {"now": now, "session_hash": session_hash},
    )


def revoke(transaction: Transaction, display: str, now: datetime) -> None:
    """Revoke a display: neither its link nor its session opens anything from now on."""
    transaction.cursor.execute(
        "UPDATE display SET revoked_at = ?, link_hash = '', session_hash = NULL WHERE id = ?", [now, display]
    )


def by_id(cursor: Cursor, display: str) -> Display | None:
    """Return a display, None for an unknown one."""
    return _find(cursor, "id", display)


def by_link(cursor: Cursor, link_hash: str) -> Display | None:
    """Return the display of a link that was not used yet, None when there is none."""
    return _find(cursor, "link_hash", link_hash)


def by_session(cursor: Cursor, session_hash: str) -> Display | None:
    """Return the display of a session, None when there is none."""
    return _find(cursor, "session_hash", session_hash)


def _find(cursor: Cursor, column: str, value: str) -> Display | None:
    rows = cursor.execute(f"SELECT {_COLUMNS} FROM display WHERE {column} = ?", [value])  # noqa: S608 - constants
    found = rows.to_arrow_table(BATCH).to_pylist()
    return _display(found[0]) if value and found else None


def newest(cursor: Cursor) -> list[tuple[Display, str]]:
    """Return every display, the newest first, each with the name of its creator ("" for an unknown one)."""
    columns = ", ".join(f"display.{name}" for name in _COLUMNS.split(", "))
    rows = cursor.execute(
        f"""
        SELECT {columns}, coalesce(account.name, '') AS creator
        FROM display LEFT JOIN account ON account.id = created_by
        ORDER BY display.created_at DESC, display.id
        """  # noqa: S608 - a constant
    )
    return [(_display(row), row["creator"]) for row in rows.to_arrow_table(BATCH).to_pylist()]


def _display(row: dict[str, object]) -> Display:
    values = {name: row[name] for name in _COLUMNS.split(", ")}
    values["theme"] = Theme(str(row["theme"]))
    for name in _INSTANTS:
        at = row[name]
        values[name] = at.astimezone(UTC) if isinstance(at, datetime) else None
    return Display(**values)  # type: ignore[arg-type]


def forget_creator(transaction: Transaction, account: str) -> None:
    """Remove an account as the creator of displays; the displays stay."""
    transaction.cursor.execute("UPDATE display SET created_by = '' WHERE created_by = ?", [account])


def delete_before(transaction: Transaction, before: datetime) -> None:
    """Delete the displays that ended, by expiry or revocation, before an instant."""
    transaction.cursor.execute("DELETE FROM display WHERE expires_at < $before OR revoked_at < $before", {"before": before})
