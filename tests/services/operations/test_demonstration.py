import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pyarrow.compute as pc
import pytest

from ror import demo
from ror.errors import DatabaseError
from ror.model.capacity import Counts
from ror.model.rights import Action, Role, entitled
from ror.services import events
from ror.services.accounts import administer, sign_in
from ror.services.availability.declare import DeclarationDraft, close_until, declare
from ror.services.availability.mask import mask, search
from ror.services.operations import demonstration
from ror.services.registry import edit
from ror.settings import settings
from ror.store import accounts, registry
from ror.store.board import board, past
from ror.store.engine.database import Database
from tests.demo.checks import REGION, UNITS
from tests.region import board_rows, build, rows

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
MANAGER = next(account for account in REGION.accounts if account.login == "responsable")
ENTITIES = {structure.finess: structure.legal_entity for structure in REGION.structures}


@pytest.fixture(scope="module", autouse=True)
def _short_history():
    """Seed a hundred days instead of a year: no unit that declares is silent longer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demonstration, "HISTORY", timedelta(days=100))
        yield


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """Return the file of a demonstration just prepared, and how many events that wrote."""
    path = tmp_path_factory.mktemp("demonstration") / "prepared.duckdb"
    db = Database(path)
    count = demonstration.prepare(db, NOW)
    db.close()
    return path, count


@pytest.fixture
def database(prepared, tmp_path):
    """Yield a copy of that demonstration, which a test may change."""
    db = Database(shutil.copy(prepared[0], tmp_path / "demonstration.duckdb"))
    yield db
    db.close()


def events_since(db, after=NOW):
    """Return the events recorded from an instant on, oldest first."""
    with db.reader() as cursor:
        query = "SELECT position, unit, observed_at, recorded_at FROM declaration WHERE recorded_at >= ? ORDER BY position"
        return cursor.execute(query, [after]).to_arrow_table().to_pylist()


def count_events(db):
    with db.reader() as cursor:
        return cursor.execute("SELECT count(*) FROM declaration").fetchone()[0]


def declaring_units(since, until):
    """Return the open units of the demonstration's manager that declare in a window of the rhythm."""
    declaring = set(demo.rhythm(UNITS, since, until)["unit"].to_pylist())
    return [unit.id for unit in own_units() if unit.id in declaring]


def own_units():
    return [unit for unit in REGION.units if MANAGER.perimeter.holds("", "", ENTITIES[unit.structure]) and not unit.closed]


def declare_manually(db, unit, at):
    board = board_rows(db, at)[unit]
    number = 1 if board["available"] == 0 else 0
    draft = DeclarationDraft(unit, Counts(number), "Écrit à la main", seen_position=board["position"])
    return declare(db, MANAGER, draft, at, confirmed=True)


def test_an_empty_file_is_seeded_with_a_region_of_plausible_size_and_every_age_band(seeded, tmp_path):
    db = Database(shutil.copy(seeded, tmp_path / "seeded.duckdb"))
    with db.reader() as cursor:
        counts = registry.counts(cursor)
        query = "SELECT min(recorded_at) AS first, max(recorded_at) AS last FROM declaration"
        (recorded,) = cursor.execute(query).to_arrow_table().to_pylist()
    assert timedelta(days=364) < recorded["last"] - recorded["first"] < timedelta(days=366)
    board = board_rows(db, recorded["last"])
    bands = [row["rank"] for row in board.values()]
    assert counts["structure"] >= 350
    assert counts["unit"] == len(board) >= 1_800
    assert {0, 1, 2, 3, 4} <= set(bands)
    assert bands.count(None) > 0
    assert 0 < sum(row["overdue"] for row in board.values()) < len(board) / 2
    assert count_events(db) == db.position - 1 >= 300_000
    db.close()


def test_the_events_written_are_those_that_are_counted(database, prepared):
    assert count_events(database) == prepared[1] == database.position - 1


def test_nothing_is_declared_in_the_future(database):
    assert max(row["recorded_at"] for row in events_since(database, NOW - HOUR)) < NOW


def test_the_four_accounts_sign_in_and_the_others_have_no_password(database):
    with database.reader() as cursor:
        stored = [accounts.by_login(cursor, account.login) for account in REGION.accounts]
    with_password = {account.login: account for account, password_hash in stored if password_hash}
    assert {login: account.roles for login, account in with_password.items()} == {
        login: frozenset({role}) for login, role in demonstration.SIGN_INS.items()
    }
    token = sign_in.open_session(database, sign_in.sign_in(database, "responsable", demonstration.PASSWORD, NOW).ticket, NOW)
    account = sign_in.account_of(database, token, NOW)
    assert account == MANAGER
    assert entitled(account, Action.DECLARE)
    assert account.roles == frozenset({Role.MANAGER})


