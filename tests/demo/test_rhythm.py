from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from ror.demo import SCHEMA, build_region, rhythm
from ror.demo.catalogue import SHOWCASE
from ror.model.capacity import Counts, check_capacity
from ror.model.declaration import COMMENT_LENGTH
from ror.model.nomenclature import unit_types
from ror.model.territory import PARIS
from tests.age_rules import is_overdue, rank
from tests.demo.checks import OPEN, REGION, UNITS, after, board, last_observed, units_of_pace
from tests.region import counting_kind

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
    return rhythm(UNITS, NOW - timedelta(days=365), NOW)


@pytest.fixture(scope="module")
def by_unit(year) -> pa.Table:
    """Return the rows of the year by unit, then by time."""
    return year.sort_by([("unit", "ascending"), ("recorded_at", "ascending")])


def test_the_columns_are_those_of_the_log_without_its_position(year):
    assert year.schema == SCHEMA
    stamps = ["comment", "closed_until", "source_type", "account", "observed_at", "recorded_at", "acts_on"]
    assert year.schema.names == ["kind", "unit", "temporality", *COUNTS, *stamps]
    for name in set(SCHEMA.names) - set(COUNTS[1:]) - {"closed_until", "acts_on"}:
        assert year[name].null_count == 0, name
    assert year["closed_until"].null_count == year["acts_on"].null_count == year.num_rows


def test_the_same_window_gives_the_same_rows_and_another_seed_others():
    window = NOW - timedelta(days=3), NOW
    assert rhythm(UNITS, *window).equals(rhythm(board(build_region()), *window))
    assert not rhythm(UNITS, *window).equals(rhythm(UNITS, *window, seed=7))


BEGIN, END = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 10, tzinfo=UTC)


@pytest.fixture(scope="module")
def forty_days() -> pa.Table:
    return rhythm(UNITS, BEGIN, END)


@pytest.mark.parametrize("length", [timedelta(seconds=1), timedelta(hours=31, minutes=7), timedelta(days=39, hours=23)])
def test_two_neighbouring_windows_equal_the_window_that_holds_both(forty_days, length):
    first = rhythm(UNITS, BEGIN, BEGIN + length)
    second = rhythm(after(UNITS, first), BEGIN + length, END)
    assert pa.concat_tables([first, second]).equals(forty_days)


def test_day_after_day_gives_the_same_as_a_week_at_once():
    days = [NOW + timedelta(days=number) for number in range(8)]
    written = SCHEMA.empty_table()
    for pair in pairwise(days):
        written = pa.concat_tables([written, rhythm(after(UNITS, written), *pair)])
    assert written.equals(rhythm(UNITS, days[0], days[-1]))


def test_the_order_of_the_board_and_the_units_that_people_add_change_nothing():
    window = NOW - timedelta(days=3), NOW
    typed = UNITS.slice(0, 1).set_column(UNITS.column_names.index("unit"), "unit", [["999410001-medecine-fictive"]])
    other = pa.concat_tables([UNITS.take(list(range(UNITS.num_rows))[::-1]), typed])
    assert rhythm(other, *window).equals(rhythm(UNITS, *window))


def test_what_was_written_already_is_not_written_again(forty_days):
    assert rhythm(after(UNITS, forty_days), END - timedelta(days=20), END).num_rows == 0


def test_the_first_row_of_each_unit_that_never_declared_is_declared(forty_days):
    _, first = np.unique(forty_days["unit"].to_numpy(), return_index=True)
    assert set(forty_days["kind"].take(pa.array(first)).to_pylist()) == {"declared"}


def test_the_number_before_is_the_last_of_the_board_whoever_declared_it():
    before = rhythm(UNITS, NOW - timedelta(days=20), NOW)
    units = after(UNITS, before)
    usual = rhythm(units, NOW, NOW + timedelta(hours=8))
    first = usual.take(pa.array(np.unique(usual["unit"].to_numpy(), return_index=True)[1]))
    numbers = dict(zip(first["unit"].to_pylist(), first["available"].to_pylist(), strict=True))
    shifted = pa.array([numbers.get(unit, 0) + 1 for unit in units["unit"].to_pylist()], pa.int32())
    changed = rhythm(
        units.set_column(units.column_names.index("available"), "available", shifted), NOW, NOW + timedelta(hours=8)
    )
    assert changed.drop_columns("kind").equals(usual.drop_columns("kind"))
    kinds = changed.filter(pc.is_in(changed["unit"], first["unit"]))
    again = kinds.take(pa.array(np.unique(kinds["unit"].to_numpy(), return_index=True)[1]))
    assert set(again["kind"].to_pylist()) == {"declared"}
    assert "confirmed" in first["kind"].to_pylist()


def test_an_empty_window_is_empty_and_an_instant_without_time_zone_is_refused():
    assert rhythm(UNITS, NOW, NOW).equals(SCHEMA.empty_table())
    with pytest.raises(TypeError, match="offset-naive"):
        rhythm(UNITS, NOW.replace(tzinfo=None), NOW)


