"""A clock that jumps, back or forward and back: positions order, ages do not lie, nothing stays open or shut for years."""

from datetime import timedelta

import pyotp
import pytest

from ror.errors import NotFound, Outdated, SignInFailed
from ror.model.capacity import Counts
from ror.services import declare, journal, links, retention, second_factor, sign_in
from ror.settings import settings
from ror.store.board import BoardKeeper
from tests.region import CAMILLE, CORALIE, NOW, PASSWORD, WARD, history, rows, seen, write

HOUR, YEARS = timedelta(hours=1), timedelta(days=3650)


def declared(db, number, at, seen_position=0):
    draft = declare.Draft(WARD, Counts(number), "", seen_position)
    return declare.declare(db, CAMILLE, draft, at, confirmed=True)


def test_the_latest_number_is_the_last_declared_whatever_the_clock_says(region):
    first = declared(region, 3, NOW)
    second = declared(region, 5, NOW - HOUR, first.position)
    assert second.position == first.position + 1
    assert seen(region, NOW)[WARD]["available"] == 5
    assert BoardKeeper(region).board().position == second.position
    assert [number for _, number in history(region, WARD)] == [3, 5]


def test_what_another_declared_is_told_also_when_its_clock_was_behind(region):
    declared(region, 3, NOW)
    declared(region, 5, NOW - 2 * HOUR, region.position)
    with pytest.raises(Outdated):
        declared(region, 7, NOW, 1)


def test_a_declaration_made_while_the_clock_is_behind_can_be_taken_back_and_only_the_last(region):
    first = declared(region, 3, NOW)
    second = declared(region, 5, NOW - HOUR, first.position)
    declare.undo(region, CAMILLE, second.position, NOW - HOUR)
    assert seen(region, NOW)[WARD]["available"] == 3


def test_the_chain_of_the_journal_holds_over_a_jump(region):
    for at in (NOW, NOW + YEARS, NOW - HOUR, NOW):
        declared(region, 3, at, region.position)
    assert journal.verify(region).broken is None


def test_a_number_of_a_clock_that_was_ahead_is_neither_recent_nor_up_to_date(region):
    write(region, WARD, 4, NOW + 3 * HOUR)
    row = seen(region, NOW)[WARD]
    assert (row["available"], row["rank"], row["overdue"]) == (4, 3, True)
    declared(region, 5, NOW, region.position)
    row = seen(region, NOW)[WARD]
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


def test_failures_before_a_clock_was_set_back_delay_no_longer_than_their_delay(region):
    at = NOW
    for _ in range(6):
        with pytest.raises(SignInFailed):
            sign_in.sign_in(region, CORALIE.login, "faux", at)
        at += timedelta(seconds=40)
    back = NOW - timedelta(minutes=5)
    with pytest.raises(SignInFailed, match=r"Attendez [0-9] secondes?"):
        sign_in.sign_in(region, CORALIE.login, PASSWORD, back)


def test_a_link_made_by_a_clock_years_ahead_is_dead(region):
    url = links.make(region, None, CAMILLE.id, NOW + YEARS)
    token = url.rpartition("=")[2] if "=" in url else url.rpartition("/")[2]
    assert links.holder(region, token, NOW + YEARS).id == CAMILLE.id
    with pytest.raises(NotFound, match="lien"):
        links.holder(region, token, NOW)


def started(clock_at=NOW):
    return retention.Clock(clock_at, 0.0)


def test_a_clock_set_years_ahead_while_the_server_runs_erases_nothing(region, caplog):
    declared(region, 3, NOW)
    before = rows(region, "journal")
    retention.keep_unless_doubtful(region, started(), NOW + YEARS, HOUR.total_seconds())
    assert rows(region, "journal") == before
    assert "set forward by 3649 days" in caplog.text


def test_a_server_started_with_a_clock_years_ahead_erases_nothing(region, caplog):
    declared(region, 3, NOW)
    before = rows(region, "journal")
    retention.keep_unless_doubtful(region, started(NOW + YEARS), NOW + YEARS, 0)
    assert rows(region, "journal") == before
    assert "3650 days before this clock" in caplog.text


def test_a_server_that_runs_for_long_erases_what_is_past_its_time(region):
    declared(region, 3, NOW)
    lasted = timedelta(days=settings().journal_days + 1)
    retention.keep_unless_doubtful(region, started(), NOW + lasted, lasted.total_seconds())
    assert [row for row in rows(region, "journal") if "declare" in row] == []


def test_a_code_is_taken_again_after_the_clock_was_years_ahead_and_still_serves_once(region):
    secret = second_factor.propose(CAMILLE).secret
    totp = pyotp.TOTP(secret)
    second_factor.enrol(region, CAMILLE, secret, totp.at(NOW + YEARS), NOW + YEARS)
    tried = []
    for at in (NOW, NOW, NOW + timedelta(seconds=60)):
        with region.writer() as writer:
            tried.append(second_factor.verify(writer, CAMILLE.id, totp.at(at), at))
    assert tried == [True, False, True]
