"""Trends: which units count, by which groups, day by day; regularity; hours; the sparklines of a view."""

from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from ror.errors import Forbidden, Refused
from ror.model.filters import Filters
from ror.model.nomenclature import CapacityType
from ror.model.patient_type import PatientType
from ror.model.trend import GroupBy, TrendQuery
from ror.services.availability import consult, trends
from tests.region import (
    ADELE,
    CARDIAC,
    CLOSED_UNIT,
    DAY_HOSPITAL,
    DOMINIQUE,
    HOSPITAL,
    NOW,
    REHABILITATION,
    RESUSCITATION,
    WARD,
    change_unit,
    close_for_a_time,
    write,
)

pytestmark = pytest.mark.usefixtures("region")

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def past(db):
    """Write two months: the ward declares the number of its weekday, and 0 today; three other units declare once."""
    with db.transaction() as transaction:
        transaction.cursor.execute("UPDATE unit SET created_at = ?", [NOW - 40 * DAY])
    for ago in range(50, -1, -1):
        at = NOW - ago * DAY - HOUR
        write(db, WARD, at.isoweekday() if ago else 0, at)
    write(db, RESUSCITATION, 2, NOW - 3 * DAY)
    write(db, DAY_HOSPITAL, 5, NOW - 3 * DAY)
    write(db, CARDIAC, 1, NOW - 60 * DAY)
    return db


def days(trend, measure="beds"):
    return trend.days(measure).to_pylist()


def test_a_day_has_its_number_and_what_the_same_weekday_had_in_the_four_weeks_before(past):
    trend = trends.trend(past, DOMINIQUE, TrendQuery(7, department="75"), NOW)
    rows = days(trend)
    assert [row["at"].astimezone(UTC) for row in rows] == [NOW - ago * DAY for ago in range(7, -1, -1)]
    # From three days ago on réanimation adds its 2 beds.
    assert [row["beds"] for row in rows] == [1, 2, 3, 4, 5 + 2, 6 + 2, 7 + 2, 0 + 2]
    assert [row["beds_median"] for row in rows] == [1, 2, 3, 4, 5, 6, 7, 1]
    assert (rows[-1]["beds_low"], rows[-1]["beds_high"]) == (1, 1)
    assert {"at": rows[-1]["at"], **trend.last_day("beds")} == rows[-1]
    assert (trend.label, trend.units, trend.latest("beds"), trend.begun) == ("Paris", 3, 2, True)


def test_places_late_units_and_the_share_up_to_date_are_followed_too(past):
    rows = days(trends.trend(past, DOMINIQUE, TrendQuery(7, department="75"), NOW), "overdue")
    assert [row["overdue"] for row in rows] == [2, 2, 2, 2, 0, 0, 1, 1]
    rows = days(trends.trend(past, DOMINIQUE, TrendQuery(7, department="75"), NOW), "up_to_date")
    assert rows[-1]["up_to_date"] == pytest.approx(2 / 3)
    rows = days(trends.trend(past, DOMINIQUE, TrendQuery(7, department="75"), NOW), "places")
    assert [row["places"] for row in rows] == [0, 0, 0, 0, 5, 5, 5, 5]


@pytest.mark.parametrize(
    ("query", "beds"),
    [
        (TrendQuery(), 0 + 2 + 1),
        (TrendQuery(department="93"), 1),
        (TrendQuery(structure=HOSPITAL), 2),
        (TrendQuery(filters=Filters(unit_types=("121",))), 2),
        (TrendQuery(filters=Filters(needs=("reanimation",))), 2),
        (TrendQuery(filters=Filters(capacity_type=CapacityType.PLACE)), 0),
        # Filters on the number, its age or its sex do not choose units: the trend follows what these offer.
        (TrendQuery(filters=Filters(at_least=5, ranks=(0,), sex="women")), 0 + 2 + 1),
        (TrendQuery(department="75", structure="nothing"), 0),
    ],
)
def test_the_units_of_a_query_are_those_of_its_territory_and_of_the_filters_that_describe_units(past, query, beds):
    assert trends.trend(past, DOMINIQUE, query, NOW).latest("beds") == beds


