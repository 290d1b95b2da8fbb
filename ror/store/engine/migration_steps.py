"""The numbered steps up to 16; `migrations` applies them, then those of `migration_steps_from_17`."""

from datetime import UTC, datetime

from ror.model.journal import Act, JournalLine, Outcome, format_purge, to_json
from ror.store import chain
from ror.store.engine import reminder_tables
from ror.store.engine.engine import Cursor
from ror.store.engine.migration import Migration


def _record_last_purge(cursor: Cursor) -> None:
    """Write the journal line of the last purge, which earlier versions did not write; it contains the checkpoint."""
    head = chain.head(cursor)
    for checkpoint in chain.checkpoints(cursor):
        purge = to_json(format_purge(checkpoint))
        done = (datetime.now(UTC), str(Act.JOURNAL), str(Outcome.DONE), "", "", "journal", "", purge)
        head = chain.append(cursor, JournalLine(head.number + 1, *done, previous=head.hash))


_FLAGS = (
    """ALTER TABLE structure ADD COLUMN closed BOOLEAN DEFAULT false""",
    """ALTER TABLE declaration ADD COLUMN masked BOOLEAN DEFAULT false""",
)

_SAVE_ID = ("ALTER TABLE declaration ADD COLUMN save_id VARCHAR DEFAULT ''",)

_LEGAL_ENTITY_ADDRESS = (
    "ALTER TABLE legal_entity ADD COLUMN address VARCHAR DEFAULT ''",
    "ALTER TABLE legal_entity ADD COLUMN postal_code VARCHAR DEFAULT ''",
    "ALTER TABLE legal_entity ADD COLUMN commune VARCHAR DEFAULT ''",
)

_UNIT_KIND = (
    "ALTER TABLE unit ADD COLUMN nature VARCHAR DEFAULT ''",
    "ALTER TABLE unit ADD COLUMN care_mode VARCHAR DEFAULT ''",
    "ALTER TABLE unit ADD COLUMN activity_field VARCHAR DEFAULT ''",
)

_UNIT_DESCRIPTION = (
    *(
        f"ALTER TABLE unit ADD COLUMN {name} VARCHAR DEFAULT ''"
        for name in ("patient_type", "short_name", "psychiatric_sector", "intervention_zone", "operational_activity")
    ),
    "ALTER TABLE unit ADD COLUMN sensitive BOOLEAN DEFAULT false",
)


def _creation(table: str, key: str) -> tuple[str, ...]:
    """Return the statements that add the column `created_at` to a table and fill it with the best date known.

    It is the date of the entry's creation in the journal, else of the first import, else of the first change of the registry,
    else 1970.
    """
    created = f"""SELECT min(happened_at) FROM journal
        WHERE act = 'registry' AND outcome = 'done' AND before = '' AND subject = '{table}:' || {key}"""  # noqa: S608
    imported = "SELECT min(recorded_at) FROM registry_change WHERE what NOT LIKE 'edit %'"
    return (
        f"ALTER TABLE {table} ADD COLUMN created_at TIMESTAMPTZ",
        f"""UPDATE {table} SET created_at = coalesce(
            ({created}), ({imported}), (SELECT min(recorded_at) FROM registry_change),
            TIMESTAMPTZ '1970-01-01 00:00:00+00')""",  # noqa: S608 - constants
    )


_CREATION = (
    *_creation("legal_entity", "finess"),
    *_creation("structure", "finess"),
    *_creation("unit", "id"),
    """UPDATE unit SET created_at = first.at
        FROM (SELECT unit AS id, min(recorded_at) AS at FROM declaration GROUP BY unit) AS first
        WHERE first.id = unit.id AND first.at < unit.created_at""",
)

_PARTS = (
    "ALTER TABLE declaration ADD COLUMN parts VARCHAR DEFAULT ''",
    "ALTER TABLE declaration ADD COLUMN capacity_type VARCHAR DEFAULT ''",
)

