"""Saved alerts are evaluated after each commit: they ring once per change, whatever happens meanwhile."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from ror.model.alert import AlertKind, Condition, Mute
from ror.model.filters import Filters
from ror.model.nomenclature import CapacityType, Temporality
from ror.services.alerts import account_alerts, evaluation
from ror.services.alerts.index import AlertIndex
from ror.store import accounts
from ror.store import alerts as stored
from tests.region import (
    CAMILLE,
    CARDIAC,
    DAY_HOSPITAL,
    LONG_STAY,
    NOW,
    NURSING,
    PSYCHIATRY,
    REHABILITATION,
    RESUSCITATION,
    WARD,
    aged_units,
    change_unit,
    close_for_a_time,
    write,
)
from tests.services.alerts.alert_helpers import BEDS, HOUR, MEDICINE, MINUTE, evaluator, rang, save, states, total

__all__ = ["evaluator"]

pytestmark = pytest.mark.usefixtures("region")


def test_nothing_is_read_nor_written_before_the_first_alert(db, evaluator):
    write(db, WARD, 3)
    before = db.writings
    assert evaluator.evaluate(NOW).version == 0
    assert evaluator._index is None
    assert db.writings == before


def test_an_alert_rings_once_when_a_unit_answers_and_again_only_after_none_did(db, evaluator):
    alert = save(db)
    assert (alert.holds, rang(db, evaluator)) == (False, [])
    numbers = (2, 3, 0, 0, 1)
    rung = []
    for index, number in enumerate(numbers):
        write(db, WARD, number, NOW + index * MINUTE)
        rung.append(rang(db, evaluator, NOW + index * MINUTE))
    assert rung == [[alert.id], [], [], [], [alert.id]]
    assert states(db) == {"Médecine": (True, 1)}


def test_an_alert_that_is_true_when_it_is_saved_rings_at_its_next_change_only(db, evaluator):
    write(db, WARD, 3)
    alert = save(db)
    assert (alert.holds, alert.value) == (True, 1)
    assert rang(db, evaluator) == []
    write(db, WARD, 0)
    assert rang(db, evaluator) == []
    write(db, WARD, 1)
    assert rang(db, evaluator) == [alert.id]


def test_only_the_units_of_the_question_count(db, evaluator):
    save(db)
    for unit in (RESUSCITATION, DAY_HOSPITAL, CARDIAC, NURSING):
        write(db, unit, 4)
    assert rang(db, evaluator) == []


def test_a_question_counts_within_its_radius_and_its_departement(db, evaluator):
    near = save(db, Condition(BEDS, place="commune:94028", kilometres=5), name="près de Créteil")
    there = save(db, Condition(BEDS, department="93"), name="93")
    lost = save(db, Condition(BEDS, place="commune:00000", kilometres=50), name="lieu inconnu")
    write(db, WARD, 4)
    assert rang(db, evaluator) == []
    write(db, CARDIAC, 4)
    assert rang(db, evaluator) == [there.id]
    write(db, LONG_STAY, 4)
    assert rang(db, evaluator) == [near.id]
    assert not states(db)["lieu inconnu"][0], lost


def test_at_least_so_many_in_one_unit(db, evaluator):
    alert = save(db, Condition(replace(BEDS, at_least=3)))
    for unit in (WARD, CARDIAC):
        write(db, unit, 2)
    assert rang(db, evaluator) == []
    write(db, CARDIAC, 3)
    assert rang(db, evaluator) == [alert.id]


def test_a_number_that_grows_too_old_ends_an_alert_without_any_commit(db, evaluator):
    alert = save(db, Condition(replace(MEDICINE, ranks=(0, 1))))
    write(db, WARD, 2)
    assert rang(db, evaluator, NOW) == [alert.id]
    assert rang(db, evaluator, NOW + 23 * HOUR) == []
    assert states(db)["Médecine"] == (True, 1)
    assert rang(db, evaluator, NOW + 25 * HOUR) == []
    assert states(db)["Médecine"] == (False, 0)
    write(db, WARD, 2, NOW + 25 * HOUR)
    assert rang(db, evaluator, NOW + 25 * HOUR + MINUTE / 2) == [alert.id]


def test_a_unit_that_reopens_rings_without_any_commit(db, evaluator):
    alert = save(db, total(AlertKind.RISES, 4))
    write(db, WARD, 5)
    assert rang(db, evaluator) == [alert.id]
    close_for_a_time(db, WARD, date(2026, 11, 24))
    assert rang(db, evaluator) == []
    assert states(db)["Médecine"] == (False, 0)


def test_totals_cross_their_thresholds_up_and_down_with_a_margin(db, evaluator):
    rises, falls = save(db, total(AlertKind.RISES, 20), name="monte"), save(db, total(AlertKind.FALLS, 10), name="baisse")
    assert states(db)["baisse"] == (True, 0)
    steps = {(12, 7): [], (13, 7): [rises.id], (12, 6): [], (5, 4): [falls.id], (6, 4): [], (14, 6): [rises.id]}
    for index, ((ward, cardiac), expected) in enumerate(steps.items()):
        at = NOW + index * MINUTE / 10
        write(db, WARD, ward, at)
        write(db, CARDIAC, cardiac, at)
        assert rang(db, evaluator, at) == expected, (ward, cardiac)


def test_beds_and_places_are_never_added(db, evaluator):
    places = save(db, total(AlertKind.RISES, 5, Filters(capacity_type=CapacityType.PLACE)), name="places")
    write(db, WARD, 9)
    assert rang(db, evaluator) == []
    write(db, DAY_HOSPITAL, 5)
    assert rang(db, evaluator) == [places.id]


def test_a_change_of_the_registry_counts_anew(db, evaluator):
    alert = save(db)
    write(db, REHABILITATION, 3)
    assert rang(db, evaluator) == []
    change_unit(db, REHABILITATION, unit_type="16")
    write(db, WARD, 0)
    assert rang(db, evaluator) == [alert.id]


def test_a_muted_or_paused_alert_does_not_ring_nor_later_for_what_it_missed(db, evaluator):
    muted, paused = save(db, name="muette"), save(db, name="arrêtée")
    account_alerts.mute(db, CAMILLE, muted.id, Mute.HOUR, NOW)
    account_alerts.mute(db, CAMILLE, paused.id, Mute.OFF, NOW)
    write(db, WARD, 2)
    assert rang(db, evaluator) == []
    assert states(db) == {"muette": (True, 1), "arrêtée": (True, 1)}
    account_alerts.mute(db, CAMILLE, paused.id, Mute.NO, NOW)
    assert rang(db, evaluator, NOW + 2 * HOUR) == []
    write(db, WARD, 0, NOW + 2 * HOUR)
    assert rang(db, evaluator, NOW + 2 * HOUR) == []
    write(db, WARD, 1, NOW + 2 * HOUR)
    assert rang(db, evaluator, NOW + 2 * HOUR) == [muted.id, paused.id]


def test_a_deleted_alert_and_one_of_a_disabled_account_do_not_ring(db, evaluator):
    deleted, other = save(db, name="supprimée"), save(db, name="autre")
    rang(db, evaluator)
    account_alerts.delete(db, CAMILLE, deleted.id, NOW)
    write(db, WARD, 2)
    assert rang(db, evaluator) == [other.id]
    with db.transaction() as transaction:
        accounts.change(transaction, replace(CAMILLE, disabled=True))
    for number in (0, 2):
        write(db, WARD, number)
        assert rang(db, evaluator) == []


def test_an_alert_saved_while_others_are_evaluated_is_taken_up(db, evaluator):
    first = save(db, name="première")
    write(db, WARD, 2)
    assert rang(db, evaluator) == [first.id]
    later = save(db, Condition(replace(MEDICINE, at_least=5)), name="seconde")
    write(db, WARD, 5)
    assert rang(db, evaluator) == [later.id]


def test_a_commit_that_changes_no_alert_writes_nothing_and_the_position_follows_once_a_minute(db, evaluator):
    save(db)
    rang(db, evaluator)
    before = db.writings
    write(db, CARDIAC, 2)
    assert evaluator.evaluate(NOW + MINUTE / 2).position < db.position
    assert db.writings == before + 1
    evaluator.evaluate(NOW + 2 * MINUTE)
    with db.reader() as cursor:
        assert stored.evaluation(cursor).position == db.position


def test_values_follow_every_kind_of_change_as_if_they_were_counted_anew(db, evaluator):
    """The index is updated unit by unit: its values must be those of an index that is built anew."""
    conditions = {
        "lits": total(AlertKind.RISES, 5),
        "frais": total(AlertKind.RISES, 5, replace(BEDS, ranks=(0,))),
        "94": Condition(BEDS, department="94"),
        "femmes": Condition(replace(BEDS, sex="women")),
        "trois": Condition(replace(BEDS, at_least=3)),
    }
    saved = {name: save(db, condition, name=name) for name, condition in conditions.items()}
    units = (WARD, CARDIAC, RESUSCITATION, PSYCHIATRY, LONG_STAY)
    for step in range(25):
        at = NOW + step * timedelta(minutes=17)
        unit = units[step % len(units)]
        write(db, unit, (step * 7) % 6, at)
        if step == 12:
            account_alerts.delete(db, CAMILLE, saved.pop("94").id, at)
        evaluator.evaluate(at)
        for alert in saved.values():
            assert evaluator._value(alert.id) == evaluation.value_now(db, alert.condition, at), (step, alert.name)


def test_many_units_at_once_are_counted_anew(db, evaluator, monkeypatch):
    monkeypatch.setattr("ror.services.alerts.index._MANY", 2)
    monkeypatch.setattr("ror.services.alerts.index._BLOCK", 1)
    saved = [save(db, total(AlertKind.RISES, 5)), save(db, Condition(BEDS, department="94"), name="94")]
    rang(db, evaluator)
    for unit in (WARD, CARDIAC, LONG_STAY, PSYCHIATRY):
        write(db, unit, 3)
    assert rang(db, evaluator) == [one.id for one in saved]
    assert [evaluator._value(one.id) for one in saved] == [12, 2]


def test_a_commit_that_moves_no_number_of_a_unit_changes_nothing(db, evaluator):
    save(db)
    rang(db, evaluator)
    write(db, WARD, 7, temporality=str(Temporality.SEVEN_DAYS))
    assert rang(db, evaluator) == []
    assert rang(db, evaluator) == []
    assert states(db)["Médecine"] == (False, 0)


def test_an_alert_put_again_is_counted_anew_and_places_are_measured_once(db):
    write(db, WARD, 2)
    write(db, CARDIAC, 3)
    measured = []

    def measure(place):
        measured.append(place)
        return evaluation.distances(db, units, place)

    units = aged_units(db)
    index = AlertIndex(units, measure)
    near = {"place": "commune:93008", "kilometres": 3}
    index.put(
        [("a", total(AlertKind.RISES, 1)), ("b", replace(total(AlertKind.RISES, 1), **near)), ("c", Condition(BEDS, **near))]
    )
    assert [index.value(one) for one in "abc"] == [5, 3, 1]
    index.put([("a", Condition(BEDS, department="75"))])
    assert [index.value(one) for one in "abc"] == [1, 3, 1]
    index.remove("a")
    index.remove("b")
    assert index.value("c") == 1
    assert measured == ["commune:93008"]
