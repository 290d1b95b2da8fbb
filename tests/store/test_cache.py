"""A value of a cache is created once, whichever thread asks for it, and a cache does not grow without end."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from ror.store.cache import MOST_ENTRIES, Cache


def test_a_value_is_created_once_by_key():
    cache, created = Cache(), []

    def create(value):
        created.append(value)
        return value

    assert [cache.get(key, lambda key=key: create(key)) for key in ("a", "b", "a", "b")] == ["a", "b", "a", "b"]
    assert created == ["a", "b"]


def test_threads_that_ask_together_wait_for_one_creation():
    cache, together, created = Cache(), threading.Barrier(8), []

    def create():
        created.append("value")
        # The other threads come to wait meanwhile.
        time.sleep(0.2)
        return object()

    def read(_):
        together.wait()
        return cache.get("key", create)

    with ThreadPoolExecutor(8) as pool:
        values = list(pool.map(read, range(8)))
    assert len(created) == 1
    assert all(value is values[0] for value in values)


def test_a_value_may_be_created_from_others_of_the_same_cache():
    cache = Cache()
    assert cache.get("sum", lambda: cache.get("one", lambda: 1) + cache.get("two", lambda: 2)) == 3


def test_a_value_that_could_not_be_created_is_created_by_the_next():
    cache = Cache()
    with pytest.raises(ZeroDivisionError):
        cache.get("key", lambda: 1 / 0)
    assert cache.get("key", lambda: 1) == 1


def test_a_full_cache_is_emptied_before_it_holds_more():
    cache, created = Cache(), []
    for number in (*range(MOST_ENTRIES), 0, MOST_ENTRIES, 0):
        cache.get(number, lambda number=number: created.append(number))
    assert created == [*range(MOST_ENTRIES), MOST_ENTRIES, 0]


def test_a_cache_keeps_to_a_bound_of_its_own():
    cache, created = Cache(2), []
    for number in (0, 1, 0, 2, 2, 0):
        cache.get(number, lambda number=number: created.append(number))
    assert created == [0, 1, 2, 0]
