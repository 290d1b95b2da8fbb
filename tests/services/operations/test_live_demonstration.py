"""What a demonstration declares while its server runs: by whom, when, by which rules; and when it is seeded anew."""

import asyncio
import shutil
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from ror import demo
from ror.demo.movement import FED
from ror.errors import DatabaseError
from ror.model.capacity import Counts
from ror.model.journal import Act, Outcome
from ror.model.rights import Account, Perimeter, Role
from ror.services import events, journal
from ror.services.availability.declare import DeclarationDraft, declare
from ror.services.operations import demonstration, live_demonstration, renewal
from ror.services.operations.live_demonstration import MAX_GAP, PAUSE, TOUR_LENGTH, TOUR_UNIT, Player, show_manager
from ror.settings import settings
from ror.store import accounts, registry_changes
from ror.store.engine.database import Database, close_all, open_database
from tests.demo.checks import PACE, REGION, UNITS
from tests.loops import run_coroutine
from tests.region import board_rows, build, rows

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TURN = timedelta(seconds=PAUSE)
MINUTE = timedelta(minutes=1)
OWNERS = {structure.finess: structure.legal_entity for structure in REGION.structures}
MANAGER = next(account for account in REGION.accounts if account.login == "responsable")
OF_PEOPLE = {unit.id for unit in REGION.units if MANAGER.perimeter.holds("", "", OWNERS[unit.structure])}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """Return the file of a demonstration of fifty days, played until `NOW`."""
    path = tmp_path_factory.mktemp("live") / "prepared.duckdb"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demonstration, "HISTORY", timedelta(days=50))
        db = Database(path)
        demonstration.prepare(db, NOW)
        db.close()
    return path


@pytest.fixture
def db(prepared, tmp_path, own_settings, monkeypatch):
    """Yield a copy of the prepared database, with the setting that keeps a demonstration declaring."""
    monkeypatch.setenv("ROR_DEMO", "1")
    settings.cache_clear()
    copied = Database(shutil.copy(prepared, tmp_path / "live.duckdb"))
    yield copied
    copied.close()


def played(db, turns, step=TURN, first=NOW):
    """Play some turns, and return the events that they wrote, oldest first."""
    position, player = db.position, Player(db)
    for turn in range(1, turns + 1):
        player.take_turn(first + turn * step)
    return written(db, position)


def written(db, position):
    with db.reader() as cursor:
        query = "SELECT * FROM declaration WHERE position > ? ORDER BY position"
        return cursor.execute(query, [position]).to_arrow_table().to_pylist()


def due(since, until):
    """Return the units that the rhythm makes due in a window, in its order, without those of people."""
    return [unit for unit in demo.rhythm(UNITS, since, until)["unit"].to_pylist() if unit not in OF_PEOPLE]


def test_what_is_due_is_declared_by_its_manager_journalled_and_published(db):
    published: list[events.CommitEvent] = []
    stop = events.subscribe(published.append)
    played_events = played(db, 3, MINUTE)
    stop()
    expected = due(NOW, NOW + 3 * MINUTE)
    assert len(expected) > 3
    assert [event["unit"] for event in played_events if event["source_type"] == "01" or event["unit"] in expected] == expected
    owners = {unit["unit"]: f"demo-m-{unit['legal_entity']}" for unit in UNITS.to_pylist()}
    assert all(event["account"] == owners[event["unit"]] for event in played_events)
    assert all(NOW < event["recorded_at"] <= NOW + 3 * MINUTE for event in played_events)
    assert [change.unit for change in published] == [event["unit"] for event in played_events]
    lines = journal.read(db, None, journal.JournalQuery(), NOW).to_pylist()
    assert sorted((line["subject"], line["actor"]) for line in lines if line["subject"].startswith("unit:")) == sorted(
        (f"unit:{event['unit']}", event["account"]) for event in played_events
    )
    assert journal.verify(db).broken is None


def test_between_two_of_them_the_software_of_a_unit_sends_a_number_that_moved_by_one(db):
    before = board_rows(db, NOW)
    played_events = played(db, 6)
    assert len(played_events) >= 6
    moves = [event for event in played_events if event["unit"] not in due(NOW, NOW + MINUTE)]
    assert moves
    for event in moves:
        assert PACE[event["unit"]] in FED
        assert abs(event["available"] - before[event["unit"]]["available"]) == 1


