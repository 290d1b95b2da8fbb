"""A clock that jumps back, or forward and back: positions give the order, ages are right, nothing is open or shut for years."""

from datetime import timedelta

import pyotp
import pytest

from ror.errors import Forbidden, NotFound, Outdated, SignInFailed
from ror.model.capacity import Counts
from ror.model.journal import Act
from ror.services import journal
from ror.services.accounts import invitations, links, second_factor, sign_in
from ror.services.availability import declare
from ror.services.operations import retention
from ror.settings import settings
from ror.store import sessions
from ror.store.board.board import BoardCache
from tests.region import ADELE, CAMILLE, CORALIE, NOW, PASSWORD, WARD, board_rows, history, rows, write

HOUR, YEARS = timedelta(hours=1), timedelta(days=3650)


def declared(db, number, at, seen_position=0):
    draft = declare.DeclarationDraft(WARD, Counts(number), "", seen_position)
    return declare.declare(db, CAMILLE, draft, at, confirmed=True)


def test_the_latest_number_is_the_last_declared_whatever_the_clock_says(region):
    first = declared(region, 3, NOW)
    second = declared(region, 5, NOW - HOUR, first.position)
    assert second.position == first.position + 1
    assert board_rows(region, NOW)[WARD]["available"] == 5
    assert BoardCache(region).get().position == second.position
    assert [number for _, number in history(region, WARD)] == [3, 5]


def test_a_declaration_by_a_clock_that_is_behind_is_published_too(region):
    declared(region, 3, NOW)
    declared(region, 5, NOW - 2 * HOUR, region.position)
    with pytest.raises(Outdated):
        declared(region, 7, NOW, 1)


def test_a_declaration_while_the_clock_is_behind_can_be_undone_and_only_the_last(region):
    first = declared(region, 3, NOW)
    second = declared(region, 5, NOW - HOUR, first.position)
    declare.undo(region, CAMILLE, second.position, NOW - HOUR)
    assert board_rows(region, NOW)[WARD]["available"] == 3


def test_the_chain_of_the_journal_holds_over_a_jump(region):
    for at in (NOW, NOW + YEARS, NOW - HOUR, NOW):
        declared(region, 3, at, region.position)
    assert journal.verify(region).broken is None


def test_a_number_of_a_clock_that_was_ahead_is_neither_recent_nor_up_to_date(region):
    write(region, WARD, 4, NOW + 3 * HOUR)
    row = board_rows(region, NOW)[WARD]
    assert (row["available"], row["rank"], row["overdue"]) == (4, 3, True)
    declared(region, 5, NOW, region.position)
    row = board_rows(region, NOW)[WARD]
    assert (row["available"], row["rank"], row["overdue"]) == (5, 0, False)


def test_a_session_opened_by_a_clock_years_ahead_does_not_stay_open_for_years(region):
    passed = sign_in.sign_in(region, CORALIE.login, PASSWORD, NOW + YEARS)
    token = sign_in.open_session(region, passed.ticket, NOW + YEARS)
    assert sign_in.account_of(region, token, NOW) is None


def test_a_session_outlives_a_clock_set_back_by_minutes_and_no_more_than_its_idle_time(region):
    passed = sign_in.sign_in(region, CORALIE.login, PASSWORD, NOW)
    token = sign_in.open_session(region, passed.ticket, NOW)
    back = NOW - timedelta(minutes=10)
    idle = timedelta(minutes=settings().session_idle_minutes)
    assert sign_in.account_of(region, token, back) is not None
    assert sign_in.account_of(region, token, back + idle) is not None
    assert sign_in.account_of(region, token, back - 2 * idle) is None


def test_failures_of_a_clock_years_ahead_do_not_shut_anybody_out(region):
    for turn in range(8):
        with pytest.raises(SignInFailed):
            sign_in.sign_in(region, CORALIE.login, "faux", NOW + YEARS + turn * HOUR)
    assert sign_in.sign_in(region, CORALIE.login, PASSWORD, NOW).ticket


def test_one_attempt_by_a_clock_years_ahead_does_not_wipe_out_the_failures_that_delay_others(region):
    for _ in range(6):
        with pytest.raises(SignInFailed):
            sign_in.sign_in(region, CORALIE.login, "faux", NOW)
    sign_in.sign_in(region, CAMILLE.login, PASSWORD, NOW + YEARS)
    with pytest.raises(SignInFailed, match="Attendez"):
        sign_in.sign_in(region, CORALIE.login, PASSWORD, NOW)


def test_failures_before_a_clock_was_set_back_delay_no_longer_than_their_delay(region):
    at = NOW
    for _ in range(6):
        with pytest.raises(SignInFailed):
            sign_in.sign_in(region, CORALIE.login, "faux", at)
        at += timedelta(seconds=40)
    back = NOW - timedelta(minutes=5)
    with pytest.raises(SignInFailed, match=r"Attendez [0-9] secondes?"):
        sign_in.sign_in(region, CORALIE.login, PASSWORD, back)


def test_a_link_created_by_a_clock_years_ahead_is_not_valid(region):
    url = links.create_link(region, None, CAMILLE.id, NOW + YEARS)
    token = url.rpartition("=")[2] if "=" in url else url.rpartition("/")[2]
    assert links.link_account(region, token, NOW + YEARS).id == CAMILLE.id
    with pytest.raises(NotFound, match="lien"):
        links.link_account(region, token, NOW)


