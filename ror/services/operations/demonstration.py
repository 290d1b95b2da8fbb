"""Write the demonstration: a fictitious region or country, then the declarations that it missed since."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from ror import demo
from ror.errors import DatabaseError
from ror.model.freshness import PARIS
from ror.model.passwords import DEMONSTRATION_PASSWORD
from ror.model.rights import Role
from ror.services import events
from ror.services.accounts import hashing
from ror.settings import settings
from ror.store import accounts, comments, declarations, registry
from ror.store.engine.database import Cursor, Database, Transaction

OnTimeProgress = Callable[[timedelta, timedelta], None]
"""Receives the time that was written so far and the whole time to write."""

PASSWORD = DEMONSTRATION_PASSWORD
SIGN_INS = {
    "responsable": Role.MANAGER,
    "soignant": Role.PROFESSIONAL,
    "coordination": Role.COORDINATOR,
    "admin": Role.ADMINISTRATOR,
}
HISTORY = timedelta(days=365)


def start(db: Database, now: datetime) -> None:
    """Bring the demonstration up to date when a server starts, if the setting asks for it.

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
    """Return the scale of the demonstration in the database, None when there is none."""
    changes = registry.changes(cursor)
    if registry.DEMONSTRATION not in changes:
        return None
    return next((scale for scale in demo.SCALES.values() if scale.name in changes), demo.REGIONAL)


def prepare(
    db: Database, now: datetime, scale: demo.Scale | None = None, on_progress: OnTimeProgress = lambda done, total: None
) -> int:
    """Seed an empty database, then write the declarations since the last event; return how many events were written.

    `scale` defaults to that of the database, and to the region for an empty one. Each window of time is a transaction, so an
    interrupted run continues where it stopped. Declarations that people made by hand stay: no older one is written over
    them. Raises `DatabaseError` on the database of a real region, which must never show invented numbers, on a
    demonstration of another scale, and in production.
    """
    if settings().production:
        raise DatabaseError("ROR_PRODUCTION=1 does not go with a demonstration: name another ROR_DATABASE, without it.")
    with db.reader() as cursor:
        scale = scale or _stored_scale(cursor) or demo.REGIONAL
    region = demo.build_region(scale=scale)
    by_hand = [account.id for account in region.accounts if account.login in SIGN_INS]
    with db.transaction() as transaction:
        _register(transaction, region, now)
        last = declarations.last_recorded(transaction.cursor, besides=by_hand)
        position = transaction.position
    since = last + timedelta(microseconds=1) if last else now - HISTORY
    done, count = timedelta(), 0
    for window in demo.windows(region, since, now, fresh=last is None):
        with db.transaction() as transaction:
            missed = window
            if transaction.position != position:
                missed = _after(missed, declarations.last_recorded(transaction.cursor, besides=by_hand))
            if last is not None:
                missed = _newer(missed, declarations.last_observed(transaction.cursor), now)
                missed = _without_comments(missed, comments.masked_units(transaction.cursor))
            declarations.append_table(transaction, missed)
            position = transaction.position
        count += missed.num_rows
        done = min(done + scale.window, now - since)
        on_progress(done, now - since)
    events.publish(events.Change(db.position))
    return count


def _register(transaction: Transaction, region: demo.Region, now: datetime) -> None:
    """Write the registry and the accounts into an empty database; do nothing when they are there already.

    Raises `DatabaseError` on a real region or a demonstration of another scale.
    """
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
    shared = hashing.hashed(PASSWORD)
    accounts.add_all(transaction, [(account, shared if account.login in SIGN_INS else "") for account in region.accounts])


def _after(missed: pa.Table, last: datetime | None) -> pa.Table:
    """Keep the events after those that another server, started at the same time, has just written."""
    return missed.filter(pc.greater(missed["recorded_at"], last)) if last else missed


def _newer(missed: pa.Table, last: pa.Table, now: datetime) -> pa.Table:
    """Keep the events later than the last one of their unit, of units that are not temporarily closed."""
    rank = pc.index_in(missed["unit"], last["unit"])
    observed_at, closed_until = (pc.take(last[name], rank) for name in ("observed_at", "closed_until"))
    later = pc.fill_null(pc.greater(missed["observed_at"], observed_at), True)
    closed = pc.fill_null(pc.greater_equal(closed_until, now.astimezone(PARIS).date()), False)
    return missed.filter(pc.and_(later, pc.invert(closed)))


def _without_comments(missed: pa.Table, units: set[str]) -> pa.Table:
    """Remove the comments of some units: a comment that was masked must not appear again."""
    masked = pc.is_in(missed["unit"], pa.array(sorted(units), pa.string()))
    comments_left = pc.if_else(masked, "", missed["comment"])
    return missed.set_column(missed.column_names.index("comment"), "comment", comments_left)
