"""Accounts, their perimeters, their sessions and the tickets already used."""

from collections.abc import Sequence
from datetime import datetime

from ror.model.rights import Account, Perimeter, Role
from ror.store.database import Cursor, Writer


def add(writer: Writer, account: Account, password_hash: str = "") -> None:
    """Write a new account. An empty hash never matches a password: the account cannot sign in."""
    cursor = writer.cursor
    cursor.execute(
        "INSERT INTO account VALUES (?, ?, ?, ?, ?)",
        [account.id, account.login, account.name, password_hash, account.disabled],
    )
    for role in sorted(account.roles):
        cursor.execute("INSERT INTO account_role VALUES (?, ?)", [account.id, str(role)])
    perimeter = account.perimeter
    keys = {"legal_entity": perimeter.legal_entities, "structure": perimeter.structures, "unit": perimeter.units}
    for kind, values in keys.items():
        for key in sorted(values):
            cursor.execute("INSERT INTO account_perimeter VALUES (?, ?, ?)", [account.id, kind, key])


def add_all(writer: Writer, accounts: Sequence[tuple[Account, str]]) -> None:
    """Write several new accounts with their password hashes."""
    for account, password_hash in accounts:
        add(writer, account, password_hash)


def by_login(cursor: Cursor, login: str) -> tuple[Account, str] | None:
    """The account of a login (case ignored) with its password hash, None when unknown."""
    row = cursor.execute("SELECT id, password_hash FROM account WHERE lower(login) = lower(?)", [login]).fetchone()
    account = by_id(cursor, row[0]) if row else None
    return (account, row[1]) if row and account else None


def by_id(cursor: Cursor, account_id: str) -> Account | None:
    """The account with its roles and perimeter as they stand now, None when unknown."""
    row = cursor.execute("SELECT id, login, name, disabled FROM account WHERE id = ?", [account_id]).fetchone()
    if row is None:
        return None
    roles = cursor.execute("SELECT role FROM account_role WHERE account = ?", [account_id]).fetchall()
    keys = cursor.execute("SELECT kind, key FROM account_perimeter WHERE account = ?", [account_id]).fetchall()
    perimeter = Perimeter(
        *(frozenset(key for kind, key in keys if kind == wanted) for wanted in ("legal_entity", "structure", "unit"))
    )
    return Account(row[0], row[1], row[2], frozenset(Role(role) for (role,) in roles), perimeter, row[3])


def names(cursor: Cursor, ids: Sequence[str]) -> dict[str, str]:
    """Names of accounts by id."""
    rows = cursor.execute("SELECT id, name FROM account WHERE list_contains(?, id)", [list(ids)]).fetchall()
    return dict(rows)


def open_session(writer: Writer, token_hash: str, account: str, now: datetime) -> None:
    """Write a new session; only the hash of its token is stored."""
    writer.cursor.execute("INSERT INTO session VALUES (?, ?, ?, ?, NULL)", [token_hash, account, now, now])


def session(cursor: Cursor, token_hash: str) -> tuple[str, datetime, datetime] | None:
    """Account id, opening and last gesture of a session that was not closed, None when there is none."""
    table = cursor.execute(
        "SELECT account, opened_at, seen_at FROM session WHERE token_hash = ? AND closed_at IS NULL", [token_hash]
    ).to_arrow_table()
    rows = table.to_pylist()
    return (rows[0]["account"], rows[0]["opened_at"], rows[0]["seen_at"]) if rows else None


def touch_session(writer: Writer, token_hash: str, now: datetime) -> None:
    """Note the last gesture of a session."""
    writer.cursor.execute("UPDATE session SET seen_at = ? WHERE token_hash = ?", [now, token_hash])


def close_session(writer: Writer, token_hash: str, now: datetime) -> None:
    """End a session: its token is worth nothing from now on."""
    writer.cursor.execute("UPDATE session SET closed_at = ? WHERE token_hash = ? AND closed_at IS NULL", [now, token_hash])


def use_ticket(writer: Writer, nonce: str, now: datetime) -> bool:
    """Note that a ticket was used; False when it already was. Tickets live 30 s: older notes are dropped."""
    cursor = writer.cursor
    cursor.execute("DELETE FROM used_ticket WHERE used_at < ?::TIMESTAMPTZ - INTERVAL 1 HOUR", [now])
    if cursor.execute("SELECT 1 FROM used_ticket WHERE nonce = ?", [nonce]).fetchone():
        return False
    cursor.execute("INSERT INTO used_ticket VALUES (?, ?)", [nonce, now])
    return True


def count(cursor: Cursor) -> int:
    """How many accounts there are."""
    row = cursor.execute("SELECT count(*) FROM account").fetchone()
    return int(row[0]) if row else 0