def test_a_delay_journalled_by_a_clock_years_ahead_does_not_keep_those_of_today_out_of_the_journal(region):
    for at in (NOW + YEARS, NOW):
        for _ in range(8):
            with pytest.raises(SignInFailed):
                sign_in.sign_in(region, CORALIE.login, "faux", at)
    delays = [line["after"] for line in journal.read(region, None, journal.JournalQuery(), NOW).to_pylist() if line["after"]]
    assert delays == ['{"delayed": true}'] * 2


def test_an_invitation_created_by_a_clock_years_ahead_is_not_valid(region):
    results = []
    invitations.invite(region, ADELE, [CAMILLE.id], NOW + YEARS, results.append)
    token = results[0].link.rpartition("=")[2]
    assert links.link_account(region, token, NOW + YEARS).id == CAMILLE.id
    with pytest.raises(NotFound, match="lien"):
        links.link_account(region, token, NOW)


def clock_started_at(clock_at=NOW):
    return retention.Clock(clock_at, 0.0)


def erase(db, now, running=timedelta()):
    """Try to erase expired data in a process that has been `running` that long; return the doubt about the clock."""
    retention.erase_unless_doubtful(db, clock_started_at(now - running), now, running.total_seconds())
    return retention.pending_doubt(db)


def write_a_year(db, until=NOW):
    """Write a journal line every three weeks for four hundred days, and a session, an attempt and a link."""
    for days in range(399, -1, -21):
        with db.transaction() as transaction:
            journal.record(transaction, Act.SIGN_IN, CAMILLE, "session", until - timedelta(days=days))
    with db.transaction() as transaction:
        sessions.open_session(transaction, "session", CAMILLE.id, until)
        sessions.add_failure(transaction, "key", until)
        sessions.add_link(transaction, "link", CAMILLE.id, until)


ERASED = ("journal", "journal_checkpoint", "origin", "session", "attempt", "one_time_link")


def erasable_rows(db):
    return {table: rows(db, table) for table in ERASED}


def test_a_clock_set_years_ahead_while_the_server_runs_erases_nothing(region, caplog):
    write_a_year(region)
    before = erasable_rows(region)
    retention.erase_unless_doubtful(region, clock_started_at(), NOW + YEARS, HOUR.total_seconds())
    assert erasable_rows(region) == before
    assert "set forward by 3649 days" in caplog.text


@pytest.mark.parametrize("days", [31, 400, 800, 3650])
def test_a_server_started_with_its_clock_ahead_erases_nothing_and_waits_for_an_administrator(region, caplog, days):
    write_a_year(region)
    before = erasable_rows(region)
    doubt = erase(region, NOW + timedelta(days=days))
    assert erasable_rows(region) == before
    assert (doubt.since, doubt.until, doubt.total) == (NOW, NOW + timedelta(days=days), 20)
    assert "an administrator confirms it" in caplog.text


def test_it_waits_on_after_the_service_was_used_by_the_wrong_clock(region):
    """The last line then has the date of the wrong clock: its age raises no doubt."""
    write_a_year(region)
    ahead = NOW + timedelta(days=800)
    declared(region, 3, ahead)
    before = erasable_rows(region)
    for days in (0, 1, 40):
        assert erase(region, ahead + timedelta(days=days)).until == ahead
        assert erasable_rows(region) == before


def test_once_the_clock_is_right_again_an_administrator_lets_it_go_on(region):
    write_a_year(region)
    declared(region, 3, NOW + timedelta(days=800))
    declared(region, 4, NOW + HOUR, region.position)
    assert erase(region, NOW + 2 * HOUR)
    assert retention.confirm_clock(region, ADELE, NOW + 2 * HOUR) == 2
    assert retention.pending_doubt(region) is None
    assert erase(region, NOW + 3 * HOUR) is None
    assert journal.verify(region).broken is None


def test_a_purge_that_would_leave_nothing_waits_however_short_the_lines_are_kept(region, monkeypatch):
    monkeypatch.setenv("ROR_JOURNAL_DAYS", "10")
    settings.cache_clear()
    write_a_year(region)
    assert erase(region, NOW + timedelta(days=9)) is None
    before = erasable_rows(region)
    doubt = erase(region, NOW + timedelta(days=20))
    assert (doubt.lines, doubt.total) == (len(before["journal"]), len(before["journal"]))
    assert erasable_rows(region) == before


def test_a_service_that_was_stopped_for_two_months_goes_on_once_its_clock_is_confirmed(region):
    write_a_year(region)
    back = NOW + timedelta(days=60)
    assert erase(region, back)
    assert retention.confirm_clock(region, ADELE, back) == 5
    assert erase(region, back + timedelta(days=29)) is None
    assert journal.verify(region).broken is None


def test_only_an_administrator_confirms_the_clock(region):
    write_a_year(region)
    before = rows(region, "journal_checkpoint")
    with pytest.raises(Forbidden):
        retention.confirm_clock(region, CAMILLE, NOW)
    assert rows(region, "journal_checkpoint") == before


def test_a_server_that_runs_for_long_erases_what_is_past_its_time(region):
    write_a_year(region)
    assert erase(region, NOW + timedelta(days=25), running=timedelta(days=400)) is None
    assert len(rows(region, "journal_checkpoint")) == 1


def test_a_code_is_taken_again_after_the_clock_was_years_ahead_and_still_serves_once(region):
    secret = second_factor.propose(CAMILLE).secret
    totp = pyotp.TOTP(secret)
    second_factor.enrol(region, CAMILLE, secret, totp.at(NOW + YEARS), NOW + YEARS)
    accepted = []
    for at in (NOW, NOW, NOW + timedelta(seconds=60)):
        with region.transaction() as transaction:
            accepted.append(second_factor.verify(transaction, CAMILLE.id, totp.at(at), at))
    assert accepted == [True, False, True]
