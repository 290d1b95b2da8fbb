"""The tables of reminders, which a step of `migration_steps` creates."""

TABLES = (
    """CREATE TABLE reminder_preference (
        account VARCHAR NOT NULL, rhythm VARCHAR NOT NULL, weekday INTEGER NOT NULL, hour INTEGER NOT NULL,
        changed_at TIMESTAMPTZ NOT NULL, by_link BOOLEAN NOT NULL)""",
    """CREATE TABLE reminder (
        id VARCHAR NOT NULL, account VARCHAR NOT NULL, generation INTEGER NOT NULL, claimed_at TIMESTAMPTZ NOT NULL,
        state VARCHAR NOT NULL, tries INTEGER NOT NULL, tried_at TIMESTAMPTZ NOT NULL,
        used_at TIMESTAMPTZ, confirmed INTEGER, revoked_at TIMESTAMPTZ)""",
    """CREATE TABLE reminder_unit (
        reminder VARCHAR NOT NULL, unit VARCHAR NOT NULL, position BIGINT NOT NULL, absent VARCHAR NOT NULL)""",
    """CREATE TABLE deputyship (
        account VARCHAR NOT NULL, deputy VARCHAR NOT NULL, first_day DATE NOT NULL, last_day DATE NOT NULL,
        instead BOOLEAN NOT NULL, named_at TIMESTAMPTZ NOT NULL, ended_at TIMESTAMPTZ)""",
    """CREATE TABLE late_notice (
        id VARCHAR NOT NULL, claimed_at TIMESTAMPTZ NOT NULL, state VARCHAR NOT NULL,
        tries INTEGER NOT NULL, tried_at TIMESTAMPTZ NOT NULL)""",
    """CREATE TABLE late_notice_unit (notice VARCHAR NOT NULL, unit VARCHAR NOT NULL, position BIGINT NOT NULL)""",
)

INDEXES = (
    """CREATE INDEX reminder_id ON reminder (id COLLATE "C")""",
    """CREATE INDEX reminder_claimed ON reminder (claimed_at)""",
    """CREATE INDEX reminder_unit_reminder ON reminder_unit (reminder COLLATE "C")""",
    """CREATE INDEX late_notice_unit_unit ON late_notice_unit (unit COLLATE "C")""",
)
"""Indexes on PostgreSQL alone."""