def test_preparing_again_at_once_adds_nothing(database):
    before, position = count_events(database), database.position
    registered = rows(database, "unit")
    assert demonstration.prepare(database, NOW) == 0
    assert (count_events(database), database.position) == (before, position)
    assert rows(database, "unit") == registered


def test_preparing_an_hour_later_adds_the_declarations_of_that_hour_only(database):
    before, position = count_events(database), database.position
    last = max(row["recorded_at"] for row in events_since(database, NOW - HOUR))
    added = demonstration.prepare(database, NOW + HOUR)
    new = events_since(database, last + timedelta(microseconds=1))
    assert added == len(new) == count_events(database) - before > 0
    assert [row["position"] for row in new] == list(range(position + 1, position + 1 + added))
    assert all(last < row["recorded_at"] < NOW + HOUR for row in new)


def test_two_hours_in_two_steps_give_the_same_events_as_at_once(database, prepared, tmp_path):
    demonstration.prepare(database, NOW + HOUR)
    demonstration.prepare(database, NOW + 2 * HOUR)
    other = Database(shutil.copy(prepared[0], tmp_path / "other.duckdb"))
    demonstration.prepare(other, NOW + 2 * HOUR)
    assert events_since(database) == events_since(other)
    other.close()


def test_a_manual_declaration_stays_current_until_the_rhythm_has_a_later_one(database):
    declared_at, later = NOW + 30 * MINUTE, NOW + 90 * MINUTE
    quiet = next(unit.id for unit in own_units() if unit.id not in declaring_units(declared_at, later))
    written = declare_manually(database, quiet, declared_at)
    demonstration.prepare(database, later)
    row = board_rows(database, later)[quiet]
    assert (row["position"], row["comment"], row["observed_at"]) == (written.position, "Écrit à la main", declared_at)


def test_no_older_event_supersedes_a_manual_declaration(database):
    before, declared_at, later = NOW, NOW + 60 * MINUTE, NOW + 120 * MINUTE
    units = declaring_units(before, declared_at)
    written = {unit: declare_manually(database, unit, declared_at) for unit in units}
    demonstration.prepare(database, later)
    assert len(units) > 0
    for unit in units:
        row = board_rows(database, later)[unit]
        assert row["position"] == written[unit].position or row["observed_at"] > declared_at


def test_the_rhythm_goes_on_after_a_manual_declaration(database):
    declared_at, later = NOW + 10 * MINUTE, NOW + 180 * MINUTE
    unit = declaring_units(declared_at + MINUTE, later)[0]
    written = declare_manually(database, unit, declared_at)
    demonstration.prepare(database, later)
    assert board_rows(database, later)[unit]["position"] > written.position


def test_a_manual_declaration_does_not_suppress_the_hour_before_it(database, prepared, tmp_path):
    unit, declared_at, later = own_units()[0].id, NOW + 60 * MINUTE, NOW + 61 * MINUTE
    untouched = Database(shutil.copy(prepared[0], tmp_path / "untouched.duckdb"))
    declare_manually(database, unit, declared_at)
    boards = []
    for db in (untouched, database):
        demonstration.prepare(db, later)
        boards.append({key: row["observed_at"] for key, row in board_rows(db, later).items() if key != unit})
    untouched.close()
    assert boards[0] == boards[1]


def close_unit(db, until):
    """Close a unit that declares every hour until a day; returns it and the event."""
    unit = declaring_units(NOW + MINUTE, NOW + 3 * HOUR)[0]
    event = close_until(db, MANAGER, unit, until, "Travaux", board_rows(db, NOW)[unit]["position"], NOW + MINUTE)
    return unit, event


def test_a_unit_closed_for_a_time_stays_closed(database):
    unit, event = close_unit(database, date(2026, 12, 1))
    demonstration.prepare(database, NOW + 3 * HOUR)
    row = board_rows(database, NOW + 3 * HOUR)[unit]
    assert (row["position"], row["open"], row["available"]) == (event.position, False, 0)


def test_a_unit_reopened_early_declares_again(database):
    unit, _ = close_unit(database, date(2026, 12, 1))
    reopened = declare_manually(database, unit, NOW + 2 * MINUTE)
    demonstration.prepare(database, NOW + 3 * HOUR)
    assert board_rows(database, NOW + 3 * HOUR)[unit]["position"] > reopened.position


def test_a_real_region_never_receives_invented_numbers(tmp_path):
    real = Database(tmp_path / "real.duckdb")
    build(real)
    before = rows(real, "account")
    with pytest.raises(DatabaseError, match="ROR_DEMO=0"):
        demonstration.prepare(real, NOW)
    assert rows(real, "declaration") == []
    assert rows(real, "account") == before
    real.close()