def test_the_groups_of_the_units_have_their_own_series(past):
    def groups(by):
        return {one.label: one.latest("beds") for one in trends.trends_by(past, DOMINIQUE, TrendQuery(), by, NOW)}

    assert list(groups(GroupBy.DEPARTMENT).items()) == [("Paris", 2), ("Seine-Saint-Denis", 1), ("Val-de-Marne", 0)]
    assert groups(GroupBy.STRUCTURE)["Hôpital fictif des Tilleuls"] == 2
    assert groups(GroupBy.UNIT_TYPE)["Unité de réanimation"] == 2
    needs = groups(GroupBy.NEED)
    assert needs["Réanimation"] == 2
    assert list(needs) == sorted(needs)


def test_a_query_without_unit_is_empty_and_a_registry_without_a_day_has_not_begun(db):
    none = trends.trend(db, DOMINIQUE, TrendQuery(structure="nothing"), NOW)
    assert (none.units, none.begun, none.latest("beds")) == (0, False, 0)
    # The clock of the machine entered the units after the last of these days.
    new = trends.trend(db, DOMINIQUE, TrendQuery(), NOW - 3000 * DAY)
    assert (new.units > 0, new.begun) == (True, False)
    assert days(new)[-1]["beds"] is None
    assert set(new.last_day("beds").values()) == {None}


def test_a_unit_is_regular_when_no_day_of_a_week_found_it_late_and_the_least_regular_comes_first(past):
    rows = trends.regularity(past, DOMINIQUE, TrendQuery(department="75"), NOW).to_pylist()
    weeks_by_unit = {row["unit"]: (row["weeks_on_time"], row["weeks"]) for row in rows}
    assert weeks_by_unit[WARD] == (8, 8)
    assert weeks_by_unit[RESUSCITATION][0] == 0
    assert [row["weeks_on_time"] / row["weeks"] for row in rows] == sorted(row["weeks_on_time"] / row["weeks"] for row in rows)
    everywhere = trends.regularity(past, DOMINIQUE, TrendQuery(), NOW)["unit"].to_pylist()
    assert CLOSED_UNIT not in everywhere


def test_a_unit_closed_for_a_time_now_is_no_irregular_one_whatever_it_declared_before(past):
    close_for_a_time(past, WARD, (NOW + DAY).date(), NOW - HOUR)
    units = trends.regularity(past, DOMINIQUE, TrendQuery(department="75"), NOW)["unit"].to_pylist()
    assert RESUSCITATION in units
    assert WARD not in units


def test_the_hours_of_declarations_are_those_of_the_units_and_days_of_the_query(past):
    def total(query):
        return sum(trends.declaring_hours(past, DOMINIQUE, query, NOW)["declarations"].to_pylist())

    assert total(TrendQuery(7, department="75")) == 7 + 2
    assert total(TrendQuery(7, department="93")) == 0
    assert total(TrendQuery(90)) == 51 + 3


def test_the_sparklines_of_a_view_end_with_what_it_shows(past):
    view = consult.view(past, consult.current(past, DOMINIQUE), Filters(unit_types=("16",)), NOW)
    write(past, WARD, 7, NOW)
    now = consult.view(past, consult.current(past, DOMINIQUE), Filters(unit_types=("16",)), NOW + HOUR / 2)
    series = trends.last_days(past, DOMINIQUE, now)
    assert series.num_rows == trends.SPARKLINE_DAYS + 1
    assert series["at"].to_pylist()[-1].astimezone(UTC) == NOW + HOUR / 2
    assert series["beds"].to_pylist()[-3:] == [6, 7, 7]
    assert series["overdue"].to_pylist() == [0] * 15
    assert trends.last_days(past, DOMINIQUE, view)["beds"].to_pylist()[-1] == 0
    assert trends.last_days(past, DOMINIQUE, now, 7, "75")["up_to_date"].to_pylist()[-1] == 1
    assert trends.last_days(past, DOMINIQUE, now, 7, "93")["beds"].to_pylist()[-1] == 0


