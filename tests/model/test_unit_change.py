"""The rule that says whether a change of a unit is worse or better."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.model.unit_change import ChangeKind, UnitState, change_of, seriousness


def state(available, *, open=True, overdue=False, silent=False):
    return UnitState(available, open, overdue, silent)


@pytest.mark.parametrize(
    ("before", "now", "kind"),
    [
        (state(3), state(0), ChangeKind.FELL_TO_ZERO),
        (state(3), state(0, open=False), ChangeKind.CLOSED),
        (state(3), state(1), ChangeKind.LOST),
        (state(3), state(1, overdue=True), ChangeKind.LOST),
        (state(0), state(2), ChangeKind.ROSE_FROM_ZERO),
        (state(0, open=False), state(2), ChangeKind.ROSE_FROM_ZERO),
        (state(1), state(2), ChangeKind.GAINED),
        (state(1), state(1), None),
        (state(1), state(1, overdue=True), ChangeKind.BECAME_LATE),
        (state(1, overdue=True), state(1, overdue=True, silent=True), ChangeKind.WENT_SILENT),
        (state(1, overdue=True, silent=True), state(1), ChangeKind.SPOKE_AGAIN),
        (state(1, overdue=True), state(1), ChangeKind.BACK_ON_TIME),
        (state(None, overdue=True), state(4), ChangeKind.BACK_ON_TIME),
        (state(0, overdue=True), state(0, open=False), None),
        (state(0, overdue=True, silent=True), state(0, open=False), None),
        (state(0, open=False), state(0, overdue=True), ChangeKind.BECAME_LATE),
    ],
)
def test_the_number_decides_first_then_whether_the_unit_answers(before, now, kind):
    assert change_of(before, now) is kind


STATES = st.builds(UnitState, st.none() | st.integers(0, 5), st.booleans(), st.booleans(), st.booleans()).filter(
    lambda unit: (unit.open or (unit.available in (0, None) and not unit.overdue)) and (unit.overdue or not unit.silent)
)


@given(before=STATES, now=STATES)
def test_what_is_worse_one_way_is_better_the_other_way(before, now):
    there, back = change_of(before, now), change_of(now, before)
    if there is not None and back is not None and before.open and now.open:
        assert there.worse is not back.worse
    if before == now:
        assert there is None


def test_the_most_serious_comes_first_and_the_largest_before_the_others():
    changes = [(ChangeKind.LOST, 9, 1), (ChangeKind.FELL_TO_ZERO, 1, 0), (ChangeKind.LOST, 9, 8), (ChangeKind.GAINED, 0, 9)]
    ordered = sorted(changes, key=lambda change: seriousness(*change))
    assert ordered == [changes[1], changes[0], changes[2], changes[3]]


def test_every_change_has_words_and_is_worse_or_better():
    assert len({kind.label for kind in ChangeKind}) == len(ChangeKind)
    assert [kind for kind in ChangeKind if not kind.worse] == [
        ChangeKind.ROSE_FROM_ZERO,
        ChangeKind.GAINED,
        ChangeKind.SPOKE_AGAIN,
        ChangeKind.BACK_ON_TIME,
    ]
