"""Going on with what can still be read of a damaged database; what cannot is kept aside, and the gap stays visible."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ror.errors import NotFound
from ror.model.journal import Act
from ror.services import journal
from ror.store import files, recovery, registry
from ror.store.database import Database


@dataclass(frozen=True, slots=True)
class Recovered:
    """What is left: its last `position`, the last that was `acknowledged`, and the folder of what stood there before.

    `acknowledged` equals `position` when nothing is known to be lost.
    """

    position: int
    acknowledged: int
    aside: Path


def recover(path: Path, now: datetime) -> Recovered:
    """Set the file, its log and its mark aside, then keep all that can be read. Of the command line alone.

    The positions of what is lost are never given again, and the journal has a line that says so. Raises `NotFound` when
    there is no database, `DatabaseError` when a server has it open or when the file itself cannot be read: nothing is
    changed then.
    """
    log, mark = recovery.log_of(path), recovery.Mark(path)
    if not path.exists():
        raise NotFound(f"There is no database at {path}: restore the last backup (python -m ror restore).")
    with files.nobody_else_in(path):
        aside = recovery.set_aside(path, now)
    noted = mark.noted()
    recovery.cut_log(path)
    mark.path.unlink(missing_ok=True)
    db = Database(path)
    try:
        position = db.position
        acknowledged = max(position, noted.position if noted else 0)
        with db.writer() as writer:
            writer.next_position(acknowledged - position)
            registry.record_change(writer, f"recovered after {log.name}", now)
            after = {"position": position, "acknowledged": acknowledged}
            journal.record(writer, Act.RESTORE, None, "database", now, after=after)
    finally:
        db.close()
    return Recovered(position, acknowledged, aside)