def test_a_board_without_units_declares_nothing():
    assert rhythm(UNITS.slice(0, 0), NOW - timedelta(days=1), NOW).equals(SCHEMA.empty_table())


def test_the_window_may_be_in_another_time_zone():
    begin = NOW - timedelta(hours=5)
    assert rhythm(UNITS, begin.astimezone(PARIS), NOW.astimezone(PARIS)).equals(rhythm(UNITS, begin, NOW))


def test_rows_are_sorted_and_inside_the_window(year):
    recorded, observed = (year[name].cast(pa.int64()).to_numpy() for name in ("recorded_at", "observed_at"))
    assert (np.diff(recorded) >= 0).all()
    assert pc.min(year["recorded_at"]).as_py() >= NOW - timedelta(days=365)
    assert pc.max(year["recorded_at"]).as_py() < NOW
    late = (recorded - observed) / 60_000_000
    automatic = pc.equal(year["source_type"], "02").to_numpy()
    assert (late[~automatic] == 0).all()
    assert late[automatic].min() >= 1
    assert late[automatic].max() <= 3


def age(unit: str, now: datetime) -> timedelta | None:
    observed_at = last_observed(now).get(unit)
    return None if observed_at is None else now - observed_at


@pytest.mark.parametrize("now", MOMENTS)
def test_at_any_instant_every_band_of_the_legend_is_seen(now):
    bands = Counter(rank(age(unit.id, now)) for unit in OPEN)
    assert all(bands[band] >= 0.02 * len(OPEN) for band in range(5)), bands


@pytest.mark.parametrize("now", MOMENTS)
def test_at_any_instant_the_manager_sees_several_bands_and_several_overdue_units(now):
    units = [unit for unit in OPEN if unit.id in SHOWCASE]
    assert len({rank(age(unit.id, now)) for unit in units}) >= 3
    overdue = [u for u in units if is_overdue(last_observed(now).get(u.id), unit_types()[u.unit_type].duty, now)]
    assert 3 <= len(overdue) <= 6


def test_about_one_unit_in_twelve_is_late_and_one_in_twenty_five_never_declares(year):
    declaring = set(year["unit"].unique().to_pylist())
    assert declaring == set(last_observed(NOW)), "a unit is silent longer than the longest gap"
    never = sum(unit.id not in declaring for unit in OPEN) / len(OPEN)
    late = sum(age(unit.id, NOW) > timedelta(days=8) for unit in OPEN if unit.id in declaring) / len(OPEN)
    assert 0.035 <= never <= 0.045
    assert 0.04 <= late <= 0.12


def test_units_closed_in_the_registry_declare_nothing(year):
    assert not {unit.id for unit in REGION.units if unit.closed} & set(year["unit"].unique().to_pylist())


def test_units_declare_at_the_pace_of_their_type(year):
    number = dict(zip(*(column.to_pylist() for column in year["unit"].value_counts().flatten()), strict=True))
    paces = ("feed", "critical", "ward", "several", "weekly", "never")
    mean = {pace: np.mean([number.get(unit, 0) for unit in units_of_pace(pace)]) for pace in paces}
    assert mean["feed"] / 365 > 24
    assert 3 <= mean["critical"] / 365 <= 6
    assert 0.6 <= mean["ward"] / 365 <= 2
    assert 1.6 <= mean["several"] / 52 <= 3
    assert 0.8 <= mean["weekly"] / 52 <= 1.05
    assert mean["never"] == 0


def test_weekly_units_declare_on_their_own_weekday_in_office_hours(year):
    weekly = units_of_pace("weekly")[:80]
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
        kind = counting_kind(unit)
        counts = Counts(**{name: row[name] for name in COUNTS})
        check_capacity(counts, kind.capacity_type, unit.installed)
        assert 0 <= counts.available <= unit.installed
        assert row["temporality"] == kind.temporality
        if counts.occupied is not None:
            assert min(row[name] for name in COUNTS) >= 0
            total = counts.available + counts.occupied + counts.reserved + counts.closed
            assert total == counts.installed + counts.supplementary
    assert sum(row["occupied"] is not None for row in sample) > 1_000
    assert sum(row["occupied"] is None for row in sample) > 10_000


def test_a_confirmed_row_repeats_the_one_before_it_and_a_declared_one_does_not(by_unit):
    unit, comment = (by_unit[name].combine_chunks().dictionary_encode().indices.to_numpy() for name in ("unit", "comment"))
    # The first row of a unit has none before it.
    same = unit[1:] == unit[:-1]
    for values in (*(by_unit[name].fill_null(-1).to_numpy() for name in COUNTS), comment):
        same = same & (values[1:] == values[:-1])
    assert (pc.equal(by_unit["kind"], "confirmed").to_numpy()[1:] == same).all()
    assert set(by_unit["kind"].unique().to_pylist()) == {"declared", "confirmed"}


def test_numbers_move_slowly_and_stay_small(by_unit):
    unit, available = by_unit["unit"].combine_chunks().dictionary_encode().indices.to_numpy(), by_unit["available"].to_numpy()
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
