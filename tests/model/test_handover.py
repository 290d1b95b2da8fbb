"""How long a unit is handed over, and the words for its end."""

from datetime import UTC, datetime

import pytest

from ror.model.handover import Shift, until_words
from ror.model.territory import PARIS

EVENING = datetime(2026, 11, 23, 19, 30, tzinfo=UTC)
"""20 h 30 in Paris."""


@pytest.mark.parametrize(
    ("shift", "start", "end"),
    [
        (Shift.EIGHT_HOURS, EVENING, datetime(2026, 11, 24, 3, 30, tzinfo=UTC)),
        (Shift.TWELVE_HOURS, EVENING, datetime(2026, 11, 24, 7, 30, tzinfo=UTC)),
        (Shift.TOMORROW, EVENING, datetime(2026, 11, 24, 7, tzinfo=UTC)),
        (Shift.TOMORROW, datetime(2026, 11, 23, 23, 30, tzinfo=UTC), datetime(2026, 11, 25, 7, tzinfo=UTC)),
        (Shift.TOMORROW, datetime(2026, 3, 28, 19, tzinfo=UTC), datetime(2026, 3, 29, 6, tzinfo=UTC)),
    ],
    ids=["eight hours", "twelve hours", "tomorrow", "after midnight in Paris", "into summer time"],
)
def test_a_shift_ends_hours_later_or_at_8_the_next_day_in_paris(shift, start, end):
    assert (shift.end(start, PARIS), shift.end(start, PARIS).tzinfo) == (end, UTC)


@pytest.mark.parametrize(
    ("until", "words"),
    [
        (datetime(2026, 11, 23, 21, tzinfo=UTC), "jusqu'à 22 h"),
        (datetime(2026, 11, 24, 7, tzinfo=UTC), "jusqu'à demain 8 h"),
        (datetime(2026, 11, 24, 3, 5, tzinfo=UTC), "jusqu'à demain 4 h 05"),
        (datetime(2026, 11, 25, 7, tzinfo=UTC), "jusqu'au 25/11 à 8 h"),
    ],
)
def test_the_end_of_a_handover_is_said_in_the_words_of_a_ward(until, words):
    assert until_words(until, EVENING, PARIS) == words


def test_each_shift_has_words_of_its_own():
    assert [shift.label for shift in Shift] == ["pendant 8 h", "pendant 12 h", "jusqu'à demain 8 h"]
