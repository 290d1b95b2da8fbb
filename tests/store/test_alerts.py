"""Alerts as they are stored, on a file and on PostgreSQL."""

from datetime import timedelta

import pytest

from ror.model.alert import Alert, AlertKind, AlertPreference, Condition, Ringing, RingingMailState
from ror.model.filters import Filters
from ror.model.nomenclature import CapacityType
from ror.store import alerts
from ror.store.alerts import AlertChange
from tests.region import BLANCHE, CAMILLE, CLAUDE, DISABLED, NOW, rows

pytestmark = pytest.mark.usefixtures("region")

HOUR = timedelta(hours=1)
CONDITION = Condition(
    Filters(needs=("rea",), ranks=(0, 1), capacity_type=CapacityType.BED), "commune:94028", 20.0, "", AlertKind.RISES, 5
)


def alert(identifier="a1", account=CAMILLE, **others):
    values = {"name": "SMR", "address": "/departements?besoin=SMR", "condition": CONDITION, "by_mail": True}
    state = {"created_at": NOW, "version": 1, "holds": False, "value": 2, "changed_at": NOW}
    return Alert(identifier, account.id, **values | state | others)


def ringing(number, identifier="a1", account=CAMILLE, mail=RingingMailState.WAITING, at=NOW):
    return Ringing(number, identifier, account.id, at, 7, mail, 0, at, None)


def read(db, function, *arguments):
    with db.reader() as cursor:
        return function(cursor, *arguments)


def ringings(db):
    """Return the ringings of Camille, the newest first."""
    return read(db, alerts._ringings, "WHERE account = ? ORDER BY number DESC", [CAMILLE.id])


def change(db, function, *arguments):
    with db.transaction() as transaction:
        return function(transaction, *arguments)


def test_alerts_are_read_as_they_were_written(db):
    first, second = alert(), alert("a2", version=2, muted_until=NOW + HOUR, paused=True, created_at=NOW + HOUR)
    change(db, alerts.write_all, [second, first, alert("other", CLAUDE)])
    assert read(db, alerts.of_account, CAMILLE.id) == [first, second]
    assert read(db, alerts.by_ids, ["a2", "none"]) == {"a2": second}
    assert read(db, alerts.count, CAMILLE.id) == 2
    assert read(db, alerts.versions) == {"a1": 1, "a2": 2, "other": 1}
    assert read(db, alerts.changed_after, 1) == [second]


def test_an_alert_takes_the_place_of_that_of_its_id(db):
    change(db, alerts.write_all, [alert()])
    change(db, alerts.write_all, [alert(name="Autre")])
    assert [one.name for one in read(db, alerts.of_account, CAMILLE.id)] == ["Autre"]


def test_versions_grow(db):
    assert read(db, alerts.evaluation).version == 0
    assert [change(db, alerts.next_version) for _ in range(2)] == [1, 2]
    assert read(db, alerts.evaluation).version == 2


def test_the_evaluation_is_held_and_advances(db):
    change(db, alerts.hold, "process", NOW + HOUR)
    change(db, alerts.advance, 12, 3)
    stored = read(db, alerts.evaluation)
    assert (stored.position, stored.version, stored.last_ringing) == (12, 0, 3)
    assert (stored.holder, stored.held_until) == ("process", NOW + HOUR)


def test_changes_are_written_each_with_its_value(db):
    written = [alert(f"a{number}", holds=number == 3) for number in range(5)]
    change(db, alerts.write_all, written)
    change(
        db,
        alerts.set_changes,
        [AlertChange("a1", True, 8), AlertChange("a2", True, 9), AlertChange("a3", False, 0)],
        NOW + HOUR,
    )
    stored = read(db, alerts.by_ids, [one.id for one in written])
    assert {name: (one.holds, one.value, one.changed_at) for name, one in stored.items()} == {
        "a0": (False, 2, NOW),
        "a1": (True, 8, NOW + HOUR),
        "a2": (True, 9, NOW + HOUR),
        "a3": (False, 0, NOW + HOUR),
        "a4": (False, 2, NOW),
    }


def test_the_unacknowledged_alerts_of_an_account_are_counted_once_each(db):
    assert read(db, alerts.unacknowledged, CAMILLE.id) == (0, 0, "")
    change(db, alerts.add_ringings, [ringing(1), ringing(2), ringing(3, "a2"), ringing(4, "other", CLAUDE)])
    assert read(db, alerts.unacknowledged, CAMILLE.id) == (2, 3, "a2")
    assert change(db, alerts.acknowledge, CAMILLE.id, "a2", 3, NOW) == 1
    assert read(db, alerts.unacknowledged, CAMILLE.id) == (1, 2, "a1")
    assert change(db, alerts.acknowledge, CAMILLE.id, "", 1, NOW) == 1
    assert read(db, alerts.unacknowledged, CAMILLE.id) == (1, 2, "a1")
    assert change(db, alerts.acknowledge, CAMILLE.id, "", 9, NOW) == 1
    assert read(db, alerts.unacknowledged, CLAUDE.id) == (1, 4, "other")
    assert [one.acknowledged_at for one in ringings(db)[:2]] == [NOW, NOW]


