"""Units handed over by a manager to a colleague for a time."""

from collections.abc import Sequence
from datetime import datetime

from ror.model.handover import Handover
from ror.model.rights import Role
from ror.store.engine.database import BATCH, Cursor, Transaction

_MANAGERS = """
    held AS (
        SELECT account.id AS account, account.name, entry.kind, entry.key
        FROM account
        JOIN account_role ON account_role.account = account.id AND account_role.role = $manager
        JOIN account_perimeter AS entry ON entry.account = account.id
        WHERE NOT account.disabled AND account.login <> ''
    ),
    entity_of AS (
        SELECT 'legal_entity' AS kind, finess AS key, finess AS legal_entity FROM legal_entity
        UNION ALL SELECT 'structure', finess, legal_entity FROM structure
        UNION ALL SELECT 'unit', unit.id, structure.legal_entity FROM unit JOIN structure ON structure.finess = unit.structure
    ),
    colleague AS (SELECT DISTINCT account, name, legal_entity FROM held JOIN entity_of USING (kind, key))
"""
"""CTEs: what each enabled manager holds by its own perimeter, and the managers of each legal entity."""

_FOUNDED = f"""
    WITH {_MANAGERS}
    SELECT DISTINCT handover.unit
    FROM handover
    JOIN unit ON unit.id = handover.unit
    JOIN structure ON structure.finess = unit.structure
    JOIN held ON held.account = giver
         AND (held.kind, held.key) IN (('unit', unit.id), ('structure', finess), ('legal_entity', structure.legal_entity))
    JOIN colleague ON colleague.account = receiver AND colleague.legal_entity = structure.legal_entity
    WHERE ended_at IS NULL AND given_at <= $now AND until > $now
"""  # noqa: S608 - a constant
"""The units whose giver still holds them, their receiver still being a manager of their legal entity."""


def current(cursor: Cursor, units: Sequence[str], now: datetime) -> dict[str, Handover]:
    """Return the handovers of units that last at an instant, by unit.

    One given after that instant does not: it was given while the clock was wrong.
    """
    rows = cursor.execute(
        """
        SELECT unit, giver, receiver, until, giving.name AS giver_name, receiving.name AS receiver_name
        FROM handover
        JOIN account AS giving ON giving.id = giver
        JOIN account AS receiving ON receiving.id = receiver
        WHERE list_contains($units, unit) AND ended_at IS NULL AND given_at <= $now AND until > $now
        """,
        {"units": list(units), "now": now},
    )
    return {row["unit"]: Handover(**row) for row in rows.to_arrow_table(BATCH).to_pylist()}


def colleagues(cursor: Cursor, legal_entities: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return, by legal entity, the managers who declare for a part of it: names by id, in alphabetical order."""
    rows = cursor.execute(
        f"""
        WITH {_MANAGERS}
        SELECT legal_entity, account, name FROM colleague
        WHERE list_contains($legal_entities, legal_entity)
        ORDER BY strip_accents(lower(name)), account
        """,  # noqa: S608 - a constant
        {"manager": str(Role.MANAGER), "legal_entities": list(legal_entities)},
    ).fetchall()
    by_entity: dict[str, dict[str, str]] = {}
    for entity, account, name in rows:
        by_entity.setdefault(entity, {})[account] = name
    return by_entity


def add(transaction: Transaction, unit: str, giver: str, receiver: str, now: datetime, until: datetime) -> None:
    """Write a handover from now on, in place of any other of the unit."""
    end(transaction, [unit], now)
    transaction.cursor.execute(
        "INSERT INTO handover (unit, giver, receiver, given_at, until) VALUES (?, ?, ?, ?, ?)",
        [unit, giver, receiver, now, until],
    )


def end(transaction: Transaction, units: Sequence[str], now: datetime) -> None:
    """End the handovers of units now, before their time."""
    transaction.cursor.execute(
        "UPDATE handover SET ended_at = $now WHERE list_contains($units, unit) AND ended_at IS NULL AND until > $now",
        {"units": list(units), "now": now},
    )


def end_unfounded(transaction: Transaction, now: datetime) -> None:
    """End the handovers that lost their ground; every change of an account or of the registry calls it.

    Read at each interaction of the receiver instead, the ground would cost ten times as much as the rest of its rights.
    """
    cursor = transaction.cursor
    rows = cursor.execute("SELECT unit FROM handover WHERE ended_at IS NULL AND until > $now", {"now": now}).fetchall()
    if lasting := {unit for (unit,) in rows}:
        founded = cursor.execute(_FOUNDED, {"manager": str(Role.MANAGER), "now": now}).fetchall()
        end(transaction, sorted(lasting - {unit for (unit,) in founded}), now)


def erase(transaction: Transaction, account: str) -> None:
    """Erase the handovers by an account and to it."""
    transaction.cursor.execute("DELETE FROM handover WHERE giver = $account OR receiver = $account", {"account": account})


def delete_before(transaction: Transaction, before: datetime) -> None:
    """Delete the handovers whose time was over before an instant."""
    transaction.cursor.execute("DELETE FROM handover WHERE until < ?", [before])
