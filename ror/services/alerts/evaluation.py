"""Evaluate the saved alerts after each commit, outside of the writing thread; each alert that becomes true rings at most once.

Only the units that changed are evaluated. The values of the alerts are in memory (`index`), the state of each alert is
stored with it. One transaction reads an alert again, writes that it became true, and writes its ringing: a process that ends at
any moment loses no ringing and repeats none, since the next start evaluates everything from the stored states. Where several
processes share the store, one of them holds the evaluation for a time, and none writes from a position before the stored one.
"""

import asyncio
import logging
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from secrets import token_hex

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ror.errors import Unavailable
from ror.model.alert import Alert, Condition, Ringing, RingingMailState
from ror.model.ranking import Ranking
from ror.services import events, mail
from ror.services.alerts.index import AlertIndex
from ror.services.availability import places
from ror.services.journal import SERVICE, acting_from
from ror.settings import settings
from ror.store import alerts
from ror.store.alerts import AlertChange, Evaluation
from ror.store.board import aging, answers
from ror.store.board import board as boards
from ror.store.board.aging import AgingContext
from ror.store.board.board import Board
from ror.store.engine.database import Database, Transaction

SECONDS = 60
"""Interval at which every unit is evaluated again, since numbers age without any commit."""

COALESCE_SECONDS = 0.2
"""Commits closer than this are evaluated together."""

CLAIM_SECONDS = 30
"""How long a process holds the evaluation of a shared store; another one takes it over after that."""

MAX_CLAIM = timedelta(minutes=10)
"""A claim that ends later than this from now was made by a wrong clock: those of the processes agree to some minutes."""

POLL_SECONDS = 5
"""Interval at which the processes of a shared store look for ringings of the others, and for the evaluation to take over."""

log = logging.getLogger(__name__)


