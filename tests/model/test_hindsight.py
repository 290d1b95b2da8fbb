"""The true number of an instant: the last one observed by then, else the first one observed soon after, else unknown."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ror.model.hindsight import USUAL_WITHIN, WITHIN, Evidence, Hindsight, Totals, Way, totals, truth

AT = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def evidence(available, true_after, learnt_after=None, way=Way.LATE):
    """Return evidence that was true, and learnt, so many minutes after the instant."""
    learnt = true_after if learnt_after is None else learnt_after
    return Evidence(available, AT + true_after * MINUTE, AT + learnt * MINUTE, way)


def available(*pieces, within=USUAL_WITHIN):
    best = truth(pieces, AT, within)
    return best.available if best else None


def test_each_way_has_words_of_its_own():
    assert len({way.label for way in Way}) == len(Way)


def test_nothing_learnt_is_nothing_known():
    assert available() is None


def test_what_was_observed_last_by_then_says_it_however_late_it_came():
    assert available(evidence(1, -60, 500), evidence(2, -5, 90), evidence(3, 10)) == 2


def test_what_was_observed_at_the_instant_itself_is_by_then():
    assert available(evidence(1, 0, 5), evidence(2, -1, 9)) == 1


def test_else_what_was_observed_first_after_it_within_the_time_says_it():
    assert available(evidence(4, 50), evidence(3, 20)) == 3
    assert available(evidence(4, 61)) is None
    assert available(evidence(4, 60)) == 4
    assert available(evidence(4, 61), within=2 * HOUR) == 4


def test_a_correction_comes_after_what_it_corrects():
    assert available(evidence(2, -5, 90), evidence(5, -5, 300, Way.CORRECTION)) == 5
    assert available(evidence(2, 20, 20, Way.NEXT), evidence(5, 20, 300, Way.CORRECTION)) == 5


def test_what_an_undo_put_back_says_it_only_when_nothing_was_observed():
    put_back = evidence(4, -600, 5, Way.UNDONE)
    assert available(put_back) == 4
    assert available(put_back, evidence(3, 7, 7, Way.NEXT)) == 3
    assert available(put_back, evidence(3, 70, 70, Way.NEXT)) == 4


EVIDENCE = st.lists(
    st.builds(evidence, st.integers(0, 9), st.integers(-90, 90), st.integers(0, 200), st.sampled_from(Way)), max_size=6
)


@given(pieces=EVIDENCE)
def test_a_longer_time_only_adds_what_is_known(pieces):
    """A truth known within a shorter time stays, unless an undo put it back: that counts only when nothing better is known."""
    known = [truth(pieces, AT, time) for time in WITHIN]
    for shorter, longer in pairwise(known):
        assert shorter is None or shorter is longer or shorter.way is Way.UNDONE


@given(pieces=EVIDENCE, order=st.randoms(use_true_random=False))
@example([evidence(4, -90, 5, Way.UNDONE), evidence(4, -60, 5, Way.UNDONE)], Random(1))
def test_the_order_in_which_things_are_read_does_not_matter(pieces, order):
    mixed = list(pieces)
    order.shuffle(mixed)
    in_order, in_disorder = truth(pieces, AT, HOUR), truth(mixed, AT, HOUR)
    assert (in_order is None) == (in_disorder is None)
    assert (
        in_order is None
        or in_disorder is None
        or (in_order.true_at, in_order.learnt_at) == (in_disorder.true_at, in_disorder.learnt_at)
    )


@pytest.mark.parametrize(
    ("known", "true", "difference", "differs"),
    [(4, 1, -3, True), (1, 4, 3, True), (2, 2, 0, False), (None, 3, 3, True), (None, 0, 0, True), (4, None, None, False)],
)
def test_a_number_that_nobody_knew_then_differs_and_an_unknown_truth_does_not(known, true, difference, differs):
    comparison = Hindsight(known, None if true is None else evidence(true, 0))
    assert (comparison.difference, comparison.differs) == (difference, differs)


def test_totals_compare_only_the_units_of_which_the_truth_is_known():
    comparisons = [Hindsight(4, evidence(1, 0)), Hindsight(2, evidence(5, 0)), Hindsight(3, evidence(3, 0)), Hindsight(7, None)]
    assert totals([*comparisons, Hindsight(None, None)]) == Totals(
        units=5, known=16, verified=3, known_where_verified=9, true=9, differing=2, gap=6
    )
    assert totals(comparisons).unknown == 1
    assert totals([]) == Totals()