def test_a_movement_keeps_the_sum_of_the_beds_and_never_leaves_what_is_installed():
    full = {"available": 3, "occupied": 9}
    assert demo.counts_after_move(full, 5, 12) == {"available": 4, "occupied": 8}
    assert demo.counts_after_move(full, 0, 12) == {"available": 2, "occupied": 10}
    assert demo.counts_after_move({"available": 0, "occupied": 0}, 4, 0) == {"available": 0, "occupied": 0}
    assert demo.counts_after_move({"available": 12, "occupied": None}, 12, 12) == {"available": 11}


def test_the_units_of_an_account_that_a_person_signs_in_with_never_move(db):
    assert due(NOW, NOW + 30 * MINUTE) != demo.rhythm(UNITS, NOW, NOW + 30 * MINUTE)["unit"].to_pylist()
    anne_unit = due(NOW, NOW + 30 * MINUTE)[0]
    anne = Account("anne", "anne", "Anne Exemple", frozenset({Role.MANAGER}), Perimeter(units=frozenset({anne_unit})))
    with db.transaction() as transaction:
        accounts.add(transaction, anne, "hash")
    played_units = {event["unit"] for event in played(db, 15, 2 * MINUTE)}
    assert len(played_units) > 30
    assert not played_units & (OF_PEOPLE | {anne_unit})


def test_the_step_of_the_tour_moves_one_unit_of_the_manager_for_a_minute(db):
    before = board_rows(db, NOW)
    show_manager(db, NOW)
    of_people = [event for event in played(db, 20) if event["unit"] in OF_PEOPLE]
    assert {(event["unit"], event["account"], event["source_type"]) for event in of_people} == {
        (TOUR_UNIT, "demo-responsable", "01")
    }
    assert len(of_people) == TOUR_LENGTH / TURN - 1
    numbers = [before[TOUR_UNIT]["available"], *(event["available"] for event in of_people)]
    assert all(abs(after - number) == 1 for number, after in pairwise(numbers))
    assert max(event["recorded_at"] for event in of_people) < NOW + TOUR_LENGTH


def test_after_a_time_without_pages_what_was_due_is_written_at_once_but_for_the_units_of_people(db):
    later = NOW + timedelta(hours=2)
    player, position = Player(db), db.position
    player.take_turn(later)
    assert [event["unit"] for event in written(db, position)] == due(NOW, later)
    position = db.position
    player.take_turn(later + MAX_GAP)
    assert [event["recorded_at"] for event in written(db, position)][:1] == [later + MAX_GAP]


def test_the_next_start_plays_what_the_units_of_people_missed_meanwhile(db):
    later, position = NOW + timedelta(hours=3), db.position
    Player(db).take_turn(later)
    assert not {event["unit"] for event in written(db, position)} & OF_PEOPLE
    demonstration.start(db, later)
    missed = [unit for unit in demo.rhythm(UNITS, NOW, later)["unit"].to_pylist() if unit in OF_PEOPLE]
    assert missed
    assert sorted(event["unit"] for event in written(db, position) if event["unit"] in OF_PEOPLE) == sorted(missed)
    position = db.position
    demonstration.start(db, later)
    assert written(db, position) == []


def test_a_number_that_a_person_declared_meanwhile_is_not_written_over(db):
    unit = due(NOW, NOW + MINUTE)[0]
    player = Player(db)
    player.take_turn(NOW)
    manager = demo.manager_of(OWNERS[unit[:9]])
    with db.reader() as cursor:
        account = accounts.by_id(cursor, manager)
    row = board_rows(db, NOW)[unit]
    later = NOW + MINUTE
    event = declare(db, account, DeclarationDraft(unit, Counts(0), "", row["position"]), later, confirmed=True)
    player.take_turn(later)
    assert board_rows(db, later)[unit]["position"] == event.position


