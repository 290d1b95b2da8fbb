"""What only PostgreSQL does; the other tests of this folder run on it with `--store postgresql`."""

import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import duckdb
import pytest

from ror.errors import DatabaseError, NotFound, Unavailable
from ror.store import accounts, declarations
from ror.store.engine import migrations, postgresql
from ror.store.engine.database import Database, open_database
from ror.store.engine.postgresql import PostgreSQL
from tests.region import CAMILLE, WARD, build, event, rolled_back, write

WRITERS, EACH = 4, 10


@pytest.fixture
def opened(postgres_address):
    database = Database(PostgreSQL(postgres_address))
    build(database)
    yield database
    database.close()


def test_the_setting_names_a_server(postgres_address, monkeypatch):
    monkeypatch.setenv("ROR_DATABASE", postgres_address)
    database = open_database(postgres_address)
    assert database.path is None
    assert database.engine.shared
    database.close()
    open_database.cache_clear()


def test_processes_that_start_together_apply_each_step_once(postgres_address):
    together = threading.Barrier(3)

    def start(_: int) -> Database:
        together.wait(30)
        return Database(PostgreSQL(postgres_address))

    with ThreadPoolExecutor(3) as threads:
        databases = list(threads.map(start, range(3)))
    with databases[0].reader() as cursor:
        numbers = [number for (number,) in cursor.execute("SELECT number FROM migration ORDER BY number").fetchall()]
    assert numbers == [step.number for step in migrations.MIGRATIONS]
    for database in databases:
        database.close()


def test_writers_of_two_processes_give_each_position_once_and_lose_none(postgres_address):
    databases = [Database(PostgreSQL(postgres_address)) for _ in range(2)]
    build(databases[0])

    def declare(number: int) -> list[int]:
        return [write(databases[number % 2], WARD, turn).position for turn in range(EACH)]

    with ThreadPoolExecutor(WRITERS) as threads:
        positions = sorted(position for own in threads.map(declare, range(WRITERS)) for position in own)
    assert positions == list(range(2, 2 + WRITERS * EACH))
    with databases[1].reader() as cursor:
        assert sorted(declarations.units_between(cursor, 0, positions[-1])) == positions
    for database in databases:
        database.close()


def test_what_a_transaction_wrote_before_it_failed_is_not_there(opened):
    with rolled_back(opened) as writer:
        declarations.append(writer, event(writer, WARD, 3))
    with opened.reader() as cursor:
        assert declarations.units_between(cursor, 0, 100) == {}
    assert write(opened, WARD, 4).position == 2


def test_a_snapshot_sees_one_state_whatever_is_committed_meanwhile(opened):
    count = "SELECT count(*) FROM declaration"
    with opened.snapshot() as cursor:
        assert cursor.execute(count).fetchone() == (0,)
        write(opened, WARD, 3)
        assert cursor.execute(count).fetchone() == (0,)


@pytest.mark.parametrize(
    ("table", "condition"), [("declaration", "unit"), ("session", "token_hash"), ("attempt", "key"), ("structure", "finess")]
)
def test_queries_by_key_use_an_index_in_the_byte_order_of_duckdb(opened, postgres, table, condition):
    plan = postgres.run(
        f'SET enable_seqscan = off; EXPLAIN SELECT * FROM {table} WHERE "{condition}" = \'x\' COLLATE "C"',  # noqa: S608 - the names above
        opened.engine.name,
    )
    assert "Index Cond" in plan


def test_the_error_for_an_unknown_account_does_not_show_the_password(postgres_address, monkeypatch):
    monkeypatch.setattr(postgresql, "OPENING_SECONDS", 0.5)
    wrong = postgres_address.replace("//ror:", "//nobody:")
    with pytest.raises(DatabaseError, match="PostgreSQL does not let us in at postgresql://nobody@") as refused:
        Database(PostgreSQL(wrong))
    assert "password-of-the-tests" not in f"{refused.value} {refused.value.__cause__}"


def test_a_character_that_the_server_cannot_hold_is_refused_with_a_sentence(opened):
    with pytest.raises(NotFound, match="caractère impossible"), opened.reader() as cursor:
        accounts.by_id(cursor, "a\x00b")
    with pytest.raises(NotFound, match="caractère impossible"):
        write(opened, WARD, 1, comment="a\x00b")
    assert write(opened, WARD, 2).position == 2


class Cut:
    """A cursor whose connection is cut once its transaction has begun."""

    def __init__(self, message):
        self.message, self.rolled_back = message, False

    def begin(self):
        pass

    def execute(self, statement):
        raise duckdb.IOException(self.message)

    def commit(self):
        raise duckdb.IOException(self.message)

    def rollback(self):
        self.rolled_back = True


GONE = "Failed to execute query: server closed the connection unexpectedly"


def test_whether_a_commit_arrived_is_unknown_once_the_server_is_gone():
    with pytest.raises(Unavailable, match="si votre saisie n'y est pas, recommencez"):
        PostgreSQL("postgresql://localhost/ror").commit(Cut(GONE))


def test_another_error_of_a_commit_is_raised_as_it_is():
    with pytest.raises(duckdb.IOException, match="deadlock detected"):
        PostgreSQL("postgresql://localhost/ror").commit(Cut("deadlock detected"))


def test_a_transaction_cut_off_while_it_waits_for_the_lock_is_rolled_back():
    """A transaction that stayed open on a server that is gone would end the whole process."""
    cursor = Cut(GONE)
    with pytest.raises(duckdb.IOException):
        PostgreSQL("postgresql://localhost/ror").begin(cursor)
    assert cursor.rolled_back


def test_a_stopped_server_raises_an_error_and_is_used_again_once_back(opened, postgres):
    write(opened, WARD, 3)
    postgres.stop(signal.SIGINT)
    try:
        with pytest.raises(Unavailable, match="ne répond pas"):
            write(opened, WARD, 4)
        with pytest.raises(Unavailable, match="ne répond pas"), opened.reader() as cursor:
            accounts.by_id(cursor, CAMILLE.id)
    finally:
        postgres.start()
    assert write(opened, WARD, 5).position == 3
    with opened.reader() as cursor:
        assert declarations.units_between(cursor, 0, 100) == {2: WARD, 3: WARD}
