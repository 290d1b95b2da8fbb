"""The tables of the reports of the region, which a step of `migration_steps_from_17` creates."""

TABLES = (
    """CREATE TABLE daily_report_schedule (hours VARCHAR NOT NULL, changed_at TIMESTAMPTZ NOT NULL)""",
    """CREATE TABLE daily_report_subscriber (account VARCHAR NOT NULL, subscribed_at TIMESTAMPTZ NOT NULL)""",
    # `hour` is null for a report on demand. The counts are those that the archive lists.
    """CREATE TABLE daily_report (
        id VARCHAR NOT NULL, day DATE NOT NULL, hour INTEGER, created_at TIMESTAMPTZ NOT NULL, position BIGINT NOT NULL,
        since TIMESTAMPTZ, beds INTEGER NOT NULL, places INTEGER NOT NULL, units INTEGER NOT NULL, overdue INTEGER NOT NULL)""",
    # A table of its own, so that listing the archive does not read the files.
    """CREATE TABLE daily_report_file (report VARCHAR NOT NULL, form VARCHAR NOT NULL, content BLOB NOT NULL)""",
    """CREATE TABLE daily_report_delivery (
        report VARCHAR NOT NULL, account VARCHAR NOT NULL, state VARCHAR NOT NULL,
        tries INTEGER NOT NULL, tried_at TIMESTAMPTZ NOT NULL)""",
)

INDEXES = (
    """CREATE INDEX daily_report_created ON daily_report (created_at)""",
    """CREATE INDEX daily_report_file_report ON daily_report_file (report COLLATE "C")""",
    """CREATE INDEX daily_report_delivery_report ON daily_report_delivery (report COLLATE "C")""",
)
"""Indexes on PostgreSQL alone."""
