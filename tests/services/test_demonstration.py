import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from ror import demo
from ror.errors import DatabaseError
from ror.model.capacity import Counts
from ror.model.rights import Action, Role, entitled
from ror.services import events
from ror.services.accounts import sign_in
from ror.services.availability.declare import DeclarationDraft, close_until, declare
from ror.services.availability.mask import mask, recent
from ror.services.operations import demonstration
from ror.settings import settings
from ror.store import accounts, registry
from ror.store.engine.database import Database
from tests.region import build, rows, seen

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
REGION = demo.build_region()
MANAGER = next(account for account in REGION.accounts if account.login == "responsable")
ENTITIES = {structure.finess: structure.legal_entity for structure in REGION.structures}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """The file of a demonstration just prepared, and how many events that wrote."""
    path = tmp_path_factory.mktemp("demonstration") / "prepared.duckdb"
    database = Database(path)
    count = demonstration.prepare(database, NOW)
    database.close()
    return path, count


@pytest.fixture
def shown(prepared, tmp_path):
    """A copy of that demonstration, to play with."""
    database = Database(shutil.copy(prepared[0], tmp_path / "demonstration.duckdb"))
    yield database
    database.close()


def events_of(db, after=NOW):
    """(unit, recorded_at) of what was recorded from an instant on."""
    with db.reader() as cursor:
        query = "SELECT position, unit, observed_at, recorded_at FROM declaration WHERE recorded_at >= ? ORDER BY position"
        return cursor.execute(query, [after]).to_arrow_table().to_pylist()


def total(db):
    with db.reader() as cursor:
        return cursor.execute("SELECT count(*) FROM declaration").fetchone()[0]


def speaking(since, until):
    """The open units of the demonstration's manager that the rhythm makes speak within a window."""
    said = set(demo.rhythm(REGION, since, until)["unit"].to_pylist())
    return [unit.id for unit in own_units() if unit.id in said]


def own_units():
    return [unit for unit in REGION.units if MANAGER.perimeter.holds("", "", ENTITIES[unit.structure]) and not unit.closed]


def say(db, unit, at):
    board = seen(db, at)[unit]
    number = 1 if board["available"] == 0 else 0
    draft = DeclarationDraft(unit, Counts(number), "Écrit à la main", seen=board["position"])
    return declare(db, MANAGER, draft, at, confirmed=True)


def test_an_empty_file_becomes_a_region_of_a_plausible_size_with_every_band_of_the_legend(shown, prepared):
    with shown.reader() as cursor:
        counts = registry.counts(cursor)
    board = seen(shown, NOW)
    bands = [row["rank"] for row in board.values()]
    assert counts["structure"] >= 350
    assert counts["unit"] == len(board) >= 1_800
    assert {0, 1, 2, 3, 4} <= set(bands)
    assert bands.count(None) > 0
    assert 0 < sum(row["overdue"] for row in board.values()) < len(board) / 2
    assert total(shown) == prepared[1] == shown.position - 1


def test_nothing_is_declared_in_the_future(shown):
    assert max(row["recorded_at"] for row in events_of(shown, NOW - HOUR)) < NOW


def test_the_four_accounts_sign_in_and_the_others_have_no_password(shown):
    with shown.reader() as cursor:
        known = [accounts.by_login(cursor, account.login) for account in REGION.accounts]
    open_to_visitors = {account.login: account for account, password_hash in known if password_hash}
    assert {login: account.roles for login, account in open_to_visitors.items()} == {
        login: frozenset({role}) for login, role in demonstration.SIGN_INS.items()
    }
    token = sign_in.open_session(shown, sign_in.sign_in(shown, "responsable", demonstration.PASSWORD, NOW).ticket, NOW)
    account = sign_in.account_of(shown, token, NOW)
    assert account == MANAGER
    assert entitled(account, Action.DECLARE)
    assert account.roles == frozenset({Role.MANAGER})


def test_preparing_again_at_once_adds_nothing(shown):
    before, position = total(shown), shown.position
    registered = rows(shown, "unit")
    assert demonstration.prepare(shown, NOW) == 0
    assert (total(shown), shown.position) == (before, position)
    assert rows(shown, "unit") == registered


