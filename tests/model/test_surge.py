"""A surge places patients in the order of the rooms: nobody is lost, no unit takes more than it has."""

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.errors import Refused
from ror.model.surge import (
    MAX_PATIENTS,
    MAX_RESERVE,
    Level,
    Room,
    Saturation,
    checked_patients,
    checked_reserve,
    free_for_surge,
    simulate,
)

# Three structures in two départements: 3 + 2 places at 5 km, none at 7 km, 4 at 20 km.
NEAR = (Room("a1", "a", "75", 5.0, 3), Room("a2", "a", "75", 5.0, 2))
FULL, FAR = Room("b1", "b", "75", 7.0, 0), Room("c1", "c", "77", 20.0, 4)
ROOMS = (*NEAR, FULL, FAR)


def placed(surge):
    return {placement.room.unit: placement.placed for placement in surge.placements}


def test_the_nearest_units_are_filled_one_after_the_other():
    surge = simulate(ROOMS, 7)
    assert placed(surge) == {"a1": 3, "a2": 2, "c1": 2}
    assert [(one.first, one.last, one.is_full) for one in surge.placements] == [(1, 3, True), (4, 5, True), (6, 7, False)]
    assert (surge.placed, surge.without, surge.spare, surge.structures) == (7, 0, 2, 2)


def test_who_has_no_place_is_counted():
    surge = simulate(ROOMS, 12)
    assert (surge.placed, surge.without, surge.spare) == (9, 3, 0)


def test_what_is_full_is_said_with_the_patient_the_distance_and_the_median_of_then():
    # Patients 1 to 5 travel 5 km, 6 to 9 travel 20 km: the median is still 5 km at the 9th.
    assert simulate(ROOMS, 12).saturations == (
        Saturation(Level.UNIT, "a1", 3, 5.0, 5.0),
        Saturation(Level.UNIT, "a2", 5, 5.0, 5.0),
        Saturation(Level.STRUCTURE, "a", 5, 5.0, 5.0),
        Saturation(Level.DEPARTMENT, "75", 5, 5.0, 5.0),
        Saturation(Level.UNIT, "c1", 9, 20.0, 5.0),
        Saturation(Level.STRUCTURE, "c", 9, 20.0, 5.0),
        Saturation(Level.DEPARTMENT, "77", 9, 20.0, 5.0),
    )


def test_a_structure_is_full_with_its_last_unit_alone():
    assert [one.key for one in simulate(ROOMS, 4).saturations] == ["a1"]


def test_the_median_is_that_of_the_patients_not_of_the_units():
    rooms = [Room("a", "a", "75", 1.0, 1), Room("b", "b", "75", 9.0, 3)]
    assert [simulate(rooms, patients).median for patients in (1, 2, 4)] == [1.0, 5.0, 9.0]
    assert [one.median for one in simulate(rooms, 4).saturations if one.level is Level.UNIT] == [1.0, 9.0]
    assert simulate([], 4).median is None


@pytest.mark.parametrize(
    ("available", "is_open", "more", "reserve", "free"),
    [
        (4, True, 0, 0, 4),
        (4, True, 0, 1, 3),
        (1, True, 0, 2, 0),
        (0, True, 3, 1, 2),
        (4, False, 3, 0, 0),
        (None, True, 3, 0, 0),
    ],
)
def test_a_unit_takes_what_it_has_less_its_reserve_and_nothing_when_it_is_closed_or_not_known(
    available, is_open, more, reserve, free
):
    assert free_for_surge(available, is_open=is_open, more=more, reserve=reserve) == free


def test_each_level_has_a_word():
    assert [level.label for level in Level] == ["Unité", "Structure", "Département"]


LISTS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 9), st.integers(0, 20)),
    max_size=12,
).map(
    lambda found: sorted(
        (
            Room(f"u{index}", f"s{structure}", f"d{department}", float(distance), free)
            for index, (structure, department, free, distance) in enumerate(found)
        ),
        key=lambda room: room.distance,
    )
)
PATIENTS = st.integers(1, 60)


