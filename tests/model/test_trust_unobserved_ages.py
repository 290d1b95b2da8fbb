"""The curve at ages at which nobody declares: between those with checks the hazard is constant."""

import numpy as np
import pytest

from ror.model.trust.checks import AGES, Sample
from ror.model.trust.curves import fit_curves


def sample(*rows: tuple[int, float, float]) -> Sample:
    """Return cases of one group and size by rows of class of age, cases, held."""
    age, cases, held = (np.array(column) for column in zip(*rows, strict=True))
    zeros = np.zeros(len(rows), np.int64)
    return Sample(zeros, zeros, zeros, age, AGES[age], cases, held)


def test_between_two_ages_with_checks_the_hazard_is_constant() -> None:
    many = 1e9
    fitted = fit_curves(sample((10, many, 0.8 * many), (20, many, 0.4 * many)), np.array([0]), 1).values[0, 0]
    assert fitted[[10, 20]] == pytest.approx([0.8, 0.4], rel=1e-4)
    middle = 15
    part = (AGES[middle] - AGES[10]) / (AGES[20] - AGES[10])
    assert fitted[middle] == pytest.approx(0.8 * 0.5**part, rel=1e-4)


def test_younger_than_every_check_a_number_comes_from_certainty_and_older_than_every_check_it_stays() -> None:
    many = 1e9
    fitted = fit_curves(sample((20, many, 0.5 * many)), np.array([0]), 1).values[0, 0]
    assert fitted[10] == pytest.approx(0.5 ** (AGES[10] / AGES[20]), rel=1e-4)
    assert fitted[-1] == pytest.approx(0.5, rel=1e-4)


def test_without_a_check_nothing_is_more_likely_than_its_contrary() -> None:
    assert (fit_curves(sample((10, 0, 0)), np.array([0]), 1).values == 0.5).all()
