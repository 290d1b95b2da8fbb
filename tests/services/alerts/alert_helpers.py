"""Helpers of the tests of alerts: save an alert on the tiny region, evaluate it, and read the ringings."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from ror.model.alert import Alert, AlertKind, Condition, Ringing
from ror.model.filters import Filters
from ror.model.nomenclature import CapacityType
from ror.model.rights import Account
from ror.services.alerts import account_alerts
from ror.services.alerts.evaluation import Evaluator
from ror.store import alerts as stored
from ror.store.engine.database import Database
from tests.region import CAMILLE, NOW

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
MEDICINE = Filters(unit_types=("16",))
"""That of the type of `WARD` alone."""

BEDS = Filters(capacity_type=CapacityType.BED)


@pytest.fixture
def evaluator(db: Database) -> Evaluator:
    """Return the evaluation of one process."""
    return Evaluator(db)


def total(kind: AlertKind, threshold: int, filters: Filters = BEDS) -> Condition:
    """Return the condition on the total of the beds of a question."""
    return Condition(filters, kind=kind, threshold=threshold)


def save(
    db: Database,
    condition: Condition | None = None,
    account: Account = CAMILLE,
    name: str = "Médecine",
    by_mail: bool = False,
    now: datetime = NOW,
) -> Alert:
    """Save an alert."""
    return account_alerts.save(
        db, account, name, condition or Condition(MEDICINE), "/departements?type=Médecine", by_mail=by_mail, now=now
    )


def rang(db: Database, evaluator: Evaluator, now: datetime = NOW) -> list[str]:
    """Evaluate; return the alerts that rang, in order."""
    with db.reader() as cursor:
        before = stored.evaluation(cursor).last_ringing
    after = evaluator.evaluate(now).last_ringing
    return [ringing.alert for ringing in ringings(db) if before < ringing.number <= after]


def states(db: Database) -> dict[str, tuple[bool, int]]:
    """Return the stored state of each alert of Camille, by name: whether it holds, and its value."""
    with db.reader() as cursor:
        return {alert.name: (alert.holds, alert.value) for alert in stored.of_account(cursor, CAMILLE.id)}


def ringings(db: Database, accounts: Sequence[Account] = (CAMILLE,)) -> list[Ringing]:
    """Return the ringings of some accounts, oldest first."""
    with db.reader() as cursor:
        read = [ringing for account in accounts for ringing in stored._ringings(cursor, "WHERE account = ?", [account.id])]
    return sorted(read, key=lambda ringing: ringing.number)
