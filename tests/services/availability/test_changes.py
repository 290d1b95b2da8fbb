"""What changed over 24 hours, on a board with planted changes."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from ror.errors import Forbidden
from ror.model.filters import Filters
from ror.model.nomenclature import CapacityType
from ror.model.unit_change import ChangeKind
from ror.services.availability import changes, consult
from tests.region import (
    ADELE,
    CARDIAC,
    DAY_HOSPITAL,
    DOMINIQUE,
    HALT,
    HOME_CARE,
    LONG_STAY,
    NOW,
    NURSING,
    PSYCHIATRY,
    REHABILITATION,
    RESUSCITATION,
    WARD,
    close_for_a_time,
    write,
)

pytestmark = pytest.mark.usefixtures("region")

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def last_day(db, filters=None, account=DOMINIQUE):
    view = consult.view(db, consult.current(db, DOMINIQUE), filters or Filters(), NOW)
    return changes.last_day(db, account, view)


@pytest.fixture
def planted(db):
    """Plant one change of each kind, and a unit that did not change."""
    with db.transaction() as transaction:
        transaction.cursor.execute("UPDATE unit SET created_at = ?", [NOW - 60 * DAY])
    for unit, number, at in (
        *((WARD, 4, NOW - 30 * HOUR), (WARD, 0, NOW - HOUR)),
        *((REHABILITATION, 9, NOW - 30 * HOUR), (REHABILITATION, 2, NOW - HOUR)),
        *((NURSING, 5, NOW - 30 * HOUR),),
        *((RESUSCITATION, 2, NOW - 30 * HOUR),),
        *((PSYCHIATRY, 3, NOW - 14 * DAY - HOUR),),
        *((HALT, 0, NOW - 30 * HOUR), (HALT, 6, NOW - HOUR)),
        *((HOME_CARE, 1, NOW - 30 * HOUR), (HOME_CARE, 3, NOW - HOUR)),
        *((LONG_STAY, 3, NOW - 20 * DAY), (LONG_STAY, 3, NOW - HOUR)),
        *((DAY_HOSPITAL, 1, NOW - 9 * DAY), (DAY_HOSPITAL, 1, NOW - HOUR)),
        *((CARDIAC, 1, NOW - 30 * HOUR), (CARDIAC, 1, NOW - 25 * HOUR), (CARDIAC, 1, NOW - HOUR)),
    ):
        write(db, unit, number, at)
    close_for_a_time(db, NURSING, date(2026, 11, 30), NOW - HOUR)
    return db


def test_each_change_is_found_with_its_numbers_then_and_now_the_most_serious_first(planted):
    listed = [(change.kind, change.unit["unit"], change.before, change.now) for change in last_day(planted).units]
    assert listed == [
        (ChangeKind.FELL_TO_ZERO, WARD, 4, 0),
        (ChangeKind.CLOSED, NURSING, 5, 0),
        (ChangeKind.LOST, REHABILITATION, 9, 2),
        (ChangeKind.WENT_SILENT, PSYCHIATRY, 3, 3),
        (ChangeKind.BECAME_LATE, RESUSCITATION, 2, 2),
        (ChangeKind.ROSE_FROM_ZERO, HALT, 0, 6),
        (ChangeKind.GAINED, HOME_CARE, 1, 3),
        (ChangeKind.SPOKE_AGAIN, LONG_STAY, 3, 3),
        (ChangeKind.BACK_ON_TIME, DAY_HOSPITAL, 1, 1),
    ]


def test_worse_and_better_are_apart_and_a_change_has_the_line_of_its_unit_and_its_age(planted):
    day = last_day(planted)
    assert [change.kind.worse for change in day.worse] == [True] * 5
    assert [change.kind.worse for change in day.better] == [False] * 4
    fallen = day.worse[0]
    assert (fallen.unit["structure"], fallen.unit["telephone"]) == ("Hôpital fictif des Tilleuls", "0199000202")
    assert fallen.age(NOW) == HOUR
    assert replace(fallen, unit={**fallen.unit, "observed_at": None}).age(NOW) is None


def test_the_totals_change_in_the_region_and_in_a_departement(planted):
    day = last_day(planted)
    now, before = day.now.region, day.before.region
    assert day.totals() == {name: now[name] - before[name] for name in changes.TOTALS}
    assert day.totals()["beds"] == -4 - 7 + 6
    assert day.totals("75") == {"beds": -4, "places": 0, "units": 0, "up_to_date": 0, "overdue": 0}
    assert day.totals("unknown") == dict.fromkeys(changes.TOTALS, 0)


def test_filters_on_the_units_hold_and_those_on_what_they_offer_hold_for_the_totals_alone(planted):
    places = last_day(planted, Filters(capacity_type=CapacityType.PLACE))
    assert {one.unit["unit"] for one in places.units} == {HOME_CARE, DAY_HOSPITAL, NURSING}
    at_least = last_day(planted, Filters(at_least=4))
    assert at_least.worse[0].unit["unit"] == WARD
    assert at_least.totals()["beds"] == 6 - 4 - 9


def test_nothing_changed_is_nothing(db):
    write(db, WARD, 4, NOW - 30 * HOUR)
    assert last_day(db).units == ()


def test_an_account_that_may_not_consult_learns_no_change(planted):
    with pytest.raises(Forbidden):
        last_day(planted, account=replace(ADELE, roles=frozenset()))


def since(db, position, at):
    board = consult.current(db, DOMINIQUE)
    return changes.since(db, board, NOW, position, at)


def test_since_a_position_what_was_committed_after_it_counts_whatever_its_clock_said(db):
    write(db, WARD, 4, NOW - 3 * HOUR)
    seen_position = write(db, HALT, 2, NOW - 3 * HOUR, recorded_at=NOW + HOUR).position
    write(db, WARD, 0, NOW - 2 * HOUR, recorded_at=NOW - 9 * HOUR)
    later = since(db, seen_position, NOW - 2 * HOUR)
    assert [(change.kind, change.unit["unit"], change.before) for change in later.units] == [(ChangeKind.FELL_TO_ZERO, WARD, 4)]
    assert (later.totals()["beds"], later.totals("93")["beds"], later.totals("75")["beds"]) == (-4, 0, -4)


def test_changes_since_a_position_are_not_those_of_the_last_day(planted):
    board = consult.current(planted, DOMINIQUE)
    of_the_day = last_day(planted).units
    assert since(planted, board.position, NOW).units == ()
    assert last_day(planted).units == of_the_day != ()


def test_a_unit_that_reopened_is_found_whatever_its_number_is(db):
    close_for_a_time(db, WARD, NOW.date(), NOW - 30 * HOUR)
    close_for_a_time(db, REHABILITATION, NOW.date(), NOW - 30 * HOUR)
    seen_position = close_for_a_time(db, NURSING, date(2026, 12, 24), NOW - 30 * HOUR).position
    write(db, WARD, 0, NOW - HOUR)
    write(db, REHABILITATION, 6, NOW - HOUR)
    assert {row["unit"] for row in since(db, seen_position, NOW - 24 * HOUR).reopened} == {WARD, REHABILITATION}


def test_the_matching_units_have_the_number_of_the_day_before(planted):
    table = changes.matching_with_before(last_day(planted), ["available"])
    columns = (table[name].to_pylist() for name in ("unit", "before", "available"))
    by_unit = {unit: (before, now) for unit, before, now in zip(*columns, strict=True)}
    assert (by_unit[WARD], by_unit[REHABILITATION]) == ((4, 0), (9, 2))
