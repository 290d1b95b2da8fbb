"""A database in use of the version that knew 32 types is upgraded, and rolled back from the backup taken before."""

from contextlib import closing, contextmanager
from dataclasses import asdict, fields
from datetime import timedelta

import pytest

from ror.errors import DatabaseError
from ror.model.registry import Structure
from ror.services.operations import backup
from ror.store import declarations, registry
from ror.store import unit_types as stored_types
from ror.store.engine import migrations
from ror.store.engine.database import Database
from ror.store.engine.migrations import MIGRATIONS
from tests.region import HOSPITAL, LEGAL_ENTITIES, NOW, STRUCTURES, board_rows

LAST_BEFORE = 7
"""The last step of the version that knew 32 types."""

EARLIER_TYPES = {
    **dict.fromkeys(("16", "93", "95", "100", "101", "174", "175", "249"), ("01", 168)),
    **dict.fromkeys(("121", "122", "254", "262", "263"), ("01", 24)),
    **dict.fromkeys(("11", "21", "22", "25", "28", "29", "31", "32", "38", "39", "40", "48", "57"), ("02", 168)),
    **dict.fromkeys(("75", "94", "128", "130", "132", "258"), ("02", 168)),
}
"""What the units of each type counted (R329), and their duty in hours."""

UNITS = {code: f"{HOSPITAL}-{code}" for code in EARLIER_TYPES}
AGES = {code: timedelta(hours=3 * rank) for rank, code in enumerate(EARLIER_TYPES)}
STRUCTURE_BEFORE = [field.name for field in fields(Structure) if field.name != "bed_telephone"]
NUMBERS = {code: rank for rank, code in enumerate(EARLIER_TYPES)}


@contextmanager
def version_before():
    """Run as the previous version, which has fewer migration steps."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrations, "MIGRATIONS", MIGRATIONS[:LAST_BEFORE])
        yield


@pytest.fixture
def live(tmp_path):
    """Return the file of a database of the previous version, in which units of all 32 types declared, and its backup."""
    path = tmp_path / "live" / "ror.duckdb"
    path.parent.mkdir()
    with version_before(), closing(Database(path)) as db:
        with db.transaction() as transaction:
            for entity in LEGAL_ENTITIES:
                insert(transaction, "legal_entity", **asdict(entity))
            for structure in STRUCTURES:
                insert(transaction, "structure", **{name: asdict(structure)[name] for name in STRUCTURE_BEFORE})
            for code, unit in UNITS.items():
                insert(transaction, "unit", id=unit, structure=HOSPITAL, name=unit, unit_type=code, telephone="", closed=False)
            position = transaction.next_position()
            insert(transaction, "registry_change", position=position, what="tests", recorded_at=NOW)
            for code in UNITS:
                declare_before(transaction, code)
        saved = backup.create(db, tmp_path / "backups", 3, NOW).file
    return path, saved


def insert(transaction, table, **values):
    """Write a row as the previous version did, without columns that were added later."""
    marks = ", ".join(f"${name}" for name in values)
    transaction.cursor.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", values)  # noqa: S608 - ours


def declare_before(transaction, code):
    at = NOW - AGES[code]
    insert(
        transaction,
        "declaration",
        **{"position": transaction.next_position(), "kind": "declared", "unit": UNITS[code], "available": NUMBERS[code]},
        **{"temporality": "01" if EARLIER_TYPES[code][0] == "01" else "05", "observed_at": at, "recorded_at": at},
        **{"comment": "", "source_type": "01", "account": "camille", "masked": False, "save_id": ""},
    )


def stored(path):
    """Return unit, type, number and age of each declaration of a database, as they stand in its tables."""
    query = """
        SELECT unit.id, unit_type, available, epoch_ms(observed_at) FROM unit JOIN declaration ON declaration.unit = unit.id
    """
    with closing(Database(path)) as db, db.reader() as cursor:
        rows = cursor.execute(query).fetchall()
    now = int(NOW.timestamp() * 1000)
    return {(unit, code, number, timedelta(milliseconds=now - at)) for unit, code, number, at in rows}


def test_the_upgrade_keeps_numbers_ages_and_types(live):
    with closing(Database(live[0])) as db:
        board = board_rows(db)
        with db.reader() as cursor:
            assert stored_types.decisions(cursor) == ()
            unit, structure = registry.unit_entry(cursor, UNITS["16"]), registry.structure(cursor, HOSPITAL)
            (event, *_) = declarations.latest(cursor, [UNITS["16"]])
    assert board.keys() == set(UNITS.values())
    for code, (capacity_type, hours) in EARLIER_TYPES.items():
        row = board[UNITS[code]]
        assert (row["unit_type"], row["capacity_type"], row["duty_seconds"]) == (code, capacity_type, hours * 3600)
        assert (row["available"], NOW - row["observed_at"]) == (NUMBERS[code], AGES[code])
        assert row["overdue"] is (AGES[code] > timedelta(hours=hours))
        assert row["rank"] == (0 if AGES[code] < timedelta(hours=1) else 1 if AGES[code] < timedelta(hours=24) else 2)
    # The columns that the previous version did not have are empty.
    assert (unit.nature, unit.patient_type, unit.operational_activity, unit.sensitive) == ("", "", "", False)
    assert (unit.bed_telephone, structure.bed_telephone, event.channel) == ("", "", "")
    assert structure.telephone == STRUCTURES[0].telephone


def test_the_version_before_refuses_the_upgraded_database_and_opens_its_backup_with_all_of_it(live):
    path, saved = live
    before = {(unit, code, NUMBERS[code], AGES[code]) for code, unit in UNITS.items()}
    assert stored(path) == before
    with version_before():
        with pytest.raises(DatabaseError, match="newer version of the service"):
            Database(path)
        assert backup.restore(saved, path, NOW, replace=True).aside is not None
        assert stored(path) == before
        with closing(Database(path)) as db, db.reader() as cursor:
            assert migrations.applied(cursor) == set(range(1, LAST_BEFORE + 1))
    # The upgrade can be done again later.
    with closing(Database(path)) as db:
        assert {row["available"] for row in board_rows(db).values()} == set(NUMBERS.values())


def test_the_backup_of_the_version_before_is_migrated_when_this_one_restores_it(live, tmp_path):
    path = tmp_path / "elsewhere.duckdb"
    backup.restore(live[1], path, NOW)
    with closing(Database(path)) as db:
        assert len(board_rows(db)) == len(EARLIER_TYPES)
