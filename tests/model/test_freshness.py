from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.model.freshness import (
    CLOCK_TOLERANCE,
    age_bands,
    age_words,
    freshness_words,
    is_closed_for_a_time,
    median_of_counts,
)
from ror.model.local_time import format_instant
from ror.model.territory import PARIS
from tests.age_rules import is_overdue, median_rank, rank, reopening

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR, DAY, WEEK, INSTANT = timedelta(hours=1), timedelta(days=1), timedelta(days=7), timedelta(microseconds=1)


def luminance(colour: str) -> float:
    """Return the relative luminance of « #rrggbb » (WCAG 2.2)."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colours (WCAG 2.2): 1 to 21."""
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def test_the_contrast_computed_here_is_that_of_wcag():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(0), 0),
        (HOUR - INSTANT, 0),
        (HOUR, 1),
        (DAY - INSTANT, 1),
        (DAY, 2),
        (WEEK - INSTANT, 2),
        (WEEK, 3),
        (timedelta(days=4_000), 3),
        (None, 4),
    ],
)
def test_a_band_ends_exactly_at_its_limit(age, expected):
    assert rank(age) == expected


def test_a_number_from_a_clock_a_little_ahead_counts_as_now():
    assert rank(-CLOCK_TOLERANCE) == rank(-INSTANT) == 0


def test_a_number_from_the_future_is_of_unknown_age_and_never_recent():
    assert rank(-CLOCK_TOLERANCE - INSTANT) == rank(-DAY) == 3
    assert age_words(-CLOCK_TOLERANCE - INSTANT) == "heure à vérifier"


def test_settings_move_the_limits():
    ages = (2 * HOUR - INSTANT, 2 * HOUR, 2 * DAY, 14 * DAY)
    assert [rank(age, (2, 48, 336)) for age in ages] == [0, 1, 2, 3]


@given(st.timedeltas(min_value=-CLOCK_TOLERANCE), st.timedeltas(min_value=-CLOCK_TOLERANCE))
def test_an_older_number_never_looks_fresher(one, other):
    young, old = sorted((one, other))
    assert rank(young) <= rank(old) < rank(None)


def test_the_legend_is_that_of_the_guide():
    assert [(band.rank, band.key, band.colour, band.words) for band in age_bands()] == [
        (0, "fresh", "#186d2a", "● moins d'1 h"),
        (1, "day", "#0e7efc", "■ moins de 24 h"),
        (2, "week", "#d07e04", "▲ moins de 7 jours"),
        (3, "old", "#4f1628", "✕ plus de 7 jours"),
        (4, "never", "#767676", "○ jamais renseigné"),
    ]


@pytest.mark.parametrize(
    ("limits", "labels"),
    [
        ((2, 36, 336), ["moins de 2 h", "moins de 36 h", "moins de 14 jours", "plus de 14 jours"]),
        ((0.5, 49, 60), ["moins de 0,5 h", "moins de 2,04167 jours", "moins de 2,5 jours", "plus de 2,5 jours"]),
        ((0.5, 48, 60), ["moins de 0,5 h", "moins de 48 h", "moins de 2,5 jours", "plus de 2,5 jours"]),
        pytest.param((0.25, 0.5, 1), ["moins de 0,25 h", "moins de 0,5 h", "moins d'1 h", "plus d'1 h"]),
    ],
)
def test_labels_say_the_limits_of_the_settings(limits, labels):
    assert [band.label for band in age_bands(limits)] == [*labels, "jamais renseigné"]


def test_a_band_is_seen_on_white_and_its_text_reads_on_it():
    for band in age_bands():
        assert contrast(band.colour, "#ffffff") >= 3, band.key
        assert contrast(band.ink, band.colour) >= 4.5, band.key


def test_no_band_differs_by_its_colour_alone():
    bands = age_bands()
    assert (
        len({band.shape for band in bands}) == len({band.label for band in bands}) == len({band.colour for band in bands}) == 5
    )


@pytest.mark.parametrize(
    ("ranks", "expected"),
    [
        ([], None),
        ([2], 2),
        ([0, 3], 3),
        ([3, 0], 3),
        ([0, 1, 4], 1),
        ([0, 0, 1, 1], 1),
        ([0, 4], 4),
        ([0, 0, 4, 4, 4], 4),
    ],
)
def test_an_aggregate_takes_its_median_unit_the_older_of_two_and_never_as_oldest(ranks, expected):
    assert median_rank(ranks) == expected


