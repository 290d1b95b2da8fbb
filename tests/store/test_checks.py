"""Checks of the numbers of the log: whether the next declaration, a call or a report of a reader found them unchanged."""

from datetime import timedelta

import pytest

from ror.model.declaration import Channel, EventKind
from ror.model.feedback import Feedback, FeedbackKind
from ror.store import feedback
from ror.store.board import board as boards
from ror.store.board import checks, planted
from tests.region import CORALIE, NOW, NURSING, RESUSCITATION, WARD, close_for_a_time, write

SINCE = NOW - timedelta(weeks=2)


def hours(number):
    return timedelta(hours=number)


def read(db, until=NOW):
    """Return the counted checks as rows, with the id of each unit in place of its index on the board."""
    units = boards.current(db).units
    with db.reader() as cursor:
        table = checks.counts(cursor, units, SINCE, until)
    names = units["unit"].to_pylist()
    return [row | {"unit": names[row["row"]]} for row in table.to_pylist()]


def total(rows, name):
    return sum(row[name] for row in rows)


def test_each_declaration_checks_the_number_before_it(region):
    for number, at in ((3, 30), (3, 20), (5, 10), (0, 2)):
        write(region, WARD, number, NOW - hours(at))
    rows = read(region)
    assert {row["unit"] for row in rows} == {WARD}
    assert (total(rows, "cases"), total(rows, "same"), total(rows, "any_left")) == (3, 1, 2)
    assert (total(rows, "changed"), total(rows, "before"), total(rows, "after")) == (2, 8, 5)
    assert (total(rows, "product"), total(rows, "before_squared"), total(rows, "after_squared")) == (15, 34, 25)
    assert {row["size"] for row in rows} == {3, 4}


def test_the_age_of_a_check_is_from_when_the_number_was_true_not_from_when_it_was_recorded(region):
    write(region, WARD, 3, NOW - hours(50))
    write(region, WARD, 3, NOW - hours(20))
    (row,) = read(region)
    assert row["hours"] == pytest.approx(30)


def test_a_run_is_what_follows_the_last_change(region):
    for number, at in ((3, 40), (4, 30), (4, 20), (4, 10)):
        write(region, WARD, number, NOW - hours(at))
    rows = read(region)
    assert total([row for row in rows if row["run"]], "cases") == 2
    assert min(row["first"] for row in rows if row["run"]) == NOW - hours(30)


def test_what_was_undone_checks_nothing_and_is_checked_by_nothing(region):
    write(region, WARD, 3, NOW - hours(30))
    mistake = write(region, WARD, 30, NOW - hours(29))
    write(region, WARD, 3, NOW - hours(30), kind=EventKind.UNDONE, acts_on=mistake.position)
    write(region, WARD, 3, NOW - hours(10))
    (row,) = read(region)
    assert (row["cases"], row["same"]) == (1, 1)
    assert row["hours"] == pytest.approx(20)


def test_a_closure_breaks_the_chain(region):
    write(region, WARD, 3, NOW - hours(30))
    close_for_a_time(region, WARD, NOW.date(), NOW - hours(20))
    write(region, WARD, 3, NOW - hours(10))
    assert read(region) == []


def test_a_number_of_another_temporality_checks_nothing(region):
    write(region, WARD, 3, NOW - hours(30))
    write(region, WARD, 9, NOW - hours(20), temporality="9")
    assert read(region) == []


def test_a_declaration_by_telephone_is_a_call(region):
    write(region, WARD, 3, NOW - hours(30))
    write(region, WARD, 3, NOW - hours(20), channel=Channel.TELEPHONE, kind=EventKind.CONFIRMED)
    (row,) = read(region)
    assert (row["calls"], row["calls_same"], row["calls_any_left"]) == (1, 1, 1)


