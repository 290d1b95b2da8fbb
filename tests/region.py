"""A tiny fictitious region, written through the store into a real database, and the fixtures that share it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import bcrypt
import pyarrow as pa
import pytest

from ror.model.capacity import Counts
from ror.model.declaration import Declaration, EventKind
from ror.model.filters import Filters
from ror.model.nomenclature import SourceType, unit_types
from ror.model.registry import LegalEntity, Structure, Unit
from ror.model.rights import Account, Perimeter, Role
from ror.model.unit_kind import UnitKind, unit_kind
from ror.settings import Settings, secret, settings
from ror.store import accounts, declarations, registry, registry_changes, second_factor
from ror.store.board import aging, consultation
from ror.store.board import board as boards
from ror.store.board.aging import AgingContext, Limits
from ror.store.engine.database import Database, Transaction, open_database
from ror.store.engine.postgresql import PostgreSQL
from tests.postgres import Postgres

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LIMITS = (1.0, 24.0, 168.0)
PASSWORD = "Fictif-et-long-2026"

LINDENS, WATERWAY = "990000101", "990000102"
HOSPITAL, CLINIC, SHELTER, HOME, ASYLUM = "990750001", "990930001", "990930002", "990940001", "990940002"

RESUSCITATION, WARD, DAY_HOSPITAL = "990750001-01", "990750001-02", "990750001-03"
CARDIAC, REHABILITATION = "990930001-01", "990930001-02"
HALT, HOME_CARE = "990930002-01", "990930002-02"
NURSING, LONG_STAY, CLOSED_UNIT = "990940001-01", "990940001-02", "990940001-03"
PSYCHIATRY, HOME_REHABILITATION = "990940002-01", "990940002-02"

LEGAL_ENTITIES = (
    LegalEntity(LINDENS, "Groupe hospitalier fictif des Tilleuls"),
    LegalEntity(WATERWAY, "Association fictive du Canal"),
)


def _structure(finess: str, owner: str, name: str, town: tuple[str, str, str], position: tuple[float, float]) -> Structure:
    postal_code, commune, code = town
    telephone = f"0199000{finess[-3:]}"
    return Structure(
        *(finess, owner, name, "355", "Centre Hospitalier", "1 rue des Exemples", postal_code, commune, code, code[:2]),
        *(telephone, *position),
    )


STRUCTURES = (
    _structure(HOSPITAL, LINDENS, "Hôpital fictif des Tilleuls", ("75013", "Paris", "75113"), (48.83, 2.36)),
    _structure(CLINIC, LINDENS, "Clinique fictive des Saules", ("93000", "Bobigny", "93008"), (48.91, 2.44)),
    _structure(SHELTER, WATERWAY, "Maison fictive du Canal", ("93200", "Saint-Denis", "93066"), (48.93, 2.36)),
    _structure(HOME, WATERWAY, "Résidence fictive des Ormes", ("94000", "Créteil", "94028"), (48.78, 2.45)),
    _structure(ASYLUM, WATERWAY, "Centre fictif des Érables", ("94200", "Ivry-sur-Seine", "94041"), (48.81, 2.39)),
)

UNITS = (
    Unit(RESUSCITATION, HOSPITAL, "Réanimation", "121", 12, "0199000201"),
    Unit(WARD, HOSPITAL, "Médecine interne", "16", 20, "0199000202"),
    Unit(DAY_HOSPITAL, HOSPITAL, "Hôpital de jour", "11", 8, "0199000203"),
    Unit(CARDIAC, CLINIC, "Soins intensifs de cardiologie", "262", 6, "0199000204"),
    Unit(REHABILITATION, CLINIC, "Rééducation", "100", 30, "0199000205"),
    Unit(HALT, SHELTER, "Lits halte", "93", None, "0199000206"),
    Unit(HOME_CARE, SHELTER, "Soins à domicile", "28", 40, "0199000207"),
    Unit(NURSING, HOME, "Hébergement", "21", 60, "0199000208"),
    Unit(LONG_STAY, HOME, "Longue durée", "249", 30, "0199000209"),
    Unit(CLOSED_UNIT, HOME, "Longue durée, aile fermée", "249", 14, "0199000210", closed=True),
    Unit(PSYCHIATRY, ASYLUM, "Psychiatrie", "174", 18, "0199000211"),
    Unit(HOME_REHABILITATION, ASYLUM, "Réadaptation à domicile", "130", 25, "0199000212"),
)
BY_ID = {unit.id: unit for unit in UNITS}

MANAGER = frozenset({Role.MANAGER})
CAMILLE = Account("camille", "camille", "Camille Exemple", MANAGER, Perimeter(legal_entities=frozenset({LINDENS})))
BLANCHE = Account("blanche", "blanche", "Blanche Modèle", MANAGER, Perimeter(structures=frozenset({HOSPITAL, HOME})))
CLAUDE = Account("claude", "claude", "Claude Essai", MANAGER, Perimeter(units=frozenset({HOME_CARE, DAY_HOSPITAL})))
DOMINIQUE = Account("dominique", "Dominique", "Dominique Témoin", frozenset({Role.PROFESSIONAL}))
DISABLED = Account("parted", "partie", "Personne Partie", MANAGER, CAMILLE.perimeter, disabled=True)
PASSWORDLESS = Account("silent", "muette", "Personne Sans Mot De Passe", MANAGER)
CORALIE = Account("coralie", "coralie", "Coralie Repère", frozenset({Role.COORDINATOR}))
ADELE = Account("adele", "adele", "Adèle Gabarit", frozenset({Role.ADMINISTRATOR}))
ACCOUNTS = (CAMILLE, BLANCHE, CLAUDE, DOMINIQUE, DISABLED, PASSWORDLESS, CORALIE, ADELE)


def cheap_hash(password: str) -> str:
    """Return a real bcrypt hash of the smallest cost."""
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()


def build(db: Database) -> None:
    """Write the region. Every account but `PASSWORDLESS` signs in with `PASSWORD`."""
    password_hash = cheap_hash(PASSWORD)
    with db.transaction() as transaction:
        for entries in (LEGAL_ENTITIES, STRUCTURES, UNITS):
            registry.merge(transaction, entries)
        registry_changes.record_change(transaction, "tests", NOW)
        accounts.add_all(transaction, [(account, "" if account is PASSWORDLESS else password_hash) for account in ACCOUNTS])


def store_account(db: Database, account: Account) -> Account:
    """Write an account, in place of the stored one of this id if there is one, and return it.

    Its second factor has a secret that opens nothing.
    """
    with db.transaction() as transaction:
        if stored := accounts.by_id(transaction.cursor, account.id):
            accounts.change(transaction, account)
        else:
            accounts.add(transaction, account)
        if account.second_factor and not (stored and stored.second_factor):
            second_factor.set_up(transaction, account.id, "sealed", 0, [])
    return account


def counting_kind(unit: Unit) -> UnitKind:
    """Return the kind of a unit that counts beds or places."""
    kind = unit_kind(unit)
    assert kind is not None
    return kind


def event(transaction: Transaction, unit: str, available: int | None, at: datetime | None = NOW, **others: Any) -> Declaration:
    """Build an event at the transaction's next position, not written yet; `others` are fields of `Declaration`."""
    declared = Declaration(
        position=transaction.next_position(),
        kind=EventKind.DECLARED,
        unit=unit,
        temporality=str(counting_kind(BY_ID[unit]).temporality),
        counts=Counts(available),
        comment="",
        closed_until=None,
        source_type=str(SourceType.MANUAL),
        account=CAMILLE.id,
        observed_at=at,
        recorded_at=at or NOW,
    )
    return replace(declared, **others)


