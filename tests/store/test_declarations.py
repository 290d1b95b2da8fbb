import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

import ror
from ror.demo import SCHEMA
from ror.model.capacity import Counts
from ror.model.declaration import EventKind
from ror.store import declarations, registry
from tests.region import CARDIAC, DAY_HOSPITAL, NOW, NURSING, RESUSCITATION, WARD, board_rows, close_for_a_time, rows, write

pytestmark = pytest.mark.usefixtures("region")

SOURCES = sorted(Path(ror.__file__).parent.rglob("*.py"))
REWRITES = re.compile(
    r"\b(UPDATE\s+(ONLY\s+)?|DELETE\s+FROM\s+|TRUNCATE\s+(TABLE\s+)?|MERGE\s+INTO\s+|DROP\s+TABLE\s+(IF\s+EXISTS\s+)?"
    r"|INSERT\s+OR\s+\w+\s+INTO\s+|ALTER\s+TABLE\s+)[\"'{]?declaration\b|\bON\s+CONFLICT\b",
    re.IGNORECASE,
)


def ago(**duration: float):
    return NOW - timedelta(**duration)


def latest(db, unit):
    """Return the last event of a unit."""
    with db.reader() as cursor:
        return (declarations.latest(cursor, [unit]) or [None])[-1]


def previous(db, event):
    with db.reader() as cursor:
        return declarations.previous(cursor, event)


def recent_numbers(db, unit, temporality="01", count=30):
    with db.reader() as cursor:
        return declarations.recent_numbers(cursor, [unit], count).get((unit, temporality), [])


@pytest.mark.parametrize(
    "statement",
    [
        "update declaration SET comment = ''",
        "DELETE  FROM\n declaration",
        'TRUNCATE "declaration"',
        "INSERT OR REPLACE INTO declaration",
    ],
)
def test_the_search_for_rewritings_finds_them(statement):
    assert REWRITES.search(statement)


def test_no_line_of_the_program_rewrites_the_log_but_the_one_that_erases_a_masked_comment():
    assert len(SOURCES) > 20
    rewrites = [(path.name, match[0]) for path in SOURCES for match in REWRITES.finditer(path.read_text(encoding="utf-8"))]
    columns_added = [("migration_steps.py", "ALTER TABLE declaration")] * 5
    assert sorted(rewrites) == [("comments.py", "UPDATE declaration"), *columns_added]


def test_what_rewrites_the_registry_does_not_know_the_log():
    assert {table for table, _ in registry._TABLES.values()} == {"legal_entity", "structure", "unit"}


def test_an_event_is_read_as_it_was_written(db):
    written = write(
        *(db, WARD, 3),
        kind=EventKind.CLOSED,
        counts=Counts(0, 20, 15, 2, 3, 1),
        comment="Travaux « aile B » ; l'été\n100 %",
        closed_until=date(2026, 12, 31),
        source_type="02",
        recorded_at=NOW + timedelta(microseconds=1),
        acts_on=1,
    )
    with db.reader() as cursor:
        assert declarations.at(cursor, [written.position]) == [written]
        assert declarations.at(cursor, [written.position + 1]) == []
    row = board_rows(db)[WARD]
    columns = ("available", "installed", "occupied", "reserved", "closed_count", "supplementary", "comment", "closed_until")
    assert [row[name] for name in columns] == [0, 20, 15, 2, 3, 1, written.comment, date(2026, 12, 31)]


def test_a_number_that_was_not_given_is_read_as_none(db):
    written = write(db, WARD, None, observed_at=None, recorded_at=NOW)
    assert latest(db, WARD) == written
    assert written.counts == Counts(None)


def test_the_latest_event_is_that_of_the_last_position_whatever_the_clocks_say(db):
    first = write(db, WARD, 3, NOW)
    second = write(db, WARD, 5, ago(hours=2))
    write(db, CARDIAC, 1)
    assert latest(db, WARD) == second
    assert previous(db, second) == first
    assert previous(db, first) is None
    assert board_rows(db)[WARD]["available"] == 5


