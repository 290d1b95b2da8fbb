"""The order of calls: how much a call teaches, how much is asked for, and the comparison of orders; computed by hand."""

import numpy as np
import pytest

from ror.model.trust import calls
from ror.model.trust.calls import CallOrder, OrderGain, Request

NAN, NEVER = float("nan"), float("inf")


def values_of(*values: float) -> np.ndarray:
    return np.array(values)


def test_the_orders_have_a_name() -> None:
    assert [order.label for order in CallOrder] == ["Urgence", "Ce qu'un appel apprend"]


def test_a_call_teaches_how_likely_the_number_changed_times_what_is_asked_for() -> None:
    no = np.array([False, False, False])
    assert calls.call_value(values_of(0.9, 0.4, 0.9), no, values_of(1, 1, 7)) == pytest.approx([0.1, 0.6, 0.7])


def test_a_number_that_a_reader_contradicts_is_taken_as_changed() -> None:
    assert calls.call_value(values_of(0.9, NAN), np.array([True, True]), values_of(2, 1)).tolist() == [2, 1]


def test_units_of_which_nothing_is_known_come_after_the_oldest_first() -> None:
    call_values, hours = values_of(NAN, 0.1, NAN, 0.6, NAN), values_of(5, 1, NEVER, 1, 50)
    assert calls.ranks(call_values, hours).tolist() == [4, 1, 2, 0, 3]


def test_of_two_calls_that_teach_as_much_the_older_number_comes_first() -> None:
    assert calls.ranks(values_of(0.3, 0.3), values_of(2, 9)).tolist() == [1, 0]


RESUSCITATION = frozenset({"icu"})


@pytest.mark.parametrize(
    ("requests", "number"),
    [
        ([], 1),
        ([Request(RESUSCITATION, "75", 3)], 4),
        ([Request(RESUSCITATION, "75"), Request(frozenset({"icu", "smr"}), "")], 3),
        ([Request(None, "75"), Request(None, "")], 3),
        ([Request(RESUSCITATION, "93", 5), Request(frozenset({"smr"}), "75", 5)], 1),
    ],
)
def test_what_is_asked_for_is_of_the_same_need_and_department(requests: list[Request], number: int) -> None:
    assert calls.demand(requests, RESUSCITATION, "75") == number


def test_a_unit_without_a_need_is_asked_for_as_its_like_alone() -> None:
    nothing, several = calls.needs_of(""), calls.needs_of("icu|smr")
    assert several == {"icu", "smr"}
    assert Request(nothing, "75").is_for(nothing, "75")
    assert not Request(nothing, "75").is_for(several, "75")


def test_the_first_tenth_of_each_order_is_compared_by_day() -> None:
    # On day 0, 20 numbers: two calls. The two that teach most had changed; of the two oldest, one had.
    first = np.arange(20)
    call_values = np.where(first < 2, 0.9, 0.1)
    hours = np.where(np.isin(first, (0, 5)), 90.0, 1.0)
    changed = np.isin(first, (0, 1))
    # On day 1, one number: one call in each order, which finds a change.
    gain = calls.order_gain(
        np.append(np.zeros(20, np.int64), 1), np.append(call_values, 0.2), np.append(hours, 3), np.append(changed, True)
    )
    assert gain == OrderGain(days=2, calls=3, learnt=1.0, oldest=pytest.approx(2 / 3), any_order=pytest.approx(3 / 21))


def test_without_a_number_nothing_is_compared() -> None:
    assert calls.order_gain(np.empty(0, np.int64), values_of(), values_of(), np.empty(0, np.bool_)) is None
