"""A value of a cache is created once, whichever thread asks for it, and a cache does not grow without end."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from ror.store.cache import MAX_ENTRIES, Cache


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


def created_by(cache, keys):
    """Read keys in turn, and return those whose value was created."""
    created = []

    def create(key):
        created.append(key)
        return str(key)

    for key in keys:
        assert cache.get(key, lambda key=key: create(key)) == str(key)
    return created


def test_a_new_entry_of_a_full_cache_takes_the_place_of_the_oldest_one():
    keys = [*range(MAX_ENTRIES), 0, MAX_ENTRIES, 1, 0]
    assert created_by(Cache(), keys) == [*range(MAX_ENTRIES), MAX_ENTRIES, 0]


def test_a_cache_keeps_to_a_bound_of_its_own():
    assert created_by(Cache(2), (0, 1, 0, 2, 2, 1, 0)) == [0, 1, 2, 0]


def test_what_cannot_be_computed_yet_is_not_stored():
    cache = Cache()
    assert cache.get("key", lambda: None) is None
    assert cache.get("key", lambda: 1) == 1