def write(db: Database, unit: str, available: int | None, at: datetime | None = NOW, **others: Any) -> Declaration:
    """Write one event in a transaction of its own, without the checks of a declaration."""
    with db.transaction() as transaction:
        written = event(transaction, unit, available, at, **others)
        declarations.append(transaction, written)
    return written


class RolledBack(Exception):
    """Raised at the end of `rolled_back`, and caught there."""


@contextmanager
def rolled_back(db: Database) -> Iterator[Transaction]:
    """Open a transaction that is rolled back at the end."""
    with suppress(RolledBack), db.transaction() as transaction:
        yield transaction
        raise RolledBack


def close_for_a_time(db: Database, unit: str, until: date, at: datetime = NOW) -> Declaration:
    """Write a temporary closure."""
    return write(db, unit, 0, at, kind=EventKind.CLOSED, closed_until=until)


def change_unit(db: Database, unit: str, **changes: Any) -> None:
    """Change a unit in the registry, as an import does."""
    with db.transaction() as transaction:
        registry.merge(transaction, [replace(BY_ID[unit], **changes)])
        registry_changes.record_change(transaction, "tests", NOW)


def move(db: Database, finess: str, department: str) -> None:
    """Move a structure to another département, as an import does."""
    moved = next(structure for structure in STRUCTURES if structure.finess == finess)
    with db.transaction() as transaction:
        registry.merge(transaction, [replace(moved, department=department)])
        registry_changes.record_change(transaction, "tests", NOW)


