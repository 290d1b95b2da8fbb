"""The share of numbers that still hold by age: curves computed by hand, and properties of any counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.model.trust.checks import AGE_EDGES, AGES, SIZES, Sample, size_of
from ror.model.trust.curves import fit_curves


def sample(*rows):
    """Return cases from (group, size, age, cases, held) rows, of one unit."""
    group, size, age, cases, held = (np.array(column) for column in zip(*rows, strict=True))
    return Sample(np.zeros_like(group), group, size, age, AGES[age], cases.astype(float), held.astype(float))


def at(curves, group, size, hours):
    return float(curves.at(np.array([group]), np.array([size]), np.array([hours], dtype=float))[0])


def test_a_group_alone_has_its_own_shares_and_keeps_the_last_one_past_its_oldest_check():
    curves = fit_curves(sample((0, 1, 5, 100, 80), (0, 1, 10, 100, 40)), np.array([0]), 1)
    assert at(curves, 0, 1, AGES[5]) == pytest.approx(0.8, abs=0.001)
    assert at(curves, 0, 1, AGES[10]) == pytest.approx(0.4, abs=0.001)
    assert at(curves, 0, 1, AGES[20]) == pytest.approx(0.4, abs=0.001)


def test_a_number_declared_just_now_holds_and_the_first_minutes_lead_to_the_first_class():
    curves = fit_curves(sample((0, 1, 0, 100, 80)), np.array([0]), 1)
    assert at(curves, 0, 1, 0) == 1
    assert at(curves, 0, 1, AGES[0] / 2) == pytest.approx(1 - 0.2 / 2, abs=0.001)


def test_shares_that_rise_with_age_are_pooled_by_their_cases():
    # 100 cases at 60 % then 300 at 80 %: 75 % for both.
    curves = fit_curves(sample((0, 1, 5, 100, 60), (0, 1, 10, 300, 240)), np.array([0]), 1)
    assert at(curves, 0, 1, AGES[5]) == at(curves, 0, 1, AGES[10]) == pytest.approx(0.75, abs=0.001)


def test_a_small_group_is_drawn_towards_its_type_and_a_large_one_is_not():
    def of_group(cases, held):
        curves = fit_curves(sample((0, 1, 5, 10_000, 5_000), (1, 1, 5, cases, held)), np.array([0, 0]), 2)
        return at(curves, 1, 1, AGES[5])

    assert 0.31 < of_group(10, 3) < 0.48
    assert of_group(10_000, 3_000) == pytest.approx(0.3, abs=0.01)


def test_a_group_that_changes_faster_than_its_type_does_so_at_ages_that_it_was_never_checked_at():
    # Its type stands at 80 % at one age and 64 % at twice that age; the group is at 64 % at the first age: it changes twice as
    # fast.
    rows = [(0, 1, 5, 50_000, 40_000), (0, 1, 10, 50_000, 32_000), (1, 1, 5, 2_000, 1_280)]
    curves = fit_curves(sample(*rows), np.array([0, 0]), 2)
    assert at(curves, 1, 1, AGES[10]) == pytest.approx(0.64**2, abs=0.03)


def test_another_type_does_not_draw_a_group_whose_own_type_has_checks():
    rows = [(0, 1, 5, 5000, 4500), (1, 1, 5, 5000, 500)]
    curves = fit_curves(sample(*rows), np.array([0, 1]), 2)
    assert at(curves, 0, 1, AGES[5]) == pytest.approx(0.9, abs=0.01)
    assert at(curves, 1, 1, AGES[5]) == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize(("number", "size"), [(0, 0), (1, 1), (2, 2), (3, 3), (4, 3), (5, 4), (7, 4), (8, 5), (12, 5), (13, 6)])
def test_the_class_of_size_of_a_number(number, size):
    assert size_of(np.array([number]))[0] == size
    assert size < SIZES


cells = st.tuples(
    st.integers(0, 2), st.integers(0, SIZES - 1), st.integers(0, len(AGE_EDGES)), st.integers(1, 500), st.floats(0, 1)
)


@given(st.lists(cells, min_size=1, max_size=40))
def test_no_curve_rises_with_age_nor_leaves_0_to_1(rows):
    counts = [(group, size, age, cases, cases * share) for group, size, age, cases, share in rows]
    curves = fit_curves(sample(*counts), np.array([0, 0, 1]), 3)
    assert (np.diff(curves.values, axis=2) <= 1e-12).all()
    assert ((curves.values > 0) & (curves.values < 1)).all()
    hours = np.geomspace(0.01, 3000, 60)
    for group in range(3):
        along = curves.at(np.full(60, group), np.full(60, 1), hours)
        assert (np.diff(along) <= 1e-12).all()
