"""Forecasts: the number foreseen, the band around it, how often bands held before, and when none is shown."""

import math
import random
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.model import forecast
from ror.model.forecast import (
    LEVEL,
    WINDOW,
    ForecastBand,
    Silence,
    conformal_rank,
    days_needed,
    foreseen,
    half_width,
    held_out,
    judge,
    moved_level,
    outcomes,
    past_bands,
)
from ror.model.territory import PARIS

HELD, MISSED = [True], [False]
TOTALS = st.lists(st.integers(0, 500), min_size=days_needed(2), max_size=days_needed(2) + 20)
AHEAD = st.sampled_from(forecast.AHEAD)


@pytest.mark.parametrize(
    ("count", "level", "rank"),
    [(4, 0.8, 4), (9, 0.8, 8), (56, 0.8, 46), (56, 56 / 57, 56), (56, 0.4, 23), (3, 0.8, 4), (99, 0.55, 55), (0, 0.8, 1)],
)
def test_the_rank_of_the_error_is_that_of_the_finite_sample(count, level, rank):
    assert conformal_rank(count, level) == rank


def test_the_half_width_is_the_error_of_that_rank():
    # (9 + 1) x 0.8: the 8th of nine errors in ascending order.
    assert half_width([3, 0, 9, 1, 4, 2, 7, 5, 6], 0.8) == 7
    assert half_width([3, 0, 9, 1, 4, 2, 7, 5, 6], 0.5) == 4


@pytest.mark.parametrize("errors", [[], [2], [2, 2, 2]])
def test_too_few_errors_make_no_finite_band(errors):
    assert half_width(errors, 0.8) == math.inf


@given(errors=st.lists(st.integers(0, 50), min_size=1, max_size=60), low=st.floats(0, 1), high=st.floats(0, 1))
def test_a_higher_level_never_makes_a_narrower_band(errors, low, high):
    low, high = sorted((low, high))
    assert half_width(errors, low) <= half_width(errors, high)


@given(errors=st.lists(st.integers(0, 10**6), min_size=2, max_size=60, unique=True), level=st.floats(0.05, 0.95))
def test_of_errors_in_no_order_the_share_that_a_band_of_the_others_holds_is_its_rank(errors, level):
    others = len(errors) - 1
    held = sum(error <= half_width(errors[:at] + errors[at + 1 :], level) for at, error in enumerate(errors))
    # Any of the errors may be the next one: as many are held as the rank says, which is the level or at most one error more.
    assert held == min(conformal_rank(others, level), len(errors))
    assert level <= held / len(errors) + 1e-9 <= level + 1 / len(errors) + 2e-9


def test_three_methods_foresee_a_number():
    series = list(range(0, 29 * 10, 10))
    # A rise of ten a day. One day after day 28, of 280 beds, the same weekdays were days 22, 15, 8 and 1: a mean of 115, and
    # half way from 280 is 197.5, rounded up.
    assert foreseen(series, 28, 1) == (280, 290, 198)
    # Two days after it, a mean of 125, and 202.5.
    assert foreseen(series, 28, 2) == (280, 300, 203)


def test_a_change_of_the_weekday_is_the_median_of_four_weeks_and_never_leads_below_zero():
    series = [9] * 29
    for weeks, change in zip((1, 2, 3, 4), (-8, -1, -3, 5), strict=True):
        series[28 - 7 * weeks + 1] = 9 + change
    # The median of -8, -3, -1 and 5 is -2.
    assert foreseen(series, 28, 1)[1] == 7
    series[28] = 1
    assert foreseen(series, 28, 1)[1] == 0


def test_the_method_of_the_band_is_the_one_that_erred_least_over_eight_weeks():
    # 10 on working days, 4 at weekends: the method of the weekday is exact, that of the last value is not.
    weekly = [4 if day % 7 > 4 else 10 for day in range(days_needed(1) + 7)]
    for days in range(days_needed(1), len(weekly)):
        tomorrow = weekly[days]
        assert past_bands(weekly[:days], 1)[-1] == ForecastBand(tomorrow, tomorrow, tomorrow)


def test_a_band_is_made_of_what_was_known_on_its_day():
    series = [20 + (7 * day) % 13 for day in range(days_needed(2) + 10)]
    for ahead in forecast.AHEAD:
        whole = past_bands(series, ahead)
        for cut in (1, 5, 9):
            assert past_bands(series[:-cut], ahead) == whole[:-cut]


def test_the_first_band_takes_four_weeks_and_eight_weeks_of_errors():
    for ahead in forecast.AHEAD:
        # The last of the 56 errors is known `ahead` days after the day that it was foreseen on.
        assert past_bands([5] * (28 + 56 + ahead - 1), ahead) == []
        assert past_bands([5] * (28 + 56 + ahead), ahead) == [ForecastBand(5, 5, 5)]
    assert past_bands([], 1) == past_bands([5] * 28, 2) == []


