"""Precision and recall of the detection of planted faults."""

from ror.model.trust import planting


def test_the_planted_units_that_are_marked_are_found():
    detected = planting.count_detected(["a", "b", "c", "d"], {"a", "b", "z"})
    assert (detected.precision, detected.recall) == (2 / 3, 1 / 2)


def test_nothing_marked_has_no_precision_and_nothing_planted_no_recall():
    detected = planting.count_detected([], ())
    assert (detected.precision, detected.recall) == (None, None)
