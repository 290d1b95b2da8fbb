"""Alerts: when a condition is true, which conditions are invalid, and when the owner is not to be disturbed."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ror.errors import Refused
from ror.model.alert import (
    MAX_NAME_LENGTH,
    Alert,
    AlertKind,
    AlertPreference,
    Condition,
    Mute,
    RingingMailState,
    checked_name,
    from_object,
    problem,
    to_object,
)
from ror.model.filters import Filters
from ror.model.nomenclature import CapacityType
from ror.model.patient_type import PatientType
from ror.model.territory import PARIS

NOW = datetime(2026, 11, 23, 21, 30, tzinfo=UTC)
"""22 h 30 in Paris."""

BEDS = Filters(capacity_type=CapacityType.BED)


def total(kind, threshold, filters=BEDS):
    return Condition(filters, kind=kind, threshold=threshold)


def history(condition, *values):
    """Return whether the condition is true after each value, when it is not true before the first one."""
    states, before = [], False
    for value in values:
        before = condition.holds(value, before)
        states.append(before)
    return states


def test_a_question_is_true_as_soon_as_one_unit_answers_it():
    assert history(Condition(), 0, 1, 3, 0) == [False, True, True, False]


def test_a_total_that_moves_around_its_threshold_stays_true_until_it_leaves_it_by_a_tenth():
    assert history(total(AlertKind.RISES, 20), 19, 20, 19, 18, 17, 19, 20) == [False, True, True, True, False, False, True]
    assert history(total(AlertKind.FALLS, 20), 20, 19, 20, 21, 22, 20) == [False, True, True, True, False, False]


def test_a_small_threshold_has_no_margin():
    assert history(total(AlertKind.RISES, 9), 9, 8, 9) == [True, False, True]
    assert history(total(AlertKind.FALLS, 9), 8, 9, 8) == [True, False, True]


def test_a_unit_answers_with_something_available_and_a_total_counts_what_the_question_says():
    filters = Filters(ranks=(0, 1), needs=("rea",), sex="women")
    assert Condition(filters).offered == Filters(at_least=1, ranks=(0, 1), sex="women")
    assert Condition(replace(filters, at_least=3)).offered.at_least == 3
    assert total(AlertKind.FALLS, 2, filters).offered.at_least == 0
    assert total(AlertKind.FALLS, 2, replace(filters, at_least=2)).offered.at_least == 2


@pytest.mark.parametrize(
    ("condition", "words", "value"),
    [
        (Condition(BEDS), "quand une unité répond", "2 unités"),
        (total(AlertKind.RISES, 5), "quand le total atteint 5 lits", "2 lits"),
        (total(AlertKind.FALLS, 1, Filters(capacity_type=CapacityType.PLACE)), "quand le total passe sous 1 place", "2 places"),
    ],
)
def test_the_condition_in_words(condition, words, value):
    assert (condition.words, condition.value_words(2)) == (words, value)


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (Condition(), "Précisez d'abord la question"),
        (Condition(Filters(ranks=(0,), at_least=2, every_need=True)), "Précisez d'abord la question"),
        (total(AlertKind.RISES, 5, Filters(needs=("rea",))), "Choisissez si le total compte les lits ou les places"),
        (total(AlertKind.RISES, 0), "Choisissez un seuil entre 1 et 9999"),
        (total(AlertKind.FALLS, 10_000), "Choisissez un seuil entre 1 et 9999"),
        (Condition(Filters(needs=("rea",))), ""),
        (Condition(place="commune:94028", kilometres=20), ""),
        (Condition(department="94"), ""),
        (total(AlertKind.RISES, 1), ""),
        (total(AlertKind.FALLS, 9_999), ""),
    ],
)
def test_what_is_wrong_with_a_condition(condition, words):
    assert problem(condition).startswith(words)
    assert bool(problem(condition)) == bool(words)


def test_a_name_is_one_line_that_is_not_too_long():
    assert checked_name("  SMR\n gériatrique \x00 ") == "SMR gériatrique"
    assert checked_name("a" * MAX_NAME_LENGTH + " ") == "a" * MAX_NAME_LENGTH
    with pytest.raises(Refused, match="81 caractères : raccourcissez-le à 80"):
        checked_name("a" * 81)
    assert checked_name(" \n") == ""


def test_a_condition_is_read_as_it_was_written():
    filters = Filters(("01",), ("100",), CapacityType.PLACE, 2, (0, 1), ("smr",), "men", True, PatientType.CHILD)
    condition = Condition(filters, "commune:94028", 20.0, "94", AlertKind.FALLS, 12)
    for written in (condition, Condition()):
        assert from_object(json.loads(json.dumps(to_object(written)))) == written


def test_quiet_hours_may_go_over_midnight_and_may_be_none():
    night = AlertPreference(quiet_from=22, quiet_until=7)
    day = AlertPreference(quiet_from=9, quiet_until=17)
    at = {hour: datetime(2026, 11, 23, hour, tzinfo=PARIS) for hour in range(24)}
    assert [hour for hour in at if night.is_quiet(at[hour], PARIS)] == [0, 1, 2, 3, 4, 5, 6, 22, 23]
    assert [hour for hour in at if day.is_quiet(at[hour], PARIS)] == list(range(9, 17))
    assert not any(AlertPreference().is_quiet(instant, PARIS) for instant in at.values())
    assert not night.is_quiet(NOW, ZoneInfo("America/Martinique"))
    assert (night.quiet_words, AlertPreference().quiet_words) == ("de 22 h à 7 h", "aucune")


ALERT = Alert("a1", "camille", "SMR", "/departements", Condition(), False, NOW, 1, False, 0, NOW)


@pytest.mark.parametrize(
    ("choice", "silent_until"),
    [
        (Mute.HOUR, NOW + timedelta(hours=1)),
        (Mute.TOMORROW, datetime(2026, 11, 24, 7, tzinfo=UTC)),
        (Mute.OFF, None),
        (Mute.NO, NOW),
    ],
)
def test_an_alert_is_muted_for_a_time_or_until_it_is_heard_again(choice, silent_until):
    muted = choice.applied(replace(ALERT, muted_until=NOW + timedelta(days=9), paused=True), NOW, PARIS)
    second = timedelta(seconds=1)
    assert muted.is_silent(NOW) is (choice is not Mute.NO)
    assert muted.is_silent((silent_until or NOW + timedelta(days=9000)) - second) is (choice is not Mute.NO)
    if silent_until:
        assert not muted.is_silent(silent_until)


def test_every_choice_and_state_has_its_words():
    for kind in (AlertKind, Mute, RingingMailState):
        assert len({value.label for value in kind}) == len(kind)
