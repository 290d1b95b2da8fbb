"""The table of invitations of accounts that never signed in; one-time links have another lifetime and another table."""

from datetime import datetime

import pyarrow as pa

from ror.model.rights import ERASED
from ror.store.engine.database import BATCH, Cursor, Transaction


def add(transaction: Transaction, token_hash: str, account: str, now: datetime, delivery: str) -> None:
    """Write an invitation with the hash of its token; it replaces the account's earlier invitation."""
    delete(transaction, account)
    transaction.cursor.execute("INSERT INTO invitation VALUES (?, ?, ?, ?)", [token_hash, account, now, delivery])


def find(cursor: Cursor, token_hash: str) -> tuple[str, datetime] | None:
    """Return the account id and the creation of an invitation, None when there is none."""
    table = cursor.execute("SELECT account, made_at FROM invitation WHERE token_hash = ?", [token_hash]).to_arrow_table(BATCH)
    rows = table.to_pylist()
    return (rows[0]["account"], rows[0]["made_at"]) if rows else None


def set_delivery(transaction: Transaction, account: str, delivery: str) -> None:
    """Store how the invitation of an account was delivered."""
    transaction.cursor.execute("UPDATE invitation SET delivery = ? WHERE account = ?", [delivery, account])


def delete(transaction: Transaction, account: str) -> bool:
    """Delete the invitation of an account; return False when it had none."""
    cursor = transaction.cursor
    existed = cursor.execute("SELECT 1 FROM invitation WHERE account = ?", [account]).fetchone() is not None
    if existed:
        cursor.execute("DELETE FROM invitation WHERE account = ?", [account])
    return existed


def delete_before(transaction: Transaction, before: datetime) -> None:
    """Delete the invitations created before an instant."""
    transaction.cursor.execute("DELETE FROM invitation WHERE made_at < ?", [before])


def never_signed_in(cursor: Cursor, only: str = "") -> pa.Table:
    """Return the enabled accounts of people that never signed in, by name; `only`, if given, is the id of the one to read.

    Accounts with an identity of single sign-on are left out: they need no password.

    Columns: id, name, login, mail, roles, invited_at, delivery (both null without an invitation).
    """
    return cursor.execute(
        """
        WITH roles AS (SELECT account, list(role ORDER BY role) AS roles FROM account_role GROUP BY account)
        SELECT id, name, login, mail, coalesce(roles, []) AS roles, made_at AS invited_at, delivery
        FROM account
        LEFT JOIN roles ON roles.account = id
        LEFT JOIN invitation ON invitation.account = id
        WHERE login <> '' AND login <> $erased || id AND NOT disabled AND first_signed_in_at IS NULL AND identity = ''
          AND ($only = '' OR id = $only)
        ORDER BY strip_accents(lower(name)), login
        """,
        {"only": only, "erased": ERASED},
    ).to_arrow_table(BATCH)