class Evaluator:
    """The values of the alerts in this process, updated to each new position."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._name = token_hex(8)
        self._index: AlertIndex | None = None
        self._alerts: dict[str, Alert] = {}
        self._position = self._registry_position = self._version = -1
        self._refreshed_at = datetime.min.replace(tzinfo=UTC)
        self._changed: set[str] = set()

    def evaluate(self, now: datetime) -> Evaluation:
        """Evaluate what changed, write the alerts that became true or ceased to be, and return how far alerts are evaluated."""
        try:
            return self._evaluate(now)
        except BaseException:
            # The values in memory may be half updated: the next evaluation begins from the stored states.
            self._index = None
            raise

    def _evaluate(self, now: datetime) -> Evaluation:
        with self._db.reader() as cursor:
            stored = alerts.evaluation(cursor)
        # Nobody ever saved an alert.
        if not stored.version or not self._holds_evaluation(stored, now):
            return stored
        board = boards.current(self._db)
        self._bring_to(board, stored.version, now)
        changes = self._changes()
        # The position alone is written once a minute at most, so that a commit costs the writer nothing.
        if not changes and (self._refreshed_at != now or self._position <= stored.position):
            self._changed.clear()
            return stored
        if not self._write(changes, now):
            self._index = None
            return stored
        self._changed.clear()
        with self._db.reader() as cursor:
            return alerts.evaluation(cursor)

    def _changes(self) -> list[AlertChange]:
        """Return the changes of the alerts that became true or ceased to be, in the order of their saving."""
        changes = []
        for alert in sorted((self._alerts[changed] for changed in self._changed), key=lambda one: one.version):
            value = self._value(alert.id)
            holds = alert.condition.holds(value, alert.holds)
            if holds is not alert.holds:
                changes.append(AlertChange(alert.id, holds, value))
        return changes

    def _value(self, alert: str) -> int:
        assert self._index is not None
        return self._index.value(alert)

    def _holds_evaluation(self, stored: Evaluation, now: datetime) -> bool:
        """Return whether this process evaluates: always for a store of its own, else once it holds the claim."""
        if not self._db.engine.shared:
            return True
        # A claim from a clock that is ahead is ignored: otherwise nobody would evaluate before its end.
        is_held = now < stored.held_until <= now + MAX_CLAIM
        if stored.holder == self._name and is_held and now + timedelta(seconds=CLAIM_SECONDS / 2) < stored.held_until:
            return True
        if stored.holder != self._name and is_held:
            self._index = None
            return False
        with self._db.transaction() as transaction:
            again = alerts.evaluation(transaction.cursor)
            if again.holder != stored.holder or again.held_until != stored.held_until:
                return False
            alerts.hold(transaction, self._name, now + timedelta(seconds=CLAIM_SECONDS))
        return True

    def _bring_to(self, board: Board, version: int, now: datetime) -> None:
        """Update the values to a board, an instant and a version of the alerts; note the alerts whose values changed."""
        if self._index is None or board.registry_position != self._registry_position:
            self._alerts, self._version, self._changed = {}, -1, set()
            units = self._aged(board.units, now)
            self._index = AlertIndex(units, lambda place: self._distances(units, place))
            self._registry_position, self._refreshed_at = board.registry_position, now
        elif version != self._version or abs(now - self._refreshed_at) >= timedelta(seconds=SECONDS):
            self._changed |= self._index.refresh(self._aged(board.units, now))
            self._refreshed_at = now
        elif board.position > self._position:
            units = board.units.filter(pc.greater(board.units["position"], self._position))
            if units.num_rows:
                self._changed |= self._index.update(self._aged(units, now))
        self._position = board.position
        if version != self._version:
            self._load(self._index, version)

    def _load(self, index: AlertIndex, version: int) -> None:
        """Load the alerts that were saved, changed or deleted since the loaded version."""
        with self._db.reader() as cursor:
            present = alerts.versions(cursor)
            new = alerts.changed_after(cursor, self._version)
        for alert in self._alerts.keys() - present.keys():
            del self._alerts[alert]
            self._changed.discard(alert)
            index.remove(alert)
        index.put((alert.id, alert.condition) for alert in new)
        self._alerts |= {alert.id: alert for alert in new}
        self._changed |= {alert.id for alert in new}
        self._version = version

    def _aged(self, units: pa.Table, now: datetime) -> pa.Table:
        with self._db.reader() as cursor:
            return aging.aged(cursor, units, AgingContext(now, settings().age_limits_hours))

    def _distances(self, units: pa.Table, place: str) -> "np.ndarray | None":
        return distances(self._db, units, place)

    def _write(self, changes: list[AlertChange], now: datetime) -> bool:
        """Write changes of state with their ringings; return False, and write nothing, when another process is ahead."""
        with self._db.transaction() as transaction:
            stored = alerts.evaluation(transaction.cursor)
            if self._db.engine.shared and (stored.holder != self._name or stored.position > self._position):
                return False
            now_stored = alerts.by_ids(transaction.cursor, [change.alert for change in changes])
            written = [one for one in changes if one.alert in now_stored and self._is_due(one, now_stored[one.alert])]
            alerts.set_changes(transaction, written, now)
            newly_true = [(now_stored[one.alert], one.value) for one in written if one.holds]
            last_ringing = self._ring(transaction, newly_true, stored, now)
            alerts.advance(transaction, self._position, last_ringing)
        for change in changes:
            # An alert of another version is loaded anew by the next evaluation, a deleted one removed.
            if change.alert in now_stored and now_stored[change.alert].version == self._alerts[change.alert].version:
                self._alerts[change.alert] = replace(now_stored[change.alert], holds=change.holds, value=change.value)
        return True

    def _is_due(self, change: AlertChange, stored: Alert) -> bool:
        """Return whether a change is still to be written: the alert was not saved again, and no process wrote the change."""
        return stored.version == self._alerts[change.alert].version and stored.holds is not change.holds

    def _ring(
        self, transaction: Transaction, newly_true: Iterable[tuple[Alert, int]], stored: Evaluation, now: datetime
    ) -> int:
        """Write the ringings of alerts that became true; return the number of the last one."""
        ringing = [(alert, value) for alert, value in newly_true if not alert.is_silent(now)]
        mails = alerts.enabled_accounts(transaction.cursor, sorted({alert.account for alert, _ in ringing}))
        can_mail = mail.configured()
        ringings = [
            Ringing(
                stored.last_ringing + index,
                alert.id,
                alert.account,
                now,
                value,
                RingingMailState.WAITING if alert.by_mail and can_mail and mails[alert.account] else RingingMailState.NONE,
                0,
                now,
                None,
            )
            for index, (alert, value) in enumerate(((one, value) for one, value in ringing if one.account in mails), start=1)
        ]
        if ringings:
            alerts.add_ringings(transaction, ringings)
        return stored.last_ringing + len(ringings)


def distances(db: Database, units: pa.Table, place: str) -> "np.ndarray | None":
    """Return the distance of each unit from a place, in kilometres, NaN without a position; None for an unknown place."""
    point = places.point(db, place)
    if point is None:
        return None
    with db.reader() as cursor:
        order = answers.ranked(cursor, units, Ranking.DISTANCE, point)
    by_row = np.full(units.num_rows, np.nan)
    by_row[order["row"].to_numpy()] = order["distance"].to_numpy()
    return by_row


def value_now(db: Database, condition: Condition, now: datetime) -> int:
    """Return the value of a condition now."""
    board = boards.current(db)
    with db.reader() as cursor:
        units = aging.aged(cursor, board.units, AgingContext(now, settings().age_limits_hours))
    index = AlertIndex(units, lambda place: distances(db, units, place))
    index.put([("", condition)])
    return index.value("")


async def run_periodically(db: Database) -> None:
    """Evaluate after each commit and once a minute, and wake the open pages of accounts with new ringings, until cancelled."""
    acting_from(SERVICE)
    wake, loop = asyncio.Event(), asyncio.get_running_loop()

    def on_change(_: events.CommitEvent) -> None:
        loop.call_soon_threadsafe(wake.set)

    unsubscribe = events.subscribe(on_change)
    evaluator, announced = Evaluator(db), -1
    try:
        while True:
            began = time.monotonic()
            try:
                stored = await asyncio.to_thread(evaluator.evaluate, datetime.now(UTC))
                if announced >= 0 and stored.last_ringing > announced:
                    await asyncio.to_thread(_announce, db, announced)
                announced = stored.last_ringing
            except Unavailable:
                log.warning("The store does not answer; alerts wait for it.")
            except Exception:
                log.exception("Alerts could not be evaluated; the next try is in %d seconds.", SECONDS)
            # A slow evaluation is followed by as long a pause: a busy machine evaluates less often, and more commits at once.
            await asyncio.sleep(max(COALESCE_SECONDS, time.monotonic() - began))
            with suppress(TimeoutError):
                await asyncio.wait_for(wake.wait(), POLL_SECONDS if db.engine.shared else SECONDS)
            wake.clear()
    finally:
        unsubscribe()


def _announce(db: Database, number: int) -> None:
    """Wake the open pages of the accounts of the ringings after a number."""
    with db.reader() as cursor:
        accounts = alerts.accounts_with_ringings_after(cursor, number)
    for account in accounts:
        events.publish(events.CommitEvent(db.position, alerts=account))
