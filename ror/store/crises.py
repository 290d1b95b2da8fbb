"""The log of events of a crisis: each change of an event is a row, and a change of the registry, which refreshes boards."""

from dataclasses import replace
from datetime import datetime

from ror.model.crisis import CrisisEvent, CrisisKind, CrisisScope, ExtraCount
from ror.store import registry_changes
from ror.store.engine.database import BATCH, Cursor, Transaction

_SEPARATOR = "|"


def versions(cursor: Cursor, event: str = "") -> tuple[CrisisEvent, ...]:
    """Return every version of every event, or of the event of this id, in the order of the log."""
    rows = cursor.execute(
        "SELECT * FROM crisis_version WHERE $event = '' OR event = $event ORDER BY position", {"event": event}
    ).to_arrow_table(BATCH)
    return tuple(
        CrisisEvent(
            row["event"],
            CrisisKind(row["kind"]),
            row["level"],
            row["name"],
            CrisisScope(*(_list(row[name]) for name in ("departments", "structures", "needs"))),
            row["opened_at"],
            row["until"],
            row["rhythm_hours"],
            tuple(ExtraCount(name) for name in _list(row["extra_counts"])),
            row["rounds_from"],
            row["position"],
            row["recorded_at"],
        )
        for row in rows.to_pylist()
    )


def add(transaction: Transaction, event: CrisisEvent, now: datetime) -> CrisisEvent:
    """Write a version of an event at the next position, and return it."""
    registry_changes.record_change(transaction, f"{registry_changes.CRISIS} {event.id}", now)
    written = replace(event, position=transaction.position, recorded_at=now, rounds_from=event.since)
    scope = event.scope
    texts = [_SEPARATOR.join(codes) for codes in (scope.departments, scope.structures, scope.needs)]
    transaction.cursor.execute(
        """
        INSERT INTO crisis_version (position, event, recorded_at, kind, level, name, departments, structures, needs,
                                    opened_at, until, rounds_from, rhythm_hours, extra_counts)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
            *(written.position, event.id, now, str(event.kind), event.level, event.name, *texts),
            *(event.opened_at, event.until, written.rounds_from, event.rhythm_hours, _SEPARATOR.join(event.extra_counts)),
        ],
    )
    return written


def _list(text: str) -> tuple[str, ...]:
    return tuple(text.split(_SEPARATOR)) if text else ()
