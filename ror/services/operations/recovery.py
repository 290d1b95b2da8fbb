"""Going on with what can still be read of a damaged database; what cannot is kept aside, and the gap stays visible."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ror.errors import NotFound
from ror.model.journal import Act
from ror.services import journal
from ror.store import files, registry
from ror.store.engine import recovery
from ror.store.engine.database import Database
from ror.store.engine.file import File
from ror.store.engine.mark import MarkFile, in_use
from ror.store.journal import head

GAP = 1_000_000
"""Positions that are left out when nobody knows which were given: more than a log holds before it enters the file."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """What is left: its last `position` and `line` of the journal, and the folder of what stood there before.

    `acknowledged` and `acknowledged_line` are how far the database went, the same when nothing is lost; None when its mark
    was lost too.
    """

    position: int
    acknowledged: int | None
    line: int
    acknowledged_line: int | None
    aside: Path


def recover(path: Path, now: datetime) -> Recovered:
    """Set the file, its log and its mark aside, then keep all that can be read. Of the command line alone.

    The positions of what is lost are never given again, and the journal has a line that says so. Raises `NotFound` when
    there is no database, `DatabaseError` when a server has it open or when the file itself cannot be read: nothing is
    changed then.
    """
    if not path.exists():
        raise NotFound(f"There is no database at {path}: restore the last backup (python -m ror restore).")
    with files.lock_database_file(path):
        aside = recovery.set_aside(path, now)
    recovery.cut_log(path)
    mark = MarkFile(path)
    db = Database(File(path, guarded=False))
    try:
        found = _left(db, mark, aside)
        with db.transaction() as transaction:
            # Cut off before this is committed, the database is refused again: its mark is still that of before.
            transaction.next_position(GAP if found.acknowledged is None else found.acknowledged - found.position)
            registry.record_change(transaction, f"recovered after {recovery.log_of(path).name}", now)
            after = {name: getattr(found, name) for name in ("position", "acknowledged", "line", "acknowledged_line")}
            journal.record(transaction, Act.RESTORE, None, "database", now, after=after)
    finally:
        db.close()
    mark.path.unlink(missing_ok=True)
    return found


def _left(db: Database, mark: MarkFile, aside: Path) -> Recovered:
    """What a database holds, beside what its mark says that it held."""
    with db.reader() as cursor:
        noted, line, unsure = mark.of(cursor), head(cursor).number, in_use(cursor)
    if noted is None and unsure:
        return Recovered(db.position, None, line, None, aside)
    acknowledged, last = (noted.position, noted.head.number) if noted else (0, 0)
    return Recovered(db.position, max(db.position, acknowledged), line, max(line, last), aside)