def test_preparing_again_an_hour_later_plays_that_hour_and_nothing_older(shown):
    before, position = total(shown), shown.position
    last = max(row["recorded_at"] for row in events_of(shown, NOW - HOUR))
    added = demonstration.prepare(shown, NOW + HOUR)
    new = events_of(shown, last + timedelta(microseconds=1))
    assert added == len(new) == total(shown) - before > 0
    assert [row["position"] for row in new] == list(range(position + 1, position + 1 + added))
    assert all(last < row["recorded_at"] < NOW + HOUR for row in new)


def test_two_hours_in_two_steps_are_two_hours_at_once(shown, prepared, tmp_path):
    demonstration.prepare(shown, NOW + HOUR)
    demonstration.prepare(shown, NOW + 2 * HOUR)
    other = Database(shutil.copy(prepared[0], tmp_path / "other.duckdb"))
    demonstration.prepare(other, NOW + 2 * HOUR)
    assert events_of(shown) == events_of(other)
    other.close()


def test_a_hand_written_number_stays_shown_where_the_rhythm_says_nothing_later(shown):
    hand, later = NOW + 30 * MINUTE, NOW + 90 * MINUTE
    quiet = next(unit.id for unit in own_units() if unit.id not in speaking(hand, later))
    written = say(shown, quiet, hand)
    demonstration.prepare(shown, later)
    row = seen(shown, later)[quiet]
    assert (row["position"], row["comment"], row["observed_at"]) == (written.position, "Écrit à la main", hand)


def test_nothing_older_is_written_over_a_hand_written_number(shown):
    before, hand, later = NOW, NOW + 60 * MINUTE, NOW + 120 * MINUTE
    units = speaking(before, hand)
    written = {unit: say(shown, unit, hand) for unit in units}
    demonstration.prepare(shown, later)
    assert len(units) > 0
    for unit in units:
        row = seen(shown, later)[unit]
        assert row["position"] == written[unit].position or row["observed_at"] > hand


def test_the_rhythm_goes_on_after_a_hand_written_number(shown):
    hand, later = NOW + 10 * MINUTE, NOW + 180 * MINUTE
    unit = speaking(hand + MINUTE, later)[0]
    written = say(shown, unit, hand)
    demonstration.prepare(shown, later)
    assert seen(shown, later)[unit]["position"] > written.position


def test_a_hand_written_number_does_not_silence_the_hour_before_it(shown, prepared, tmp_path):
    unit, hand, later = own_units()[0].id, NOW + 60 * MINUTE, NOW + 61 * MINUTE
    untouched = Database(shutil.copy(prepared[0], tmp_path / "untouched.duckdb"))
    say(shown, unit, hand)
    boards = []
    for db in (untouched, shown):
        demonstration.prepare(db, later)
        boards.append({key: row["observed_at"] for key, row in seen(db, later).items() if key != unit})
    untouched.close()
    assert boards[0] == boards[1]


def closed_by_hand(db, until):
    """A unit that the rhythm makes speak every hour, closed for a time at `NOW`."""
    unit = speaking(NOW + MINUTE, NOW + 3 * HOUR)[0]
    event = close_until(db, MANAGER, unit, until, "Travaux", seen(db, NOW)[unit]["position"], NOW + MINUTE)
    return unit, event


def test_a_unit_closed_for_a_time_stays_closed(shown):
    unit, event = closed_by_hand(shown, date(2026, 12, 1))
    demonstration.prepare(shown, NOW + 3 * HOUR)
    row = seen(shown, NOW + 3 * HOUR)[unit]
    assert (row["position"], row["open"], row["available"]) == (event.position, False, 0)


def test_a_unit_reopened_early_speaks_again(shown):
    unit, _ = closed_by_hand(shown, date(2026, 12, 1))
    reopened = say(shown, unit, NOW + 2 * MINUTE)
    demonstration.prepare(shown, NOW + 3 * HOUR)
    assert seen(shown, NOW + 3 * HOUR)[unit]["position"] > reopened.position


def test_a_real_region_never_receives_invented_numbers(tmp_path):
    real = Database(tmp_path / "real.duckdb")
    build(real)
    before = rows(real, "account")
    with pytest.raises(DatabaseError, match="ROR_DEMO=0"):
        demonstration.prepare(real, NOW)
    assert rows(real, "declaration") == []
    assert rows(real, "account") == before
    real.close()


