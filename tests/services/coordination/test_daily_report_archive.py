"""Reports on demand, their hours, subscriptions, and the archive by date."""

import io
import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from pypdf import PdfReader

from ror.drawing import paper
from ror.errors import MailFailed, NotFound, Refused
from ror.model.daily_report import MIN_GAP, RETENTION, Schedule, Slot
from ror.model.journal import Act
from ror.model.sending import MailState
from ror.services.accounts import personal_data
from ror.services.coordination import daily_report, daily_report_content, daily_report_mails
from ror.services.coordination.daily_report_rounds import run_due
from ror.services.operations import retention
from ror.store import daily_reports
from ror.store.daily_reports import FileForm
from tests.region import (
    ADELE,
    CORALIE,
    NOW,
    RESUSCITATION,
    WARD,
    rows,
    store_account,
    write,
)
from tests.services.coordination.report_helpers import (
    AT_TEN,
    DAY,
    HOUR,
    MAILED,
    PAUL,
    archived,
    file,
    journalled,
    no_pictures,
    states,
    subscribed,
)
from tests.services.reminders.reminder_helpers import received

__all__ = ["no_pictures", "subscribed"]

pytestmark = pytest.mark.usefixtures("region", "no_pictures")


def test_a_report_on_demand_goes_to_oneself_alone_and_serves_everybody_for_a_few_minutes(subscribed, box):
    run_due(subscribed, AT_TEN)
    received(box)
    write(subscribed, WARD, 4, NOW + HOUR)
    now = AT_TEN + 2 * HOUR
    report, state = daily_report.make_and_send_now(subscribed, MAILED, now)
    assert (report.hour, report.since, report.beds, state) == (None, AT_TEN, 4, MailState.SENT)
    assert set(received(box)) == {"coralie"}
    again = daily_report.make_and_send_now(subscribed, MAILED, now + timedelta(minutes=1))
    assert again == (report, None)
    assert daily_report.make_and_send_now(subscribed, PAUL, now + timedelta(minutes=1)) == (report, MailState.SENT)
    assert set(received(box)) == {"paul"}
    assert daily_report.make_and_send_now(subscribed, MAILED, now + MIN_GAP)[0] != report
    # The next one of an hour is compared with the last one of an hour, as everybody received it.
    run_due(subscribed, AT_TEN + 8 * HOUR)
    assert archived(subscribed)[0].since == AT_TEN


def test_without_a_report_of_an_hour_of_late_one_on_demand_is_compared_with_the_last_of_all(subscribed):
    first, _ = daily_report.make_and_send_now(subscribed, MAILED, AT_TEN - HOUR)
    assert first.since is None
    run_due(subscribed, AT_TEN)
    assert archived(subscribed)[0].since == AT_TEN - HOUR
    second, _ = daily_report.make_and_send_now(subscribed, MAILED, AT_TEN + 2 * DAY)
    assert second.since == AT_TEN
    third, _ = daily_report.make_and_send_now(subscribed, MAILED, AT_TEN + 2 * DAY + HOUR)
    assert third.since == AT_TEN + 2 * DAY


def test_presses_at_the_same_time_make_one_report_and_one_mail(subscribed, box):
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: daily_report.make_and_send_now(subscribed, MAILED, AT_TEN), range(4)))
    assert len({report.id for report, _ in done}) == 1
    assert [state for _, state in done if state] == [MailState.SENT]
    assert box.arrived.qsize() == 1


def test_without_a_mail_server_a_report_on_demand_is_archived(subscribed):
    assert daily_report.make_and_send_now(subscribed, MAILED, AT_TEN)[1] is None
    assert len(archived(subscribed)) == 1


def test_without_an_address_a_report_on_demand_is_archived(subscribed, box):
    assert daily_report.make_and_send_now(subscribed, store_account(subscribed, replace(PAUL, mail="")), AT_TEN)[1] is None
    assert (len(archived(subscribed)), box.arrived.qsize()) == (1, 0)


def test_a_mail_on_demand_that_is_refused_is_reported_and_may_be_requested_again(subscribed, box):
    box.answer = "550 no such user"
    with pytest.raises(MailFailed, match="établi et archivé"):
        daily_report.make_and_send_now(subscribed, MAILED, AT_TEN)
    received(box)
    box.answer = "250 OK"
    assert daily_report.make_and_send_now(subscribed, MAILED, AT_TEN + timedelta(minutes=1))[1] is MailState.SENT
    assert len(archived(subscribed)) == 1


@pytest.mark.parametrize("hours", [[24], [-1], [1, 2, 3, 4, 5]])
def test_hours_that_do_not_exist_or_are_too_many_are_refused(db, hours):
    with pytest.raises(Refused, match="au plus 4 heures"):
        daily_report.choose_hours(db, CORALIE, hours, NOW)


