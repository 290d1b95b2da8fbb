"""The tables of events of a crisis and of the tension of structures, which a step of `migration_steps_from_17` creates."""

TABLES = (
    """CREATE TABLE crisis_version (
        position BIGINT NOT NULL, event VARCHAR NOT NULL, recorded_at TIMESTAMPTZ NOT NULL, kind VARCHAR NOT NULL,
        level INTEGER NOT NULL, name VARCHAR NOT NULL, departments VARCHAR NOT NULL, structures VARCHAR NOT NULL,
        needs VARCHAR NOT NULL, opened_at TIMESTAMPTZ NOT NULL, until TIMESTAMPTZ NOT NULL,
        rounds_from TIMESTAMPTZ NOT NULL, rhythm_hours INTEGER NOT NULL, extra_counts VARCHAR NOT NULL)""",
    """CREATE TABLE structure_tension (
        position BIGINT NOT NULL, structure VARCHAR NOT NULL, level INTEGER NOT NULL,
        recorded_at TIMESTAMPTZ NOT NULL, until TIMESTAMPTZ)""",
)
"""Both tables are append-only logs. Who wrote a row is in the journal."""
