"""Migrate the database by numbered steps. Each one is applied and recorded in the same transaction."""

from datetime import UTC, datetime

import duckdb

from ror.errors import DatabaseError
from ror.store.engine import migration_steps, migration_steps_from_17
from ror.store.engine.engine import Cursor, Engine
from ror.store.engine.migration import Migration as Migration

MIGRATIONS = (*migration_steps.STEPS, *migration_steps_from_17.STEPS)

_RECORD = (
    "CREATE TABLE IF NOT EXISTS migration (number INTEGER NOT NULL, name VARCHAR NOT NULL, applied_at TIMESTAMPTZ NOT NULL)"
)


def applied(cursor: Cursor) -> set[int]:
    """Return the numbers of the applied steps; none for an empty database. It only reads."""
    table = cursor.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'migration'").fetchone()
    return {number for (number,) in cursor.execute("SELECT number FROM migration").fetchall()} if table else set()


def pending(cursor: Cursor) -> list[Migration]:
    """Return the steps still to apply, in order. It only reads."""
    done = applied(cursor)
    return [step for step in MIGRATIONS if step.number not in done]


def check(cursor: Cursor) -> None:
    """Raise `DatabaseError` for a database of a newer version of the service. It only reads."""
    if unknown := applied(cursor) - {step.number for step in MIGRATIONS}:
        raise DatabaseError(
            f"The database was created by a newer version of the service (step {max(unknown)}): install that version."
        )


def apply(cursor: Cursor, engine: Engine) -> None:
    """Apply the pending steps, one process at a time. Raises `DatabaseError` for a database of a newer version."""
    check(cursor)
    for step in pending(cursor):
        engine.begin(cursor)
        try:
            cursor.execute(_RECORD)
            # Another process may have applied it while this one waited for the lock.
            if step.number not in applied(cursor):
                _apply(cursor, engine, step)
            cursor.commit()
        except BaseException:
            engine.roll_back(cursor)
            raise
    _read_columns_again(cursor, engine)


def migrate(cursor: Cursor, engine: Engine) -> None:
    """Apply the pending steps; raise `DatabaseError` with a sentence for users when a step fails."""
    try:
        apply(cursor, engine)
    except duckdb.Error as error:
        if engine.user_error(error):
            raise
        step, why = pending(cursor)[0], str(error).partition("\n")[0]
        raise DatabaseError(
            f"{engine.name} could not be migrated to this version: step {step.number} ({step.name}) failed ({why}); nothing of "
            "it stays. The version before still opens it: start that one again, and report this."
        ) from error


def _apply(cursor: Cursor, engine: Engine, step: Migration) -> None:
    for statement in step.statements:
        cursor.execute(statement)
    for statement in () if engine.postgresql else step.on_file:
        cursor.execute(statement)
    if engine.postgresql:
        for statement in step.on_postgresql:
            cursor.execute("CALL postgres_execute('ror', ?)", [statement])
        _read_columns_again(cursor, engine)
    if step.last:
        step.last(cursor)
    cursor.execute("INSERT INTO migration VALUES (?, ?, ?)", [step.number, step.name, datetime.now(UTC)])


def _read_columns_again(cursor: Cursor, engine: Engine) -> None:
    """Clear the columns that DuckDB has cached, which statements run on the server or by another process have changed."""
    if engine.postgresql:
        cursor.execute("CALL pg_clear_cache()")
