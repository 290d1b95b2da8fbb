"""The demonstration: a fictitious region seeded once, and its missed rhythm played at each start."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from ror import demo
from ror.errors import DatabaseError
from ror.model.freshness import PARIS
from ror.model.passwords import DEMONSTRATION_PASSWORD
from ror.model.rights import Role
from ror.services import events, hashing
from ror.services.importing import DEMONSTRATION
from ror.settings import settings
from ror.store import accounts, comments, declarations, registry
from ror.store.database import Database

PASSWORD = DEMONSTRATION_PASSWORD
SIGN_INS = {
    "responsable": Role.MANAGER,
    "soignant": Role.PROFESSIONAL,
    "coordination": Role.COORDINATOR,
    "admin": Role.ADMINISTRATOR,
}
HISTORY = timedelta(days=365)


def start(db: Database, now: datetime) -> None:
    """What a server does first: play the demonstration if it is one. Raises `DatabaseError` rather than mix the two."""
    if settings().demo:
        prepare(db, now)
        return
    with db.reader() as cursor:
        if DEMONSTRATION in registry.changes(cursor):
            raise DatabaseError("This database holds the demonstration: start with ROR_DEMO=1, or name another ROR_DATABASE.")


def prepare(db: Database, now: datetime) -> int:
    """Seed an empty database, then play what the region declared since the last event; returns how many events.

    What people declared by hand is kept: nothing older than it is written over it. Raises `DatabaseError` on the
    database of a real region, which must never show invented numbers.
    """
    region = demo.build_region()
    with db.writer() as writer:
        if registry.counts(writer.cursor)["structure"] == 0:
            for entries in (region.legal_entities, region.structures, region.units):
                registry.merge(writer, entries)
            registry.record_change(writer, DEMONSTRATION, now)
            shared = hashing.hashed(PASSWORD)
            accounts.add_all(writer, [(one, shared if one.login in SIGN_INS else "") for one in region.accounts])
        elif DEMONSTRATION not in registry.changes(writer.cursor):
            raise DatabaseError("This database holds a real region: start with ROR_DEMO=0, or name another ROR_DATABASE.")
        by_hand = [account.id for account in region.accounts if account.login in SIGN_INS]
        last = declarations.last_recorded(writer.cursor, besides=by_hand)
        missed = demo.rhythm(region, last + timedelta(microseconds=1) if last else now - HISTORY, now)
        missed = _newer(missed, declarations.last_observed(writer.cursor), now) if last else demo.opening(missed)
        missed = _silent(missed, comments.masked_units(writer.cursor))
        declarations.append_table(writer, missed)
    events.publish(events.Change(db.position))
    return int(missed.num_rows)


def _newer(missed: pa.Table, last: pa.Table, now: datetime) -> pa.Table:
    """The events of units that said nothing later themselves, and that are not closed for a time."""
    known = {row["unit"]: row for row in last.to_pylist()}
    units, instants = missed["unit"].to_pylist(), missed["observed_at"].to_pylist()
    keep = [_plays(known.get(unit), observed_at, now) for unit, observed_at in zip(units, instants, strict=True)]
    return missed.filter(pa.array(keep, pa.bool_())) if keep else missed


def _silent(missed: pa.Table, units: set[str]) -> pa.Table:
    """The events without the comments of some units: what was masked there is not said again."""
    silent = pc.is_in(missed["unit"], pa.array(sorted(units), pa.string()))
    said = pc.if_else(silent, "", missed["comment"])
    return missed.set_column(missed.column_names.index("comment"), "comment", said)


def _plays(last: dict[str, datetime] | None, observed_at: datetime, now: datetime) -> bool:
    if last is None:
        return True
    closed_until = last["closed_until"]
    if closed_until is not None and closed_until >= now.astimezone(PARIS).date():
        return False
    return last["observed_at"] is None or observed_at > last["observed_at"].astimezone(UTC)