def test_a_history_of_several_windows_is_that_of_one(shown, tmp_path):
    in_pieces = Database(tmp_path / "pieces.duckdb")
    written = demonstration.prepare(in_pieces, NOW, replace(demo.REGIONAL, window=timedelta(days=60)))
    assert written == total(shown)
    assert events_of(in_pieces, NOW - timedelta(days=2)) == events_of(shown, NOW - timedelta(days=2))
    in_pieces.close()


def test_what_was_interrupted_goes_on_where_it_stopped(shown, tmp_path):
    scale = replace(demo.REGIONAL, window=timedelta(days=60))
    interrupted = Database(tmp_path / "interrupted.duckdb")

    def stop(done, total):
        if done > timedelta(days=130):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        demonstration.prepare(interrupted, NOW, scale, stop)
    assert 0 < total(interrupted) < total(shown)
    demonstration.prepare(interrupted, NOW, scale)
    assert total(interrupted) == total(shown)
    assert rows(interrupted, "unit") == rows(shown, "unit")
    interrupted.close()


def test_of_two_servers_that_start_together_one_plays(shown, prepared, tmp_path):
    """The second computes its window before the first has written, and finds it written."""
    scale, later = replace(demo.REGIONAL, window=timedelta(hours=1)), NOW + 2 * HOUR
    first_done = []

    def meanwhile(done, total):
        if not first_done:
            first_done.append(demonstration.prepare(shown, later))

    second = demonstration.prepare(shown, later, scale, meanwhile)
    alone = Database(shutil.copy(prepared[0], tmp_path / "alone.duckdb"))
    assert second + first_done[0] == demonstration.prepare(alone, later)
    assert events_of(shown) == events_of(alone)
    alone.close()


SLICE = replace(demo.NATIONAL, departments=("2B", "94"), times=2)


def test_a_country_is_left_by_the_server_and_goes_on_when_asked(own_settings, tmp_path, monkeypatch):
    monkeypatch.setenv("ROR_DEMO", "1")
    settings.cache_clear()
    monkeypatch.setitem(demo.SCALES, SLICE.name, SLICE)
    country = Database(tmp_path / "country.duckdb")
    told = []
    first = demonstration.prepare(country, NOW, SLICE, lambda done, total: told.append((done, total)))
    assert first == total(country) > 0
    assert told[0] == (SLICE.window, demonstration.HISTORY)
    assert told[-1] == (demonstration.HISTORY, demonstration.HISTORY)
    demonstration.start(country, NOW + HOUR)
    assert total(country) == first
    assert demonstration.prepare(country, NOW + HOUR) == total(country) - first > 0
    country.close()


def test_a_region_is_not_made_a_country(shown):
    before = total(shown)
    with pytest.raises(DatabaseError, match="at scale region"):
        demonstration.prepare(shown, NOW + HOUR, SLICE)
    assert total(shown) == before


def test_nothing_is_invented_in_production(own_settings, tmp_path, monkeypatch):
    monkeypatch.setenv("ROR_PRODUCTION", "1")
    settings.cache_clear()
    empty = Database(tmp_path / "empty.duckdb")
    with pytest.raises(DatabaseError, match="ROR_PRODUCTION"):
        demonstration.prepare(empty, NOW)
    assert rows(empty, "structure") == []
    empty.close()


def test_open_screens_are_told_that_everything_changed(shown):
    heard: list[events.Change] = []
    stop = events.subscribe(heard.append)
    demonstration.prepare(shown, NOW + HOUR)
    stop()
    assert heard == [events.Change(shown.position)]
    assert replace(heard[0], position=0) == events.Change(0)


def test_the_rhythm_does_not_say_again_what_was_masked(shown):
    masked = recent(shown, None, "", NOW)[0].to_pylist()
    for row in masked:
        mask(shown, None, row["position"], NOW)
    units, position = {row["unit"] for row in masked}, shown.position
    demonstration.prepare(shown, NOW + timedelta(days=12))
    with shown.reader() as cursor:
        query = "SELECT unit, comment FROM declaration WHERE position > ?"
        played = cursor.execute(query, [position]).fetchall()
    assert units <= {unit for unit, _ in played}
    assert {comment for unit, comment in played if unit in units} == {""}
    assert {comment for unit, comment in played if unit not in units} > {""}
