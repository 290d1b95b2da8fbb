"""The review of a past instant: the number known then, the true one, and each way in which the true one was learnt later."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ror.errors import Forbidden, Refused
from ror.model.call_round import Call, CallKind
from ror.model.declaration import EventKind
from ror.model.feedback import Feedback, FeedbackKind
from ror.model.filters import Filters
from ror.model.hindsight import Totals, Way
from ror.model.journal import Act, Outcome
from ror.model.nomenclature import CapacityType
from ror.services import journal
from ror.services.coordination import after_action
from ror.store import call_round, feedback
from ror.store.call_round import CallCorrection
from tests.region import (
    ADELE,
    BY_ID,
    CAMILLE,
    CARDIAC,
    CORALIE,
    DAY_HOSPITAL,
    DOMINIQUE,
    NOW,
    PSYCHIATRY,
    RESUSCITATION,
    WARD,
    close_for_a_time,
    counting_kind,
    write,
)

pytestmark = pytest.mark.usefixtures("region")

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AT = NOW - DAY
"""The instant that is reviewed, a day before `NOW`."""


@pytest.fixture(autouse=True)
def known(db):
    """Write what was known of the ward: 4 beds, six hours before the instant; every unit was registered long before."""
    with db.transaction() as transaction:
        transaction.cursor.execute("UPDATE unit SET created_at = ?", [AT - 90 * DAY])
    return write(db, WARD, 4, AT - 6 * HOUR)


def review(db, *, by=CORALIE, at=AT, **others):
    return after_action.review(db, by, at, NOW, **others)


def compared(db, unit=WARD, **others):
    """Return the number known at the instant, then the true one, how it was learnt, and how many minutes after the instant."""
    (reviewed_unit,) = (reviewed_unit for reviewed_unit in review(db, **others).units if reviewed_unit.row["unit"] == unit)
    truth = reviewed_unit.comparison.truth
    if truth is None:
        return reviewed_unit.comparison.known, None
    return reviewed_unit.comparison.known, truth.available, truth.way, (truth.learnt_at - AT) / MINUTE


def report(db, about, kind, at, *, by=DOMINIQUE, other=None):
    """Write the report of a reader about the number of the ward that was true at an instant."""
    with db.transaction() as transaction:
        written = Feedback(
            transaction.next_position(), WARD, str(counting_kind(BY_ID[WARD]).temporality), about, by.id, kind, other,
            kind is not FeedbackKind.CONFIRMED, "", "form", at,
        )  # fmt: skip
        feedback.append(transaction, written)


def call(db, kind, at, available=None, unit=WARD):
    with db.transaction() as transaction:
        call_round.add(transaction, Call(call_round.next_number(transaction), unit, kind, CORALIE.id, at, available))


def correct(db, event, available, at):
    with db.transaction() as transaction:
        number = call_round.next_number(transaction)
        call_round.correct(
            transaction, CallCorrection(number, event.unit, event.position, available, CORALIE.id, "telephone", at)
        )


# Each way


def test_what_nothing_was_learnt_of_stays_unknown(db):
    assert compared(db) == (4, None)
    assert compared(db, RESUSCITATION) == (None, None)


def test_a_late_declaration_says_what_was_true(db):
    write(db, WARD, 1, AT - HOUR, recorded_at=AT + 3 * HOUR)
    assert compared(db) == (4, 1, Way.LATE, 180)


def test_the_late_declaration_that_was_observed_last_says_it_not_that_which_came_last(db):
    write(db, WARD, 1, AT - HOUR, recorded_at=AT + 3 * HOUR)
    write(db, WARD, 2, AT - 2 * HOUR, recorded_at=AT + 4 * HOUR)
    assert compared(db) == (4, 1, Way.LATE, 180)


def test_what_was_observed_before_what_was_known_says_nothing(db):
    write(db, WARD, 9, AT - 7 * HOUR, recorded_at=AT + 3 * HOUR)
    assert compared(db) == (4, None)


def test_a_late_number_of_another_moment_says_nothing(db):
    write(db, WARD, 9, AT - HOUR, recorded_at=AT + HOUR, temporality="03")
    assert compared(db) == (4, None)


def test_a_late_declaration_that_was_undone_says_nothing(db):
    wrong = write(db, WARD, 9, AT - HOUR, recorded_at=AT + HOUR)
    write(db, WARD, 4, AT - 6 * HOUR, kind=EventKind.UNDONE, acts_on=wrong.position, recorded_at=AT + HOUR + MINUTE)
    assert compared(db) == (4, None)


def test_a_number_learnt_later_of_a_unit_that_had_none_counts_from_nothing(db):
    write(db, CARDIAC, 3, AT - HOUR, recorded_at=AT + HOUR)
    assert compared(db, CARDIAC) == (None, 3, Way.LATE, 60)


def test_a_correction_of_the_number_known_then_says_what_was_true(db, known):
    write(db, WARD, 4, AT + 5 * HOUR)
    correct(db, known, 2, AT + 6 * HOUR)
    correct(db, known, 3, AT + 7 * HOUR)
    assert compared(db) == (4, 3, Way.CORRECTION, 420)


def test_a_correction_of_a_late_or_of_the_next_declaration_takes_its_place(db):
    late = write(db, WARD, 1, AT - HOUR, recorded_at=AT + 3 * HOUR)
    correct(db, late, 2, AT + 6 * HOUR)
    assert compared(db) == (4, 2, Way.CORRECTION, 360)
    following = write(db, CARDIAC, 5, AT + 20 * MINUTE)
    correct(db, following, 6, AT + 7 * HOUR)
    assert compared(db, CARDIAC) == (None, 6, Way.CORRECTION, 420)


def test_a_correction_that_was_known_then_or_is_about_an_earlier_number_says_nothing(db, known):
    earlier = write(db, CARDIAC, 9, AT - 9 * HOUR)
    write(db, CARDIAC, 5, AT - 8 * HOUR)
    correct(db, earlier, 1, AT + HOUR)
    correct(db, known, 2, AT - HOUR)
    assert compared(db, CARDIAC) == (5, None)
    assert compared(db) == (4, None)


@pytest.mark.parametrize(
    ("kind", "other", "true"), [(FeedbackKind.FULL, None, 0), (FeedbackKind.OTHER, 2, 2), (FeedbackKind.CONFIRMED, None, 4)]
)
def test_a_reader_who_called_says_what_was_true(db, known, kind, other, true):
    report(db, known.observed_at, kind, AT + 20 * MINUTE, other=other)
    assert compared(db) == (4, true, Way.READER, 20)


def test_a_reader_had_said_it_before_the_instant_and_the_board_showed_the_old_number(db, known):
    report(db, known.observed_at, FeedbackKind.FULL, AT - 30 * MINUTE)
    assert compared(db) == (4, 0, Way.READER, -30)


def test_a_reader_who_gives_no_number_or_reports_on_another_one_says_nothing(db, known):
    report(db, known.observed_at, FeedbackKind.UNREACHABLE, AT + MINUTE)
    report(db, known.observed_at, FeedbackKind.OTHER, AT + MINUTE, by=CORALIE)
    report(db, known.observed_at - MINUTE, FeedbackKind.FULL, AT + MINUTE, by=ADELE)
    assert compared(db) == (4, None)


def test_of_one_reader_the_last_report_counts_and_none_once_it_is_withdrawn(db, known):
    report(db, known.observed_at, FeedbackKind.FULL, AT + 10 * MINUTE)
    report(db, known.observed_at, FeedbackKind.OTHER, AT + 12 * MINUTE, other=1)
    assert compared(db) == (4, 1, Way.READER, 12)
    report(db, known.observed_at, FeedbackKind.WITHDRAWN, AT + 9 * HOUR)
    assert compared(db) == (4, None)


def test_a_call_says_what_was_true_whether_its_number_was_written_or_not(db):
    call(db, CallKind.NUMBER, AT + 15 * MINUTE, 1)
    assert compared(db) == (4, 1, Way.CALL, 15)
    call(db, CallKind.CONFIRMED, AT + 5 * MINUTE, 2, CARDIAC)
    write(db, CARDIAC, 2, AT + 5 * MINUTE, channel="telephone")
    assert compared(db, CARDIAC) == (None, 2, Way.CALL, 5)


def test_a_call_that_reached_nobody_or_came_before_the_number_known_says_nothing(db):
    call(db, CallKind.UNREACHABLE, AT + MINUTE)
    call(db, CallKind.NUMBER, AT - 6 * HOUR, 9)
    assert compared(db) == (4, None)


def test_the_next_declaration_says_it_when_it_follows_and_not_when_it_is_far(db):
    write(db, WARD, 3, AT + 40 * MINUTE)
    assert compared(db) == (4, 3, Way.NEXT, 40)
    assert compared(db, within=HOUR / 2) == (4, None)
    write(db, CARDIAC, 3, AT + 5 * HOUR)
    assert compared(db, CARDIAC) == (None, None)
    assert compared(db, CARDIAC, within=6 * HOUR) == (None, 3, Way.NEXT, 300)


def test_what_was_told_or_corrected_of_a_time_long_after_says_nothing(db, known):
    report(db, known.observed_at, FeedbackKind.FULL, AT + 61 * MINUTE)
    call(db, CallKind.NUMBER, AT + 61 * MINUTE, 1)
    correct(db, write(db, WARD, 3, AT + 61 * MINUTE), 2, AT + 2 * HOUR)
    assert compared(db) == (4, None)
    assert compared(db, within=2 * HOUR)[1] is not None


def test_nothing_changed_is_a_declaration_that_follows(db, known):
    write(db, WARD, 4, AT + 40 * MINUTE, kind=EventKind.CONFIRMED, acts_on=known.position)
    assert compared(db) == (4, 4, Way.NEXT, 40)


def test_a_number_that_was_undone_after_the_instant_gives_way_to_that_which_was_put_back(db, known):
    wrong = write(db, WARD, 40, AT - MINUTE)
    write(db, WARD, 4, known.observed_at, kind=EventKind.UNDONE, acts_on=wrong.position, recorded_at=AT + 2 * MINUTE)
    assert compared(db) == (40, 4, Way.UNDONE, 2)
    write(db, WARD, 3, AT + 3 * MINUTE)
    assert compared(db) == (40, 3, Way.NEXT, 3)


def test_a_unit_that_was_closed_then_was_known_to_offer_nothing(db):
    close_for_a_time(db, CARDIAC, (AT + DAY).date(), AT - HOUR)
    write(db, CARDIAC, 2, AT - MINUTE, recorded_at=AT + HOUR)
    assert compared(db, CARDIAC) == (0, 2, Way.LATE, 60)


# The review


@pytest.fixture
def reviewed(db):
    """Write the numbers of four units (3 too many, 1 too few, right, of unknown truth), and some places."""
    write(db, WARD, 1, AT - HOUR, recorded_at=AT + HOUR)
    write(db, CARDIAC, 2, AT - 2 * HOUR)
    write(db, CARDIAC, 3, AT + 10 * MINUTE)
    write(db, PSYCHIATRY, 5, AT - 2 * HOUR)
    write(db, PSYCHIATRY, 5, AT + 10 * MINUTE)
    write(db, RESUSCITATION, 6, AT - 2 * HOUR)
    write(db, DAY_HOSPITAL, 7, AT - 2 * HOUR)
    return db


def test_totals_are_of_beds_or_of_places_and_count_what_is_unknown(reviewed):
    result = review(reviewed)
    beds = result.totals(CapacityType.BED)
    assert (beds.known, beds.verified, beds.known_where_verified, beds.true, beds.differing, beds.gap) == (17, 3, 11, 9, 2, 4)
    assert beds.unknown == beds.units - 3
    places = result.totals(CapacityType.PLACE)
    assert (places.known, places.verified, places.true) == (7, 0, 0)


def test_units_that_were_wrong_come_first_by_how_much_and_unknown_ones_last(reviewed):
    units = review(reviewed).units
    assert [reviewed_unit.row["unit"] for reviewed_unit in units[:3]] == [WARD, CARDIAC, PSYCHIATRY]
    assert all(reviewed_unit.comparison.truth is None for reviewed_unit in units[3:])
    assert len(units) == len(BY_ID)


def test_a_departement_and_a_need_leave_their_units(reviewed):
    assert [reviewed_unit.row["unit"] for reviewed_unit in review(reviewed, department="93").units][:1] == [CARDIAC]
    assert {reviewed_unit.row["department"] for reviewed_unit in review(reviewed, department="93").units} == {"93"}
    critical_care = review(reviewed, filters=Filters(needs=("reanimation",)))
    assert [reviewed_unit.row["unit"] for reviewed_unit in critical_care.units] == [RESUSCITATION]
    assert critical_care.totals(CapacityType.BED) == Totals(units=1, known=6)


def test_the_age_is_that_of_the_number_then(reviewed):
    rows = {reviewed_unit.row["unit"]: reviewed_unit.row for reviewed_unit in review(reviewed).units}
    assert (rows[WARD]["rank"], rows[WARD]["observed_at"]) == (1, AT - 6 * HOUR)


def test_an_instant_to_come_and_another_time_are_refused(db):
    with pytest.raises(Refused, match="à venir"):
        review(db, at=NOW + HOUR)
    with pytest.raises(Refused, match="dans la liste"):
        review(db, within=timedelta(days=9))


@pytest.mark.parametrize("account", [DOMINIQUE, CAMILLE, ADELE])
def test_only_coordinators_review_and_the_refusal_is_journalled(db, account):
    with pytest.raises(Forbidden):
        review(db, by=account)
    last = journal.read(db, ADELE, journal.JournalQuery(), NOW).to_pylist()[0]
    assert (last["act"], last["outcome"], last["subject"]) == (Act.CONSULT, Outcome.REFUSED, "after_action")


def test_an_account_that_lost_the_role_reviews_nothing(db):
    with pytest.raises(Forbidden):
        review(db, by=replace(CORALIE, roles=frozenset()))
