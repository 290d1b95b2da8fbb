"""Conditions as trees: the circle that a tree asks for, and the tree without its conditions on numbers."""

from ror.model.selection import (
    Among,
    Either,
    Every,
    HasId,
    Linked,
    Within,
    concerns_numbers,
    either,
    first_within,
    without_numbers,
)

NEAR = Within(48.8, 2.3, 30)
WARD = HasId(frozenset({"ward"}))
FREE = Linked("capacity", Among("status", frozenset({"02"})))


def test_the_values_of_a_field_are_one_condition():
    first, second, town = Among("key", frozenset("a")), Among("key", frozenset("b")), Among("commune", frozenset("b"))
    assert either([first, Either([second, NEAR]), first]) == Either([Among("key", frozenset("ab")), NEAR])
    assert either([first, second]) == Among("key", frozenset("ab"))
    assert either([first, town]) == Either([first, town])
    assert either([]) == Either([])


def test_the_first_circle_is_that_of_the_entry_itself():
    assert first_within(Every([WARD, Either([NEAR])])) is NEAR
    assert first_within(Every([WARD, Linked("unit", NEAR)])) is None
    assert first_within(NEAR) is NEAR


def test_a_condition_asks_for_numbers_wherever_it_does():
    assert concerns_numbers(Every([WARD, Either([Linked("unit", FREE)])]))
    assert concerns_numbers(FREE)
    assert not concerns_numbers(Every([WARD, NEAR, Linked("organization", WARD)]))


def test_without_numbers_a_condition_holds_wherever_it_did():
    assert without_numbers(Every([WARD, FREE])) == Every([WARD, Every(())])
    assert without_numbers(Either([WARD, Linked("unit", FREE)])) == Either([WARD, Linked("unit", Every(()))])
    assert without_numbers(NEAR) == NEAR