def test_ringings_are_read_newest_first_and_by_who_has_new_ones(db):
    written = [ringing(1), ringing(2, "other", CLAUDE), ringing(3, mail=RingingMailState.NONE)]
    change(db, alerts.add_ringings, written)
    assert ringings(db) == [written[2], written[0]]
    assert sorted(read(db, alerts.accounts_with_ringings_after, 0)) == [CAMILLE.id, CLAUDE.id]
    assert read(db, alerts.accounts_with_ringings_after, 2) == [CAMILLE.id]


def test_what_is_to_be_seen_is_the_last_ringing_of_each_alert(db):
    written = [ringing(1), ringing(2, "a2"), ringing(3), ringing(4, "other", CLAUDE)]
    change(db, alerts.add_ringings, written)
    assert read(db, alerts.unacknowledged_ringings, CAMILLE.id) == [written[2], written[1]]
    change(db, alerts.acknowledge, CAMILLE.id, "a1", 3, NOW)
    assert read(db, alerts.unacknowledged_ringings, CAMILLE.id) == [written[1]]


def test_a_mail_waits_until_it_is_claimed_then_has_a_state(db):
    change(db, alerts.add_ringings, [ringing(1), ringing(2), ringing(3, "b", CLAUDE), ringing(4, mail=RingingMailState.NONE)])
    by_account = read(db, alerts.waiting)
    assert {name: [one.number for one in found] for name, found in by_account.items()} == {CAMILLE.id: [1, 2], CLAUDE.id: [3]}
    assert list(read(db, alerts.waiting, CLAUDE.id)) == [CLAUDE.id]
    change(db, alerts.claim, [1, 2], NOW + HOUR)
    assert list(read(db, alerts.waiting)) == [CLAUDE.id]
    change(db, alerts.set_mail, [2], RingingMailState.SENT)
    newest = {one.number: one for one in ringings(db)}
    assert (newest[1].mail, newest[1].tries, newest[1].tried_at) == (RingingMailState.CLAIMED, 1, NOW + HOUR)
    assert (newest[2].mail, newest[4].mail, newest[4].tries) == (RingingMailState.SENT, RingingMailState.NONE, 0)


def test_only_enabled_accounts_hear_of_anything(db):
    ids = [CAMILLE.id, DISABLED.id, "nobody"]
    assert read(db, alerts.enabled_accounts, ids) == {CAMILLE.id: ""}


def test_a_preference_replaces_the_one_before(db):
    assert read(db, alerts.preference, CAMILLE.id) == AlertPreference()
    change(db, alerts.set_preference, CAMILLE.id, AlertPreference(True, 1, 2))
    change(db, alerts.set_preference, CAMILLE.id, AlertPreference(False, 22, 7))
    assert read(db, alerts.preference, CAMILLE.id) == AlertPreference(False, 22, 7)
    assert read(db, alerts.preference, BLANCHE.id) == AlertPreference()


def test_an_alert_is_deleted_with_its_ringings(db):
    change(db, alerts.write_all, [alert(), alert("a2")])
    change(db, alerts.add_ringings, [ringing(1), ringing(2, "a2")])
    change(db, alerts.delete, "a1")
    assert [one.id for one in read(db, alerts.of_account, CAMILLE.id)] == ["a2"]
    assert [one.alert for one in ringings(db)] == ["a2"]


def test_all_of_an_account_is_erased_and_nothing_else(db):
    change(db, alerts.write_all, [alert(), alert("b", CLAUDE)])
    change(db, alerts.add_ringings, [ringing(1), ringing(2, "b", CLAUDE)])
    for account in (CAMILLE, CLAUDE):
        change(db, alerts.set_preference, account.id, AlertPreference(True))
    change(db, alerts.erase, CAMILLE.id)
    for table in ("alert", "alert_ringing", "alert_preference"):
        assert [CLAUDE.id in row for row in rows(db, table)] == [True]
    assert read(db, alerts.evaluation).version == 1
    # Of somebody without an alert there is nothing to evaluate anew.
    change(db, alerts.erase, BLANCHE.id)
    assert read(db, alerts.evaluation).version == 1


def test_ringings_are_deleted_after_a_time_and_alerts_stay(db):
    change(db, alerts.write_all, [alert()])
    change(db, alerts.add_ringings, [ringing(1, at=NOW - HOUR), ringing(2)])
    change(db, alerts.delete_ringings_before, NOW)
    assert [one.number for one in ringings(db)] == [2]
    assert alert() == read(db, alerts.by_ids, ["a1"])["a1"]


def test_what_was_asked_between_two_instants_is_that_of_the_alerts_saved_then(db):
    other = Condition(Filters(needs=("smr",)), department="75")
    with db.transaction() as transaction:
        saved = [
            alert("a1"),
            alert("a2", created_at=NOW - HOUR, condition=other),
            alert("a3", created_at=NOW - 2 * HOUR),
            alert("a4", created_at=NOW + HOUR),
        ]
        alerts.write_all(transaction, saved)
    conditions = read(db, alerts.conditions_since, NOW - 2 * HOUR, NOW)
    assert sorted(conditions, key=lambda condition: condition.department) == [CONDITION, other]