def test_hours_are_for_everybody_and_choosing_the_same_again_skips_no_report(db):
    daily_report.choose_hours(db, CORALIE, [17, 7, 7], NOW)
    assert daily_report.choose_hours(db, CORALIE, [7, 17], NOW + HOUR) == Schedule((7, 17), NOW)
    overview = daily_report.overview(db, CORALIE, NOW + HOUR)
    assert (overview.schedule.hours, overview.next, overview.subscribers) == ((7, 17), Slot(NOW.date(), 17), 0)
    daily_report.choose_hours(db, CORALIE, [], NOW + 2 * HOUR)
    assert daily_report.overview(db, CORALIE, NOW + 2 * HOUR).next is None
    actions = [json.loads(after) for _, _, _, after in journalled(db)]
    assert [(one["action"], one["hours"]) for one in actions] == [("choose_hours", [7, 17]), ("choose_hours", [])]


def test_a_subscription_is_journalled_once_by_id(db):
    store_account(db, MAILED)
    for _ in range(2):
        daily_report.subscribe(db, MAILED, NOW)
    assert daily_report.overview(db, MAILED, NOW).subscribed_at == NOW
    for _ in range(2):
        daily_report.unsubscribe(db, MAILED, NOW)
    assert daily_report.overview(db, MAILED, NOW).subscribed_at is None
    assert [json.loads(after)["action"] for _, _, _, after in journalled(db)] == ["subscribe", "unsubscribe"]


def test_a_report_is_found_again_by_its_day_and_its_download_is_journalled(subscribed):
    run_due(subscribed, AT_TEN)
    run_due(subscribed, AT_TEN + DAY)
    assert [one.day for one in daily_report.archive(subscribed, CORALIE, NOW.date(), NOW)] == [NOW.date()]
    assert len(daily_report.archive(subscribed, CORALIE, None, NOW)) == 2
    report = archived(subscribed)[0]
    assert daily_report.overview(subscribed, CORALIE, NOW).days == (NOW.date(), NOW.date() + DAY)
    assert file(subscribed, report, FileForm.PDF).startswith(b"%PDF")
    assert journalled(subscribed, Act.EXPORT) == [
        ("done", CORALIE.id, f"report:{report.id}", json.dumps({"action": "export", "file": "pdf"}))
    ]
    assert daily_report.report_details(subscribed, CORALIE, "unknown", NOW) is None
    with pytest.raises(NotFound, match="plus dans les archives"):
        daily_report.file(subscribed, CORALIE, "unknown", FileForm.PDF, NOW)


def test_the_archive_holds_what_was_sent_even_after_the_registry_changed(subscribed, box):
    run_due(subscribed, AT_TEN)
    sent = {part.get_filename(): part.get_content() for part in received(box)["paul"].iter_attachments()}
    with subscribed.transaction() as transaction:
        transaction.cursor.execute("UPDATE unit SET name = 'Autre nom', closed = true")
        transaction.cursor.execute("INSERT INTO registry_change VALUES (?, 'tests', ?)", [transaction.next_position(), NOW])
    assert file(subscribed, archived(subscribed)[0], FileForm.PDF) == sent["rapport-2026-11-23-10h.pdf"]


def test_reports_go_when_their_time_is_past_and_an_erased_account_leaves_nothing(subscribed, box):
    run_due(subscribed, AT_TEN)
    exported = json.loads(personal_data.export(subscribed, ADELE, "paul", NOW + HOUR))["rapports"]
    assert [one["etat"] for one in exported["courriels"]] == ["envoyé"]
    assert len(exported["abonnement"]) == 1
    personal_data.erase(subscribed, ADELE, "paul", NOW + HOUR)
    assert states(subscribed, archived(subscribed)[0]) == {"coralie": MailState.SENT}
    with subscribed.reader() as cursor:
        assert list(daily_reports.subscribers(cursor)) == ["coralie"]
    with subscribed.transaction() as transaction:
        retention._erase(transaction, None, AT_TEN + RETENTION)
        assert len(daily_reports.archive(transaction.cursor, None, 9)) == 1
        retention._erase(transaction, None, AT_TEN + RETENTION + timedelta(seconds=1))
    assert rows(subscribed, "daily_report") == rows(subscribed, "daily_report_file") == []


def test_the_map_of_the_region_is_in_the_file(subscribed, monkeypatch):
    monkeypatch.setattr(daily_report_content, "pictures", paper.pictures)
    write(subscribed, RESUSCITATION, 4, NOW - HOUR)
    report, _ = daily_report.make_and_send_now(subscribed, CORALIE, NOW)
    (page, *_) = PdfReader(io.BytesIO(file(subscribed, report, FileForm.PDF))).pages
    assert len(page.images) == 1


def test_the_names_of_files_are_plain(subscribed):
    run_due(subscribed, AT_TEN)
    daily_report.make_and_send_now(subscribed, CORALIE, AT_TEN + HOUR)
    for report in archived(subscribed):
        assert re.fullmatch(r"rapport-2026-11-23-(10h|11h00)\.pdf", daily_report_mails.file_name(report, FileForm.PDF))
