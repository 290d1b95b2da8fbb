"""The fictitious country, tested on a slice of four départements."""

import csv
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from ror import demo
from ror.demo.catalogue import FOLDER, SHOWCASE, read_csv
from ror.demo.habits import paces
from ror.demo.region import FICTION, OWNERS
from ror.model.capacity import STATUS_WORDS, Counts, check_capacity
from ror.model.nomenclature import unit_types
from ror.model.position import inside
from ror.model.rights import Role
from ror.model.territory import departments
from ror.settings import DATA
from tests.demo.checks import UNITS, after, assert_consistent, board
from tests.region import counting_kind

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
SLICE = replace(demo.NATIONAL, departments=("2A", "2B", "94", "971"), times=8)
STRUCTURES = sum(int(category["count"]) for category in read_csv(FOLDER / "categories.csv"))
"""Structures of a region."""


@pytest.fixture(scope="module")
def country() -> demo.Region:
    return demo.build_region(scale=SLICE)


@pytest.fixture(scope="module")
def units(country) -> pa.Table:
    return board(country)


@pytest.fixture(scope="module")
def month(units) -> pa.Table:
    return demo.rhythm(units, NOW - timedelta(days=30), NOW, SLICE)


def test_the_national_scale_covers_every_departement_and_is_eighty_times_larger():
    assert set(demo.NATIONAL.departments) == set(departments())
    assert 30_000 <= demo.NATIONAL.times * STRUCTURES <= 33_000
    assert demo.NATIONAL.customs.keys() == set(departments())
    assert len(set(demo.NATIONAL.customs.values())) > 3


def test_the_same_seed_gives_the_same_country_and_another_seed_another(country):
    assert demo.build_region(scale=SLICE) == country
    assert demo.build_region(7, SLICE) != country


def test_structures_are_as_many_times_those_of_a_region_and_in_every_departement(country):
    drawn = SLICE.times * STRUCTURES
    assert len(country.structures) == drawn + len({unit.rpartition("-")[0] for unit in SHOWCASE})
    assert {structure.department for structure in country.structures} == set(SLICE.departments)
    assert STRUCTURES / 10 < len(country.legal_entities) <= SLICE.times * OWNERS * 3 * len(SLICE.departments)


def test_every_reference_resolves_and_every_key_is_unique(country):
    assert_consistent(country)


def test_each_legal_entity_but_the_showcase_has_a_manager(country):
    managed = Counter(entity for account in country.accounts for entity in account.perimeter.legal_entities)
    assert managed == Counter(entity.finess for entity in country.legal_entities)
    assert all(account.roles == {Role.MANAGER} for account in country.accounts[4:])


def test_every_name_and_number_is_marked_as_fictitious(country):
    names = [entity.name for entity in country.legal_entities] + [structure.name for structure in country.structures]
    assert len(set(names)) == len(names)
    assert all(re.search(r"\bficti(f|fs|ve|ves)\b", name) for name in names)
    for finess in [e.finess for e in country.legal_entities] + [s.finess for s in country.structures]:
        assert re.fullmatch(r"99\d{7}", finess)
    for item in (*country.structures, *country.units):
        assert re.fullmatch(rf"({'|'.join(FICTION)})\d{{4}}", item.telephone)


def test_finess_numbers_begin_with_the_departement_as_real_ones_do(country):
    prefixes = {"2A": "9920", "2B": "9920", "94": "9994", "971": "9997"}
    assert all(structure.finess.startswith(prefixes[structure.department]) for structure in country.structures)


def test_structures_stand_in_a_commune_of_their_departement(country):
    with (DATA / "communes.csv").open(encoding="utf-8", newline="") as file:
        communes = {row["insee"]: row for row in csv.DictReader(file, delimiter=";")}
    for structure in country.structures:
        assert structure.department == communes[structure.commune_code]["department"]
        assert inside(structure.department, structure.longitude, structure.latitude)


def test_units_have_existing_types_and_valid_numbers(country, month):
    units = {unit.id: unit for unit in country.units}
    assert all(unit.unit_type in unit_types() for unit in country.units)
    assert month.schema == demo.SCHEMA
    for row in month.slice(0, 20_000).to_pylist():
        unit = units[row["unit"]]
        kind = counting_kind(unit)
        counts = Counts(**{status: row[status] for status in STATUS_WORDS})
        check_capacity(counts, kind.capacity_type, unit.installed)
        assert row["temporality"] == kind.temporality
        assert not unit.closed


def test_fourteen_days_at_a_time_give_what_a_month_gives_at_once(units, month):
    written = demo.SCHEMA.empty_table()
    for days in (30, 16, 2):
        begin = NOW - timedelta(days=days)
        window = demo.rhythm(after(units, written), begin, min(begin + SLICE.window, NOW), SLICE)
        written = pa.concat_tables([written, window])
    assert written.equals(month)


def test_the_rhythm_does_not_depend_on_when_the_past_was_written(units, month):
    since = NOW - timedelta(days=5)
    later = demo.rhythm(units, since, NOW, SLICE)
    written = month.filter(pc.greater_equal(month["recorded_at"], since))
    assert later.drop_columns("kind").equals(written.drop_columns("kind"))
    assert demo.rhythm(after(units, month.filter(pc.less(month["recorded_at"], since))), since, NOW, SLICE).equals(written)


def test_a_unit_of_the_country_declares_less_often_than_one_of_the_region(units, month):
    usual = demo.rhythm(UNITS, NOW - timedelta(days=30), NOW).num_rows / UNITS.num_rows
    assert usual / 10 < month.num_rows / units.num_rows < usual / 2
    number = Counter(paces(units, SLICE.customs).tolist())
    assert 0 < number["feed"] < number["critical"] < number["daily"]


def test_telephone_numbers_repeat_once_all_the_fictitious_ones_are_used():
    large = demo.build_region(scale=replace(SLICE, times=32))
    telephones = [item.telephone for item in (*large.structures, *large.units)]
    assert len(telephones) > (10_000 - 100) * len(FICTION) == len(set(telephones))
