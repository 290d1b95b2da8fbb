"""Accounts, their roles and perimeters."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from ror.model.rights import ERASED, Account, Perimeter, Role
from ror.store import handovers
from ror.store.engine.database import Cursor, Transaction


def add(transaction: Transaction, account: Account, password_hash: str = "") -> None:
    """Write a new account. With an empty hash, which matches no password, the account cannot sign in by one."""
    cursor = transaction.cursor
    cursor.execute(
        "INSERT INTO account (id, login, name, password_hash, disabled, mail, identity) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [account.id, account.login, account.name, password_hash, account.disabled, account.mail, account.identity],
    )
    _write_rights(cursor, account)


def _write_rights(cursor: Cursor, account: Account) -> None:
    for role in sorted(account.roles):
        cursor.execute("INSERT INTO account_role VALUES (?, ?)", [account.id, str(role)])
    perimeter = account.perimeter
    keys = {"legal_entity": perimeter.legal_entities, "structure": perimeter.structures, "unit": perimeter.units}
    for kind, values in keys.items():
        for key in sorted(values):
            cursor.execute("INSERT INTO account_perimeter VALUES (?, ?, ?)", [account.id, kind, key])


def add_all(transaction: Transaction, accounts: Sequence[tuple[Account, str]]) -> None:
    """Write several new accounts with their password hashes."""
    for account, password_hash in accounts:
        add(transaction, account, password_hash)


def by_login(cursor: Cursor, login: str) -> tuple[Account, str] | None:
    """Return the account of a login (case ignored) with its password hash, None when there is none."""
    row = cursor.execute(
        "SELECT id, password_hash FROM account WHERE lower(login) = lower(?) AND login <> ''", [login]
    ).fetchone()
    account = by_id(cursor, row[0]) if row else None
    return (account, row[1]) if row and account else None


def by_identity(cursor: Cursor, identity: str) -> Account | None:
    """Return the account with this identity of single sign-on, None when there is none, or several."""
    rows = cursor.execute("SELECT id FROM account WHERE identity = ? AND identity <> ''", [identity]).fetchall()
    return by_id(cursor, rows[0][0]) if len(rows) == 1 else None


def by_mail(cursor: Cursor, mail: str) -> Account | None:
    """Return the account of a mail address (case ignored), None when there is none, or several."""
    rows = cursor.execute("SELECT id FROM account WHERE lower(mail) = lower(?) AND mail <> ''", [mail]).fetchall()
    return by_id(cursor, rows[0][0]) if len(rows) == 1 else None


COLUMNS = "account.id, login, name, disabled, mail, identity, generation"
"""The first columns of a row that `with_rights` takes."""


def by_id(cursor: Cursor, account_id: str) -> Account | None:
    """Return the account with its present roles and perimeter, None when there is none."""
    query = f"SELECT {COLUMNS} FROM account WHERE id = ?"  # noqa: S608 - the columns are a constant
    row = cursor.execute(query, [account_id]).fetchone()
    return with_rights(cursor, row) if row else None


def with_rights(cursor: Cursor, row: Sequence[Any]) -> Account:
    """Return the account of a row that begins with `COLUMNS`.

    Read by a second plain statement: one statement with subqueries takes DuckDB seven times as long, at every interaction.
    """
    account_id, login, name, disabled, mail, identity, generation = row[:7]
    rows = cursor.execute(
        """
        SELECT 'role', role FROM account_role WHERE account = $account
        UNION ALL
        SELECT kind, key FROM account_perimeter WHERE account = $account
        UNION ALL
        SELECT 'second_factor', account FROM second_factor WHERE account = $account
        UNION ALL
        SELECT 'handover', unit FROM handover
        WHERE receiver = $account AND ended_at IS NULL AND given_at <= $now AND until > $now
        """,
        {"account": account_id, "now": datetime.now(UTC)},
    ).fetchall()
    roles, entities, structures, units, received, factors = (
        frozenset(key for row_kind, key in rows if row_kind == kind)
        for kind in ("role", "legal_entity", "structure", "unit", "handover", "second_factor")
    )
    perimeter = Perimeter(entities, structures, units, received)
    rights = frozenset(Role(role) for role in roles)
    return Account(account_id, login, name, rights, perimeter, disabled, mail, identity, bool(factors), generation)


def change(transaction: Transaction, account: Account) -> None:
    """Write the names, mail, identity, disabled flag, roles and perimeter of an account; not its password.

    Handovers by the account or to it end when they lose their ground.
    """
    cursor = transaction.cursor
    cursor.execute(
        "UPDATE account SET login = ?, name = ?, disabled = ?, mail = ?, identity = ? WHERE id = ?",
        [account.login, account.name, account.disabled, account.mail, account.identity, account.id],
    )
    cursor.execute("DELETE FROM account_role WHERE account = ?", [account.id])
    cursor.execute("DELETE FROM account_perimeter WHERE account = ?", [account.id])
    _write_rights(cursor, account)
    handovers.end_unfounded(transaction, datetime.now(UTC))


def set_password(transaction: Transaction, account: str, password_hash: str) -> None:
    """Replace the hash of an account's password."""
    transaction.cursor.execute("UPDATE account SET password_hash = ? WHERE id = ?", [password_hash, account])


