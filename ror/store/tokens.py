"""Tokens of other systems; each acts as an account of its own, which no password opens."""

from datetime import datetime

import pyarrow as pa

from ror.store.database import Cursor, Writer


def add(writer: Writer, account: str, token_hash: str, made_by: str, made_at: datetime, expires_at: datetime) -> None:
    """Write a new token; only the hash of its text is stored."""
    writer.cursor.execute(
        "INSERT INTO token VALUES (?, ?, ?, ?, ?, NULL, NULL)", [account, token_hash, made_by, made_at, expires_at]
    )


def account_of(cursor: Cursor, token_hash: str, now: datetime) -> tuple[str, datetime | None] | None:
    """The account of a token that is neither revoked nor past its time, and its last use; None when there is none."""
    table = cursor.execute(
        "SELECT account, used_at FROM token WHERE token_hash = ? AND revoked_at IS NULL AND expires_at > ? AND made_at <= ?",
        [token_hash, now, now],
    ).to_arrow_table()
    rows = table.to_pylist()
    return (rows[0]["account"], rows[0]["used_at"]) if rows else None


def touch(writer: Writer, token_hash: str, now: datetime) -> None:
    """Note the last use of a token."""
    writer.cursor.execute("UPDATE token SET used_at = ? WHERE token_hash = ?", [now, token_hash])


def revoke(writer: Writer, account: str, now: datetime) -> bool:
    """The token of an account serves no more; False when it did not serve any more already."""
    cursor = writer.cursor
    live = cursor.execute("SELECT 1 FROM token WHERE account = ? AND revoked_at IS NULL", [account]).fetchone()
    cursor.execute("UPDATE token SET revoked_at = ? WHERE account = ? AND revoked_at IS NULL", [now, account])
    return live is not None


def all_tokens(cursor: Cursor) -> pa.Table:
    """Every token, newest first: columns account, name, made_by, made_at, expires_at, used_at, revoked_at."""
    return cursor.execute(
        """
        SELECT token.account, account.name, made_by, made_at, expires_at, used_at, revoked_at
        FROM token JOIN account ON account.id = token.account
        ORDER BY made_at DESC, token.account
        """
    ).to_arrow_table()
