"""The tables of alerts, which a step of `migration_steps_from_17` creates."""

TABLES = (
    """CREATE TABLE alert (
        id VARCHAR NOT NULL, account VARCHAR NOT NULL, name VARCHAR NOT NULL, address VARCHAR NOT NULL,
        condition VARCHAR NOT NULL, by_mail BOOLEAN NOT NULL, created_at TIMESTAMPTZ NOT NULL, version BIGINT NOT NULL,
        holds BOOLEAN NOT NULL, value INTEGER NOT NULL, changed_at TIMESTAMPTZ NOT NULL,
        muted_until TIMESTAMPTZ, paused BOOLEAN NOT NULL)""",
    """CREATE TABLE alert_ringing (
        number BIGINT NOT NULL, alert VARCHAR NOT NULL, account VARCHAR NOT NULL, rang_at TIMESTAMPTZ NOT NULL,
        value INTEGER NOT NULL, mail VARCHAR NOT NULL, tries INTEGER NOT NULL, tried_at TIMESTAMPTZ NOT NULL,
        acknowledged_at TIMESTAMPTZ)""",
    """CREATE TABLE alert_preference (
        account VARCHAR NOT NULL, sound BOOLEAN NOT NULL, quiet_from INTEGER NOT NULL, quiet_until INTEGER NOT NULL)""",
    """CREATE TABLE alert_evaluation (
        position BIGINT NOT NULL, version BIGINT NOT NULL, rung BIGINT NOT NULL,
        holder VARCHAR NOT NULL, held_until TIMESTAMPTZ NOT NULL)""",
)
"""`alert_evaluation` has no row before the first alert, then one: the position up to which alerts were evaluated, the last
version given to an alert, the number of the last ringing, the process that evaluates and the end of its claim.
"""

INDEXES = (
    """CREATE INDEX alert_id ON alert (id COLLATE "C")""",
    """CREATE INDEX alert_ringing_number ON alert_ringing (number)""",
    """CREATE INDEX alert_ringing_account ON alert_ringing (account COLLATE "C")""",
)
"""Indexes on PostgreSQL alone."""