@pytest.mark.parametrize(
    ("kind", "other", "expected"),
    [
        (FeedbackKind.CONFIRMED, None, (1, 1, 1)),
        (FeedbackKind.FULL, None, (1, 0, 0)),
        (FeedbackKind.OTHER, 2, (1, 0, 1)),
        (FeedbackKind.OTHER, 0, (1, 0, 0)),
        (FeedbackKind.OTHER, None, (1, 0, 0)),
    ],
)
def test_a_readers_report_checks_the_number_that_it_is_about(region, kind, other, expected):
    report(region, write(region, WARD, 3, NOW - hours(30)), kind, other)
    (row,) = read(region)
    assert (row["calls"], row["calls_same"], row["calls_any_left"]) == expected
    assert row["hours"] == pytest.approx(5)


def report(db, number, kind, other=None):
    with db.transaction() as transaction:
        at = number.observed_at + hours(5)
        row = (transaction.next_position(), number.unit, number.temporality, number.observed_at, CORALIE.id, kind, other)
        feedback.append(transaction, Feedback(*row, kind is not FeedbackKind.CONFIRMED, "", Channel.FORM, at))


def test_an_unreachable_unit_checks_nothing_and_the_last_report_of_an_account_replaces_its_first(region):
    number = write(region, WARD, 3, NOW - hours(30))
    report(region, number, FeedbackKind.UNREACHABLE)
    assert read(region) == []
    report(region, number, FeedbackKind.FULL)
    report(region, number, FeedbackKind.CONFIRMED)
    (row,) = read(region)
    assert (row["cases"], row["same"]) == (1, 1)


def test_weeks_end_at_the_instant_that_is_read(region):
    for days in (13, 8, 5, 1):
        write(region, WARD, 3, NOW - timedelta(days=days))
    assert [(row["period"], row["cases"]) for row in read(region)] == [(0, 1), (1, 1), (1, 1)]


def test_what_is_not_yet_observed_is_not_read(region):
    write(region, WARD, 3, NOW - hours(30))
    write(region, WARD, 4, NOW - hours(2))
    assert read(region, until=NOW - hours(3)) == []


def test_a_day_has_the_number_known_at_its_hour_and_what_was_found_within_a_day(region):
    write(region, WARD, 3, NOW - hours(24 + 10))
    write(region, WARD, 5, NOW - hours(24 - 6))
    write(region, NURSING, 8, NOW - hours(24 + 10))
    with region.reader() as cursor:
        rows = checks.days(cursor, boards.current(region).units, SINCE, NOW).to_pylist()
    (row,) = rows
    assert (row["day"], row["before"], row["found"]) == (1, 3, 5)
    assert row["hours"] == pytest.approx(10)


def test_the_end_of_the_log_is_when_its_last_number_was_true(region):
    units = boards.current(region).units
    with region.reader() as cursor:
        assert checks.last_observed(cursor, units, NOW) is None
    write(region, WARD, 3, NOW - hours(30))
    write(region, RESUSCITATION, 3, NOW - hours(40))
    units = boards.current(region).units
    with region.reader() as cursor:
        assert checks.last_observed(cursor, units, NOW) == NOW - hours(30)


def test_faults_are_planted_in_a_copy_that_one_cursor_alone_reads(region):
    for unit in (WARD, NURSING):
        for number, at in ((3, 50), (4, 40), (5, 30), (5, 20), (5, 10)):
            write(region, unit, number, NOW - hours(at))
    units, before = boards.current(region).units, read(region)
    with region.reader() as cursor:
        planted.plant(cursor, SINCE, NOW - hours(35), [WARD], [NURSING])
        planted.plant_calls(cursor, [WARD], [])
        rows = checks.counts(cursor, units, SINCE, NOW).to_pylist()
        assert read(region) == before
        planted.remove(cursor)
        assert checks.counts(cursor, units, SINCE, NOW).num_rows == len(before)
    names = units["unit"].to_pylist()
    frozen = [row for row in rows if names[row["row"]] == WARD]
    sudden = [row for row in rows if names[row["row"]] == NURSING]
    assert (total(frozen, "cases") - total(frozen, "calls"), total(frozen, "changed")) == (4, 1)
    assert (total(sudden, "cases"), total(sudden, "same")) == (4, 0)
    assert total(frozen, "calls") == 4
