"""The probabilities that numbers on screen still hold: for which units and views they are shown, and the order by them."""

from datetime import timedelta

import pytest

from ror.model.feedback import FeedbackKind
from ror.model.filters import Filters
from ror.model.freshness import CLOCK_TOLERANCE
from ror.model.nomenclature import CapacityType
from ror.model.ranking import Ranking
from ror.services.availability import answers, consult, past_boards, still_true
from ror.services.availability.still_true import UNKNOWN
from ror.services.availability.trust import learning
from ror.services.coordination import feedback
from tests import trust_log
from tests.region import (
    CARDIAC,
    DAY_HOSPITAL,
    DOMINIQUE,
    NOW,
    PSYCHIATRY,
    RESUSCITATION,
    WARD,
    change_unit,
    close_for_a_time,
    write,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

pytestmark = pytest.mark.usefixtures("region")


def view(db, **filters):
    return consult.view(db, consult.current(db, DOMINIQUE), Filters(**filters), NOW)


def known(db, shown=None):
    """Return the probabilities of each unit of a view, of the present one by default, by id."""
    shown = shown or view(db)
    units = shown.board.units
    return dict(zip(units["unit"].to_pylist(), still_true.of_table(db, shown, units), strict=True))


@pytest.fixture
def learnt(db):
    """Learn from a log in which the ward hardly changes and the resuscitation often does; each declared two hours ago."""
    trust_log.write_log(db, NOW - 2 * HOUR, {WARD: trust_log.STILL, RESUSCITATION: trust_log.MOVING})
    return trust_log.learn(db, NOW)


def test_a_number_is_as_likely_still_true_as_those_of_its_unit_were(db):
    trust_log.write_log(db, NOW - trust_log.EVERY, {WARD: trust_log.STILL, RESUSCITATION: trust_log.MOVING})
    trust_log.learn(db, NOW)
    by_unit = known(db)
    ward, resuscitation = by_unit[WARD], by_unit[RESUSCITATION]
    # Of numbers as old as these, six of eight stood in the ward, two of four in resuscitation.
    assert ward.same.value == pytest.approx(0.75, abs=0.1)
    assert resuscitation.same.value == pytest.approx(0.5, abs=0.1)
    assert ward.any_left.value > 0.99
    assert resuscitation.any_left.value < 0.8


@pytest.mark.usefixtures("learnt")
def test_nothing_is_said_of_a_type_with_too_few_checks_nor_without_a_number(db):
    write(db, CARDIAC, 3, NOW - HOUR)
    assert known(db)[CARDIAC] == known(db)[PSYCHIATRY] == UNKNOWN


def test_nothing_is_said_before_anything_is_learnt(db):
    trust_log.write_log(db, NOW - 2 * HOUR)
    assert learning.latest(db) is None
    assert set(known(db).values()) == {UNKNOWN}
    assert still_true.total(db, view(db), CapacityType.BED) is None


@pytest.mark.usefixtures("learnt")
def test_that_some_are_left_is_not_claimed_of_a_full_unit(db):
    write(db, WARD, 0, NOW - HOUR)
    full = known(db)[WARD]
    assert full.same is not None
    assert full.any_left is None


@pytest.mark.usefixtures("learnt")
def test_nothing_is_said_of_a_closed_unit(db):
    close_for_a_time(db, WARD, NOW.date() + DAY, NOW - HOUR)
    assert known(db)[WARD] == UNKNOWN


@pytest.mark.usefixtures("learnt")
def test_nothing_is_said_of_a_contradicted_number_until_the_next_one(db):
    about = view(db).board.units.to_pylist()
    observed_at = next(row["observed_at"] for row in about if row["unit"] == WARD)
    feedback.give(db, DOMINIQUE, WARD, FeedbackKind.FULL, observed_at, NOW - HOUR)
    assert known(db)[WARD] == UNKNOWN
    assert known(db)[RESUSCITATION] != UNKNOWN
    write(db, WARD, 4, NOW - HOUR / 2)
    assert known(db)[WARD] != UNKNOWN


@pytest.mark.usefixtures("learnt")
def test_nothing_is_said_of_a_number_ahead_of_the_clock(db):
    write(db, WARD, 4, NOW + CLOCK_TOLERANCE + timedelta(seconds=1))
    assert known(db)[WARD] == UNKNOWN
    write(db, WARD, 4, NOW + CLOCK_TOLERANCE)
    assert known(db)[WARD] != UNKNOWN


def test_nothing_is_said_in_a_view_of_the_past(db):
    trust_log.write_log(db, NOW - 2 * HOUR)
    trust_log.learn(db, NOW, totals=True)
    past = past_boards.view_at(db, DOMINIQUE, Filters(), NOW - HOUR)
    for past_view in (past, consult.with_filters(past, Filters(capacity_type=CapacityType.BED))):
        assert set(known(db, past_view).values()) == {UNKNOWN}
        assert still_true.total(db, past_view, CapacityType.BED) is None
        ranked = answers.find(db, past_view, ranking=Ranking.RELIABILITY)
        assert {answer.still_true for answer in ranked.answers} == {UNKNOWN}


@pytest.mark.usefixtures("learnt")
def test_rows_of_the_board_are_told_as_its_table_is(db):
    now = view(db)
    rows = now.board.units.to_pylist()
    assert still_true.chances_of_rows(db, now, rows) == list(known(db).values())


@pytest.mark.usefixtures("learnt")
def test_answers_carry_what_is_known_of_their_numbers(db):
    result = answers.find(db, view(db))
    assert {answer.unit: answer.still_true for answer in result.answers} == known(db)


# The order « Fiabilité »


def ranked(db, ranking=Ranking.RELIABILITY):
    return [one.unit for one in answers.find(db, view(db), ranking=ranking).answers]


@pytest.mark.usefixtures("learnt")
def test_the_most_likely_to_have_one_left_comes_first_then_what_is_not_known_then_what_is_full(db):
    write(db, RESUSCITATION, 9, NOW - HOUR)
    write(db, CARDIAC, 3, NOW - HOUR / 2)
    write(db, DAY_HOSPITAL, 0, NOW)
    assert ranked(db, Ranking.AVAILABLE)[:4] == [RESUSCITATION, WARD, CARDIAC, DAY_HOSPITAL]
    assert ranked(db)[:4] == [WARD, RESUSCITATION, CARDIAC, DAY_HOSPITAL]


@pytest.mark.usefixtures("learnt")
def test_a_contradicted_number_is_ranked_among_those_that_are_not_known(db):
    write(db, RESUSCITATION, 9, NOW - HOUR)
    observed_at = next(row["observed_at"] for row in view(db).board.units.to_pylist() if row["unit"] == WARD)
    feedback.give(db, DOMINIQUE, WARD, FeedbackKind.OTHER, observed_at, NOW - HOUR, other="2")
    assert ranked(db)[:2] == [RESUSCITATION, WARD]


def test_without_anything_learnt_reliability_ranks_by_the_other_rules(db):
    write(db, PSYCHIATRY, 1)
    write(db, CARDIAC, 1, NOW - 2 * HOUR)
    assert ranked(db) == ranked(db, Ranking.DISTANCE)


# Totals


@pytest.fixture
def totals(db):
    trust_log.write_log(db, NOW - 2 * HOUR, {WARD: trust_log.STILL, RESUSCITATION: trust_log.MOVING, DAY_HOSPITAL: (6, 5)})
    return trust_log.learn(db, NOW, totals=True)


@pytest.mark.usefixtures("totals")
def test_beds_and_places_are_expected_apart(db):
    beds, places = (still_true.total(db, view(db), capacity) for capacity in CapacityType)
    assert (beds.declared, places.declared) == (4 + 2, 6)
    assert beds.low < beds.mean < beds.high
    assert places.mean < 6


@pytest.mark.usefixtures("totals")
def test_a_total_is_that_of_the_filters(db):
    assert still_true.total(db, view(db, unit_types=("16",)), CapacityType.BED).declared == 4


def test_a_total_is_silent_where_past_totals_strayed(db):
    trust_log.write_log(db, NOW - 2 * HOUR)
    assert not trust_log.learn(db, NOW).region.is_shown
    assert still_true.total(db, view(db), CapacityType.BED) is None


@pytest.mark.usefixtures("totals")
def test_a_total_is_silent_when_a_unit_of_it_is_of_a_type_that_came_since(db):
    change_unit(db, WARD, unit_type="17")
    assert still_true.total(db, view(db), CapacityType.BED) is None
    assert known(db)[WARD] == UNKNOWN


@pytest.mark.usefixtures("totals")
def test_a_closed_unit_is_expected_to_offer_nothing(db):
    close_for_a_time(db, WARD, NOW.date() + DAY, NOW - HOUR)
    assert still_true.total(db, view(db), CapacityType.BED).declared == 2


@pytest.mark.usefixtures("totals")
def test_a_total_of_nothing_is_not_expected(db):
    close_for_a_time(db, DAY_HOSPITAL, NOW.date() + DAY, NOW - HOUR)
    assert still_true.total(db, view(db), CapacityType.PLACE) is None