def test_a_table_of_events_gets_consecutive_positions_in_its_order(db):
    before = write(db, WARD, 1)
    columns = {"kind": "declared", "temporality": "01", "comment": "", "source_type": "02", "account": "camille"}
    lines = [
        columns | {"unit": unit, "available": n, "observed_at": NOW, "recorded_at": NOW}
        for n, unit in enumerate([WARD, CARDIAC])
    ]
    with db.transaction() as transaction:
        declarations.append_table(transaction, pa.Table.from_pylist(lines, SCHEMA))
    assert [latest(db, WARD).position, latest(db, CARDIAC).position] == [before.position + 1, before.position + 2]
    assert db.position == before.position + 2
    assert {unit: board_rows(db)[unit]["available"] for unit in (WARD, CARDIAC)} == {WARD: 0, CARDIAC: 1}


def test_an_empty_table_of_events_changes_nothing(db):
    before = db.position
    with db.transaction() as transaction:
        declarations.append_table(transaction, SCHEMA.empty_table())
    assert (db.position, rows(db, "declaration")) == (before, [])


def numbers(db, unit, since=NOW - timedelta(days=90)):
    with db.reader() as cursor:
        return declarations.history(cursor, unit, since)["available"].to_pylist()


def test_the_history_of_a_unit_goes_from_the_oldest_to_the_newest_since_an_instant(db):
    for number, days in enumerate((91, 90, 5, 0)):
        write(db, WARD, number, ago(days=days))
    write(db, CARDIAC, 6)
    assert numbers(db, WARD) == [1, 2, 3]


def test_the_history_leaves_out_what_was_undone_and_the_undo_itself(db):
    first = write(db, WARD, 3, ago(hours=2))
    wrong = write(db, WARD, 30, ago(minutes=5))
    write(db, WARD, 3, kind=EventKind.UNDONE, acts_on=wrong.position, observed_at=first.observed_at)
    write(db, WARD, 4, kind=EventKind.CONFIRMED, acts_on=first.position)
    assert numbers(db, WARD) == [3, 4]


def test_the_recent_numbers_are_the_last_ones_oldest_first_without_closures(db):
    for number in (1, 2, 3):
        write(db, WARD, number)
    close_for_a_time(db, WARD, date(2026, 12, 1))
    write(db, WARD, 4, kind=EventKind.CONFIRMED)
    write(db, CARDIAC, 6)
    assert recent_numbers(db, WARD) == [1, 2, 3, 4]
    assert recent_numbers(db, WARD, count=2) == [3, 4]
    assert recent_numbers(db, DAY_HOSPITAL, "05") == []


def test_the_recent_numbers_leave_out_what_was_undone(db):
    first = write(db, WARD, 3)
    wrong = write(db, WARD, 30)
    write(db, WARD, 3, kind=EventKind.UNDONE, acts_on=wrong.position, observed_at=first.observed_at)
    assert recent_numbers(db, WARD) == [3]


def test_many_units_read_at_once_are_read_as_one_by_one(db):
    for number in range(3):
        write(db, WARD, number)
    undone = write(db, WARD, 9)
    undo = write(db, WARD, 2, kind=EventKind.UNDONE, acts_on=undone.position)
    masked = write(db, CARDIAC, 4, comment="Monsieur Untel")
    mask = write(db, CARDIAC, 4, kind=EventKind.MASKED, acts_on=masked.position)
    places = write(db, DAY_HOSPITAL, 5)
    beds = write(db, DAY_HOSPITAL, 6, temporality="01")
    closure = close_for_a_time(db, RESUSCITATION, date(2026, 12, 1))
    units = [WARD, CARDIAC, DAY_HOSPITAL, RESUSCITATION, NURSING]
    with db.reader() as cursor:
        assert declarations.latest(cursor, units) == [undo, masked, mask, places, beds, closure]
        assert [event for unit in units for event in declarations.latest(cursor, [unit])] == declarations.latest(cursor, units)
        assert declarations.recent_numbers(cursor, units, 2) == {
            (WARD, "01"): [1, 2],
            (CARDIAC, "01"): [4],
            (DAY_HOSPITAL, "05"): [5],
            (DAY_HOSPITAL, "01"): [6],
        }
        assert (declarations.latest(cursor, []), declarations.recent_numbers(cursor, [])) == ([], {})


