"""The comparison of the orders of calls on the log."""

from datetime import timedelta

from ror.services.availability.trust import check_history
from ror.services.availability.trust.check_history import LEARNT_WEEKS
from ror.services.availability.trust.order_gain import COMPARED_WEEKS, order_gain
from tests.learnt import WEEK, declare_regularly
from tests.region import NOW, PSYCHIATRY, WARD

HALF_WAY = timedelta(hours=6)


def test_the_units_that_move_are_called_before_the_still_ones_that_are_older(region):
    # At NOW, the number of the still ward is six hours old, that of psychiatry, which changes each time, five.
    declare_regularly(region, WARD, [4] * 60 + [3] * 60, since=NOW - 30 * WEEK, until=NOW + HALF_WAY)
    declare_regularly(region, PSYCHIATRY, [4, 3], since=NOW - 30 * WEEK, until=NOW + HALF_WAY + timedelta(hours=1))
    for weeks in (LEARNT_WEEKS + COMPARED_WEEKS, LEARNT_WEEKS + COMPARED_WEEKS + 4):
        gain = order_gain(region, check_history.read(region, NOW, weeks))
        assert (gain.learnt, gain.oldest) == (1.0, 0.0)
        assert gain.days == gain.calls == 7 * COMPARED_WEEKS - 1
        assert 0.45 < gain.any_order < 0.55


def test_nothing_is_compared_without_a_declaration(region):
    assert order_gain(region, check_history.read(region, NOW, LEARNT_WEEKS + COMPARED_WEEKS)) is None