def test_an_hour_reads_the_log_once_until_the_registry_changes(past, monkeypatch):
    readings = []
    read = trends.past_states.states
    monkeypatch.setattr(trends.past_states, "states", lambda *parts: readings.append(1) or read(*parts))
    for query in (TrendQuery(), TrendQuery(department="75"), TrendQuery(filters=Filters(unit_types=("16",)))):
        trends.trend(past, DOMINIQUE, query, NOW)
    assert len(readings) == 1
    change_unit(past, REHABILITATION, name="Rééducation neurologique")
    trends.trend(past, DOMINIQUE, TrendQuery(), NOW)
    assert len(readings) == 2
    trends.trend(past, DOMINIQUE, TrendQuery(), NOW + HOUR)
    assert len(readings) == 3


def test_a_board_too_large_is_read_for_a_departement_and_else_refused_in_words(past, monkeypatch):
    whole = trends.trend(past, DOMINIQUE, TrendQuery(7, department="75"), NOW).days()
    regular = trends.regularity(past, DOMINIQUE, TrendQuery(department="75"), NOW)["unit"].to_pylist()
    monkeypatch.setattr(trends, "MAX_CELLS", 3 * 57)
    assert trends.trend(past, DOMINIQUE, TrendQuery(7, department="75"), NOW).days().equals(whole)
    assert trends.regularity(past, DOMINIQUE, TrendQuery(department="75"), NOW)["unit"].to_pylist() == regular
    for query in (TrendQuery(7), TrendQuery(365, department="75"), TrendQuery(7, department="")):
        with pytest.raises(Refused, match="un département ou une période plus courte"):
            trends.trend(past, DOMINIQUE, query, NOW)
    assert trends.trend(past, DOMINIQUE, TrendQuery(7, department="2B"), NOW).units == 0


REFUSED = [replace(ADELE, disabled=True), replace(DOMINIQUE, roles=frozenset())]


@pytest.mark.parametrize("account", REFUSED, ids=["disabled", "no role"])
def test_an_account_that_may_not_consult_reads_no_trend(past, account):
    view = consult.view(past, consult.current(past, DOMINIQUE), Filters(), NOW)
    with past.transaction() as transaction:
        transaction.cursor.execute("DELETE FROM account_role WHERE account = ? AND ?", [account.id, not account.roles])
    for read in (
        lambda: trends.trend(past, account, TrendQuery(), NOW),
        lambda: trends.trends_by(past, account, TrendQuery(), GroupBy.NEED, NOW),
        lambda: trends.regularity(past, account, TrendQuery(), NOW),
        lambda: trends.declaring_hours(past, account, TrendQuery(), NOW),
        lambda: trends.last_days(past, account, view),
    ):
        with pytest.raises(Forbidden):
            read()


@pytest.mark.parametrize(
    "filters",
    [
        Filters(activity_fields=("MCO",)),
        Filters(unit_types=("16",)),
        Filters(needs=("reanimation",), every_need=True),
        Filters(patients=PatientType.CHILD),
        Filters(capacity_type=CapacityType.BED),
        Filters(at_least=2),
        Filters(sex="women"),
        Filters(ranks=(0,)),
    ],
)
def test_every_filter_of_the_board_has_its_last_days(past, filters):
    view = consult.view(past, consult.current(past, DOMINIQUE), filters, NOW)
    assert trends.last_days(past, DOMINIQUE, view).num_rows > 1


@pytest.mark.parametrize("patients", PatientType)
def test_a_trend_counts_the_units_that_take_the_patients(past, patients):
    filters = Filters(patients=patients)
    matching = consult.view(past, consult.current(past, DOMINIQUE), filters, NOW).matching(["unit"])
    assert trends.trend(past, DOMINIQUE, TrendQuery(7, filters), NOW).units == matching.num_rows
