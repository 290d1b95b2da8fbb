"""Data past its retention time is erased, the rest stays, and the chain of the journal still holds."""

import asyncio
import logging
import time
from datetime import UTC, datetime, timedelta

import pytest

from ror.model.journal import Act
from ror.model.reminder import Deputyship, DueUnit, Line
from ror.services import journal
from ror.services.operations import retention
from ror.settings import settings
from ror.store import deputyships, handovers, late_notices, reminders, sessions
from ror.store.engine.database import Database
from tests.harness import Server
from tests.loops import run_coroutine
from tests.region import ADELE, CAMILLE, CLAUDE, NOW, WARD, only_on_a_file, rows

MOMENT = timedelta(seconds=1)
DAY = timedelta(days=1)
LATE = Line(DueUnit(WARD, 3, True, False, frozenset()))


def write_line(db, at, address="192.0.2.7", account=CAMILLE):
    journal.acting_from(address)
    with db.transaction() as transaction:
        journal.record(transaction, Act.SIGN_IN, account, "session", at)
    journal.acting_from(journal.CONSOLE)


def write_lines(db, since, until):
    """Write a line of the journal every three weeks."""
    while since < until:
        write_line(db, since)
        since += timedelta(days=21)
    write_line(db, until)


def erase(db):
    """Erase what is past its time, by a clock that is not doubtful."""
    retention.erase_unless_doubtful(db, retention.Clock(NOW, 0.0), NOW, 0.0)
    assert retention.pending_doubt(db) is None


def column_of(db, table, column):
    with db.reader() as cursor:
        table = cursor.execute(f"SELECT {column} AS value FROM {table} ORDER BY value").to_arrow_table()  # noqa: S608
    return table["value"].to_pylist()


def test_lines_of_the_journal_go_when_their_time_is_past(region):
    year = timedelta(days=365)
    write_line(region, NOW - year - MOMENT)
    write_lines(region, NOW - year, NOW - MOMENT)
    first, *others = column_of(region, "journal", "happened_at")
    assert (first, others[0]) == (NOW - year - MOMENT, NOW - year)
    erase(region)
    assert column_of(region, "journal", "happened_at") == [*others, NOW]


def test_the_purge_is_a_line_itself_and_the_chain_goes_on_from_a_checkpoint(region):
    write_lines(region, NOW - 407 * DAY, NOW)
    lines = len(rows(region, "journal"))
    erase(region)
    verified = journal.verify(region)
    assert verified.broken is None
    assert (verified.start.number, verified.head.number) == (2, lines + 1)
    last = max(rows(region, "journal"), key=lambda line: int(line[0]))
    assert last[2:5] == ("journal", "done", "")
    assert '"purged": 2' in last[8]


def test_nothing_past_its_time_writes_nothing(region):
    write_line(region, NOW)
    erase(region)
    assert column_of(region, "journal", "number") == [1]
    assert rows(region, "journal_checkpoint") == []


def test_the_setting_says_how_long_lines_and_addresses_are_kept(region, monkeypatch):
    monkeypatch.setenv("ROR_JOURNAL_DAYS", "10")
    monkeypatch.setenv("ROR_ADDRESS_DAYS", "5")
    settings.cache_clear()
    for days, address in ((11, "192.0.2.1"), (9, "192.0.2.2"), (4, "192.0.2.3")):
        write_line(region, NOW - timedelta(days=days), address)
    erase(region)
    assert column_of(region, "journal", "number") == [2, 3, 4]
    assert column_of(region, "origin", "address") == ["192.0.2.3", "console"]


def test_an_address_goes_before_its_line_and_the_chain_still_holds(region):
    write_line(region, NOW - 181 * DAY, "192.0.2.1")
    write_line(region, NOW - 179 * DAY, "192.0.2.2")
    write_lines(region, NOW - 170 * DAY, NOW)
    lines = column_of(region, "journal", "number")
    erase(region)
    assert column_of(region, "origin", "address") == ["192.0.2.2", "192.0.2.7"]
    assert column_of(region, "journal", "number") == lines
    assert journal.verify(region).broken is None


def test_an_address_still_in_use_stays(region):
    write_lines(region, NOW - 200 * DAY, NOW - DAY)
    erase(region)
    assert column_of(region, "origin", "address") == ["192.0.2.7"]