def test_the_event_before_another_is_of_its_unit_and_temporality_and_no_mask(db):
    first = write(db, DAY_HOSPITAL, 5)
    write(db, DAY_HOSPITAL, 6, temporality="01")
    write(db, CARDIAC, 1)
    write(db, DAY_HOSPITAL, 5, kind=EventKind.MASKED, acts_on=first.position)
    second = write(db, DAY_HOSPITAL, 7)
    assert previous(db, second) == first


OTHERS = 300_000
"""Events that others write after those of a unit: a year of a region has about 900,000."""


def test_a_unit_is_read_from_the_whole_log_however_long_ago_it_declared(db):
    first, last = write(db, WARD, 3), write(db, WARD, 4)
    columns = {"kind": "declared", "temporality": "01", "comment": "", "source_type": "01", "account": "camille"}
    line = {**columns, "unit": CARDIAC, "available": 1, "observed_at": NOW, "recorded_at": NOW}
    with db.transaction() as transaction:
        single_row = pa.Table.from_pylist([line], SCHEMA)
        declarations.append_table(transaction, single_row.take(pa.array([0] * OTHERS)))
    assert db.position > last.position + OTHERS - 1
    assert latest(db, WARD) == last
    assert previous(db, last) == first
    assert recent_numbers(db, WARD) == [3, 4]


def test_a_mask_is_no_line_of_the_history_and_no_number_of_its_own(db):
    declared = write(db, WARD, 3, ago(hours=2), comment="Monsieur Untel")
    write(db, WARD, 3, NOW, kind=EventKind.MASKED, observed_at=ago(hours=2), acts_on=declared.position)
    assert recent_numbers(db, WARD) == [3]
    assert numbers(db, WARD) == [3]


def test_an_event_is_immutable(db):
    written = write(db, WARD, 3)
    with pytest.raises(AttributeError):
        written.comment = "autre"
    assert replace(written, comment="autre") != latest(db, WARD)


def test_the_last_record_of_a_type_of_source_is_found(db):
    write(db, WARD, 3, ago(hours=3), source_type="02")
    write(db, WARD, 4, ago(hours=1))
    write(db, CARDIAC, 5, ago(minutes=5), source_type="02")
    with db.reader() as cursor:
        assert declarations.last_recorded(cursor, WARD, "02") == ago(hours=3)
        assert declarations.last_recorded(cursor, NURSING, "02") is None


def test_who_changed_a_number_comes_newest_first_with_the_number_before_and_without_masks(db):
    write(db, WARD, 5, NOW - timedelta(days=2), channel="file")
    write(db, WARD, 4, NOW - timedelta(days=1), account="", temporality="02")
    write(db, WARD, 3, account="gone", channel="fhir")
    write(db, WARD, 3, kind=EventKind.MASKED)
    with db.reader() as cursor:
        last_day = declarations.authored(cursor, WARD, "01", NOW - timedelta(days=1), 10)
        last_90_days = declarations.authored(cursor, WARD, "01", NOW - timedelta(days=90), 10)
    names = ("channel", "account", "name", "before", "after")
    changes = [tuple(row[name] for name in names) for row in last_90_days.to_pylist()]
    assert changes == [("fhir", "gone", None, 5, 3), ("file", "camille", "Camille Exemple", None, 5)]
    assert last_day.to_pylist() == last_90_days.slice(0, 1).to_pylist()
