"""Write the rows of several accounts, their roles, perimeters and grants with one statement per table."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from ror.model.rights import Account
from ror.store.engine.database import Cursor


def insert(cursor: Cursor, table: str, rows: list[dict[str, Any]]) -> None:
    """Insert rows, which all have the same columns, with one statement."""
    if rows:
        cursor.register("new_rows", pa.Table.from_pylist(rows))
        cursor.execute(f"INSERT INTO {table} BY NAME FROM new_rows")
        cursor.unregister("new_rows")


def add_rights(cursor: Cursor, accounts: Sequence[Account]) -> None:
    """Write the roles, the perimeter and the grants of accounts that have none yet."""
    roles = [{"account": one.id, "role": str(role)} for one in accounts for role in sorted(one.roles)]
    keys = [{"account": one.id, "kind": kind, "key": key} for one in accounts for kind, key in one.perimeter.entries]
    insert(cursor, "account_role", roles)
    grants = [{"account": one.id, "department": code} for one in accounts for code in sorted(one.declares_for_others)]
    insert(cursor, "account_perimeter", keys)
    insert(cursor, "declares_for_others", grants)


def delete_rights(cursor: Cursor, ids: Sequence[str]) -> None:
    """Delete the roles, the perimeter and the grants of accounts."""
    cursor.execute("DELETE FROM account_role WHERE list_contains(?, account)", [list(ids)])
    cursor.execute("DELETE FROM account_perimeter WHERE list_contains(?, account)", [list(ids)])
    cursor.execute("DELETE FROM declares_for_others WHERE list_contains(?, account)", [list(ids)])
