"""Helpers of the tests of the reports of the region: two subscribed coordinators, the archive, the content of a file."""

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest
from pypdf import PdfReader

from ror.model.journal import Act
from ror.model.sending import MailState
from ror.services import journal
from ror.services.coordination import daily_report, daily_report_content
from ror.store import daily_reports
from ror.store.daily_reports import ArchivedReport, FileForm
from ror.store.engine.database import Database
from tests.region import CORALIE, NOW, store_account

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PAUL = replace(CORALIE, id="paul", login="paul", name="Paul Exemple", mail="paul@exemple.fr")
MAILED = replace(CORALIE, mail="coralie@exemple.fr")
AT_TEN = NOW
"""10 h in Paris."""


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the map, which another process takes a second to draw; a single test needs it."""
    monkeypatch.setattr(daily_report_content, "pictures", lambda drawings: [None for _ in drawings])


@pytest.fixture
def subscribed(db: Database) -> Database:
    """Return the region with reports at 10 h and 18 h, and two coordinators who receive them since yesterday."""
    for account in (MAILED, PAUL):
        store_account(db, account)
        daily_report.subscribe(db, account, NOW - DAY)
    daily_report.choose_hours(db, CORALIE, [10, 18], NOW - DAY)
    return db


def archived(db: Database) -> list[ArchivedReport]:
    """Return the reports of the archive, newest first."""
    with db.reader() as cursor:
        return daily_reports.archive(cursor, None, 50)


def states(db: Database, report: ArchivedReport) -> dict[str, MailState]:
    """Return the states of the mails of a report, by account."""
    with db.reader() as cursor:
        return {account: delivery.state for account, delivery in daily_reports.deliveries(cursor, report.id).items()}


def text_of_pdf(content: bytes) -> str:
    """Return the text of a PDF, its spaces and lines made one space."""
    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(content)).pages)


def file(db: Database, report: ArchivedReport, form: FileForm) -> bytes:
    """Return a file of a report as a coordinator downloads it."""
    return daily_report.file(db, CORALIE, report.id, form, NOW)


def lines_of(db: Database, report: ArchivedReport) -> list[dict[str, str]]:
    """Return the lines of the table of a report."""
    return list(csv.DictReader(io.StringIO(file(db, report, FileForm.CSV).decode("utf-8-sig")), delimiter=";"))


def journalled(db: Database, act: Act = Act.REPORT) -> list[tuple[str, str, str, str]]:
    """Return the lines of the journal of an act, oldest first: outcome, actor, subject, after."""
    read = journal.read(db, None, journal.JournalQuery(), NOW + 9 * DAY).to_pylist()
    return [(line["outcome"], line["actor"], line["subject"], line["after"]) for line in reversed(read) if line["act"] == act]
