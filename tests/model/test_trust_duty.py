"""The right duty of a unit: where its probability crosses the target, by hand."""

import numpy as np
import pytest

from ror.model.trust import frailty
from ror.model.trust.calibration import NO_CORRECTION
from ror.model.trust.checks import AGE_EDGES, AGES, SIZES, Checks, Floats
from ror.model.trust.curves import Curves
from ror.model.trust.duty import RightDuties, proposed, right_duties
from ror.model.trust.estimate import Estimate

AS_GROUP = int(np.flatnonzero(np.isclose(frailty.FACTORS, 1))[0])
ONE_TYPE = np.array([0])


def falling(at_class: int, after: float = 0.5) -> Floats:
    """Return a curve that is 0.9 before a class of age, and `after` from it on."""
    return np.where(np.arange(len(AGES)) < at_class, 0.9, after)


def estimate(*curves: Floats, oldest: float = 1e9, certain: bool = True) -> Estimate:
    """Return an estimate of one group with a curve for each of the first sizes, the last one for the others."""
    values = np.array([curves[min(size, len(curves) - 1)] for size in range(SIZES)])[np.newaxis]
    weights = np.full(len(frailty.FACTORS), 0.0 if certain else 1 / len(frailty.FACTORS))
    weights[AS_GROUP] = 1.0 if certain else weights[0]
    parents, oldest_ages = np.array([0]), np.array([oldest])
    return Estimate(Curves(values, values), weights, np.tile(weights, (3, 1)), NO_CORRECTION, parents, oldest_ages)


def checks(*rows: tuple[int, int, int, float]) -> Checks:
    """Return checks by rows of unit, size, class of age and cases."""
    unit, size, age, cases = (np.array(column) for column in zip(*rows, strict=True))
    zeros = np.zeros(len(rows))
    group = np.zeros(len(rows), np.int64)
    return Checks(group, unit, group, size, age, zeros > 0, AGES[age], cases.astype(float), *(zeros,) * 5)


def duties(learnt_checks: Checks, fitted: Estimate, target: float = 0.8) -> RightDuties:
    return right_duties(learnt_checks, fitted, np.zeros(len(fitted.weights) - 1, np.int64), target)


def test_the_right_duty_is_where_the_curve_crosses_the_target() -> None:
    right = duties(checks((0, 0, 5, 100)), estimate(falling(20, after=0.6)))
    # From 0.9 to 0.6 between two classes: 0.8 is at a third of the way, by the logarithm of the age.
    assert right.hours[0] == pytest.approx(AGES[19] * (AGES[20] / AGES[19]) ** (1 / 3))


def test_a_lower_target_gives_a_longer_duty() -> None:
    hours = [duties(checks((0, 0, 5, 100)), estimate(falling(20, after=0.6)), target).hours[0] for target in (0.8, 0.7)]
    assert hours[0] < hours[1] < AGES[20]


def test_each_size_counts_as_often_as_the_unit_had_it() -> None:
    early, late = falling(10), falling(20)
    # Three times out of four the unit had the size that falls late: (3 * 0.9 + 0.5) / 4 is 0.8, still the target.
    mostly_late = duties(checks((0, 0, 5, 25), (0, 1, 5, 76)), estimate(early, late))
    mostly_early = duties(checks((0, 0, 5, 76), (0, 1, 5, 25)), estimate(early, late))
    assert AGES[19] <= mostly_late.hours[0] < AGES[20]
    assert AGES[9] <= mostly_early.hours[0] < AGES[10]


def test_a_number_above_the_target_at_every_age_that_is_known_has_the_oldest() -> None:
    right = duties(checks((0, 0, 5, 100)), estimate(falling(len(AGES)), oldest=float(AGES[30]) + 1e-9))
    assert right.hours[0] == AGES[30]


def test_a_number_below_the_target_at_the_youngest_age_has_that_age() -> None:
    assert duties(checks((0, 0, 5, 100)), estimate(falling(0))).hours[0] == AGES[0]


@pytest.mark.parametrize(
    ("case", "fitted"),
    [
        ("nothing is known of its type", estimate(falling(20), oldest=0.0)),
        ("its interval is too wide", estimate(falling(20), certain=False)),
    ],
)
def test_a_unit_of_which_too_little_is_known_has_none(case: str, fitted: Estimate) -> None:
    assert np.isnan(duties(checks((0, 0, 5, 100)), fitted).hours).all(), case


def test_a_unit_without_a_check_has_none_of_its_own() -> None:
    right = duties(checks((0, 0, 5, 100)), estimate(falling(20)))
    assert not np.isnan(right.hours[0])
    assert np.isnan(right.hours[1])


def test_a_duty_shorter_than_nearly_every_check_is_extrapolated() -> None:
    curve = falling(10)
    assert duties(checks((0, 0, 9, 30), (0, 0, 20, 500)), estimate(curve)).extrapolated.tolist() == [False, False]
    right = duties(checks((0, 0, 9, 29), (0, 0, 20, 500)), estimate(curve))
    assert right.extrapolated.tolist() == [True, False]
    assert right.hours[0] < AGE_EDGES[19]


@pytest.mark.parametrize(("hours", "steps"), [(0.3, 1), (1, 1), (5.9, 4), (6, 6), (30, 24), (200, 168), (5000, 720)])
def test_what_is_proposed_is_the_longest_usual_duration_within(hours: float, steps: int) -> None:
    assert proposed(hours) == steps
