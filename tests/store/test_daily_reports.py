"""Reports of the region as they are stored: hours, subscribers, the archive by date, mails."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from ror.model.daily_report import ReportDelivery, Schedule, Slot
from ror.model.sending import MailState
from ror.store import daily_reports
from ror.store.daily_reports import ArchivedReport, FileForm
from ror.store.engine import backup
from ror.store.engine.database import Database
from ror.store.engine.postgresql import PostgreSQL
from tests.region import CORALIE, NOW, rows

DAY = NOW.date()
MORNING = ArchivedReport("r1", DAY, 7, NOW, 12, None, 31, 4, 11, 2)
PDF, CSV = b"%PDF-1.3\x00\xff" * 50, "\ufeffUnité;Disponible\r\n".encode()


def change(db, function, *arguments, **others):
    with db.transaction() as transaction:
        return function(transaction, *arguments, **others)


def read(db, function, *arguments, **others):
    with db.reader() as cursor:
        return function(cursor, *arguments, **others)


def add(db, report=MORNING, **changes):
    change(db, daily_reports.add, replace(report, **changes), {FileForm.PDF: PDF, FileForm.CSV: CSV})


def test_there_is_no_hour_before_any_was_chosen_and_a_choice_replaces_the_one_before(db):
    assert read(db, daily_reports.schedule) == Schedule()
    for chosen in (Schedule((7, 17), NOW), Schedule((6,), NOW + timedelta(hours=1)), Schedule((), NOW + timedelta(hours=2))):
        change(db, daily_reports.set_schedule, chosen)
        assert read(db, daily_reports.schedule) == chosen


def test_subscribers_are_read_with_the_instant_of_their_subscription(db):
    change(db, daily_reports.subscribe, "b", NOW)
    change(db, daily_reports.subscribe, "a", NOW + timedelta(hours=1))
    assert read(db, daily_reports.subscribers) == {"a": NOW + timedelta(hours=1), "b": NOW}
    change(db, daily_reports.unsubscribe, "b")
    assert list(read(db, daily_reports.subscribers)) == ["a"]


def test_a_report_is_read_with_its_files_as_they_were_written(db):
    add(db)
    assert read(db, daily_reports.report, "r1") == MORNING
    assert read(db, daily_reports.report, "r2") is None
    assert read(db, daily_reports.file, "r1", FileForm.PDF) == PDF
    assert read(db, daily_reports.file, "r1", FileForm.CSV) == CSV
    assert read(db, daily_reports.file, "r2", FileForm.PDF) is None
    assert read(db, daily_reports.forms, "r1") == {FileForm.PDF, FileForm.CSV}
    assert read(db, daily_reports.forms, "r2") == set()


def test_the_last_report_at_an_hour_is_another_than_the_last_on_demand(db):
    add(db)
    add(db, id="r2", hour=None, created_at=NOW + timedelta(hours=1))
    later = NOW + timedelta(hours=2)
    assert read(db, daily_reports.latest, later, scheduled=True).id == "r1"
    assert read(db, daily_reports.latest, later, scheduled=False).id == "r2"
    assert read(db, daily_reports.latest, NOW, scheduled=False) is None
    assert read(db, daily_reports.slots_since, DAY) == {Slot(DAY, 7)}
    assert read(db, daily_reports.slots_since, DAY + timedelta(days=1)) == set()


def test_reports_are_found_by_their_day_newest_first(db):
    assert read(db, daily_reports.days) is None
    for number, (day, hour) in enumerate([(DAY, 7), (DAY, 17), (DAY + timedelta(days=2), 7)]):
        add(db, id=f"r{number}", day=day, hour=hour, created_at=NOW + timedelta(hours=10 * number))
    of_day = [report.id for report in read(db, daily_reports.archive, DAY, 50)]
    assert of_day == ["r1", "r0"]
    assert [report.id for report in read(db, daily_reports.archive, None, 2)] == ["r2", "r1"]
    assert read(db, daily_reports.archive, date(2020, 1, 1), 50) == []
    assert read(db, daily_reports.days) == (DAY, DAY + timedelta(days=2))


def test_a_mail_has_one_state_which_its_next_attempt_replaces(db):
    add(db)
    change(db, daily_reports.claim, "r1", CORALIE.id, 1, NOW)
    change(db, daily_reports.claim, "r1", "other", 1, NOW)
    change(db, daily_reports.set_state, "r1", CORALIE.id, MailState.WAITING)
    assert read(db, daily_reports.deliveries, "r1")[CORALIE.id] == ReportDelivery(MailState.WAITING, 1, NOW)
    change(db, daily_reports.claim, "r1", CORALIE.id, 2, NOW + timedelta(hours=1))
    assert read(db, daily_reports.deliveries, "r1") == {
        CORALIE.id: ReportDelivery(MailState.CLAIMED, 2, NOW + timedelta(hours=1)),
        "other": ReportDelivery(MailState.CLAIMED, 1, NOW),
    }
    assert read(db, daily_reports.deliveries, "r2") == {}


def test_an_erased_account_leaves_neither_subscription_nor_mail(db):
    add(db)
    for account in (CORALIE.id, "other"):
        change(db, daily_reports.subscribe, account, NOW)
        change(db, daily_reports.claim, "r1", account, 1, NOW)
    change(db, daily_reports.erase, CORALIE.id)
    assert list(read(db, daily_reports.subscribers)) == list(read(db, daily_reports.deliveries, "r1")) == ["other"]


@pytest.mark.parametrize("table", ["daily_report", "daily_report_file", "daily_report_delivery"])
def test_an_old_report_goes_with_its_files_and_mails(db, table):
    add(db)
    add(db, id="r2", created_at=NOW + timedelta(days=1))
    for report in ("r1", "r2"):
        change(db, daily_reports.claim, report, CORALIE.id, 1, NOW)
    change(db, daily_reports.delete_before, NOW + timedelta(hours=1))
    assert {row[0] for row in rows(db, table)} == {"r2"}


def test_a_backup_holds_the_files_as_they_are(db, tmp_path):
    add(db)
    copied = backup.write(db, tmp_path / "backup.duckdb")
    assert copied["daily_report_file"].rows == 2
    restored = Database(tmp_path / "backup.duckdb")
    assert read(restored, daily_reports.file, "r1", FileForm.PDF) == PDF
    restored.close()


def test_a_copy_to_a_server_holds_them_too(tmp_path, postgres):
    source, target = Database(tmp_path / "ror.duckdb"), Database(PostgreSQL(postgres.new_database()))
    add(source)
    source.close()
    backup.load(target, tmp_path / "ror.duckdb")
    assert read(target, daily_reports.file, "r1", FileForm.CSV) == CSV
    target.close()
