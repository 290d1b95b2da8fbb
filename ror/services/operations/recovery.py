"""Recover what can still be read of a damaged database; set the damaged files aside, and leave the gap visible."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ror.errors import NotFound
from ror.model.journal import Act
from ror.services import journal
from ror.store import files, registry_changes
from ror.store.engine import recovery
from ror.store.engine.database import Database
from ror.store.engine.duckdb_file import DuckDBFile
from ror.store.engine.mark import MarkFile, in_use
from ror.store.journal import head

GAP = 1_000_000
"""Positions that are skipped when the last one is unknown: more than a log holds before its checkpoint."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """The last `position` and `line` of the journal that were recovered, and the folder of the damaged files.

    `acknowledged` and `acknowledged_line` are the last ones that the database had acknowledged, the same when nothing is
    lost; None when its mark was lost too.
    """

    position: int
    acknowledged: int | None
    line: int
    acknowledged_line: int | None
    aside: Path


def recover(path: Path, now: datetime) -> Recovery:
    """Set the file, its log and its mark aside, then continue with all that can be read.

    Lost positions are never given again, and the journal records the recovery. Raises `NotFound` when there is no
    database, `DatabaseError` when a server has it open or when the file itself cannot be read; changes nothing then. Checks
    no right: only the command line calls it.
    """
    if not path.exists():
        raise NotFound(f"There is no database at {path}: restore the last backup (python -m ror restore).")
    with files.lock_database_file(path):
        aside = recovery.set_aside(path, now)
    recovery.cut_log(path)
    mark = MarkFile(path)
    db = Database(DuckDBFile(path, guarded=False))
    try:
        result = _compare_with_mark(db, mark, aside)
        with db.transaction() as transaction:
            # Interrupted before this commit, the database is refused again: its mark is still the old one.
            transaction.next_position(GAP if result.acknowledged is None else result.acknowledged - result.position)
            registry_changes.record_change(transaction, f"recovered after {recovery.log_of(path).name}", now)
            after = {name: getattr(result, name) for name in ("position", "acknowledged", "line", "acknowledged_line")}
            journal.record(transaction, Act.RESTORE, None, "database", now, after=after)
    finally:
        db.close()
    mark.path.unlink(missing_ok=True)
    return result


def _compare_with_mark(db: Database, mark: MarkFile, aside: Path) -> Recovery:
    """Compare what a database holds with what its mark acknowledged."""
    with db.reader() as cursor:
        noted, line, unsure = mark.read_for(cursor), head(cursor).number, in_use(cursor)
    if noted is None and unsure:
        return Recovery(db.position, None, line, None, aside)
    acknowledged, last = (noted.position, noted.head.number) if noted else (0, 0)
    return Recovery(db.position, max(db.position, acknowledged), line, max(line, last), aside)
