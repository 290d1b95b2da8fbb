"""Seed the demonstration, a fictitious region or country, and later write what its units would have declared meanwhile."""

from collections.abc import Collection
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from ror import demo
from ror.errors import DatabaseError
from ror.model.declaration import EventKind
from ror.model.nomenclature import SourceType
from ror.model.passwords import DEMONSTRATION_PASSWORD
from ror.model.progress import OnProgress, ignore_progress
from ror.model.rights import Role
from ror.services import events
from ror.services.accounts import hashing
from ror.settings import settings
from ror.store import accounts, comments, declarations, registry, registry_changes
from ror.store.board import board
from ror.store.engine.database import Cursor, Database, Transaction

PASSWORD = DEMONSTRATION_PASSWORD
SIGN_INS = {
    "responsable": Role.MANAGER,
    "soignant": Role.PROFESSIONAL,
    "coordination": Role.COORDINATOR,
    "admin": Role.ADMINISTRATOR,
}
HISTORY = timedelta(days=365)
_FIRST_WEEKS = timedelta(weeks=5)
"""Time from the beginning of the history to the date at which the registry's entries were created. By then nearly all units
have declared once: with an earlier date trends would begin with a region that is overdue. Yesterday is long after it, so that
units that never declare were overdue then too.
"""
FED_UNIT = "999410001-01"
FED_PERIOD = timedelta(hours=1)
"""A unit of the manager `responsable` that software declares for in the rhythm, at least every `FED_PERIOD`; the declarations
of people have another source.
"""


def start(db: Database, now: datetime) -> None:
    """Play the demonstration when a server starts. Raises `DatabaseError` if the database does not go with `ROR_DEMO`.

    A country is left as it is, so that the server answers at once: `python -m ror demo` writes what it missed.
    """
    with db.reader() as cursor:
        scale = stored_scale(cursor)
    if not settings().demo:
        if scale:
            raise DatabaseError("This database holds the demonstration: start with ROR_DEMO=1, or name another ROR_DATABASE.")
    elif scale in (None, demo.REGIONAL):
        prepare(db, now)


def stored_scale(cursor: Cursor) -> demo.Scale | None:
    """Return the scale of the demonstration that the database holds, None when it holds none."""
    changes = registry_changes.changes(cursor)
    if registry_changes.DEMONSTRATION not in changes:
        return None
    return next((scale for scale in demo.SCALES.values() if scale.name in changes), demo.REGIONAL)


def prepare(
    db: Database,
    now: datetime,
    scale: demo.Scale | None = None,
    on_progress: OnProgress = ignore_progress,
    spared: Collection[str] = (),
) -> int:
    """Seed an empty database, then write the declarations due since the last event; return the number of events written.

    `scale` is that of the database when not given, the region for an empty one. `on_progress` counts seconds of the history.
    Each window of time is a transaction: an interrupted call goes on where it stopped. Declarations made by people stay: no
    older event is written over them. The units are read from the board, so that a database seeded by another version goes on.
    Nothing is declared for the units `spared`. Raises `DatabaseError` on a real region, which must never show invented numbers,
    on another scale, and in production.
    """
    if settings().production:
        raise DatabaseError("ROR_PRODUCTION=1 does not go with a demonstration: name another ROR_DATABASE, without it.")
    with db.transaction() as transaction:
        scale = _register(transaction, scale, now)
    current = board.current(db)
    since = begin = _begin(db, current.units, spared) or now - HISTORY
    count, total = 0, int((now - since).total_seconds())
    while begin < now:
        end = min(begin + scale.window, now)
        with db.transaction() as transaction:
            current = board.refreshed(transaction.cursor, current, transaction.position)
            missed = demo.rhythm(current.units, begin, end, scale, comments.masked_units(transaction.cursor))
            missed = missed.filter(pc.invert(pc.is_in(missed["unit"], pa.array(list(spared), pa.string()))))
            declarations.append_table(transaction, missed)
        begin, count = end, count + missed.num_rows
        on_progress(int((begin - since).total_seconds()), total)
    events.publish(events.CommitEvent(db.position))
    return count


def _begin(db: Database, units: pa.Table, spared: Collection[str]) -> datetime | None:
    """Return the instant from which the rhythm has to be played, None for the whole history.

    A running server spares the units of people (`live_demonstration`), which are then behind the others: `FED_UNIT`, one of
    them, declares at least every `FED_PERIOD` and shows since when. Playing what the others declared meanwhile writes nothing.
    """
    last = last_played(units)
    if last is None or spared:
        return last
    with db.reader() as cursor:
        fed = declarations.last_recorded(cursor, FED_UNIT, SourceType.BED_MANAGEMENT)
    return fed if fed and last - fed > 2 * FED_PERIOD else last


def last_played(units: pa.Table) -> datetime | None:
    """Return the instant just after the last declaration of the rhythm; those of people and masks of comments do not count."""
    played = pc.and_(pc.starts_with(units["account"], demo.MANAGERS), pc.not_equal(units["kind"], EventKind.MASKED))
    last: datetime | None = pc.max(units.filter(played)["recorded_at"]).as_py()
    return last and last + timedelta(microseconds=1)


def _register(transaction: Transaction, scale: demo.Scale | None, now: datetime) -> demo.Scale:
    """Write the registry and the accounts in an empty database, and return the scale of the database.

    Raises `DatabaseError` for one that holds another scale, a real region or accounts of people.
    """
    stored = stored_scale(transaction.cursor)
    scale = scale or stored or demo.REGIONAL
    if stored and stored.name != scale.name:
        raise DatabaseError(f"This database holds the demonstration at scale {stored.name}: name another ROR_DATABASE.")
    if stored:
        return scale
    if registry.counts(transaction.cursor)["structure"]:
        raise DatabaseError("This database holds a real region: start with ROR_DEMO=0, or name another ROR_DATABASE.")
    # The fictitious accounts, whose password is public, would stand beside those of people, and might take their logins.
    if accounts.count(transaction.cursor):
        raise DatabaseError("This database holds accounts of people: start with ROR_DEMO=0, or name another ROR_DATABASE.")
    region = demo.build_region(scale=scale)
    for entries in (region.legal_entities, region.structures, region.units):
        registry.merge(transaction, entries, created_at=now - HISTORY + _FIRST_WEEKS)
    registry_changes.record_change(transaction, registry_changes.DEMONSTRATION, now)
    if scale.name != demo.REGIONAL.name:
        registry_changes.record_change(transaction, scale.name, now)
    shared = hashing.hash_password(PASSWORD)
    accounts.add_all(transaction, [(account, shared if account.login in SIGN_INS else "") for account in region.accounts])
    return scale