def test_the_accounts_of_people_never_get_fictitious_ones_beside_them(tmp_path):
    """A region may have its accounts before its structures, and an « admin » as the demonstration has."""
    real = Database(tmp_path / "real.duckdb")
    administrator = frozenset({Role.ADMINISTRATOR})
    administer.create_account(real, None, administer.AccountDraft("admin", "Alix Vraie", administrator), NOW)
    with pytest.raises(DatabaseError, match="accounts of people"):
        demonstration.prepare(real, NOW)
    assert [row[2] for row in rows(real, "account")] == ["Alix Vraie"]
    assert not rows(real, "structure")
    real.close()


def test_several_windows_give_the_same_history_as_one(database, tmp_path):
    in_pieces = Database(tmp_path / "pieces.duckdb")
    written = demonstration.prepare(in_pieces, NOW, replace(demo.REGIONAL, window=timedelta(days=20)))
    assert written == count_events(database)
    assert events_since(in_pieces, NOW - timedelta(days=2)) == events_since(database, NOW - timedelta(days=2))
    in_pieces.close()


def test_an_interrupted_seeding_goes_on_where_it_stopped(database, tmp_path):
    scale = replace(demo.REGIONAL, window=timedelta(days=20))
    interrupted = Database(tmp_path / "interrupted.duckdb")

    def interrupt(done, total):
        if done > timedelta(days=45).total_seconds():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        demonstration.prepare(interrupted, NOW, scale, interrupt)
    assert 0 < count_events(interrupted) < count_events(database)
    demonstration.prepare(interrupted, NOW, scale)
    assert count_events(interrupted) == count_events(database)
    units, expected = rows(interrupted, "unit"), rows(database, "unit")
    # The last column but one dates the entries, which were written at two times.
    assert [unit[:-2] + unit[-1:] for unit in units] == [unit[:-2] + unit[-1:] for unit in expected]
    interrupted.close()


def test_of_two_servers_that_start_together_one_plays(database, prepared, tmp_path):
    """The second server computes its window before the first has written it."""
    scale, later = replace(demo.REGIONAL, window=timedelta(hours=1)), NOW + 2 * HOUR
    first_done = []

    def meanwhile(done, total):
        if not first_done:
            first_done.append(demonstration.prepare(database, later))

    second = demonstration.prepare(database, later, scale, meanwhile)
    alone = Database(shutil.copy(prepared[0], tmp_path / "alone.duckdb"))
    assert second + first_done[0] == demonstration.prepare(alone, later)
    assert events_since(database) == events_since(alone)
    alone.close()


SLICE = replace(demo.NATIONAL, departments=("2B", "94"), times=2)


def test_a_server_does_not_play_a_country_but_the_command_does(own_settings, tmp_path, monkeypatch):
    monkeypatch.setenv("ROR_DEMO", "1")
    settings.cache_clear()
    monkeypatch.setitem(demo.SCALES, SLICE.name, SLICE)
    monkeypatch.setattr(demonstration, "HISTORY", timedelta(days=40))
    country = Database(tmp_path / "country.duckdb")
    progress: list[tuple[int, int]] = []
    first = demonstration.prepare(country, NOW, SLICE, lambda *step: progress.append(step))
    assert first == count_events(country) > 0
    window, history = (int(span.total_seconds()) for span in (SLICE.window, demonstration.HISTORY))
    assert progress[0] == (window, history)
    assert progress[-1] == (history, history)
    demonstration.start(country, NOW + HOUR)
    assert count_events(country) == first
    assert demonstration.prepare(country, NOW + HOUR) == count_events(country) - first > 0
    country.close()


def test_a_seeded_region_cannot_become_a_country(database):
    before = count_events(database)
    with pytest.raises(DatabaseError, match="at scale region"):
        demonstration.prepare(database, NOW + HOUR, SLICE)
    assert count_events(database) == before


def test_production_refuses_the_demonstration(own_settings, tmp_path, monkeypatch):
    monkeypatch.setenv("ROR_PRODUCTION", "1")
    settings.cache_clear()
    empty = Database(tmp_path / "empty.duckdb")
    with pytest.raises(DatabaseError, match="ROR_PRODUCTION"):
        demonstration.prepare(empty, NOW)
    assert rows(empty, "structure") == []
    empty.close()


def test_preparing_publishes_one_change_to_open_screens(database):
    published: list[events.CommitEvent] = []
    stop = events.subscribe(published.append)
    demonstration.prepare(database, NOW + HOUR)
    stop()
    assert published == [events.CommitEvent(database.position)]
    assert replace(published[0], position=0) == events.CommitEvent(0)


