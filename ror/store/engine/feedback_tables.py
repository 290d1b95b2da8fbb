"""The table of readers' feedback, which a step of `migration_steps_from_17` creates."""

TABLES = (
    """CREATE TABLE feedback (
        position BIGINT NOT NULL, unit VARCHAR NOT NULL, temporality VARCHAR NOT NULL, about TIMESTAMPTZ NOT NULL,
        account VARCHAR NOT NULL, kind VARCHAR NOT NULL, other INTEGER, contradicts BOOLEAN NOT NULL,
        word VARCHAR NOT NULL, masked BOOLEAN NOT NULL, channel VARCHAR NOT NULL, recorded_at TIMESTAMPTZ NOT NULL)""",
)

INDEXES = (
    """CREATE INDEX feedback_position ON feedback (position)""",
    """CREATE INDEX feedback_unit ON feedback (unit COLLATE "C")""",
    """CREATE INDEX feedback_account ON feedback (account COLLATE "C")""",
)
"""Indexes on PostgreSQL alone."""
