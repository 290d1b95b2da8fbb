"""Accounts, their roles and perimeters."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from ror.model.rights import ERASED, Account, Perimeter, Role
from ror.store import account_rows, handovers, text_search
from ror.store.engine.database import BATCH, Cursor, Transaction


def add(transaction: Transaction, account: Account, password_hash: str = "") -> None:
    """Write a new account. An empty hash matches no password: the account then cannot sign in with one."""
    add_all(transaction, [(account, password_hash)])


def add_all(transaction: Transaction, accounts: Sequence[tuple[Account, str]]) -> None:
    """Write several new accounts with their password hashes, with one statement per table."""
    rows = [
        {"id": one.id, "login": one.login, "name": one.name, "password_hash": password_hash, "disabled": one.disabled}
        | {"mail": one.mail, "identity": one.identity}
        for one, password_hash in accounts
    ]
    account_rows.insert(transaction.cursor, "account", rows)
    account_rows.add_rights(transaction.cursor, [account for account, _ in accounts])


def by_login(cursor: Cursor, login: str) -> tuple[Account, str] | None:
    """Return the account of a login (case ignored) with its password hash, None when there is none."""
    row = cursor.execute(
        "SELECT id, password_hash FROM account WHERE lower(login) = lower(?) AND login <> ''", [login]
    ).fetchone()
    account = by_id(cursor, row[0]) if row else None
    return (account, row[1]) if row and account else None


def by_identity(cursor: Cursor, identity: str) -> Account | None:
    """Return the account with this identity of single sign-on, None unless exactly one account has it."""
    rows = cursor.execute("SELECT id FROM account WHERE identity = ? AND identity <> ''", [identity]).fetchall()
    return by_id(cursor, rows[0][0]) if len(rows) == 1 else None


def by_mail(cursor: Cursor, mail: str) -> Account | None:
    """Return the account of a mail address (case ignored), None unless exactly one account has it."""
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
    """Return the account of a row that begins with `COLUMNS`, with its rights.

    The rights are read by a second statement: one statement with subqueries takes DuckDB seven times as long, at every
    interaction.
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
        UNION ALL
        SELECT 'for_others', department FROM declares_for_others WHERE account = $account
        """,
        {"account": account_id, "now": datetime.now(UTC)},
    ).fetchall()
    roles, entities, structures, units, received, factors, granted = (
        frozenset(key for row_kind, key in rows if row_kind == kind)
        for kind in ("role", "legal_entity", "structure", "unit", "handover", "second_factor", "for_others")
    )
    perimeter = Perimeter(entities, structures, units, received)
    rights = frozenset(Role(role) for role in roles)
    return Account(account_id, login, name, rights, perimeter, disabled, mail, identity, bool(factors), granted, generation)


def change(transaction: Transaction, account: Account) -> None:
    """Write the names, mail, identity, disabled flag, roles and perimeter of an account; not its password.

    Handovers by the account or to it end when its new rights no longer allow them.
    """
    change_all(transaction, [account])


def change_all(transaction: Transaction, accounts: Sequence[Account]) -> None:
    """Write several accounts as `change` writes one."""
    if not accounts:
        return
    cursor = transaction.cursor
    for one in accounts:
        cursor.execute(
            "UPDATE account SET login = ?, name = ?, disabled = ?, mail = ?, identity = ? WHERE id = ?",
            [one.login, one.name, one.disabled, one.mail, one.identity, one.id],
        )
    account_rows.delete_rights(cursor, [one.id for one in accounts])
    account_rows.add_rights(cursor, accounts)
    handovers.end_no_longer_allowed(transaction, datetime.now(UTC))


def set_password(transaction: Transaction, account: str, password_hash: str) -> None:
    """Replace the hash of an account's password."""
    transaction.cursor.execute("UPDATE account SET password_hash = ? WHERE id = ?", [password_hash, account])


def record_sign_in(transaction: Transaction, account: str, now: datetime) -> None:
    """Store the first sign-in of an account, unless one is stored already."""
    transaction.cursor.execute(
        "UPDATE account SET first_signed_in_at = ? WHERE id = ? AND first_signed_in_at IS NULL", [now, account]
    )


