from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from ror.demo import SCHEMA, build_region, rhythm
from ror.demo.habits import Pace
from ror.demo.paces import paces
from ror.demo.showcase import UNITS
from ror.model.capacity import COMMENT_LENGTH, Counts, check_capacity
from ror.model.freshness import PARIS
from ror.model.nomenclature import unit_types
from tests.age_rules import is_overdue, rank

REGION = build_region()
NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
MOMENTS = (
    datetime(2026, 11, 22, 4, tzinfo=UTC),  # a Sunday, before dawn
    datetime(2026, 8, 12, 13, tzinfo=UTC),  # a Wednesday in August
    datetime(2025, 12, 25, 9, tzinfo=UTC),  # Christmas
    datetime(2026, 1, 1, 2, tzinfo=UTC),
    datetime(2026, 4, 1, 23, 30, tzinfo=UTC),
    datetime(2026, 10, 25, 1, 10, tzinfo=UTC),  # the night the clocks go back
    datetime(2028, 2, 29, 17, tzinfo=UTC),
    NOW,
)
COUNTS = ["available", "installed", "occupied", "reserved", "closed", "supplementary"]


@pytest.fixture(scope="module")
def year() -> pa.Table:
    return rhythm(REGION, NOW - timedelta(days=365), NOW)


def last_observations(table: pa.Table) -> dict[str, datetime]:
    latest = table.group_by("unit").aggregate([("observed_at", "max")])
    return dict(zip(latest["unit"].to_pylist(), latest["observed_at_max"].to_pylist(), strict=True))


def age(observed_at: datetime | None, now: datetime) -> timedelta | None:
    return None if observed_at is None else now - observed_at


def test_the_columns_are_those_of_the_log_without_its_position(year):
    assert year.schema == SCHEMA
    stamps = ["comment", "closed_until", "source_type", "account", "observed_at", "recorded_at", "acts_on"]
    assert year.schema.names == ["kind", "unit", "temporality", *COUNTS, *stamps]
    for name in set(SCHEMA.names) - set(COUNTS[1:]) - {"closed_until", "acts_on"}:
        assert year[name].null_count == 0, name
    assert year["closed_until"].null_count == year["acts_on"].null_count == year.num_rows


def test_the_same_window_gives_the_same_rows_and_another_seed_others():
    window = NOW - timedelta(days=3), NOW
    assert rhythm(REGION, *window).equals(rhythm(build_region(), *window))
    assert not rhythm(REGION, *window).equals(rhythm(REGION, *window, seed=7))


@pytest.mark.parametrize("middle", [timedelta(seconds=1), timedelta(hours=31, minutes=7), timedelta(days=39, hours=23)])
def test_two_neighbouring_windows_equal_the_window_that_holds_both(middle):
    begin, end = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 10, tzinfo=UTC)
    parts = [rhythm(REGION, begin, begin + middle), rhythm(REGION, begin + middle, end)]
    assert pa.concat_tables(parts).equals(rhythm(REGION, begin, end))


def test_day_after_day_gives_the_same_as_a_week_at_once():
    days = [NOW + timedelta(days=number) for number in range(8)]
    parts = [rhythm(REGION, *pair) for pair in pairwise(days)]
    assert pa.concat_tables(parts).equals(rhythm(REGION, days[0], days[-1]))


def test_an_empty_window_is_empty_and_an_instant_without_time_zone_is_refused():
    assert rhythm(REGION, NOW, NOW).num_rows == 0
    with pytest.raises(ValueError, match="time zone"):
        rhythm(REGION, NOW.replace(tzinfo=None), NOW)


def test_the_window_may_be_in_another_time_zone():
    begin = NOW - timedelta(hours=5)
    assert rhythm(REGION, begin.astimezone(PARIS), NOW.astimezone(PARIS)).equals(rhythm(REGION, begin, NOW))


def test_rows_are_sorted_and_inside_the_window(year):
    recorded, observed = (year[name].cast(pa.int64()).to_numpy() for name in ("recorded_at", "observed_at"))
    assert (np.diff(recorded) >= 0).all()
    assert pc.min(year["recorded_at"]).as_py() >= NOW - timedelta(days=365)
    assert pc.max(year["recorded_at"]).as_py() < NOW
    late = (recorded - observed) / 60_000_000
    automatic = np.array(year["source_type"].to_pylist()) == "02"
    assert (late[~automatic] == 0).all()
    assert late[automatic].min() >= 1
    assert late[automatic].max() <= 3


@pytest.mark.parametrize("now", MOMENTS)
def test_at_any_instant_every_band_of_the_legend_is_seen(now):
    observed_at = last_observations(rhythm(REGION, now - timedelta(days=365), now))
    units = [unit for unit in REGION.units if not unit.closed]
    bands = Counter(rank(age(observed_at.get(unit.id), now)) for unit in units)
    assert all(bands[band] >= 0.02 * len(units) for band in range(5)), bands


@pytest.mark.parametrize("now", MOMENTS)
def test_at_any_instant_the_manager_sees_several_bands_and_several_overdue_units(now):
    observed_at = last_observations(rhythm(REGION, now - timedelta(days=365), now))
    units = [unit for unit in REGION.units if unit.id in UNITS and not unit.closed]
    assert len({rank(age(observed_at.get(unit.id), now)) for unit in units}) >= 3
    overdue = [u for u in units if is_overdue(observed_at.get(u.id), unit_types()[u.unit_type].duty, now)]
    assert 3 <= len(overdue) <= 6