@given(st.lists(st.integers(0, 4), min_size=1))
def test_at_least_half_of_an_aggregate_is_as_fresh_as_it_looks(ranks):
    median = median_rank(ranks)
    assert sum(unit_rank <= median for unit_rank in ranks) > len(ranks) / 2
    assert sum(unit_rank >= median for unit_rank in ranks) >= len(ranks) / 2


@pytest.mark.parametrize("duty", [DAY, WEEK])
def test_a_unit_is_overdue_once_past_its_duty_not_at_it(duty):
    assert not is_overdue(NOW - duty, duty, NOW)
    assert is_overdue(NOW - duty - INSTANT, duty, NOW)


def test_a_unit_that_never_declared_is_overdue():
    assert is_overdue(None, WEEK, NOW)


def test_a_number_from_a_clock_a_little_ahead_is_not_overdue():
    assert not is_overdue(NOW + CLOCK_TOLERANCE, DAY, NOW)


def test_a_number_from_the_future_is_owed_again_unless_the_unit_is_closed():
    assert is_overdue(NOW + DAY, DAY, NOW)
    assert not is_overdue(NOW + DAY, DAY, NOW, date(2026, 11, 30))


def test_a_unit_closed_for_a_time_owes_nothing_until_its_reopening_and_a_duty_more():
    closed_at, until = NOW - 30 * DAY, date(2026, 11, 30)
    opens = reopening(until)
    assert not any(is_overdue(closed_at, DAY, at, until) for at in (NOW, opens, opens + DAY))
    assert is_overdue(closed_at, DAY, opens + DAY + INSTANT, until)


def test_a_number_declared_after_the_reopening_counts():
    assert not is_overdue(NOW - HOUR, DAY, NOW, date(2026, 11, 10))


@pytest.mark.parametrize(
    ("last_day", "expected"),
    [
        (date(2026, 11, 23), datetime(2026, 11, 23, 23, tzinfo=UTC)),
        (date(2026, 7, 14), datetime(2026, 7, 14, 22, tzinfo=UTC)),
        (date(2026, 3, 28), datetime(2026, 3, 28, 23, tzinfo=UTC)),
        (date(2026, 3, 29), datetime(2026, 3, 29, 22, tzinfo=UTC)),
        (date(2026, 10, 24), datetime(2026, 10, 24, 22, tzinfo=UTC)),
        (date(2026, 10, 25), datetime(2026, 10, 25, 23, tzinfo=UTC)),
    ],
)
def test_a_unit_reopens_at_midnight_in_paris_after_its_last_closed_day(last_day, expected):
    assert reopening(last_day) == expected
    assert is_closed_for_a_time(last_day, expected - INSTANT, PARIS)
    assert not is_closed_for_a_time(last_day, expected, PARIS)
    assert not is_closed_for_a_time(None, expected, PARIS)


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (None, "jamais renseigné"),
        (timedelta(minutes=-5), "à l'instant"),
        (timedelta(seconds=59), "à l'instant"),
        (timedelta(minutes=1), "il y a 1 min"),
        (HOUR - INSTANT, "il y a 59 min"),
        (HOUR, "il y a 1 h"),
        (2 * DAY - INSTANT, "il y a 47 h"),
        (2 * DAY, "il y a 2 jours"),
        (9 * DAY + 23 * HOUR, "il y a 9 jours"),
    ],
)
def test_an_age_is_in_whole_minutes_hours_or_days(age, words):
    assert age_words(age) == words


def test_a_total_tells_how_much_is_recent_and_how_much_is_old():
    words = freshness_words(9, 2, "confirmé", age_bands())
    assert words == "dont 9 confirmés depuis moins de 24 h et 2 il y a plus de 7 jours"


def test_an_instant_is_formatted_in_paris_time():
    assert format_instant(datetime(2026, 11, 23, 8, 5, tzinfo=UTC), PARIS) == "23/11/2026 à 09 h 05"
    assert format_instant(datetime(2026, 7, 14, 22, 30, tzinfo=UTC), PARIS) == "15/07/2026 à 00 h 30"
    assert format_instant(datetime(2026, 11, 23, 9, 5, tzinfo=PARIS), PARIS) == "23/11/2026 à 09 h 05"


@given(st.lists(st.integers(0, 4)))
def test_the_median_is_the_same_from_the_numbers_of_units_of_each_band(ranks):
    assert median_of_counts([ranks.count(band) for band in range(5)]) == median_rank(ranks)