def has_signed_in(cursor: Cursor, account: str) -> bool:
    """Return whether an account ever signed in, however long ago."""
    return (
        cursor.execute("SELECT 1 FROM account WHERE id = ? AND first_signed_in_at IS NOT NULL", [account]).fetchone()
        is not None
    )


def people(cursor: Cursor) -> list[Account]:
    """Return every account of a person, erased ones included, without the units that others handed over to it."""
    table = cursor.execute(
        """
        WITH roles AS (SELECT account, list(role) AS roles FROM account_role GROUP BY account),
        perimeters AS (
            SELECT account, list(key) FILTER (kind = 'legal_entity') AS legal_entities,
                   list(key) FILTER (kind = 'structure') AS structures, list(key) FILTER (kind = 'unit') AS units
            FROM account_perimeter GROUP BY account
        ),
        granted AS (SELECT account, list(department) AS departments FROM declares_for_others GROUP BY account)
        SELECT id, login, name, disabled, mail, identity, generation, coalesce(roles, []) AS roles,
               coalesce(legal_entities, []) AS legal_entities, coalesce(structures, []) AS structures,
               coalesce(units, []) AS units, id IN (SELECT account FROM second_factor) AS second_factor,
               coalesce(departments, []) AS departments
        FROM account LEFT JOIN roles ON roles.account = id LEFT JOIN perimeters ON perimeters.account = id
        LEFT JOIN granted ON granted.account = id
        WHERE login <> ''
        """
    ).to_arrow_table(BATCH)
    plain = ("id", "login", "name", "disabled", "mail", "identity", "generation", "second_factor")
    return [
        Account(
            roles=frozenset(map(Role, row["roles"])),
            perimeter=Perimeter(frozenset(row["legal_entities"]), frozenset(row["structures"]), frozenset(row["units"])),
            declares_for_others=frozenset(row["departments"]),
            **{name: row[name] for name in plain},
        )
        for row in table.to_pylist()
    ]


def names(cursor: Cursor, ids: Sequence[str]) -> dict[str, str]:
    """Return the names of accounts by id."""
    rows = cursor.execute("SELECT id, name FROM account WHERE list_contains(?, id)", [list(ids)]).fetchall()
    return dict(rows)


def mails(cursor: Cursor, ids: Sequence[str]) -> dict[str, str]:
    """Return by id the mail addresses of accounts; those that are disabled or have no address are left out."""
    rows = cursor.execute(
        "SELECT id, mail FROM account WHERE list_contains(?, id) AND NOT disabled AND mail <> ''", [list(ids)]
    ).fetchall()
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


def clashing(cursor: Cursor, ids: Sequence[str]) -> set[str]:
    """Return those of several accounts whose login, mail or identity another account has: see `taken_fields`."""
    rows = cursor.execute(
        """
        WITH counted AS (
            SELECT id, login <> '' AND count(*) OVER (PARTITION BY lower(login)) > 1 AS login,
                   mail <> '' AND count(*) OVER (PARTITION BY lower(mail)) > 1 AS mail,
                   identity <> '' AND count(*) OVER (PARTITION BY identity) > 1 AS identity
            FROM account
        )
        SELECT id FROM counted WHERE (login OR mail OR identity) AND list_contains(?, id)
        """,
        [list(ids)],
    ).fetchall()
    return {account_id for (account_id,) in rows}


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
        f"""
        WITH stated AS (
            SELECT *, CASE WHEN login = $erased || id THEN 'erased' WHEN disabled THEN 'disabled' ELSE 'active' END AS state,
                   concat_ws(' ', name, login, mail) AS text
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
        WHERE {text_search.every_term("text")}
          AND ($role = '' OR list_contains(roles, $role))
          AND ($state = '' OR state = $state)
          AND ($only = '' OR id = $only)
        ORDER BY strip_accents(lower(name)), login
        """,  # noqa: S608 - constants
        {"terms": list(words), "role": role, "state": state, "only": only, "erased": ERASED},
    ).to_arrow_table(BATCH)
