"""The tables of notices of late units to another system; a unit is in one notice per last position. They name no person."""

from collections.abc import Sequence
from datetime import datetime

import pyarrow as pa

from ror.model.sending import MailState, SendingAttempt
from ror.store.engine.database import BATCH, Cursor, Transaction


def noticed(cursor: Cursor) -> set[tuple[str, int]]:
    """Return each unit that is in a notice, with its last position then."""
    return set(cursor.execute("SELECT unit, position FROM late_notice_unit").fetchall())


def waiting(cursor: Cursor) -> list[SendingAttempt]:
    """Return the notices that were refused and are to be tried again, oldest first."""
    rows = cursor.execute(
        "SELECT id, claimed_at AS at, state, tries, tried_at FROM late_notice WHERE state = ? ORDER BY claimed_at, id",
        [str(MailState.WAITING)],
    )
    return [SendingAttempt(**row | {"state": MailState(row["state"])}) for row in rows.to_arrow_table(BATCH).to_pylist()]


def positions(cursor: Cursor, notice: str) -> dict[str, int]:
    """Return the units of a notice with their last positions then."""
    return dict(cursor.execute("SELECT unit, position FROM late_notice_unit WHERE notice = ?", [notice]).fetchall())


def claim(transaction: Transaction, notice: str, units: Sequence[tuple[str, int]], now: datetime) -> None:
    """Write that a notice of units, with their last positions, is about to be posted."""
    cursor = transaction.cursor
    cursor.execute("INSERT INTO late_notice VALUES (?, ?, ?, 1, ?)", [notice, now, str(MailState.CLAIMED), now])
    rows = [{"notice": notice, "unit": unit, "position": position} for unit, position in units]
    cursor.register("notice_lines", pa.Table.from_pylist(rows))
    cursor.execute("INSERT INTO late_notice_unit BY NAME SELECT * FROM notice_lines")
    cursor.unregister("notice_lines")


def claim_again(transaction: Transaction, notice: str, now: datetime) -> bool:
    """Write that a refused notice is about to be posted again; return False when another process did so first."""
    cursor = transaction.cursor
    row = cursor.execute("SELECT state FROM late_notice WHERE id = ?", [notice]).fetchone()
    if row is None or row[0] != MailState.WAITING:
        return False
    cursor.execute(
        "UPDATE late_notice SET state = ?, tries = tries + 1, tried_at = ? WHERE id = ?",
        [str(MailState.CLAIMED), now, notice],
    )
    return True


def set_state(transaction: Transaction, notice: str, state: MailState) -> None:
    """Write the state of a notice."""
    transaction.cursor.execute("UPDATE late_notice SET state = ? WHERE id = ?", [str(state), notice])


def delete_before(transaction: Transaction, before: datetime) -> None:
    """Delete the notices before an instant."""
    cursor = transaction.cursor
    cursor.execute("DELETE FROM late_notice_unit WHERE notice IN (SELECT id FROM late_notice WHERE claimed_at < ?)", [before])
    cursor.execute("DELETE FROM late_notice WHERE claimed_at < ?", [before])