def names(cursor: Cursor, ids: Sequence[str]) -> dict[str, str]:
    """Return the names of accounts by id."""
    rows = cursor.execute("SELECT id, name FROM account WHERE list_contains(?, id)", [list(ids)]).fetchall()
    return dict(rows)


def count(cursor: Cursor) -> int:
    """Return the number of accounts of people, those of tokens left out."""
    row = cursor.execute("SELECT count(*) FROM account WHERE login <> ''").fetchone()
    return int(row[0]) if row else 0


def taken_fields(cursor: Cursor, account: Account) -> list[str]:
    """Return which of "login", "mail" (case ignored) and "identity" another account shares with this one."""
    row = cursor.execute(
        """
        SELECT coalesce(bool_or(lower(login) = lower($login)), false),
               coalesce(bool_or(lower(mail) = lower($mail) AND mail <> ''), false),
               coalesce(bool_or(identity = $identity AND identity <> ''), false)
        FROM account WHERE id <> $id
        """,
        {"id": account.id, "login": account.login, "mail": account.mail, "identity": account.identity},
    ).fetchone()
    return [name for name, taken in zip(("login", "mail", "identity"), row or (), strict=False) if taken]


def enabled_administrators(cursor: Cursor, besides: str) -> int:
    """Return the number of other administrators who can sign in: enabled, with a password or an identity of single sign-on."""
    row = cursor.execute(
        """
        SELECT count(*) FROM account JOIN account_role ON account_role.account = account.id
        WHERE role = ? AND NOT disabled AND (password_hash <> '' OR identity <> '') AND account.id <> ?
        """,
        [str(Role.ADMINISTRATOR), besides],
    ).fetchone()
    return int(row[0]) if row else 0


def search(cursor: Cursor, words: Sequence[str], role: str = "", state: str = "", only: str = "") -> pa.Table:
    """Return the accounts of people whose name, login or mail contains every word (case and accents ignored), by name.

    `role`, `state` (active, disabled, erased) and `only` (an id) restrict the search, unless they are empty.
    Columns: id, name, login, mail, roles, state, second_factor, password, signed_in_at.
    """
    return cursor.execute(
        """
        WITH stated AS (
            SELECT *, CASE WHEN login = $erased || id THEN 'erased' WHEN disabled THEN 'disabled' ELSE 'active' END AS state,
                   strip_accents(lower(concat_ws(' ', name, login, mail))) AS text
            FROM account WHERE login <> ''
        ),
        roles AS (SELECT account, list(role ORDER BY role) AS roles FROM account_role GROUP BY account),
        signed AS (
            SELECT account, max(signed_in_at) AS signed_in_at FROM (
                SELECT account, opened_at AS signed_in_at FROM session UNION ALL SELECT account, signed_in_at FROM origin
            ) GROUP BY account
        )
        SELECT id, name, login, mail, coalesce(roles, []) AS roles, state,
               id IN (SELECT account FROM second_factor) AS second_factor, password_hash <> '' AS password,
               signed_in_at
        FROM stated LEFT JOIN roles ON roles.account = id LEFT JOIN signed ON signed.account = id
        WHERE coalesce(list_bool_and([contains(text, strip_accents(lower(word))) FOR word IN $words]), true)
          AND ($role = '' OR list_contains(roles, $role))
          AND ($state = '' OR state = $state)
          AND ($only = '' OR id = $only)
        ORDER BY strip_accents(lower(name)), login
        """,
        {"words": list(words), "role": role, "state": state, "only": only, "erased": ERASED},
    ).to_arrow_table()


def managers(cursor: Cursor, units: pa.Table) -> dict[str, list[tuple[str, str]]]:
    """Return, by unit, the id and the name of each enabled account with the role of manager whose perimeter holds it, by name.

    `units` has the columns unit, finess and legal_entity.
    """
    cursor.register("selected_units", units.select(["unit", "finess", "legal_entity"]))
    rows = cursor.execute(
        """
        WITH held AS (
            SELECT unit, 'unit' AS kind, unit AS key FROM selected_units
            UNION ALL SELECT unit, 'structure', finess FROM selected_units
            UNION ALL SELECT unit, 'legal_entity', legal_entity FROM selected_units
        )
        SELECT DISTINCT held.unit, account.id, account.name, strip_accents(lower(account.name)) AS sorted_name
        FROM held
        JOIN account_perimeter USING (kind, key)
        JOIN account_role ON account_role.account = account_perimeter.account AND account_role.role = $manager
        JOIN account ON account.id = account_perimeter.account AND NOT account.disabled AND account.login <> ''
        ORDER BY sorted_name, account.id
        """,
        {"manager": str(Role.MANAGER)},
    ).fetchall()
    cursor.unregister("selected_units")
    by_unit: dict[str, list[tuple[str, str]]] = {}
    for unit, account_id, name, _ in rows:
        by_unit.setdefault(unit, []).append((account_id, name))
    return by_unit