_FIRST_SIGN_IN = (
    "ALTER TABLE account ADD COLUMN first_signed_in_at TIMESTAMPTZ",
    # An account with a password may have signed in before any trace that is left: it must not be invited.
    """UPDATE account SET first_signed_in_at = coalesce(
        (SELECT min(trace.at) FROM (
            SELECT account AS id, opened_at AS at FROM session
            UNION ALL SELECT account, signed_in_at FROM origin
            UNION ALL SELECT actor, happened_at FROM journal WHERE act = 'sign_in' AND outcome = 'done'
        ) AS trace WHERE trace.id = account.id),
        CASE WHEN password_hash <> '' THEN TIMESTAMPTZ '1970-01-01 00:00:00+00' END)""",
    "ALTER TABLE session ADD COLUMN narrowing VARCHAR",
)

_BED_TELEPHONES = tuple(f"ALTER TABLE {table} ADD COLUMN bed_telephone VARCHAR DEFAULT ''" for table in ("structure", "unit"))
_CHANNEL = ("ALTER TABLE declaration ADD COLUMN channel VARCHAR DEFAULT ''",)

STEPS = (
    Migration(
        1,
        "registry, declarations, accounts, sessions",
        (
            """CREATE TABLE legal_entity (finess VARCHAR NOT NULL, name VARCHAR NOT NULL)""",
            """CREATE TABLE structure (
                finess VARCHAR NOT NULL, legal_entity VARCHAR NOT NULL, name VARCHAR NOT NULL,
                category_code VARCHAR NOT NULL, category VARCHAR NOT NULL,
                address VARCHAR NOT NULL, postal_code VARCHAR NOT NULL, commune VARCHAR NOT NULL,
                commune_code VARCHAR NOT NULL, department VARCHAR NOT NULL, telephone VARCHAR NOT NULL,
                latitude DOUBLE, longitude DOUBLE)""",
            """CREATE TABLE unit (
                id VARCHAR NOT NULL, structure VARCHAR NOT NULL, name VARCHAR NOT NULL, unit_type VARCHAR NOT NULL,
                installed INTEGER, telephone VARCHAR NOT NULL, closed BOOLEAN NOT NULL)""",
            """CREATE TABLE registry_change (
                position BIGINT NOT NULL, what VARCHAR NOT NULL, recorded_at TIMESTAMPTZ NOT NULL)""",
            """CREATE TABLE declaration (
                position BIGINT NOT NULL, kind VARCHAR NOT NULL, unit VARCHAR NOT NULL, temporality VARCHAR NOT NULL,
                available INTEGER, installed INTEGER, occupied INTEGER, reserved INTEGER, closed INTEGER,
                supplementary INTEGER, comment VARCHAR NOT NULL, closed_until DATE, source_type VARCHAR NOT NULL,
                account VARCHAR NOT NULL, observed_at TIMESTAMPTZ, recorded_at TIMESTAMPTZ NOT NULL, acts_on BIGINT)""",
            """CREATE TABLE account (
                id VARCHAR NOT NULL, login VARCHAR NOT NULL, name VARCHAR NOT NULL, password_hash VARCHAR NOT NULL,
                disabled BOOLEAN NOT NULL)""",
            """CREATE TABLE account_role (account VARCHAR NOT NULL, role VARCHAR NOT NULL)""",
            """CREATE TABLE account_perimeter (account VARCHAR NOT NULL, kind VARCHAR NOT NULL, key VARCHAR NOT NULL)""",
            """CREATE TABLE session (
                token_hash VARCHAR NOT NULL, account VARCHAR NOT NULL, opened_at TIMESTAMPTZ NOT NULL,
                seen_at TIMESTAMPTZ NOT NULL, closed_at TIMESTAMPTZ)""",
            """CREATE TABLE used_ticket (nonce VARCHAR NOT NULL, used_at TIMESTAMPTZ NOT NULL)""",
        ),
    ),
    Migration(
        2,
        "journal, attempts, one-time links, second factor, mail and identity of accounts, closed structures",
        (
            """ALTER TABLE account ADD COLUMN mail VARCHAR DEFAULT ''""",
            """ALTER TABLE account ADD COLUMN identity VARCHAR DEFAULT ''""",
            """ALTER TABLE account ADD COLUMN generation INTEGER DEFAULT 0""",
            """CREATE TABLE second_factor (
                account VARCHAR NOT NULL, sealed_secret VARCHAR NOT NULL, last_step BIGINT NOT NULL)""",
            """CREATE TABLE recovery_code (account VARCHAR NOT NULL, code_hash VARCHAR NOT NULL)""",
            """CREATE TABLE one_time_link (
                token_hash VARCHAR NOT NULL, account VARCHAR NOT NULL, made_at TIMESTAMPTZ NOT NULL)""",
            """CREATE TABLE attempt (key VARCHAR NOT NULL, failed_at TIMESTAMPTZ NOT NULL)""",
            """CREATE TABLE origin (
                id VARCHAR NOT NULL, account VARCHAR NOT NULL, address VARCHAR NOT NULL,
                seen_at TIMESTAMPTZ NOT NULL, signed_in_at TIMESTAMPTZ)""",
            """CREATE TABLE journal (
                number BIGINT NOT NULL, happened_at TIMESTAMPTZ NOT NULL, act VARCHAR NOT NULL, outcome VARCHAR NOT NULL,
                actor VARCHAR NOT NULL, origin VARCHAR NOT NULL, subject VARCHAR NOT NULL,
                before VARCHAR NOT NULL, after VARCHAR NOT NULL, previous VARCHAR NOT NULL, hash VARCHAR NOT NULL)""",
            """CREATE TABLE journal_head (number BIGINT NOT NULL, hash VARCHAR NOT NULL)""",
            """CREATE TABLE journal_checkpoint (
                number BIGINT NOT NULL, hash VARCHAR NOT NULL, purged_at TIMESTAMPTZ NOT NULL)""",
        ),
        on_file=_FLAGS,
        # On PostgreSQL directly, since DuckDB does not pass the default of a flag on to it.
        on_postgresql=_FLAGS,
    ),
    Migration(
        3,
        "the events of a unit, the last position and what every interaction reads are found without reading the rest",
        on_file=("CREATE INDEX declaration_unit ON declaration (unit)",),
        # Collation "C", since DuckDB compares bytes: PostgreSQL would not use an index in its own collation.
        on_postgresql=(
            """CREATE INDEX declaration_unit ON declaration (unit COLLATE "C", position)""",
            """CREATE INDEX declaration_position ON declaration (position)""",
            """CREATE INDEX declaration_account ON declaration (account COLLATE "C")""",
            """CREATE INDEX registry_change_position ON registry_change (position)""",
            """CREATE INDEX legal_entity_finess ON legal_entity (finess COLLATE "C")""",
            """CREATE INDEX structure_finess ON structure (finess COLLATE "C")""",
            """CREATE INDEX unit_id ON unit (id COLLATE "C")""",
            """CREATE INDEX unit_structure ON unit (structure COLLATE "C")""",
            """CREATE INDEX account_id ON account (id COLLATE "C")""",
            """CREATE INDEX account_role_account ON account_role (account COLLATE "C")""",
            """CREATE INDEX account_perimeter_account ON account_perimeter (account COLLATE "C")""",
            """CREATE INDEX second_factor_account ON second_factor (account COLLATE "C")""",
            """CREATE INDEX session_token ON session (token_hash COLLATE "C")""",
            """CREATE INDEX attempt_key ON attempt (key COLLATE "C")""",
            """CREATE INDEX origin_account ON origin (account COLLATE "C")""",
            """CREATE INDEX journal_number ON journal (number)""",
            """CREATE INDEX journal_happened ON journal (happened_at)""",
        ),
    ),
    Migration(
        4,
        "tokens of other systems",
        (
            """CREATE TABLE token (
                account VARCHAR NOT NULL, token_hash VARCHAR NOT NULL, made_by VARCHAR NOT NULL,
                made_at TIMESTAMPTZ NOT NULL, expires_at TIMESTAMPTZ NOT NULL,
                used_at TIMESTAMPTZ, revoked_at TIMESTAMPTZ)""",
        ),
        on_postgresql=("""CREATE INDEX token_hash ON token (token_hash COLLATE "C")""",),
    ),
    Migration(
        5,
        "the form that wrote a declaration: sent twice, it is written once",
        on_file=_SAVE_ID,
        on_postgresql=_SAVE_ID,
    ),
    Migration(
        6,
        "the last purge of the journal stands in a line of it",
        # Earlier checkpoints have no lines left to check.
        ("DELETE FROM journal_checkpoint WHERE number < (SELECT max(number) FROM journal_checkpoint)",),
        last=_record_last_purge,
    ),
    Migration(
        7,
        "addresses of legal entities",
        on_file=_LEGAL_ENTITY_ADDRESS,
        on_postgresql=_LEGAL_ENTITY_ADDRESS,
    ),
    Migration(
        8,
        "what a unit says that it counts, its mode of care and its activity field",
        on_file=_UNIT_KIND,
        on_postgresql=_UNIT_KIND,
    ),
    Migration(
        9,
        "what the region decides of types of units, the words of its needs, and what describes a unit",
        (
            """CREATE TABLE unit_type_decision (
                unit_type VARCHAR NOT NULL, capacity_type VARCHAR, duty_hours INTEGER, followed BOOLEAN NOT NULL,
                needs VARCHAR)""",
            """CREATE TABLE need_words (need VARCHAR NOT NULL, words VARCHAR NOT NULL)""",
        ),
        on_file=_UNIT_DESCRIPTION,
        on_postgresql=_UNIT_DESCRIPTION,
    ),
    Migration(
        10,
        "the parts of the counts of a declaration (by sex, kind of closing...), and what its unit counted then",
        on_file=_PARTS,
        on_postgresql=_PARTS,
    ),
    Migration(
        11,
        "when legal entities, structures and units were created",
        on_file=_CREATION,
        on_postgresql=_CREATION,
    ),
    Migration(
        12,
        "units handed over for a shift",
        (
            """CREATE TABLE handover (
                unit VARCHAR NOT NULL, giver VARCHAR NOT NULL, receiver VARCHAR NOT NULL,
                given_at TIMESTAMPTZ NOT NULL, until TIMESTAMPTZ NOT NULL, ended_at TIMESTAMPTZ)""",
        ),
        on_postgresql=("""CREATE INDEX handover_receiver ON handover (receiver COLLATE "C")""",),
    ),
    Migration(
        13,
        "outlines of départements and communes that were imported",
        (
            """CREATE TABLE outline (
                kind VARCHAR NOT NULL, code VARCHAR NOT NULL, name VARCHAR NOT NULL,
                levels VARCHAR NOT NULL, version VARCHAR NOT NULL)""",
        ),
    ),
    Migration(
        14,
        "invitations of accounts that never signed in, and what single sign-on leaves of the rights of a session",
        (
            """CREATE TABLE invitation (
                token_hash VARCHAR NOT NULL, account VARCHAR NOT NULL, made_at TIMESTAMPTZ NOT NULL,
                delivery VARCHAR NOT NULL)""",
        ),
        on_file=_FIRST_SIGN_IN,
        on_postgresql=_FIRST_SIGN_IN,
    ),
    Migration(
        15,
        "telephones of bed management, and the channel by which a declaration came",
        on_file=(*_BED_TELEPHONES, *_CHANNEL),
        on_postgresql=(*_BED_TELEPHONES, *_CHANNEL),
    ),
    Migration(
        16,
        "reminders: preferences, mails and their units, deputies, notices of late units to another system",
        reminder_tables.TABLES,
        on_postgresql=reminder_tables.INDEXES,
    ),
)
