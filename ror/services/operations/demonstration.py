"""Seed the demonstration, a fictitious region or country, and play later what its units declared meanwhile."""

from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from ror import demo
from ror.errors import DatabaseError
from ror.model.freshness import PARIS
from ror.model.passwords import DEMONSTRATION_PASSWORD
from ror.model.progress import OnProgress, ignore_progress
from ror.model.rights import Role
from ror.services import events
from ror.services.accounts import hashing
from ror.settings import settings
from ror.store import accounts, comments, declarations, registry
from ror.store.engine.database import Cursor, Database, Transaction

PASSWORD = DEMONSTRATION_PASSWORD
SIGN_INS = {
    "responsable": Role.MANAGER,
    "soignant": Role.PROFESSIONAL,
    "coordination": Role.COORDINATOR,
    "admin": Role.ADMINISTRATOR,
}
HISTORY = timedelta(days=365)


def start(db: Database, now: datetime) -> None:
    """Play the demonstration when a server starts. Raises `DatabaseError` if the database does not go with `ROR_DEMO`.

    A demonstration of a country is left as it is, so that the server answers at once: `python -m ror demo` writes what it
    missed. Raises `DatabaseError` when the setting and the content of the database do not agree.
    """
    with db.reader() as cursor:
        scale = _stored_scale(cursor)
    if not settings().demo:
        if scale:
            raise DatabaseError("This database holds the demonstration: start with ROR_DEMO=1, or name another ROR_DATABASE.")
    elif scale in (None, demo.REGIONAL):
        prepare(db, now)


def _stored_scale(cursor: Cursor) -> demo.Scale | None:
    """Return the scale of the demonstration that the database holds, None when it holds none."""
    changes = registry.changes(cursor)
    if registry.DEMONSTRATION not in changes:
        return None
    return next((scale for scale in demo.SCALES.values() if scale.name in changes), demo.REGIONAL)


def prepare(db: Database, now: datetime, scale: demo.Scale | None = None, on_progress: OnProgress = ignore_progress) -> int:
    """Seed an empty database, then play what was declared since the last event; returns how many events.

    `scale` is that of the database when not given, the region for an empty one. `on_progress` counts seconds of the history.
    Each window of time is a transaction: one that was interrupted goes on where it stopped. Declarations made by people
    stay: no older event is written over them. Raises `DatabaseError` on the database of a real region, which must never
    show invented numbers, on a demonstration of another scale, and in production.

    A database that another version of `ror.demo` seeded goes on likewise: its registry stays, whose units `build_region` still
    draws, its events too, and the rhythm of this version begins after the last of them. The first event of a unit after
    that may be a "confirmed" one with a number of its own; each event holds all its counts, so nothing reads them elsewhere.
    """
    if settings().production:
        raise DatabaseError("ROR_PRODUCTION=1 does not go with a demonstration: name another ROR_DATABASE, without it.")
    with db.reader() as cursor:
        scale = scale or _stored_scale(cursor) or demo.REGIONAL
    region = demo.build_region(scale=scale)
    visitors = [account.id for account in region.accounts if account.login in SIGN_INS]
    with db.transaction() as transaction:
        _register(transaction, region, now)
        last = declarations.last_recorded(transaction.cursor, besides=visitors)
        position = transaction.position
    since = last + timedelta(microseconds=1) if last else now - HISTORY
    total, done, count = now - since, timedelta(), 0
    for window in demo.windows(region, since, now, empty_log=last is None):
        with db.transaction() as transaction:
            missed = window
            if transaction.position != position:
                missed = _after(missed, declarations.last_recorded(transaction.cursor, besides=visitors))
            if last is not None:
                missed = _not_superseded(missed, declarations.last_observed(transaction.cursor), now)
                missed = _without_comments(missed, comments.masked_units(transaction.cursor))
            declarations.append_table(transaction, missed)
            position = transaction.position
        count += missed.num_rows
        done = min(done + scale.window, total)
        on_progress(int(done.total_seconds()), int(total.total_seconds()))
    events.publish(events.Change(db.position))
    return count


def _register(transaction: Transaction, region: demo.Region, now: datetime) -> None:
    """Write the registry and the accounts in an empty database. Raises `DatabaseError` on one that holds something else."""
    stored, scale = _stored_scale(transaction.cursor), region.scale
    if stored and stored.name != scale.name:
        raise DatabaseError(f"This database holds the demonstration at scale {stored.name}: name another ROR_DATABASE.")
    if stored:
        return
    if registry.counts(transaction.cursor)["structure"]:
        raise DatabaseError("This database holds a real region: start with ROR_DEMO=0, or name another ROR_DATABASE.")
    for entries in (region.legal_entities, region.structures, region.units):
        registry.merge(transaction, entries)
    registry.record_change(transaction, registry.DEMONSTRATION, now)
    if scale.name != demo.REGIONAL.name:
        registry.record_change(transaction, scale.name, now)
    shared = hashing.hash_password(PASSWORD)
    accounts.add_all(transaction, [(account, shared if account.login in SIGN_INS else "") for account in region.accounts])


def _after(missed: pa.Table, last: datetime | None) -> pa.Table:
    """Return the events after those that another server, which started at the same time, has just played."""
    return missed.filter(pc.greater(missed["recorded_at"], last)) if last else missed


def _not_superseded(missed: pa.Table, last: pa.Table, now: datetime) -> pa.Table:
    """Return the events of units that declared nothing later themselves, and that are not closed for a time."""
    rank = pc.index_in(missed["unit"], last["unit"])
    declared_at, closed_until = (pc.take(last[name], rank) for name in ("observed_at", "closed_until"))
    later = pc.fill_null(pc.greater(missed["observed_at"], declared_at), True)
    closed = pc.fill_null(pc.greater_equal(closed_until, now.astimezone(PARIS).date()), False)
    return missed.filter(pc.and_(later, pc.invert(closed)))


def _without_comments(missed: pa.Table, units: set[str]) -> pa.Table:
    """Return the events without the comments of some units: what was masked there is not written again."""
    masked = pc.is_in(missed["unit"], pa.array(sorted(units), pa.string()))
    comment = pc.if_else(masked, "", missed["comment"])
    return missed.set_column(missed.column_names.index("comment"), "comment", comment)
