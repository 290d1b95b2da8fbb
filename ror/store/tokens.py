"""The table of tokens of other systems; each token acts as an account of its own, which has no password."""

from datetime import datetime

import pyarrow as pa

from ror.store.engine.database import BATCH, Cursor, Transaction
from ror.store.perimeter import ENTRIES, ORDER


def add(transaction: Transaction, account: str, token_hash: str, creator_id: str, now: datetime, expires_at: datetime) -> None:
    """Write a new token; only the hash of its text is stored. `creator_id` is "" for the command line."""
    transaction.cursor.execute(
        "INSERT INTO token VALUES (?, ?, ?, ?, ?, NULL, NULL)", [account, token_hash, creator_id, now, expires_at]
    )


def account_of(cursor: Cursor, token_hash: str, now: datetime) -> tuple[str, str, datetime | None] | None:
    """Return the account of a token, its creator and its last use; None when it is unknown, revoked or expired.

    A token created after `now` is not valid either: it was created while the clock was wrong.
    """
    rows = (
        cursor.execute(
            """
            SELECT account, made_by, used_at FROM token
            WHERE token_hash = ? AND revoked_at IS NULL AND expires_at > ? AND made_at <= ?
            """,
            [token_hash, now, now],
        )
        .to_arrow_table(BATCH)
        .to_pylist()
    )
    return (rows[0]["account"], rows[0]["made_by"], rows[0]["used_at"]) if rows else None


def creator(cursor: Cursor, account: str) -> str | None:
    """Return the creator of an account's token ("" for the command line), None when it was revoked."""
    row = cursor.execute("SELECT made_by FROM token WHERE account = ? AND revoked_at IS NULL", [account]).fetchone()
    return str(row[0]) if row else None


def touch(transaction: Transaction, token_hash: str, now: datetime) -> None:
    """Store the last use of a token."""
    transaction.cursor.execute("UPDATE token SET used_at = ? WHERE token_hash = ?", [now, token_hash])


def revoke(transaction: Transaction, account: str, now: datetime) -> bool:
    """Revoke the token of an account; return False when there is none, or it was revoked already."""
    active = creator(transaction.cursor, account) is not None
    transaction.cursor.execute("UPDATE token SET revoked_at = ? WHERE account = ? AND revoked_at IS NULL", [now, account])
    return active


def list_tokens(cursor: Cursor) -> pa.Table:
    """Return every token, newest first.

    Columns: account, name, roles (list), perimeter (list of kind, key, name, place), made_by, creator (its name),
    made_at, expires_at, used_at, revoked_at.
    """
    return cursor.execute(
        f"""
        WITH roles AS (SELECT account, list(role ORDER BY role) AS roles FROM account_role GROUP BY account),
        perimeters AS (
            SELECT account, list(
                {{'kind': kind, 'key': key, 'name': coalesce(name, ''), 'place': coalesce(place, '')}} ORDER BY {ORDER}
            ) AS perimeter
            FROM account_perimeter LEFT JOIN ({ENTRIES}) AS entry USING (kind, key)
            WHERE account IN (SELECT account FROM token)
            GROUP BY account
        )
        SELECT token.account, account.name, coalesce(roles, []) AS roles, coalesce(perimeter, []) AS perimeter,
               made_by, coalesce(creator.name, '') AS creator, made_at, expires_at, used_at, revoked_at
        FROM token JOIN account ON account.id = token.account
        LEFT JOIN account AS creator ON creator.id = made_by
        LEFT JOIN roles ON roles.account = token.account
        LEFT JOIN perimeters ON perimeters.account = token.account
        ORDER BY made_at DESC, token.account
        """  # noqa: S608 - constants of the store
    ).to_arrow_table(BATCH)
