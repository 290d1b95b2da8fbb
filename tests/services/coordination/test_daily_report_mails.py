"""The mails of the report: one to each account that may still receive it, even when a process ends meanwhile."""

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from ror.errors import Forbidden, Refused
from ror.model.daily_report import Slot
from ror.model.journal import Outcome
from ror.model.rights import Role
from ror.model.sending import RETRY_AFTER, MailState
from ror.services import mail
from ror.services.coordination import daily_report, daily_report_archive, daily_report_mails, daily_report_rounds
from ror.services.coordination.daily_report_rounds import run_due
from ror.settings import ROOT, settings
from ror.store.daily_reports import ArchivedReport, FileForm
from ror.store.engine.database import Database
from ror.store.engine.postgresql import PostgreSQL
from tests import mailbox
from tests.harness import free_port
from tests.loops import failing_rounds
from tests.region import (
    ADELE,
    CAMILLE,
    CORALIE,
    DOMINIQUE,
    NOW,
    only_on_a_file,
    rows,
    store_account,
)
from tests.services.coordination.report_helpers import (
    AT_TEN,
    DAY,
    HOUR,
    MAILED,
    PAUL,
    archived,
    journalled,
    no_pictures,
    states,
    subscribed,
)
from tests.services.reminders.reminder_helpers import received, text_of

__all__ = ["no_pictures", "subscribed"]

pytestmark = pytest.mark.usefixtures("region", "no_pictures")


def test_a_coordinator_who_lost_the_right_or_was_disabled_gets_nothing_for_ever_and_it_is_journalled(subscribed, box):
    store_account(subscribed, replace(MAILED, roles=frozenset({Role.PROFESSIONAL})))
    store_account(subscribed, replace(PAUL, disabled=True, mail=""))
    assert run_due(subscribed, AT_TEN).mails == {}
    refused = [line for line in journalled(subscribed) if line[0] == Outcome.REFUSED]
    (report,) = archived(subscribed)
    after = json.dumps({"action": "send_report", "report": report.id}, sort_keys=True)
    assert refused == [(Outcome.REFUSED, "", f"account:{who}", after) for who in ("coralie", "paul")]
    for account in (MAILED, PAUL):
        store_account(subscribed, account)
    assert run_due(subscribed, AT_TEN + 8 * HOUR).mails == {}
    assert received(box) == {}


def test_the_right_is_read_again_between_the_list_and_the_mail(subscribed, box):
    run_due(subscribed, AT_TEN - HOUR)
    report = daily_report_archive.make_due(subscribed, Slot(NOW.date(), 10), AT_TEN)
    with subscribed.reader() as cursor:
        assert daily_report_mails.waiting(cursor, report, AT_TEN) == ["coralie", "paul"]
    store_account(subscribed, replace(PAUL, roles=frozenset({Role.MANAGER})))
    assert daily_report_mails.send_due(subscribed, report, "paul", AT_TEN) == (None, True)
    assert daily_report_mails.send_due(subscribed, report, "coralie", AT_TEN)[0] is MailState.SENT
    assert daily_report_mails.send_due(subscribed, report, "coralie", AT_TEN) == (None, True)
    assert set(received(box)) == {"coralie"}


def test_who_unsubscribes_between_the_list_and_the_mail_gets_none(subscribed, box):
    report = daily_report_archive.make_due(subscribed, Slot(date(2026, 11, 23), 10), AT_TEN)
    daily_report.unsubscribe(subscribed, PAUL, AT_TEN)
    assert daily_report_mails.send_due(subscribed, report, PAUL.id, AT_TEN) == (None, True)
    assert received(box) == {}


def test_who_subscribed_after_a_report_gets_the_next_one(subscribed, box):
    daily_report.unsubscribe(subscribed, PAUL, NOW - HOUR)
    run_due(subscribed, AT_TEN)
    daily_report.subscribe(subscribed, PAUL, AT_TEN + timedelta(minutes=5))
    assert set(received(box)) == {"coralie"}
    run_due(subscribed, AT_TEN + timedelta(minutes=6))
    assert received(box) == {}
    run_due(subscribed, AT_TEN + 8 * HOUR)
    assert set(received(box)) == {"coralie", "paul"}


def test_an_account_without_an_address_cannot_subscribe_and_one_that_lost_it_waits_in_silence(subscribed, box):
    with pytest.raises(Refused, match="pas de courriel"):
        daily_report.subscribe(subscribed, store_account(subscribed, replace(CORALIE, id="sans", login="sans")), NOW)
    store_account(subscribed, replace(PAUL, mail=""))
    run_due(subscribed, AT_TEN)
    assert set(received(box)) == {"coralie"}
    assert [line for line in journalled(subscribed) if line[0] == Outcome.REFUSED] == []
    store_account(subscribed, PAUL)
    run_due(subscribed, AT_TEN + HOUR)
    assert set(received(box)) == {"paul"}


@pytest.mark.parametrize("account", [CAMILLE, DOMINIQUE, ADELE], ids=lambda one: one.id)
def test_nobody_but_a_coordinator_does_anything_with_reports_and_the_refusal_is_journalled(subscribed, account):
    run_due(subscribed, AT_TEN)
    (report,) = archived(subscribed)
    for use in (
        lambda: daily_report.overview(subscribed, account, NOW),
        lambda: daily_report.choose_hours(subscribed, account, [3], NOW),
        lambda: daily_report.subscribe(subscribed, account, NOW),
        lambda: daily_report.unsubscribe(subscribed, account, NOW),
        lambda: daily_report.make_and_send_now(subscribed, account, NOW),
        lambda: daily_report.archive(subscribed, account, None, NOW),
        lambda: daily_report.report_details(subscribed, account, report.id, NOW),
        lambda: daily_report.file(subscribed, account, report.id, FileForm.PDF, NOW),
        lambda: daily_report_mails.send_now(subscribed, account, report, NOW),
    ):
        before = len(rows(subscribed, "journal"))
        with pytest.raises(Forbidden):
            use()
        assert len(rows(subscribed, "journal")) == before + 1
    assert len(archived(subscribed)) == 1