def test_sessions_attempts_handovers_and_links_go_when_their_time_is_past(region):
    ages = {
        "session": (
            timedelta(days=2),
            lambda transaction, at: sessions.open_session(transaction, str(at), CAMILLE.id, at),
            "opened_at",
        ),
        "attempt": (timedelta(hours=24), lambda transaction, at: sessions.add_failure(transaction, "key", at), "failed_at"),
        "handover": (
            timedelta(days=2),
            lambda transaction, at: handovers.add(transaction, WARD, CAMILLE.id, CLAUDE.id, at - DAY, at),
            "until",
        ),
        "reminder": (
            timedelta(days=90),
            lambda transaction, at: reminders.claim(transaction, str(at), CAMILLE.id, 0, [LATE], at),
            "claimed_at",
        ),
        "late_notice": (
            timedelta(days=90),
            lambda transaction, at: late_notices.claim(transaction, str(at), [(WARD, 3)], at),
            "claimed_at",
        ),
    }
    with region.transaction() as transaction:
        for limit, write, _ in ages.values():
            for at in (NOW - limit - MOMENT, NOW - limit, NOW):
                write(transaction, at)
        sessions.add_link(transaction, "late", CAMILLE.id, NOW - timedelta(minutes=30) - MOMENT)
        sessions.add_link(transaction, "in time", ADELE.id, NOW - timedelta(minutes=30))
        for account, days in ((CAMILLE, 3), (CLAUDE, 2)):
            last_day = NOW.date() - timedelta(days=days)
            deputyships.add(transaction, Deputyship(account.id, ADELE.id, last_day, last_day, True), NOW)
    erase(region)
    for table, (limit, _, column) in ages.items():
        assert column_of(region, table, column) == [NOW - limit, NOW]
    assert column_of(region, "one_time_link", "token_hash") == ["in time"]
    assert column_of(region, "deputyship", "account") == [CLAUDE.id]
    assert len(rows(region, "reminder_unit")) == len(rows(region, "late_notice_unit")) == 2


def test_a_session_that_may_last_longer_is_kept_as_long(region, monkeypatch):
    monkeypatch.setenv("ROR_SESSION_HOURS", "72")
    settings.cache_clear()
    with region.transaction() as transaction:
        for hours in (73, 71):
            sessions.open_session(transaction, str(hours), CAMILLE.id, NOW - timedelta(hours=hours))
    erase(region)
    assert column_of(region, "session", "token_hash") == ["71"]


def test_what_is_past_its_time_does_not_stay_in_the_files_write_ahead_log(region):
    write_line(region, NOW - 181 * DAY, "192.0.2.111")
    write_lines(region, NOW - 170 * DAY, NOW)
    path = only_on_a_file(region)
    log = path.with_name(f"{path.name}.wal")
    assert b"192.0.2.111" in log.read_bytes()
    erase(region)
    assert not log.exists() or b"192.0.2.111" not in log.read_bytes()


@pytest.mark.parametrize("closed", [False, True])
def test_a_failure_is_logged_and_does_not_stop_what_serves(tmp_path, caplog, closed):
    database = Database(tmp_path / "daily.duckdb")
    write_lines(database, datetime.now(UTC) - timedelta(days=400), datetime.now(UTC))
    if closed:
        database.close()

    async def served():
        task = asyncio.create_task(retention.daily(database))
        while not caplog.records and (closed or rows(database, "journal_checkpoint") == []):
            await asyncio.sleep(0.01)
        await asyncio.sleep(0)
        still = not task.done()
        task.cancel()
        return still

    with caplog.at_level(logging.ERROR):
        assert run_coroutine(served())
    assert ("could not be erased" in caplog.text) is closed
    database.close()


def served_until(path, words):
    """Start a server on a database and stop it once it has printed these words; return its whole output."""
    with Server(path) as server:
        limit = time.monotonic() + 60
        while words not in server.output() and time.monotonic() < limit:
            time.sleep(0.05)
        return server.output()


def test_a_server_erases_what_is_past_its_time_as_it_starts(tmp_path):
    path = tmp_path / "served.duckdb"
    database = Database(path)
    write_lines(database, datetime.now(UTC) - timedelta(days=400), datetime.now(UTC))
    database.close()
    assert "past their time" in served_until(path, "past their time")
    database = Database(path)
    assert min(column_of(database, "journal", "happened_at")) > datetime.now(UTC) - timedelta(days=366)
    assert rows(database, "journal")[-1][2] == "sign_in"
    assert "service" in column_of(database, "origin", "address"), "it is the service that erased, not the command line"
    assert journal.verify(database).broken is None
    database.close()


@pytest.mark.parametrize("days", [31, 400, 800])
def test_a_server_that_starts_with_its_clock_ahead_erases_nothing(tmp_path, days):
    """The clock of a server cannot be set here: a journal that ended long ago is the same case."""
    path = tmp_path / "ahead.duckdb"
    database = Database(path)
    end = datetime.now(UTC) - timedelta(days=days)
    write_lines(database, end - timedelta(days=400), end)
    before = rows(database, "journal"), rows(database, "origin")
    database.close()
    output = served_until(path, "Nothing past its time is erased")
    assert f"the journal has nothing between {end:%Y-%m-%d} and" in output
    assert "python -m ror journal confirm-clock" in output
    database = Database(path)
    assert (rows(database, "journal"), rows(database, "origin")) == before
    database.close()