@given(rooms=LISTS, patients=PATIENTS)
def test_nobody_is_lost_and_no_unit_takes_more_than_it_has(rooms, patients):
    surge = simulate(rooms, patients)
    assert surge.placed + surge.without == patients
    assert surge.placed == min(patients, sum(room.free for room in rooms))
    assert surge.placed + surge.spare == sum(room.free for room in rooms)
    assert all(0 <= placement.placed <= placement.room.free for placement in surge.placements)


@given(rooms=LISTS, patients=PATIENTS)
def test_nobody_goes_farther_while_a_nearer_place_is_free(rooms, patients):
    surge = simulate(rooms, patients)
    farthest = max((one.room.distance for one in surge.used), default=0.0)
    assert all(one.is_full for one in surge.placements if one.room.distance < farthest)


@given(rooms=LISTS, first=PATIENTS, then=PATIENTS)
def test_the_order_of_the_patients_does_not_matter_two_groups_take_what_one_would(rooms, first, then):
    """The second group takes places among those that the first one left free."""
    taken = placed(simulate(rooms, first))
    rooms_left = [
        Room(room.unit, room.structure, room.department, room.distance, room.free - taken.get(room.unit, 0)) for room in rooms
    ]
    more = placed(simulate(rooms_left, then))
    at_once = {unit: number for unit, number in placed(simulate(rooms, first + then)).items() if number}
    assert {unit: total for unit in taken | more if (total := taken.get(unit, 0) + more.get(unit, 0))} == at_once


@given(rooms=LISTS, patients=PATIENTS, more=PATIENTS)
def test_more_patients_never_free_a_place_and_what_was_full_stays_so_at_the_same_patient(rooms, patients, more):
    fewer, all_of_them = simulate(rooms, patients), simulate(rooms, patients + more)
    assert all(placed(all_of_them)[unit] >= number for unit, number in placed(fewer).items())
    assert set(fewer.saturations) <= set(all_of_them.saturations)


@given(rooms=LISTS, patients=PATIENTS)
def test_the_same_question_has_the_same_answer(rooms, patients):
    assert simulate(rooms, patients) == simulate(tuple(rooms), patients)


@given(rooms=LISTS, patients=PATIENTS)
def test_something_is_full_at_the_patient_who_takes_its_last_place(rooms, patients):
    """Checked at each saturation: the units of its key have no place left after that patient, and had one before."""
    surge = simulate(rooms, patients)
    keys = {Level.UNIT: "unit", Level.STRUCTURE: "structure", Level.DEPARTMENT: "department"}
    ends = dict(zip((room.unit for room in rooms), accumulate(room.free for room in rooms), strict=True))
    for level, name in keys.items():
        with_room = {getattr(room, name) for room in rooms if room.free}
        last = {key: max(ends[room.unit] for room in rooms if room.free and getattr(room, name) == key) for key in with_room}
        expected = {key: end for key, end in last.items() if end <= patients}
        assert {one.key: one.after for one in surge.saturations if one.level is level} == expected


@pytest.mark.parametrize("typed", ["", "0", None, "-1", "1,5", "beaucoup", MAX_PATIENTS + 1, "9" * 30])
def test_a_number_of_patients_is_from_1_to_the_most(typed):
    with pytest.raises(Refused, match="de 1 à 5\u202f000"):
        checked_patients(typed)


@pytest.mark.parametrize("typed", ["-1", "1,5", "beaucoup", MAX_RESERVE + 1])
def test_a_reserve_is_from_0_to_the_most(typed):
    with pytest.raises(Refused, match="de 0 à 99"):
        checked_reserve(typed)


def test_what_is_typed_is_read():
    assert (checked_patients("40"), checked_patients(1), checked_patients(MAX_PATIENTS)) == (40, 1, MAX_PATIENTS)
    assert (checked_reserve(""), checked_reserve("2"), checked_reserve(MAX_RESERVE)) == (0, 2, MAX_RESERVE)
