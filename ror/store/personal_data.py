"""All that is held on one account, and the erasure of its sessions."""

from typing import Any

from ror.store.engine.database import Cursor, Transaction

_HELD = {
    "sessions": "SELECT opened_at, seen_at, closed_at FROM session WHERE account = $account ORDER BY opened_at",
    "addresses": "SELECT address, seen_at, signed_in_at FROM origin WHERE account = $account ORDER BY seen_at",
    "links": "SELECT made_at FROM one_time_link WHERE account = $account ORDER BY made_at",
    # The address is told of what the account did itself, and of attempts on it: that of somebody else is theirs.
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
               declaration.available, declaration.comment, declaration.masked
        FROM declaration LEFT JOIN unit ON unit.id = declaration.unit
        WHERE declaration.account = $account AND declaration.kind <> 'masked'
        ORDER BY declaration.position
    """,
    "perimeter": """
        SELECT held.kind, held.key, coalesce(legal_entity.name, structure.name, unit.name, '') AS name,
               coalesce(home.name, '') AS structure
        FROM account_perimeter AS held
        LEFT JOIN legal_entity ON held.kind = 'legal_entity' AND legal_entity.finess = held.key
        LEFT JOIN structure ON held.kind = 'structure' AND structure.finess = held.key
        LEFT JOIN unit ON held.kind = 'unit' AND unit.id = held.key
        LEFT JOIN structure AS home ON home.finess = unit.structure
        WHERE held.account = $account
        ORDER BY held.kind, name, held.key
    """,
}


def held(cursor: Cursor, what: str, account: str) -> list[dict[str, Any]]:
    """What is held on an account, oldest first; instants in UTC.

    `what` is one of:

    - sessions: opened_at, seen_at, closed_at
    - addresses: address, seen_at, signed_in_at
    - links: made_at
    - journal: number, happened_at, act, outcome, own, nobody, subject, before, after, address
    - declarations: recorded_at, kind, unit, name, available, comment, masked
    - perimeter: kind, key, name, structure (that of a unit)
    """
    rows: list[dict[str, Any]] = cursor.execute(_HELD[what], {"account": account}).to_arrow_table().to_pylist()
    return rows


def erase_sessions(transaction: Transaction, account: str) -> None:
    """Erase the sessions of an account, open or over."""
    transaction.cursor.execute("DELETE FROM session WHERE account = ?", [account])