def test_the_first_half_width_is_the_46th_of_56_errors():
    # Day 28 + n foresees the next one with an error of n by every method that sees a rise of one a day more, then none.
    steps = [0] * 29 + list(range(1, 57))
    series = [sum(steps[: day + 1]) for day in range(len(steps))]
    (band,) = past_bands(series, 1)
    errors = {
        method: sorted(abs(foreseen(series, day, 1)[method] - series[day + 1]) for day in range(28, 84)) for method in range(3)
    }
    best = min(errors, key=lambda method: sum(errors[method]))
    assert band.middle == foreseen(series, 84, 1)[best]
    assert band.high - band.middle == errors[best][45]


@pytest.mark.parametrize(
    ("level", "held", "after"),
    [(0.8, True, 0.79), (0.8, False, 0.84), (0.4, True, 0.4), (0.405, True, 0.4), (0.96, False, 56 / 57), (0.4, False, 0.44)],
)
def test_a_miss_raises_the_level_four_times_as_much_as_a_day_that_held_lowers_it(level, held, after):
    assert moved_level(level, held) == pytest.approx(after)


@pytest.mark.parametrize(("tomorrow", "rank"), [(1000, 48), (500, 46)])
def test_the_outcome_of_the_first_band_moves_the_level_of_the_next_one(tomorrow, rank):
    # 57 x 0.84 is 47.9, and 57 x 0.79 is 45.0 and a little: of 56 errors the 48th after a miss, the 46th else.
    rng = random.Random(4)
    series = [500 + rng.randint(-50, 50) for _ in range(28 + 56 + 1)]
    first, second = past_bands([*series, tomorrow], 1)
    assert first.holds(tomorrow) is (tomorrow == 500)
    values = [*series, tomorrow]
    errors = [sorted(abs(foreseen(values, day, 1)[method] - values[day + 1]) for day in range(29, 85)) for method in range(3)]
    best = min(errors, key=sum)
    assert second.high - second.middle == best[rank - 1]
    assert best[rank - 1] > best[rank - 2]


def test_a_total_is_never_foreseen_below_zero():
    rng = random.Random(7)
    series = [rng.choice((0, 0, 1, 9)) for _ in range(days_needed(1) + 30)]
    bands = past_bands(series, 1)
    assert min(band.low for band in bands) == 0
    assert all(0 <= band.low <= band.middle <= band.high for band in bands)


def test_a_miss_widens_the_bands_that_follow_and_days_that_hold_narrow_them_slowly():
    rng = random.Random(3)
    calm = [50 + rng.randint(-3, 3) for _ in range(120)]
    before = past_bands(calm, 1)[-1]
    # Ten bands missed: the level goes up to the largest error of the window.
    shaken = calm + [50 + 20 * (day % 2) for day in range(10)]
    after = past_bands(shaken, 1)[-1]
    assert after.high - after.low > 3 * (before.high - before.low)
    # Twenty-four quiet days lower it again, though the same errors are in the window.
    settled = past_bands(shaken + [50] * 24, 1)[-1]
    assert settled.high - settled.low < after.high - after.low


@given(series=TOTALS, ahead=AHEAD)
def test_each_outcome_is_that_of_the_band_made_so_many_days_before(series, ahead):
    bands = past_bands(series, ahead)
    held = outcomes(series, ahead, bands)
    assert len(held) == len(bands) - ahead
    first = len(series) - len(bands)
    assert held == [bands[at].low <= series[first + at + ahead] <= bands[at].high for at in range(len(held))]


@given(seed=st.integers(0, 10**6), ahead=AHEAD)
def test_independent_days_are_held_as_often_as_announced(seed, ahead):
    rng = random.Random(seed)
    series = [round(rng.gauss(200, 30)) for _ in range(365)]
    held = outcomes(series, ahead, past_bands(series, ahead))
    # Five standard deviations of a binomial of as many days, which are not all independent.
    assert abs(sum(held) / len(held) - LEVEL) < 5 * math.sqrt(LEVEL * (1 - LEVEL) / len(held))


@pytest.mark.parametrize(
    ("held", "silence"),
    [
        (HELD * 55, Silence.HISTORY),
        ([], Silence.HISTORY),
        # 42 and 47 of 56 are 75.0 and 83.9 %; 41 and 48 are 73.2 and 85.7 %.
        (MISSED * 14 + HELD * 42, None),
        (MISSED * 9 + HELD * 47, None),
        (MISSED * 15 + HELD * 41, Silence.COVERAGE),
        (MISSED * 8 + HELD * 48, Silence.COVERAGE),
        (HELD * 56, Silence.COVERAGE),
        # Only the last eight weeks count.
        (MISSED * 200 + MISSED * 11 + HELD * 45, None),
        # Of the last fourteen, five may have missed.
        (MISSED * 5 + HELD * 37 + MISSED * 5 + HELD * 9, None),
        (MISSED * 4 + HELD * 38 + MISSED * 6 + HELD * 8, Silence.LATELY),
        (MISSED * 6 + HELD * 36 + HELD * 9 + MISSED * 5, None),
    ],
)
def test_bands_that_held_too_rarely_or_too_often_or_missed_of_late_are_silent(held, silence):
    assert judge(held) is silence


