from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.model.attempts import ACCOUNT, ADDRESS, PAIR, format_wait

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
LIMITS = pytest.mark.parametrize("limit", [PAIR, ADDRESS, ACCOUNT], ids=lambda one: one.name)


@pytest.mark.parametrize(
    ("limit", "seconds"),
    [
        (PAIR, {0: 0, 4: 0, 5: 1, 6: 2, 7: 4, 14: 512, 15: 900, 1000: 900}),
        (ADDRESS, {19: 0, 20: 1, 29: 512, 30: 900, 10**9: 900}),
        (ACCOUNT, {9: 0, 10: 1, 15: 32, 16: 60, 1000: 60}),
    ],
)
def test_the_first_failures_are_free_then_the_delay_doubles_up_to_a_longest(limit, seconds):
    assert {failures: limit.delay(failures).total_seconds() for failures in seconds} == seconds


@LIMITS
def test_a_delay_runs_from_the_last_failure_and_ends(limit):
    assert limit.wait(0, None, NOW) == timedelta(0)
    assert limit.wait(limit.free + 3, NOW, NOW) == 8 * SECOND
    assert limit.wait(limit.free + 3, NOW, NOW + 3 * SECOND) == 5 * SECOND
    assert limit.wait(limit.free + 3, NOW, NOW + 8 * SECOND) == timedelta(0)


@LIMITS
@given(failures=st.integers(0, 10**18), after=st.timedeltas(timedelta(0), timedelta(days=2)))
def test_no_delay_is_negative_nor_longer_than_the_longest(limit, failures, after):
    assert timedelta(0) <= limit.wait(failures, NOW, NOW + after) <= limit.longest
    assert limit.delay(failures) <= limit.delay(failures + 1)


@pytest.mark.parametrize(
    ("wait", "words"),
    [
        (timedelta(milliseconds=1), "1 seconde"),
        (SECOND, "1 seconde"),
        (timedelta(seconds=1.2), "2 secondes"),
        (59 * SECOND, "59 secondes"),
        (MINUTE, "1 minute"),
        (61 * SECOND, "2 minutes"),
        (15 * MINUTE, "15 minutes"),
    ],
)
def test_a_delay_is_rounded_up_in_words(wait, words):
    assert format_wait(wait) == words
