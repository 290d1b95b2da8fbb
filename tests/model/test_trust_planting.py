"""How many planted faults were found, of those planted and of those marked."""

from ror.model.trust import planting


def test_the_planted_units_that_are_marked_are_found():
    found = planting.count_detected(["a", "b", "c", "d"], {"a", "b", "z"})
    assert (found.precision, found.recall) == (2 / 3, 1 / 2)


def test_nothing_marked_has_no_precision_and_nothing_planted_no_recall():
    found = planting.count_detected([], ())
    assert (found.precision, found.recall) == (None, None)