def test_a_forecast_says_how_many_of_its_bands_held():
    rng = random.Random(11)
    series = [round(rng.gauss(100, 10)) for _ in range(182)]
    for ahead in forecast.AHEAD:
        result = forecast.forecast(series, ahead)
        bands = past_bands(series, ahead)
        held = outcomes(series, ahead, bands)[-56:]
        assert (result.band, result.days, result.held) == (bands[-1], 56, sum(held))
        assert result.missed_lately == 14 - sum(held[-14:])
        assert result.coverage == sum(held) / 56
        assert result.shown == (None if result.silence else result.band)
        assert result.silence == judge(held)


@pytest.mark.parametrize("ahead", forecast.AHEAD)
def test_a_day_too_few_of_history_is_a_silence_without_a_band(ahead):
    rng = random.Random(5)
    series = [rng.randint(10, 40) for _ in range(days_needed(ahead))]
    assert forecast.forecast(series, ahead).silence is not Silence.HISTORY
    short = forecast.forecast(series[1:], ahead)
    assert (short.silence, short.band, short.shown, short.days, short.coverage) == (Silence.HISTORY, None, None, 0, None)


def test_a_total_that_never_moves_is_no_forecast_at_80_percent():
    still = forecast.forecast([12] * 182, 1)
    assert (still.silence, still.coverage, still.shown) == (Silence.COVERAGE, 1.0, None)
    assert still.band == ForecastBand(12, 12, 12)


@given(series=TOTALS, ahead=AHEAD)
def test_what_is_held_out_is_what_was_shown_before_its_day_came(series, ahead):
    series = series + series[::-1]
    tested = held_out(series, ahead)
    # The last days, one by one: a forecast from the series up to that day, compared with the number that followed.
    for back, outcome in enumerate(reversed(tested[-6:]), 1):
        today = len(series) - 1 - ahead - back + 1
        past_forecast = forecast.forecast(series[: today + 1], ahead)
        assert outcome == (past_forecast.shown.holds(series[today + ahead]) if past_forecast.shown else None)
    assert len(tested) == len(series) - days_needed(ahead) - ahead + 1


def test_nothing_is_held_out_of_a_short_series():
    assert held_out([1] * days_needed(1), 1) == []
    assert held_out([1] * (days_needed(1) + 1), 1) == [None]


def test_the_day_after_has_the_same_hour_when_the_clocks_change():
    last = datetime(2026, 10, 24, 7, tzinfo=UTC)
    assert forecast.target(last, 1, PARIS) == datetime(2026, 10, 25, 8, tzinfo=UTC)
    assert forecast.target(last, 2, PARIS) == datetime(2026, 10, 26, 8, tzinfo=UTC)


def test_the_history_read_is_enough():
    assert days_needed(max(forecast.AHEAD)) <= forecast.HISTORY_DAYS
    assert WINDOW == 8 * 7


def occupancy(rng):
    """Free beds out of forty: each night some patients leave, and about as many come."""
    taken, free = 36, []
    for _ in range(365):
        taken -= sum(rng.random() < 0.15 for _ in range(taken))
        taken = min(40, taken + sum(rng.random() < 0.09 for _ in range(60)))
        free.append(40 - taken)
    return free


def weekly(rng):
    """About twenty more beds at weekends."""
    return [60 + 20 * (day % 7 > 4) + round(rng.gauss(0, 5)) for day in range(365)]


def wandering(rng):
    """A random walk."""
    series = [200]
    while len(series) < 365:
        series.append(max(series[-1] + round(rng.gauss(0, 4)), 0))
    return series


def late_and_jumping(rng):
    """The sum of ten units that declare each so many days, a new level every two months."""
    return [
        sum(
            round(30 + 15 * math.sin(97 * unit + day // 60) + 6 * math.sin(13 * (day // every) + unit)) + rng.randint(-1, 1)
            for unit, every in enumerate((1, 1, 2, 3, 5, 7, 7, 7, 14, 30))
        )
        for day in range(365)
    ]


@pytest.mark.parametrize("log", [occupancy, weekly, wandering, late_and_jumping])
@pytest.mark.parametrize("ahead", forecast.AHEAD)
def test_the_bands_shown_hold_as_announced_on_days_that_they_had_not_seen(log, ahead):
    tested = [outcome for seed in range(12) for outcome in held_out(log(random.Random(seed)), ahead)]
    shown = [outcome for outcome in tested if outcome is not None]
    assert len(shown) > len(tested) / 2
    assert abs(sum(shown) / len(shown) - LEVEL) < 0.03


def test_a_storm_is_met_with_silence():
    # Every two months errors become six times as large or as small: the eight weeks before say little of the next day.
    def storm(rng):
        return [max(80 + round(rng.gauss(0, 12 if day // 60 % 2 else 2)), 0) for day in range(365)]

    tested = [outcome for seed in range(20) for outcome in held_out(storm(random.Random(seed)), 1)]
    shown = [outcome for outcome in tested if outcome is not None]
    assert len(shown) < len(tested) / 5
    # The bands shown miss hardly more often than announced; without the rule on the last fourteen days, 4 in 10 would.
    assert sum(shown) / len(shown) > LEVEL - 0.1
