"""Read all data stored on one account, and erase its sessions."""

from typing import Any

from ror.store.engine.database import Cursor, Transaction

_QUERIES = {
    "sessions": "SELECT opened_at, seen_at, closed_at FROM session WHERE account = $account ORDER BY opened_at",
    "addresses": "SELECT address, seen_at, signed_in_at FROM origin WHERE account = $account ORDER BY seen_at",
    "links": "SELECT made_at FROM one_time_link WHERE account = $account ORDER BY made_at",
    # The address is exported only for acts of the account itself and attempts on it: others are data of somebody else.
    "journal": """
        SELECT journal.number, journal.happened_at, journal.act, journal.outcome, journal.actor = $account AS own,
               journal.actor = '' AS nobody, journal.subject, journal.before, journal.after, origin.address
        FROM journal
        LEFT JOIN origin ON origin.id = journal.origin AND origin.account = $account
        WHERE journal.actor = $account OR journal.subject = 'account:' || $account
        ORDER BY journal.number
    """,
    "declarations": """
        SELECT declaration.recorded_at, declaration.kind, declaration.unit, coalesce(unit.name, '') AS name,
               declaration.available, coalesce(declaration.parts, '') AS parts, declaration.comment, declaration.masked
        FROM declaration LEFT JOIN unit ON unit.id = declaration.unit
        WHERE declaration.account = $account AND declaration.kind <> 'masked'
        ORDER BY declaration.position
    """,
    "perimeter": """
        SELECT entry.kind, entry.key, coalesce(legal_entity.name, structure.name, unit.name, '') AS name,
               coalesce(parent.name, '') AS structure
        FROM account_perimeter AS entry
        LEFT JOIN legal_entity ON entry.kind = 'legal_entity' AND legal_entity.finess = entry.key
        LEFT JOIN structure ON entry.kind = 'structure' AND structure.finess = entry.key
        LEFT JOIN unit ON entry.kind = 'unit' AND unit.id = entry.key
        LEFT JOIN structure AS parent ON parent.finess = unit.structure
        WHERE entry.account = $account
        ORDER BY entry.kind, name, entry.key
    """,
}


def read(cursor: Cursor, kind: str, account: str) -> list[dict[str, Any]]:
    """Return the data of a kind stored on an account, oldest first; instants in UTC.

    `kind` is one of:

    - sessions: opened_at, seen_at, closed_at
    - addresses: address, seen_at, signed_in_at
    - links: made_at
    - journal: number, happened_at, act, outcome, own, nobody, subject, before, after, address
    - declarations: recorded_at, kind, unit, name, available, parts, comment, masked
    - perimeter: kind, key, name, structure (that of a unit)
    """
    rows: list[dict[str, Any]] = cursor.execute(_QUERIES[kind], {"account": account}).to_arrow_table().to_pylist()
    return rows


def erase_sessions(transaction: Transaction, account: str) -> None:
    """Erase the sessions of an account, open or closed."""
    transaction.cursor.execute("DELETE FROM session WHERE account = ?", [account])
