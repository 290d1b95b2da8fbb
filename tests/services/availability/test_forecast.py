"""Forecasts of the totals of a territory and of its groups, from the log as it was known; their rights; once an hour."""

from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from ror.errors import Forbidden, Refused
from ror.model import forecast as model
from ror.model.filters import Filters
from ror.model.forecast import Silence, days_needed
from ror.model.trend import GroupBy, TrendQuery
from ror.services.availability import forecast, trends
from tests.forecast_history import write_history
from tests.region import ADELE, DOMINIQUE, NOW, WARD, change_unit, write

pytestmark = pytest.mark.usefixtures("region")

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PARIS = TrendQuery(department="75")


@pytest.fixture
def past(db):
    """Write half a year of a ward of changing numbers beside 3 beds of réanimation."""
    return db, write_history(db, NOW)


def test_a_territory_is_foreseen_from_its_totals_of_half_a_year(past):
    db, numbers = past
    totals = [number + 3 for number in numbers][-model.HISTORY_DAYS - 1 :]
    (paris,) = forecast.forecasts(db, DOMINIQUE, PARIS, "beds", NOW)
    assert paris.forecasts == tuple(model.forecast(totals, ahead) for ahead in model.AHEAD)
    assert (paris.code, paris.label, paris.measure, paris.history, paris.now) == (
        "75",
        "Paris",
        "beds",
        len(totals),
        totals[-1],
    )
    assert list(paris.values) == totals[-15:]
    assert [at.astimezone(UTC) for at in paris.instants] == [NOW - ago * DAY for ago in range(14, -1, -1)]
    assert list(paris.targets) == [NOW + DAY, NOW + 2 * DAY]
    assert paris.up_to_date == trends.trend(db, DOMINIQUE, PARIS, NOW).values["up_to_date"][-1]
    assert all(ahead_forecast.shown for ahead_forecast in paris.forecasts)


def test_the_days_of_the_question_do_not_change_what_is_foreseen(past):
    db, _ = past
    (short,), (long,) = (forecast.forecasts(db, DOMINIQUE, replace(PARIS, days=days), "beds", NOW) for days in (7, 365))
    assert short.forecasts == long.forecasts


def test_each_need_and_departement_that_had_something_is_foreseen(past):
    db, numbers = past
    by_need = {one.label: one for one in forecast.forecasts(db, DOMINIQUE, PARIS, "beds", NOW, GroupBy.NEED)}
    assert by_need["Réanimation"].now == 3
    # A number that never moves is in its band every day: 80 % is not what is observed.
    assert {found.silence for found in by_need["Réanimation"].forecasts} == {Silence.COVERAGE}
    assert by_need["Médecine"].now == numbers[-1]
    departments = forecast.forecasts(db, DOMINIQUE, TrendQuery(), "beds", NOW, GroupBy.DEPARTMENT)
    assert [one.label for one in departments] == ["Paris"]


def test_where_nothing_was_available_on_any_day_nothing_is_foreseen(past):
    db, _ = past
    assert forecast.forecasts(db, DOMINIQUE, PARIS, "places", NOW) == []
    assert forecast.forecasts(db, DOMINIQUE, TrendQuery(department="93"), "beds", NOW) == []
    assert forecast.forecasts(db, DOMINIQUE, TrendQuery(filters=Filters(needs=("absent",))), "beds", NOW, GroupBy.NEED) == []


def test_a_history_too_short_is_a_silence(db):
    write_history(db, NOW, days_needed(1))
    (paris,) = forecast.forecasts(db, DOMINIQUE, PARIS, "beds", NOW)
    tomorrow, after = paris.forecasts
    assert paris.history == days_needed(1)
    assert (tomorrow.silence, after.silence) == (None, Silence.HISTORY)


def test_a_region_without_an_open_unit_has_no_share_up_to_date(past):
    db, _ = past
    closed = replace(PARIS, structure="990750001", filters=Filters(unit_types=("16",)))
    (before,) = forecast.forecasts(db, DOMINIQUE, closed, "beds", NOW)
    assert before.up_to_date == 1
    write(db, WARD, 0, NOW + HOUR, kind="closed", closed_until=(NOW + 9 * DAY).date())
    (after,) = forecast.forecasts(db, DOMINIQUE, closed, "beds", NOW + 2 * HOUR)
    assert (after.up_to_date, after.now) == (None, 0)


def test_an_hour_computes_once_until_the_registry_changes(past, monkeypatch):
    db, _ = past
    computed, read = [], trends.trend
    monkeypatch.setattr(trends, "trend", lambda *parts: computed.append(1) or read(*parts))
    for days in (7, 30):
        forecast.forecasts(db, DOMINIQUE, replace(PARIS, days=days), "beds", NOW)
    assert len(computed) == 1
    forecast.forecasts(db, DOMINIQUE, PARIS, "places", NOW)
    forecast.forecasts(db, DOMINIQUE, TrendQuery(), "beds", NOW)
    assert len(computed) == 3
    change_unit(db, WARD, name="Médecine polyvalente")
    forecast.forecasts(db, DOMINIQUE, PARIS, "beds", NOW)
    forecast.forecasts(db, DOMINIQUE, PARIS, "beds", NOW + HOUR)
    assert len(computed) == 5


def test_a_board_too_large_is_refused_in_words(past, monkeypatch):
    monkeypatch.setattr(trends, "MAX_CELLS", 10)
    with pytest.raises(Refused, match="choisissez un département"):
        forecast.forecasts(past[0], DOMINIQUE, TrendQuery(), "beds", NOW)


@pytest.mark.parametrize("by", [None, GroupBy.NEED])
@pytest.mark.parametrize(
    "account", [replace(ADELE, disabled=True), replace(DOMINIQUE, roles=frozenset())], ids=["disabled", "no role"]
)
def test_an_account_that_may_not_consult_reads_no_forecast(past, account, by):
    db, _ = past
    # Even one that another reader had computed.
    forecast.forecasts(db, DOMINIQUE, PARIS, "beds", NOW, by)
    with db.transaction() as transaction:
        transaction.cursor.execute("DELETE FROM account_role WHERE account = ? AND ?", [account.id, not account.roles])
    with pytest.raises(Forbidden):
        forecast.forecasts(db, account, PARIS, "beds", NOW, by)


def test_a_validation_plays_the_year_again_for_every_need_and_territory(past):
    db, numbers = past
    validations = {(one.region, one.measure, one.ahead): one for one in forecast.validate(db, DOMINIQUE, NOW)}
    assert len(validations) == 2 * 2 * 2
    for ahead in model.AHEAD:
        # The total, médecine, réanimation and soins critiques, of the region and of Paris; there was nothing elsewhere.
        region, paris = (validations[whole, "beds", ahead] for whole in (True, False))
        assert (region.series, region.shown_now) == (4, 2)
        assert (region.days, region.shown, region.held) == (paris.days, paris.shown, paris.held)
        outcomes = model.held_out([number + 3 for number in numbers], ahead)
        ward = model.held_out(numbers, ahead)
        still = model.held_out([3] * len(numbers), ahead)
        assert region.days == len(outcomes) + len(ward) + 2 * len(still)
        for back, start in ((-1, -28), (-2, -56)):
            weeks = slice(start, start + 28 or None)
            block = [held for series in (outcomes, ward, still, still) for held in series[weeks] if held is not None]
            assert (region.shown[back], region.held[back]) == (len(block), sum(block))
    assert validations[True, "places", 1] == forecast.ForecastValidation(True, "places", 1)
