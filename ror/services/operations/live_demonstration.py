"""Declare for the fictitious managers while the server runs, so that the boards of a demonstration move.

Units declare when the rhythm of the seeded year makes them due; in between the software of one unit sends a movement. Both go
through the services that people or systems use: right, rules, journal, publication. Only a process with a database of its own
does this.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

import pyarrow as pa
import pyarrow.compute as pc

from ror import demo
from ror.errors import RorError
from ror.model.capacity import STATUS_WORDS, Counts
from ror.model.declaration import EventKind
from ror.model.nomenclature import SourceType
from ror.model.rights import Account, Perimeter
from ror.services.availability import declare, receive
from ror.services.journal import SERVICE, acting_from
from ror.services.operations import demonstration
from ror.settings import settings
from ror.store import comments, perimeter_holders
from ror.store.board import board
from ror.store.engine.database import Database

PAUSE = 5.0
"""Seconds between two turns: the pages of a whole region are woken every two seconds at most."""

MAX_GAP = timedelta(minutes=2)
"""After a longer time without an open page all that is due is written in one go, as at a start."""

TOUR_LENGTH = timedelta(minutes=1)
TOUR_UNIT = demonstration.FED_UNIT
TOUR_RANGE = 3
"""The unit that moves for the guided tour: one more until this number is available, then one less and one more by turns."""

log = logging.getLogger(__name__)

_tours: WeakKeyDictionary[Database, datetime] = WeakKeyDictionary()
"""Until when the guided tour of somebody shows the declarations of the manager `responsable`."""


def is_live(db: Database) -> bool:
    """Return whether the server declares by itself in this database: a fictitious region that no other process has.

    The check of `demonstration.start` decides what is fictitious: a real region never receives invented numbers.
    """
    config = settings()
    if not (config.demo and config.demo_live) or config.production or db.engine.shared:
        return False
    with db.reader() as cursor:
        return demonstration.stored_scale(cursor) is demo.REGIONAL


async def play(db: Database, count_pages: Callable[[], int]) -> None:
    """Play until cancelled, while at least one page is open; return at once where nothing is played."""
    if not is_live(db):
        return
    acting_from(SERVICE)
    player = Player(db)
    while True:
        await asyncio.sleep(PAUSE)
        try:
            if count_pages():
                await asyncio.to_thread(player.take_turn, datetime.now(UTC))
        except Exception:
            log.exception("The demonstration could not declare; the next try is in a moment.")


def show_manager(db: Database, now: datetime) -> None:
    """Let a unit of the manager `responsable` move for a minute, for the step of the guided tour that watches it."""
    _tours[db] = now + TOUR_LENGTH


class Player:
    """Plays the rhythm in one database, turn after turn."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._played_until: datetime | None = None

    def take_turn(self, now: datetime) -> None:
        """Declare what the rhythm made due since the last turn, else one movement; during a guided tour its unit too."""
        if not is_live(self._db):
            return
        units = board.current(self._db).units
        since = self._played_until or demonstration.last_played(units) or now
        self._played_until = now
        with self._db.reader() as cursor:
            spared = _units_in(units, perimeter_holders.perimeter_of_others(cursor, demo.MANAGERS))
            masked = comments.masked_units(cursor)
        if now - since > MAX_GAP:
            demonstration.prepare(self._db, now, spared=spared)
            return
        due = [row for row in demo.rhythm(units, since, now, masked=masked).to_pylist() if row["unit"] not in spared]
        if due:
            positions = dict(zip(units["unit"].to_pylist(), units["position"].to_pylist(), strict=True))
            for row in due:
                self._attempt(self._declare, row, positions[row["unit"]], now)
        elif moving := demo.movement(units, now, spared=spared):
            self._attempt(self._receive, moving, now, now)
        if now < _tours.get(self._db, now) and (shown := _tour_movement(units)):
            self._attempt(self._receive, shown, now, now, SourceType.MANUAL)

    def _attempt(self, write: Callable[..., None], *arguments: Any) -> None:
        """Write unless a rule refuses it: people may have changed the unit, its manager or its number meanwhile."""
        try:
            write(*arguments)
        except RorError as refusal:
            log.debug("The demonstration did not declare: %s", refusal.user_message)

    def _declare(self, row: dict[str, Any], position: int, now: datetime) -> None:
        """Declare a row of the rhythm by the service of its source: that for software, or that for people."""
        unit, account = row["unit"], _manager(row["account"])
        counts = {status: row[status] for status in STATUS_WORDS if row[status] is not None}
        if row["source_type"] != SourceType.MANUAL:
            self._receive(demo.UnitMovement(unit, account.id, counts), row["observed_at"], now)
        elif row["kind"] == EventKind.CONFIRMED:
            declare.confirm(self._db, account, unit, position, now)
        else:
            draft = declare.DeclarationDraft(unit, Counts(**counts), row["comment"], position)
            declare.declare(self._db, account, draft, now, confirmed=True)

    def _receive(
        self, moving: demo.UnitMovement, observed_at: datetime, now: datetime, source: SourceType = SourceType.BED_MANAGEMENT
    ) -> None:
        """Write new counts of a unit; its other counts and its comment stay."""
        received = receive.Received(moving.unit, moving.counts, observed_at, source)
        receive.receive(self._db, _manager(moving.account), received, now)


def _manager(account: str) -> Account:
    """Return the account of a manager by its id alone: the services read its roles and its perimeter themselves."""
    return Account(account, account, "", frozenset())


def _units_in(units: pa.Table, perimeter: Perimeter) -> set[str]:
    """Return the units of the board in a perimeter."""
    columns = (units[name].to_pylist() for name in ("unit", "finess", "legal_entity"))
    return {unit for unit, finess, owner in zip(*columns, strict=True) if perimeter.holds(unit, finess, owner)}


def _tour_movement(units: pa.Table) -> demo.UnitMovement | None:
    """Return the next movement of the unit of the guided tour, None without that unit."""
    row = next(iter(units.filter(pc.equal(units["unit"], TOUR_UNIT)).to_pylist()), None)
    return row and demo.UnitMovement(TOUR_UNIT, demo.manager_of(row["legal_entity"]), _tour_counts(row))


def _tour_counts(row: dict[str, Any]) -> dict[str, int]:
    """Return the counts of the next turn: one more available until `TOUR_RANGE`, then one less."""
    usual = 0 if (row["available"] or 0) >= TOUR_RANGE else TOUR_RANGE
    return demo.counts_after_move(row, usual, row["registry_installed"] or 0)
