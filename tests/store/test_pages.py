"""Pages of the registry and of the log: every entry once, in the order of its key, and only those that match."""

import pytest

from ror.store import pages
from tests.region import (
    BY_ID,
    CARDIAC,
    CLINIC,
    DAY_HOSPITAL,
    HOME,
    HOME_REHABILITATION,
    LEGAL_ENTITIES,
    NOW,
    REHABILITATION,
    STRUCTURES,
    UNITS,
    WARD,
    change_unit,
    rows,
    write,
)

pytestmark = pytest.mark.usefixtures("region")


def read(db, page, *parameters, **where):
    with db.reader() as cursor:
        return page(cursor, *parameters, **where).to_pylist()


@pytest.mark.parametrize("limit", [1, 2, 5, 100])
@pytest.mark.parametrize(("page", "key", "entries"), [(pages.structures, "finess", STRUCTURES), (pages.units, "id", UNITS)])
def test_each_page_begins_after_the_one_before(db, page, key, entries, limit):
    keys, after = [], ""
    while page_keys := [row[key] for row in read(db, page, after, limit)]:
        assert len(page_keys) <= limit
        keys += page_keys
        after = page_keys[-1]
    assert keys == sorted(getattr(entry, key) for entry in entries)


def test_a_structure_names_its_legal_entity(db):
    names = {entity.finess: entity.name for entity in LEGAL_ENTITIES}
    for row in read(db, pages.structures, "", 100):
        assert row["legal_entity_name"] == names[row["legal_entity"]]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"department": "93"}, {unit.id for unit in UNITS if unit.structure.startswith("99093")}),
        ({"structure": CLINIC}, {unit.id for unit in UNITS if unit.structure == CLINIC}),
        ({"unit_types": ["262", "16"]}, {CARDIAC, WARD}),
        ({"unit_types": ["262", "16"], "department": "75"}, {WARD}),
        ({"unit_types": []}, {unit.id for unit in UNITS}),
        ({"activity_fields": ["02"]}, {HOME_REHABILITATION, REHABILITATION}),
        ({"capacity_type": "02", "department": "75"}, {DAY_HOSPITAL}),
        ({"structure": CLINIC, "department": "75"}, set()),
    ],
)
def test_units_are_selected_by_departement_structure_and_type(db, where, expected):
    assert {row["id"] for row in read(db, pages.units, "", 100, **where)} == expected


def test_the_units_of_a_closed_structure_are_closed(db):
    with db.transaction() as transaction:
        transaction.cursor.execute("UPDATE structure SET closed = true WHERE finess = ?", [HOME])
    for row in read(db, pages.units, "", 100):
        assert row["closed"] == (BY_ID[row["id"]].closed or BY_ID[row["id"]].structure == HOME)


def test_the_log_is_read_to_its_end_across_the_changes_of_the_registry(db):
    written = []
    for number in range(12):
        for _ in range(number):
            change_unit(db, WARD, installed=number + 100)
        written.append(write(db, WARD if number % 2 else CARDIAC, 1, NOW).position)
    end = written[-1]
    for limit in (1, 3, 50):
        positions, after = [], 0
        while page_positions := [row["position"] for row in read(db, pages.declarations, after, end, limit)]:
            positions += page_positions
            after = page_positions[-1]
        assert positions == written
    assert [row["position"] for row in read(db, pages.declarations, 0, written[3], 50)] == written[:4]
    assert [row["position"] for row in read(db, pages.declarations_of, WARD, written[1], end, 2)] == [written[3], written[5]]


def test_nobody_is_in_a_page_of_the_log(db):
    write(db, WARD, 1, NOW)
    (row,) = read(db, pages.declarations, 0, 10**6, 1)
    assert "account" not in row
    assert len(rows(db, "declaration")) == 1