def test_rounds_at_the_same_time_make_one_report_and_mail_it_once(subscribed, box):
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: run_due(subscribed, AT_TEN), range(4)))
    assert sum(one.made for one in done) == 1
    assert sum(one.mails[MailState.SENT] for one in done) == 2
    assert set(received(box)) == {"coralie", "paul"}
    assert len(archived(subscribed)) == 1


def test_two_replicas_make_one_report_and_mail_it_once(postgres, region_on_postgresql, box):
    address = postgres.new_database(region_on_postgresql)
    replicas = [Database(PostgreSQL(address)) for _ in range(2)]
    for account in (MAILED, PAUL):
        store_account(replicas[0], account)
        daily_report.subscribe(replicas[0], account, NOW - DAY)
    daily_report.choose_hours(replicas[0], CORALIE, [10, 18], NOW - DAY)
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda replica: run_due(replica, AT_TEN), replicas))
    assert sum(one.made for one in done) == 1
    assert sum(one.mails[MailState.SENT] for one in done) == 2
    assert set(received(box)) == {"coralie", "paul"}
    assert archived(replicas[0]) == archived(replicas[1]) != []
    for replica in replicas:
        replica.close()


def test_the_server_goes_on_after_a_failure_unless_a_setting_leaves_it_to_the_command(db, monkeypatch, caplog):
    for setting in ("command", "off"):
        monkeypatch.setenv("ROR_REPORTS", setting)
        settings.cache_clear()
        assert failing_rounds(db, monkeypatch, daily_report_rounds, "run_due") == 0
    monkeypatch.setenv("ROR_REPORTS", "server")
    settings.cache_clear()
    assert failing_rounds(db, monkeypatch, daily_report_rounds, "run_due") == 3
    assert [record.levelname for record in caplog.records] == ["WARNING", "ERROR"]


def test_a_process_that_is_killed_while_it_mails_never_mails_it_again_and_the_others_leave(subscribed, box, monkeypatch):
    path = only_on_a_file(subscribed)
    subscribed.close()
    command = [sys.executable, "-m", "tests.services.coordination.report_round", str(path), AT_TEN.isoformat()]
    with (
        subprocess.Popen(command, cwd=ROOT, env=os.environ | mailbox.environment(box.port)) as process,
        monkeypatch.context() as dying,
    ):

        async def kill(*_):
            process.kill()
            return "250 OK"

        dying.setattr(box, "handle_DATA", kill)
        assert process.wait(60) == -signal.SIGKILL
    again = Database(path)
    try:
        (report,) = archived(again)
        assert states(again, report) == {"coralie": MailState.CLAIMED}
        assert run_due(again, AT_TEN + HOUR).mails == {MailState.SENT: 1}
        assert set(received(box)) == {"paul"}
        assert len(archived(again)) == 1
    finally:
        again.close()


def test_a_mail_that_was_refused_for_a_time_is_tried_again_and_one_refused_for_good_is_not(subscribed, box):
    daily_report.unsubscribe(subscribed, PAUL, NOW - HOUR)
    box.answer = "451 try again later"
    assert run_due(subscribed, AT_TEN).mails == {MailState.WAITING: 1}
    assert run_due(subscribed, AT_TEN + RETRY_AFTER / 2).mails == {}
    box.answer = "550 no such user"
    assert run_due(subscribed, AT_TEN + RETRY_AFTER).mails == {MailState.REFUSED: 1}
    assert run_due(subscribed, AT_TEN + 3 * RETRY_AFTER).mails == {}


def test_a_server_that_is_away_ends_the_round(subscribed, monkeypatch):
    mailbox.use(monkeypatch, free_port())
    assert run_due(subscribed, AT_TEN).mails == {MailState.WAITING: 1}
    assert list(states(subscribed, archived(subscribed)[0])) == ["coralie"]


def test_a_round_that_is_stopped_sends_nothing_more(subscribed, box):
    assert run_due(subscribed, AT_TEN, lambda: True).mails == {}
    assert received(box) == {}


def test_files_that_no_mail_can_carry_are_left_out_and_the_mail_says_so(subscribed, box, monkeypatch):
    monkeypatch.setattr(mail, "MAX_ATTACHED_BYTES", 3000)
    run_due(subscribed, AT_TEN)
    letter = received(box)["paul"]
    assert [part.get_content_type() for part in letter.iter_attachments()] == ["text/csv"]
    assert "Un fichier trop lourd pour un courriel se télécharge dans le service." in text_of(letter)


def test_the_name_of_a_file_on_demand_has_the_day_and_the_hour_of_paris(region):
    at = datetime(2026, 11, 29, 22, 15, tzinfo=UTC)
    # The day of the archive is that of La Réunion.
    report = ArchivedReport("r1", date(2026, 11, 30), None, at, 0, None, 0, 0, 0, 0)
    assert daily_report_mails.file_name(report, FileForm.PDF) == "rapport-2026-11-29-23h15.pdf"