def test_a_manager_that_was_disabled_is_refused_as_anybody_is(db):
    unit = due(NOW, NOW + MINUTE)[0]
    manager = demo.manager_of(OWNERS[unit[:9]])
    with db.transaction() as transaction:
        accounts.change(transaction, replace(accounts.by_id(transaction.cursor, manager), disabled=True))
    assert unit not in {event["unit"] for event in played(db, 1, MINUTE)}
    lines = journal.read(db, None, journal.JournalQuery(), NOW).to_pylist()
    assert (f"unit:{unit}", manager, Outcome.REFUSED) in {(line["subject"], line["actor"], line["outcome"]) for line in lines}


def test_when_people_answer_for_every_unit_nothing_moves(db):
    everything = Perimeter(legal_entities=frozenset(OWNERS.values()))
    with db.transaction() as transaction:
        accounts.add(transaction, Account("anne", "anne", "Anne Exemple", frozenset({Role.MANAGER}), everything), "hash")
    assert played(db, 2, MINUTE) == []


@pytest.mark.parametrize("variable", ["ROR_DEMO", "ROR_DEMO_LIVE"])
def test_a_setting_turns_it_off(db, monkeypatch, variable):
    monkeypatch.setenv(variable, "0")
    settings.cache_clear()
    assert played(db, 2, MINUTE) == []
    assert run_coroutine(live_demonstration.play(db, lambda: 1)) is None


def test_a_real_region_and_a_country_never_receive_any(db, tmp_path):
    real = Database(tmp_path / "real.duckdb")
    build(real)
    assert played(real, 2, MINUTE) == rows(real, "declaration") == []
    real.close()
    assert live_demonstration.is_live(db)
    with db.transaction() as transaction:
        registry_changes.record_change(transaction, demo.NATIONAL.name, NOW)
    assert played(db, 2, MINUTE) == []


def test_nothing_is_declared_without_an_open_page_and_it_goes_on_with_the_next_even_after_a_failure(db, monkeypatch):
    monkeypatch.setattr(live_demonstration, "PAUSE", 0.02)
    pages, position, failures = 0, db.position, [RuntimeError("a failure of the test")]

    def look(*arguments, unbroken=demo.movement, **others):
        if failures:
            raise failures.pop()
        return unbroken(*arguments, **others)

    monkeypatch.setattr(demo, "rhythm", lambda *_, **__: demo.SCHEMA.empty_table())
    monkeypatch.setattr(demo, "movement", look)
    monkeypatch.setattr(demonstration, "last_played", lambda _: None)

    async def run():
        nonlocal pages
        playing = asyncio.create_task(live_demonstration.play(db, lambda: pages))
        await asyncio.sleep(0.3)
        without = db.position
        pages = 1
        for _ in range(500):
            await asyncio.sleep(0.02)
            if db.position > without:
                break
        playing.cancel()
        return without

    assert run_coroutine(run()) == position < db.position
    assert not failures


def test_a_start_begins_a_demonstration_of_more_than_400_days_anew_and_keeps_the_old_one_beside(db, monkeypatch):
    monkeypatch.setattr(demonstration, "HISTORY", timedelta(days=2))
    monkeypatch.setattr(renewal, "MAX_AGE", timedelta(days=1))
    path, position = Path(settings().database), db.position
    with db.transaction() as transaction:
        journal.record(transaction, Act.IMPORT, None, "registry", NOW)
    mark = journal.verify(db).head
    db.close()
    shutil.copy(db.path, path)
    with closing(renewal.open_started(NOW + timedelta(hours=23))) as young:
        assert young.position > position
    open_database.cache_clear()
    with closing(renewal.open_started(NOW + timedelta(days=2))) as anew:
        assert anew.position < position
        assert {row["recorded_at"].date() for row in written(anew, 0)} <= {NOW.date() + timedelta(days=day) for day in range(3)}
    open_database.cache_clear()
    with closing(Database(path.with_name(f"previous-{path.name}"))) as previous:
        assert previous.position > position
        assert journal.verify(previous, mark).broken is None


def test_a_real_region_is_never_begun_anew(own_settings, monkeypatch):
    monkeypatch.setenv("ROR_DEMO", "1")
    settings.cache_clear()
    with closing(Database(Path(settings().database))) as real:
        build(real)
        written_rows = rows(real, "structure")
    with pytest.raises(DatabaseError, match="holds a real region"):
        renewal.open_started(NOW + timedelta(days=4000))
    close_all()
    with closing(Database(Path(settings().database))) as real:
        assert rows(real, "structure") == written_rows
