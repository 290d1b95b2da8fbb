"""The demonstration: a fictitious region or country seeded once, and its missed rhythm played later."""

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

Told = Callable[[timedelta, timedelta], None]
"""Told of the time that was played and of all that there is to play."""

PASSWORD = DEMONSTRATION_PASSWORD
SIGN_INS = {
    "responsable": Role.MANAGER,
    "soignant": Role.PROFESSIONAL,
    "coordination": Role.COORDINATOR,
    "admin": Role.ADMINISTRATOR,
}
HISTORY = timedelta(days=365)


def start(db: Database, now: datetime) -> None:
    """What a server does first: play the demonstration if it is one. Raises `DatabaseError` rather than mix the two.

    A country is left as it stands, so that the server answers at once: `python -m ror demo` plays what it missed.
    """
    with db.reader() as cursor:
        known = _scale(cursor)
    if not settings().demo:
        if known:
            raise DatabaseError("This database holds the demonstration: start with ROR_DEMO=1, or name another ROR_DATABASE.")
    elif known in (None, demo.REGIONAL):
        prepare(db, now)


def _scale(cursor: Cursor) -> demo.Scale | None:
    """The scale of the demonstration that the database holds, None when it holds none."""
    changes = registry.changes(cursor)
    if registry.DEMONSTRATION not in changes:
        return None
    return next((scale for scale in demo.SCALES.values() if scale.name in changes), demo.REGIONAL)


def prepare(db: Database, now: datetime, scale: demo.Scale | None = None, told: Told = lambda done, total: None) -> int:
    """Seed an empty database, then play what was declared since the last event; returns how many events.

    `scale` is that of the database when not given, the region for an empty one. Each window of time is a transaction: one
    that was interrupted goes on where it stopped. What people declared by hand is kept: nothing older than it is written
    over it. Raises `DatabaseError` on the database of a real region, which must never show invented numbers, on a
    demonstration of another scale, and in production.
    """
    if settings().production:
        raise DatabaseError("ROR_PRODUCTION=1 does not go with a demonstration: name another ROR_DATABASE, without it.")
    with db.reader() as cursor:
        scale = scale or _scale(cursor) or demo.REGIONAL
    region = demo.build_region(scale=scale)
    by_hand = [account.id for account in region.accounts if account.login in SIGN_INS]
    with db.transaction() as transaction:
        _register(transaction, region, now)
        last = declarations.last_recorded(transaction.cursor, besides=by_hand)
        seen = transaction.position
    since = last + timedelta(microseconds=1) if last else now - HISTORY
    played, count = timedelta(), 0
    for window in demo.windows(region, since, now, fresh=last is None):
        with db.transaction() as transaction:
            missed = window
            if transaction.position != seen:
                missed = _after(missed, declarations.last_recorded(transaction.cursor, besides=by_hand))
            if last is not None:
                missed = _newer(missed, declarations.last_observed(transaction.cursor), now)
                missed = _silent(missed, comments.masked_units(transaction.cursor))
            declarations.append_table(transaction, missed)
            seen = transaction.position
        count += missed.num_rows
        played = min(played + scale.window, now - since)
        told(played, now - since)
    events.publish(events.Change(db.position))
    return count


def _register(transaction: Transaction, region: demo.Region, now: datetime) -> None:
    """Write who there is, in an empty database. Raises `DatabaseError` on one that holds something else."""
    known, scale = _scale(transaction.cursor), region.scale
    if known and known.name != scale.name:
        raise DatabaseError(f"This database holds the demonstration at scale {known.name}: name another ROR_DATABASE.")
    if known:
        return
    if registry.counts(transaction.cursor)["structure"]:
        raise DatabaseError("This database holds a real region: start with ROR_DEMO=0, or name another ROR_DATABASE.")
    for entries in (region.legal_entities, region.structures, region.units):
        registry.merge(transaction, entries)
    registry.record_change(transaction, registry.DEMONSTRATION, now)
    if scale.name != demo.REGIONAL.name:
        registry.record_change(transaction, scale.name, now)
    shared = hashing.hash_password(PASSWORD)
    accounts.add_all(transaction, [(one, shared if one.login in SIGN_INS else "") for one in region.accounts])


def _after(missed: pa.Table, last: datetime | None) -> pa.Table:
    """The events after those that another server, which started at the same time, has just played."""
    return missed.filter(pc.greater(missed["recorded_at"], last)) if last else missed


def _newer(missed: pa.Table, last: pa.Table, now: datetime) -> pa.Table:
    """The events of units that said nothing later themselves, and that are not closed for a time."""
    rank = pc.index_in(missed["unit"], last["unit"])
    said, closed_until = (pc.take(last[name], rank) for name in ("observed_at", "closed_until"))
    later = pc.fill_null(pc.greater(missed["observed_at"], said), True)
    shut = pc.fill_null(pc.greater_equal(closed_until, now.astimezone(PARIS).date()), False)
    return missed.filter(pc.and_(later, pc.invert(shut)))


def _silent(missed: pa.Table, units: set[str]) -> pa.Table:
    """The events without the comments of some units: what was masked there is not said again."""
    silent = pc.is_in(missed["unit"], pa.array(sorted(units), pa.string()))
    said = pc.if_else(silent, "", missed["comment"])
    return missed.set_column(missed.column_names.index("comment"), "comment", said)