def test_the_rhythm_does_not_repeat_masked_comments(database):
    masked = search(database, None, "", NOW)[0].slice(0, 10).to_pylist()
    for row in masked:
        mask(database, None, row["position"], NOW)
    units, position = {row["unit"] for row in masked}, database.position
    demonstration.prepare(database, NOW + timedelta(days=12))
    with database.reader() as cursor:
        query = "SELECT unit, comment FROM declaration WHERE position > ?"
        played = cursor.execute(query, [position]).fetchall()
    assert len(units & {unit for unit, _ in played}) > len(units) / 2
    assert {comment for unit, comment in played if unit in units} == {""}
    assert {comment for unit, comment in played if unit not in units} > {""}


def test_a_demonstration_that_another_version_seeded_goes_on(tmp_path, monkeypatch):
    """Its registry and its events are those of another seed: the rhythm plays its units, not those of today's region."""
    db, later = Database(tmp_path / "older.duckdb"), NOW + 2 * HOUR
    with monkeypatch.context() as older:
        older.setattr(demo, "build_region", partial(demo.build_region, 7))
        older.setattr(demo, "rhythm", partial(demo.rhythm, seed=7))
        demonstration.prepare(db, NOW, replace(demo.REGIONAL, window=timedelta(days=366)))
    before, last = count_events(db), max(row["recorded_at"] for row in events_since(db, NOW - HOUR))
    units = set(board_rows(db, NOW))
    assert units - {unit.id for unit in REGION.units}
    added = demonstration.prepare(db, later)
    new = events_since(db, last + timedelta(microseconds=1))
    assert added == len(new) == count_events(db) - before > 50
    assert {row["unit"] for row in new} <= units
    db.close()


def test_a_server_without_the_setting_writes_nothing_into_its_database(tmp_path):
    db = Database(tmp_path / "real.duckdb")
    demonstration.start(db, NOW)
    assert count_events(db) == db.position == 0
    db.close()


def test_a_server_without_the_setting_refuses_the_database_of_the_demonstration(database):
    with pytest.raises(DatabaseError, match="start with ROR_DEMO=1"):
        demonstration.start(database, NOW)


def test_a_server_plays_what_its_region_declared_since(database, monkeypatch):
    monkeypatch.setenv("ROR_DEMO", "1")
    settings.cache_clear()
    before = count_events(database)
    demonstration.start(database, NOW + HOUR)
    assert count_events(database) > before


def kinds_played(db, since):
    """Return the kind of the first event of each unit recorded after an instant."""
    with db.reader() as cursor:
        query = "SELECT unit, arg_min(kind, position) FROM declaration WHERE recorded_at > ? GROUP BY unit"
        return dict(cursor.execute(query, [since]).fetchall())


def test_an_event_after_a_manual_declaration_confirms_it_only_if_it_repeats_it(database):
    """No event of the rhythm has the comment of the manual one: none of them confirms it."""
    declared_at, later = NOW + MINUTE, NOW + 3 * HOUR
    units = declaring_units(declared_at, later)
    usual = demo.rhythm(UNITS, NOW - demonstration.HISTORY, later)
    usual = usual.filter(pc.greater(usual["recorded_at"], declared_at))
    usual = dict(zip(usual["unit"].to_pylist()[::-1], usual["kind"].to_pylist()[::-1], strict=True))
    for unit in units:
        declare_manually(database, unit, declared_at)
    demonstration.prepare(database, later)
    played = kinds_played(database, declared_at)
    assert {played[unit] for unit in units} == {"declared"}
    others = usual.keys() - set(units)
    assert {unit: played[unit] for unit in others} == {unit: usual[unit] for unit in others}
    assert "confirmed" in {usual[unit] for unit in others}


def test_a_unit_that_opens_again_declares_its_number(database):
    unit, _ = close_unit(database, date(2026, 11, 24))
    demonstration.prepare(database, NOW + timedelta(days=2))
    row = board_rows(database, NOW + timedelta(days=2))[unit]
    assert (row["open"], row["closed_until"]) == (True, None)
    assert kinds_played(database, NOW + MINUTE)[unit] == "declared"


def test_a_unit_that_an_administrator_closed_declares_nothing(database):
    unit = declaring_units(NOW + MINUTE, NOW + 3 * HOUR)[0]
    edit.close_unit(database, None, unit, NOW + MINUTE)
    demonstration.prepare(database, NOW + 3 * HOUR)
    assert unit not in kinds_played(database, NOW)


def test_units_that_never_declared_were_there_the_day_before_too(database):
    current = board.current(database)
    with database.reader() as cursor:
        before = past.board_at(cursor, current, NOW - timedelta(days=1))
    silent = {unit for unit, row in board_rows(database, NOW).items() if row["observed_at"] is None}
    assert silent
    assert silent <= set(before.units["unit"].to_pylist())
