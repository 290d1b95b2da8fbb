"""The tables of the call round, which a step of `migration_steps_from_17` creates."""

TABLES = (
    """CREATE TABLE round_call (
        number BIGINT NOT NULL, unit VARCHAR NOT NULL, kind VARCHAR NOT NULL, account VARCHAR NOT NULL,
        happened_at TIMESTAMPTZ NOT NULL, available INTEGER, before INTEGER, position BIGINT, call_back_at TIMESTAMPTZ,
        assignee VARCHAR NOT NULL, note VARCHAR NOT NULL, masked BOOLEAN NOT NULL)""",
    """CREATE TABLE last_call (number BIGINT NOT NULL)""",
    """CREATE TABLE correction (
        number BIGINT NOT NULL, unit VARCHAR NOT NULL, acts_on BIGINT NOT NULL, available INTEGER NOT NULL,
        account VARCHAR NOT NULL, channel VARCHAR NOT NULL, recorded_at TIMESTAMPTZ NOT NULL)""",
    """CREATE TABLE declares_for_others (account VARCHAR NOT NULL, department VARCHAR NOT NULL)""",
)

INDEXES = (
    """CREATE INDEX round_call_number ON round_call (number)""",
    """CREATE INDEX round_call_happened ON round_call (happened_at)""",
    """CREATE INDEX correction_unit ON correction (unit COLLATE "C")""",
    """CREATE INDEX declares_for_others_account ON declares_for_others (account COLLATE "C")""",
)
"""Indexes on PostgreSQL alone."""
