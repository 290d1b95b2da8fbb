"""The table of the units that managers hand over to colleagues for a time."""

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
"""CTEs: `held`, the entries of the own perimeter of each enabled manager; `colleague`, the managers of each legal entity."""

_ALLOWED = f"""
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
"""The units handed over whose giver still holds them and whose receiver is still a manager of their legal entity."""


def current(cursor: Cursor, units: Sequence[str], now: datetime) -> dict[str, Handover]:
    """Return by unit the handovers in force at an instant.

    A handover given after that instant is left out: it was given while the clock was wrong.
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
    """Return by legal entity the managers who declare for some of its units: names by id, in alphabetical order."""
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
    """Write a handover from now on; it ends any other handover of the unit."""
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


def end_no_longer_allowed(transaction: Transaction, now: datetime) -> None:
    """End the handovers that are no longer allowed: the giver no longer holds the unit, or the receiver left its legal entity.

    Every change of an account or of the registry calls this. Checking at each interaction of the receiver instead would cost
    ten times as much as reading the rest of its rights.
    """
    cursor = transaction.cursor
    rows = cursor.execute("SELECT unit FROM handover WHERE ended_at IS NULL AND until > $now", {"now": now}).fetchall()
    if handed_over := {unit for (unit,) in rows}:
        allowed = cursor.execute(_ALLOWED, {"manager": str(Role.MANAGER), "now": now}).fetchall()
        end(transaction, sorted(handed_over - {unit for (unit,) in allowed}), now)


def erase(transaction: Transaction, account: str) -> None:
    """Erase the handovers by an account and to it."""
    transaction.cursor.execute("DELETE FROM handover WHERE giver = $account OR receiver = $account", {"account": account})


def delete_before(transaction: Transaction, before: datetime) -> None:
    """Delete the handovers whose end was before an instant."""
    transaction.cursor.execute("DELETE FROM handover WHERE until < ?", [before])