def test_about_one_unit_in_twelve_is_late_and_one_in_twenty_five_never_declares(year):
    observed_at = last_observations(year)
    units = [unit for unit in REGION.units if not unit.closed]
    never = sum(unit.id not in observed_at for unit in units) / len(units)
    late = sum(unit.id in observed_at and NOW - observed_at[unit.id] > timedelta(days=8) for unit in units) / len(units)
    assert 0.035 <= never <= 0.045
    assert 0.04 <= late <= 0.12


def test_units_closed_in_the_registry_declare_nothing(year):
    assert not {unit.id for unit in REGION.units if unit.closed} & set(year["unit"].unique().to_pylist())


def test_units_declare_at_the_pace_of_their_type(year):
    number = dict(zip(*(column.to_pylist() for column in year["unit"].value_counts().flatten()), strict=True))
    members = {pace: [REGION.units[index].id for index in indices] for pace, indices in paces(REGION).items()}
    mean = {pace: np.mean([number.get(unit, 0) for unit in units]) for pace, units in members.items()}
    assert mean[Pace.FEED] / 365 > 24
    assert 3 <= mean[Pace.CRITICAL] / 365 <= 6
    assert 0.6 <= mean[Pace.WARD] / 365 <= 2
    assert 1.6 <= mean[Pace.SEVERAL] / 52 <= 3
    assert 0.8 <= mean[Pace.WEEKLY] / 52 <= 1.05
    assert mean[Pace.NONE] == 0


def test_weekly_units_declare_on_their_own_weekday_in_office_hours(year):
    weekly = [REGION.units[index].id for index in paces(REGION)[Pace.WEEKLY][:80]]
    rows = year.filter(pc.is_in(year["unit"], pa.array(weekly)))
    days: dict[str, set[int]] = {}
    for unit, observed in zip(rows["unit"].to_pylist(), rows["observed_at"].to_pylist(), strict=True):
        local = observed.astimezone(PARIS)
        assert 8 <= local.hour <= 16
        days.setdefault(unit, set()).add(local.weekday())
    assert {len(own) for own in days.values()} == {1}
    assert set.union(*days.values()) == {0, 1, 2, 3, 4}


def test_counts_are_those_that_a_declaration_may_hold(year):
    units = {unit.id: unit for unit in REGION.units}
    sample = year.take(np.random.default_rng(1).integers(year.num_rows, size=20_000)).to_pylist()
    for row in sample:
        unit = units[row["unit"]]
        unit_type = unit_types()[unit.unit_type]
        counts = Counts(**{name: row[name] for name in COUNTS})
        check_capacity(counts, unit_type.capacity_type, unit.installed)
        assert 0 <= counts.available <= unit.installed
        assert row["temporality"] == unit_type.temporality
        if counts.occupied is not None:
            assert min(row[name] for name in COUNTS) >= 0
            total = counts.available + counts.occupied + counts.reserved + counts.closed
            assert total == counts.installed + counts.supplementary
    assert sum(row["occupied"] is not None for row in sample) > 1_000
    assert sum(row["occupied"] is None for row in sample) > 10_000


def test_a_confirmed_row_repeats_the_one_before_it_and_a_declared_one_does_not(year):
    order = pc.sort_indices(year, [("unit", "ascending"), ("recorded_at", "ascending")])
    rows = year.take(order)
    # A unit's first row may confirm one that is older than the window.
    unit = np.array(rows["unit"].to_pylist())
    follows = unit[1:] == unit[:-1]
    same = np.ones(len(unit) - 1, bool)
    for name in (*COUNTS, "comment"):
        values = np.array([-1 if value is None else value for value in rows[name].to_pylist()])
        same &= values[1:] == values[:-1]
    confirmed = np.array(rows["kind"].to_pylist())[1:] == "confirmed"
    assert (confirmed[follows] == same[follows]).all()
    assert set(rows["kind"].unique().to_pylist()) == {"declared", "confirmed"}


def test_numbers_move_slowly_and_stay_small(year):
    rows = year.take(pc.sort_indices(year, [("unit", "ascending"), ("recorded_at", "ascending")]))
    unit, available = np.array(rows["unit"].to_pylist()), rows["available"].to_numpy()
    steps = np.abs(np.diff(available))[unit[1:] == unit[:-1]]
    assert np.percentile(steps, 99) <= 2
    assert 0.5 <= available.mean() <= 4
    assert available.max() <= 15


def test_comments_are_few_harmless_and_hand_written(year):
    written = year.filter(pc.not_equal(year["comment"], ""))
    assert 0.09 <= written.num_rows / year.num_rows <= 0.15
    assert set(written["source_type"].unique().to_pylist()) == {"01"}
    for comment in written["comment"].unique().to_pylist():
        assert len(comment) <= COMMENT_LENGTH
        assert not any(word in comment.lower() for word in ("mme", "monsieur", "patient", "né le", "m. "))


def test_the_author_is_the_manager_of_the_unit(year):
    entity = {structure.finess: structure.legal_entity for structure in REGION.structures}
    owner = {finess: account.id for account in REGION.accounts for finess in account.perimeter.legal_entities}
    authors = year.group_by(["unit", "account"]).aggregate([])
    for unit, account in zip(authors["unit"].to_pylist(), authors["account"].to_pylist(), strict=True):
        assert owner[entity[unit.split("-")[0]]] == account


def test_a_year_is_hundreds_of_thousands_of_declarations_and_no_more(year):
    assert 300_000 <= year.num_rows <= 1_000_000
