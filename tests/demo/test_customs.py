"""How often the units of each département declare, at any hour of the week and of the year."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from ror.demo import rhythm
from ror.demo.catalogue import SHOWCASE
from ror.demo.scale import REGIONAL, USUAL
from ror.model.nomenclature import CapacityType, SourceType, unit_types
from tests.age_rules import is_overdue, median_rank, rank
from tests.demo.checks import DEPARTMENT, OPEN, PACE, UNITS, last_observed, units_of_pace

MOMENTS = (
    datetime(2026, 11, 22, 4, tzinfo=UTC),  # a Sunday, before dawn
    datetime(2026, 11, 23, 4, 30, tzinfo=UTC),  # a Monday, before anybody is at work
    datetime(2026, 11, 24, 13, tzinfo=UTC),  # a Tuesday: the busiest afternoon
    datetime(2026, 11, 25, 13, tzinfo=UTC),
    datetime(2026, 11, 26, 13, tzinfo=UTC),
    datetime(2026, 11, 27, 23, tzinfo=UTC),
    datetime(2025, 12, 25, 9, tzinfo=UTC),  # Christmas
    datetime(2026, 8, 12, 13, tzinfo=UTC),  # a Wednesday in August
    datetime(2026, 8, 16, 5, tzinfo=UTC),  # a Sunday in August, after a public holiday
    datetime(2026, 10, 25, 6, 40, tzinfo=UTC),  # the morning after the clocks went back
    datetime(2027, 5, 9, 3, tzinfo=UTC),  # after two public holidays in May
)


def ranks(now: datetime) -> dict[str, int]:
    """Return the age band of each open unit."""
    observed_at = last_observed(now)
    return {unit.id: rank(now - observed_at[unit.id] if unit.id in observed_at else None) for unit in OPEN}


def medians(now: datetime) -> dict[str, int]:
    """Return the age band that the map shows for each département."""
    by_department: dict[str, list[int]] = {}
    own = ranks(now)
    for unit in OPEN:
        by_department.setdefault(DEPARTMENT[unit.structure], []).append(own[unit.id])
    return {department: median_rank(bands) for department, bands in by_department.items()}


@pytest.mark.parametrize("now", MOMENTS)
def test_the_map_has_three_colours_and_the_latest_departement_is_always_the_same(now):
    bands = medians(now)
    assert {bands["75"], bands["77"], bands["92"]} <= {0, 1}, bands
    assert bands["95"] == 3, bands
    assert bands["78"] == 2, bands
    assert len(set(bands.values())) >= 3, bands


@pytest.mark.parametrize("now", MOMENTS)
def test_about_one_unit_in_five_at_most_is_overdue(now):
    overdue = sum(is_overdue(last_observed(now).get(unit.id), unit_types()[unit.unit_type].duty, now) for unit in OPEN)
    assert overdue <= 0.205 * len(OPEN)


@pytest.mark.parametrize("now", MOMENTS)
def test_more_than_half_of_the_units_of_the_latest_departement_are_older_than_a_week(now):
    own = ranks(now)
    bands = [own[unit.id] for unit in OPEN if DEPARTMENT[unit.structure] == "95"]
    assert 0.5 <= sum(band >= 3 for band in bands) / len(bands) <= 0.7


@pytest.mark.parametrize("now", MOMENTS)
def test_at_any_instant_some_places_were_confirmed_within_a_day(now):
    own = ranks(now)
    bands = [own[unit.id] for unit in OPEN if unit_types()[unit.unit_type].capacity_type is CapacityType.PLACE]
    assert sum(band <= 1 for band in bands) >= 0.2 * len(bands)


@pytest.mark.parametrize("now", MOMENTS)
def test_the_manager_has_between_two_and_six_overdue_units_and_three_bands(now):
    units = [unit for unit in OPEN if unit.id in SHOWCASE]
    overdue = [u for u in units if is_overdue(last_observed(now).get(u.id), unit_types()[u.unit_type].duty, now)]
    assert 2 <= len(overdue) <= 6
    own = ranks(now)
    assert len({own[unit.id] for unit in units}) >= 3


def test_the_diligent_update_two_units_in_three_every_day_beds_and_places_alike():
    every_day = {"feed", "software", "critical", "daily"}
    for department in ("75", "77", "92"):
        for capacity_type in CapacityType:
            units = [u for u in OPEN if DEPARTMENT[u.structure] == department]
            units = [u for u in units if unit_types()[u.unit_type].capacity_type is capacity_type]
            assert 0.55 <= sum(PACE[u.id] in every_day for u in units) / len(units) <= 0.75, (department, capacity_type)


def test_software_declares_three_times_a_day_as_bed_management():
    begin = datetime(2026, 11, 16, tzinfo=UTC)
    week = rhythm(UNITS, begin, begin + timedelta(days=7))
    ids = units_of_pace("software")
    rows = week.filter(pc.is_in(week["unit"], pa.array(ids)))
    assert set(rows["source_type"].unique().to_pylist()) == {SourceType.BED_MANAGEMENT}
    counts = Counter(rows["unit"].to_pylist())
    assert set(counts) == set(ids)
    assert all(20 <= number <= 22 for number in counts.values())
    daily = pa.array(units_of_pace("daily"))
    days = Counter(instant.weekday() for instant in week.filter(pc.is_in(week["unit"], daily))["observed_at"].to_pylist())
    assert min(days.values()) > 0.9 * max(days.values())


def test_half_of_the_critical_care_of_one_departement_is_fed_hourly():
    fed, critical = (
        [unit for unit in units_of_pace(pace) if DEPARTMENT[unit.partition("-")[0]] == "93"] for pace in ("feed", "critical")
    )
    assert len(fed) > 10
    assert abs(len(fed) - len(critical)) <= 1


def test_customs_leave_some_units_the_pace_of_their_type():
    for department in REGIONAL.departments:
        own = REGIONAL.customs.get(department, USUAL)
        assert own.software + own.daily + own.late < 0.9
        assert 0 <= own.feed <= 1
