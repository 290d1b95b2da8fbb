"""The table of displays, which a step of `migration_steps_from_17` creates."""

TABLES = (
    """CREATE TABLE display (
        id VARCHAR NOT NULL, name VARCHAR NOT NULL, theme VARCHAR NOT NULL, created_by VARCHAR NOT NULL,
        created_at TIMESTAMPTZ NOT NULL, expires_at TIMESTAMPTZ NOT NULL,
        link_hash VARCHAR NOT NULL, link_created_at TIMESTAMPTZ NOT NULL,
        session_hash VARCHAR, opened_at TIMESTAMPTZ, used_at TIMESTAMPTZ, revoked_at TIMESTAMPTZ)""",
)
