"""A surge is simulated on the present board: who may do it, which units take patients, and which numbers count."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ror.errors import Forbidden, Refused
from ror.model.capacity import Counts
from ror.model.count_parts import CountPart, PartKey
from ror.model.crisis import ExtraCount
from ror.model.filters import Filters
from ror.model.journal import Act, Outcome
from ror.model.nomenclature import CapacityType
from ror.model.surge import Level
from ror.services import journal
from ror.services.availability import places
from ror.services.coordination import surge
from ror.services.coordination.surge import SurgeQuery
from ror.store import registry, registry_changes
from tests.region import (
    ADELE,
    CAMILLE,
    CARDIAC,
    CLOSED_UNIT,
    CORALIE,
    DAY_HOSPITAL,
    DOMINIQUE,
    HOME_CARE,
    HOSPITAL,
    LONG_STAY,
    NOW,
    PSYCHIATRY,
    RESUSCITATION,
    STRUCTURES,
    WARD,
    close_for_a_time,
    rows,
    write,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

pytestmark = pytest.mark.usefixtures("region")


def simulate(db, patients=5, *, by=CORALIE, kilometres=50.0, **others):
    point = places.point(db, f"structure:{HOSPITAL}")
    return surge.simulate(db, by, SurgeQuery(patients, point, kilometres, **others), NOW)


def placed(answer):
    return {placement.room.unit: placement.placed for placement in answer.surge.used}


@pytest.fixture(autouse=True)
def numbers(db):
    """Write 2 beds at the hospital, 3 at 3 km, 4 at 9 km, 6 at 11 km."""
    write(db, WARD, 2)
    write(db, PSYCHIATRY, 3, NOW - 2 * HOUR)
    write(db, LONG_STAY, 4, NOW - 2 * DAY)
    write(db, CARDIAC, 6, NOW - 9 * DAY)


def test_patients_go_to_the_nearest_free_beds_of_the_board(db):
    assert placed(simulate(db, 1)) == {WARD: 1}
    assert placed(simulate(db, 12)) == {WARD: 2, PSYCHIATRY: 3, LONG_STAY: 4, CARDIAC: 3}
    answer = simulate(db, 20)
    assert (answer.surge.placed, answer.surge.without, answer.surge.structures) == (15, 5, 4)


def test_what_is_full_is_named_by_unit_structure_and_departement(db):
    saturations = [(saturation.level, saturation.key, saturation.after) for saturation in simulate(db, 9).surge.saturations]
    assert saturations == [
        (Level.UNIT, WARD, 2),
        (Level.STRUCTURE, HOSPITAL, 2),
        (Level.DEPARTMENT, "75", 2),
        (Level.UNIT, PSYCHIATRY, 5),
        (Level.STRUCTURE, "990940002", 5),
        (Level.UNIT, LONG_STAY, 9),
        (Level.STRUCTURE, "990940001", 9),
        (Level.DEPARTMENT, "94", 9),
    ]


def test_who_is_beyond_the_radius_takes_nobody_and_the_next_place_is_named(db):
    answer = simulate(db, 20, kilometres=5.0)
    assert placed(answer) == {WARD: 2, PSYCHIATRY: 3}
    assert answer.next_distance == pytest.approx(8.6, abs=0.3)
    assert simulate(db, 20).next_distance is None


def test_a_closed_unit_an_unknown_number_and_a_full_unit_take_nobody(db):
    close_for_a_time(db, PSYCHIATRY, NOW.date() + DAY)
    write(db, CLOSED_UNIT, 9)
    write(db, RESUSCITATION, 0)
    assert placed(simulate(db, 100)) == {WARD: 2, LONG_STAY: 4, CARDIAC: 6}


def test_beds_and_places_are_never_taken_for_each_other(db):
    write(db, DAY_HOSPITAL, 7)
    write(db, HOME_CARE, 1)
    assert placed(simulate(db, 100, capacity=CapacityType.PLACE)) == {DAY_HOSPITAL: 7, HOME_CARE: 1}
    assert DAY_HOSPITAL not in placed(simulate(db, 100))


def test_the_filters_of_the_board_hold(db):
    write(db, RESUSCITATION, 1)
    assert placed(simulate(db, 100, units=Filters(unit_types=("121",)))) == {RESUSCITATION: 1}
    # The age and the capacity type of the query replace those of the filters.
    assert placed(simulate(db, 1, units=Filters(ranks=(4,), capacity_type=CapacityType.PLACE))) == {WARD: 1}


@pytest.mark.parametrize(
    ("oldest", "taken"),
    [
        (0, {WARD: 2}),
        (1, {WARD: 2, PSYCHIATRY: 3}),
        (2, {WARD: 2, PSYCHIATRY: 3, LONG_STAY: 4}),
        (None, {WARD: 2, PSYCHIATRY: 3, LONG_STAY: 4, CARDIAC: 6}),
    ],
)
def test_only_numbers_young_enough_count(db, oldest, taken):
    assert placed(simulate(db, 100, oldest=oldest)) == taken


def test_the_age_of_what_it_rests_on_is_told(db):
    answer = simulate(db, 12)
    assert answer.placed_by_rank() == {0: 2, 1: 3, 2: 4, 3: 3}
    assert answer.oldest_at == NOW - 9 * DAY
    assert simulate(db, 4).oldest_at == NOW - 2 * HOUR
    assert simulate(db, 4, oldest=0, kilometres=0.5, reserve=9).oldest_at is None


def test_each_unit_keeps_its_reserve(db):
    assert placed(simulate(db, 100, reserve="2")) == {PSYCHIATRY: 1, LONG_STAY: 2, CARDIAC: 4}


def test_beds_to_reopen_and_supplementary_ones_count_when_they_are_wanted(db):
    parts = (CountPart(PartKey("closed", closing_type="01"), 2), CountPart(PartKey("closed", closing_type="02"), 1))
    write(db, RESUSCITATION, 0, counts=Counts(0, closed=3, parts=parts))
    supplementary = (CountPart(PartKey("supplementary", additional_bed_type="03"), 4),)
    write(db, PSYCHIATRY, 0, temporality="03", counts=Counts(None, supplementary=4, parts=supplementary), capacity_type="01")
    assert RESUSCITATION not in placed(simulate(db, 100))
    reopened = simulate(db, 100, counted=(ExtraCount.REOPENABLE,))
    assert placed(reopened) == {WARD: 2, PSYCHIATRY: 3, RESUSCITATION: 2, LONG_STAY: 4, CARDIAC: 6}
    assert reopened.added == {ExtraCount.REOPENABLE: 2}
    with_both = simulate(db, 100, counted=surge.COUNTED, reserve=1)
    assert placed(with_both) == {WARD: 1, PSYCHIATRY: 6, RESUSCITATION: 1, LONG_STAY: 3, CARDIAC: 5}
    assert with_both.added == {ExtraCount.REOPENABLE: 2, ExtraCount.IN_24_HOURS: 4}


def test_supplementary_beds_have_an_age_of_their_own(db):
    parts = (CountPart(PartKey("supplementary", additional_bed_type="03"), 4),)
    counts = Counts(None, supplementary=4, parts=parts)
    write(db, WARD, 0, NOW - 2 * DAY, temporality="03", counts=counts, capacity_type="01")
    wanted = (ExtraCount.IN_24_HOURS,)
    assert placed(simulate(db, 100, oldest=1, counted=wanted)) == {WARD: 2, PSYCHIATRY: 3}
    assert placed(simulate(db, 100, oldest=2, counted=wanted))[WARD] == 6


def test_supplementary_beds_from_a_clock_ahead_are_not_recent(db):
    parts = (CountPart(PartKey("supplementary", additional_bed_type="03"), 4),)
    counts = Counts(None, supplementary=4, parts=parts)
    write(db, WARD, 0, NOW + 2 * DAY, temporality="03", counts=counts, capacity_type="01")
    wanted = (ExtraCount.IN_24_HOURS,)
    assert placed(simulate(db, 100, oldest=2, counted=wanted))[WARD] == 2
    assert placed(simulate(db, 100, counted=wanted))[WARD] == 6


def test_a_closed_unit_reopens_nothing_for_it(db):
    parts = (CountPart(PartKey("closed", closing_type="01"), 5),)
    write(db, CLOSED_UNIT, 0, counts=Counts(0, closed=5, parts=parts))
    answer = simulate(db, 100, counted=(ExtraCount.REOPENABLE,))
    assert CLOSED_UNIT not in placed(answer)
    assert answer.added == {ExtraCount.REOPENABLE: 0}


def test_a_structure_that_nothing_places_takes_nobody_and_is_counted(db):
    with db.transaction() as transaction:
        registry.merge(transaction, [replace(STRUCTURES[1], latitude=None, longitude=None)])
        registry_changes.record_change(transaction, "tests", NOW)
    answer = simulate(db, 100)
    assert CARDIAC not in placed(answer)
    assert answer.unplaced == 1


@pytest.mark.parametrize("typed", ["0", "", "-3", "beaucoup"])
def test_a_number_of_patients_that_makes_no_sense_is_refused(db, typed):
    with pytest.raises(Refused, match="patients"):
        simulate(db, typed)


@pytest.mark.parametrize("account", [DOMINIQUE, CAMILLE, ADELE])
def test_only_coordinators_simulate_and_the_refusal_is_journalled(db, account):
    with pytest.raises(Forbidden):
        simulate(db, by=account)
    last = journal.read(db, ADELE, journal.JournalQuery(), NOW).to_pylist()[0]
    assert (last["act"], last["outcome"], last["subject"]) == (Act.CONSULT, Outcome.REFUSED, "surge")


def test_nothing_is_written_or_reserved(db):
    before = rows(db, "declaration"), rows(db, "journal")
    simulate(db, 100)
    assert (rows(db, "declaration"), rows(db, "journal")) == before
    assert placed(simulate(db, 1)) == {WARD: 1}