def board_rows(db: Database, at: datetime = NOW, filters: Filters | None = None) -> dict[str, dict[str, Any]]:
    """Return the rows of the board at an instant, by id of the unit."""
    return {row["unit"]: row for row in aged_units(db, at, filters=filters).to_pylist()}


def aged_units(db: Database, at: datetime = NOW, limits: Limits = LIMITS, filters: Filters | None = None) -> pa.Table:
    """Return the rows of the units that pass the filters at an instant."""
    units = boards.current(db).units
    with db.reader() as cursor:
        return consultation.matching(aging.aged(cursor, units, AgingContext(at, limits)), filters or Filters())


def history(db: Database, unit: str, since: datetime = NOW - timedelta(days=90)) -> list[tuple[str, int]]:
    """Return the kinds and numbers of the history of a unit, oldest first."""
    with db.reader() as cursor:
        return [(row["kind"], row["available"]) for row in declarations.history(cursor, unit, since).to_pylist()]


def rows(db: Database, table: str) -> list[tuple[Any, ...]]:
    """Return every row of a table, as text, in a fixed order."""
    with db.reader() as cursor:
        return sorted(cursor.execute(f"SELECT COLUMNS(*)::VARCHAR FROM {table}").fetchall(), key=str)  # noqa: S608


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Isolate the settings of a test: nothing comes from the environment, nothing is written beside its data."""
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"ROR_{name.upper()}", raising=False)
    monkeypatch.setenv("ROR_DATABASE", str(tmp_path / "ror.duckdb"))
    monkeypatch.setenv("ROR_SECRET", "secret-of-the-tests-0123456789abcdef")
    monkeypatch.setenv("ROR_BCRYPT_COST", "4")
    _forget()
    yield
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    for cached in (settings, secret, unit_types, open_database):
        cached.cache_clear()


@pytest.fixture(scope="session")
def region_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the file of a database with the region in it, once; each test has a copy."""
    path = tmp_path_factory.mktemp("region") / "ror.duckdb"
    database = Database(path)
    build(database)
    database.close()
    return path


@pytest.fixture(scope="session")
def region_on_postgresql(postgres: Postgres) -> str:
    """Build a PostgreSQL database with the region in it, once, and return its address; each test has a copy."""
    address = postgres.new_database()
    database = Database(PostgreSQL(address))
    build(database)
    database.close()
    return address


@pytest.fixture
def db(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    """Open the database of one test: with the region if it uses the fixture `region`, else empty; on what `--store` names."""
    filled = "region" in request.fixturenames
    if request.config.getoption("store") == "postgresql":
        like = request.getfixturevalue("region_on_postgresql") if filled else ""
        database = Database(PostgreSQL(request.getfixturevalue("postgres").new_database(like)))
    else:
        path = tmp_path / "ror.duckdb"
        if filled:
            shutil.copy(request.getfixturevalue("region_file"), path)
        database = Database(path)
    yield database
    database.close()


@pytest.fixture
def region(db: Database) -> Database:
    """Return the database `db` with the region in it."""
    return db


def only_on_a_file(db: Database) -> Path:
    """Return the database's file; skip the test on a server, where there is none."""
    if db.path is None:
        pytest.skip("the test reads the file")
    return db.path
