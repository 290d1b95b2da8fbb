"""The report of the region: made once at each of its hours, and its content."""

from datetime import timedelta

import pytest

from ror.drawing import paper
from ror.errors import Busy, NotFound
from ror.model.daily_report import LATEST, Slot
from ror.model.sending import MailState
from ror.services.coordination import daily_report, daily_report_content
from ror.services.coordination.daily_report_rounds import run_due
from ror.settings import settings
from ror.store import daily_reports
from ror.store.daily_reports import FileForm
from tests import mailbox
from tests.region import (
    CARDIAC,
    CORALIE,
    HALT,
    LONG_STAY,
    NOW,
    NURSING,
    PSYCHIATRY,
    RESUSCITATION,
    WARD,
    close_for_a_time,
    store_account,
    write,
)
from tests.services.coordination.report_helpers import (
    AT_TEN,
    DAY,
    HOUR,
    MAILED,
    archived,
    file,
    lines_of,
    no_pictures,
    subscribed,
    text_of_pdf,
)
from tests.services.reminders.reminder_helpers import received, text_of

__all__ = ["no_pictures", "subscribed"]

pytestmark = pytest.mark.usefixtures("region", "no_pictures")


def test_a_report_is_made_at_its_hour_once_and_mailed_once_to_each_subscriber_with_its_files(subscribed, box):
    write(subscribed, WARD, 4, NOW - HOUR)
    assert run_due(subscribed, AT_TEN - timedelta(seconds=1)).made == 0
    done = run_due(subscribed, AT_TEN)
    assert (done.made, done.mails) == (1, {MailState.SENT: 2})
    mails = received(box)
    assert set(mails) == {"coralie", "paul"}
    letter = mails["coralie"]
    assert letter["Subject"] == "Disponibilités en lits et en places : rapport du 23/11/2026 à 10 h"
    assert "4 lits disponibles, dont 4 confirmés depuis moins de 24 h et 0 il y a plus de 7 jours" in text_of(letter)
    assert "http://localhost:8501/coordination?volet=Rapports" in text_of(letter)
    attached = {part.get_filename(): part for part in letter.iter_attachments()}
    assert list(attached) == ["rapport-2026-11-23-10h.pdf", "rapport-2026-11-23-10h.csv"]
    (report,) = archived(subscribed)
    assert attached["rapport-2026-11-23-10h.pdf"].get_content() == file(subscribed, report, FileForm.PDF)
    for minutes in (1, 30, 120):
        again = run_due(subscribed, AT_TEN + timedelta(minutes=minutes))
        assert (again.made, again.mails) == (0, {})


def test_the_mail_and_its_files_have_no_comment_and_name_no_person(subscribed, box):
    write(subscribed, WARD, 4, NOW - HOUR, comment="Voir Monsieur Martin")
    run_due(subscribed, AT_TEN)
    letter = received(box)["coralie"]
    (report,) = archived(subscribed)
    contents = [
        text_of(letter),
        text_of_pdf(file(subscribed, report, FileForm.PDF)),
        file(subscribed, report, FileForm.CSV).decode(),
    ]
    for content in contents:
        for hidden in ("Martin", "Camille", "Coralie", "Repère", "camille", "0199"):
            assert hidden not in content


def test_nothing_is_made_before_a_coordinator_chose_hours(db, box):
    store_account(db, MAILED)
    daily_report.subscribe(db, MAILED, NOW - DAY)
    assert run_due(db, AT_TEN).made == 0
    assert archived(db) == []


def test_reports_are_archived_without_a_mail_server_and_not_mailed_days_later(subscribed, monkeypatch):
    assert run_due(subscribed, AT_TEN).made == 1
    with mailbox.opened() as box:
        mailbox.use(monkeypatch, box.port)
        assert run_due(subscribed, AT_TEN + LATEST + HOUR).mails == {}
        assert run_due(subscribed, AT_TEN + 8 * HOUR).mails == {MailState.SENT: 2}


def test_the_setting_turns_all_of_it_off(subscribed, monkeypatch):
    monkeypatch.setenv("ROR_REPORTS", "off")
    settings.cache_clear()
    assert run_due(subscribed, AT_TEN).made == 0


def test_the_hours_are_those_of_the_region(db, monkeypatch):
    monkeypatch.setenv("ROR_REGION", "Guyane")
    settings.cache_clear()
    daily_report.choose_hours(db, CORALIE, [6], NOW - DAY)
    assert run_due(db, NOW - timedelta(seconds=1)).made == 0
    assert run_due(db, NOW).made == 1
    assert archived(db)[0].slot == Slot(NOW.date(), 6)


def test_a_map_that_cannot_be_drawn_holds_no_report_up_and_a_queue_of_drawings_does(subscribed, monkeypatch):
    def full(_):
        raise Busy("D'autres rapports sont en préparation.")

    def broken(_):
        raise paper.DrawingFailed("out of memory")

    monkeypatch.setattr(daily_report_content, "pictures", full)
    assert run_due(subscribed, AT_TEN).made == 0
    monkeypatch.setattr(daily_report_content, "pictures", broken)
    assert run_due(subscribed, AT_TEN + timedelta(minutes=1)).made == 1


def test_it_says_totals_by_departement_and_need_with_their_freshness_and_what_is_late(subscribed):
    write(subscribed, WARD, 4, NOW - HOUR)
    write(subscribed, CARDIAC, 3, NOW - 9 * DAY)
    run_due(subscribed, AT_TEN)
    (report,) = archived(subscribed)
    assert (report.beds, report.places, report.units) == (7, 0, 11)
    shown = text_of_pdf(file(subscribed, report, FileForm.PDF))
    for words in (
        *("Rapport du jour", "7 lits disponibles", "dont 4 confirmés depuis moins de 24 h", "et 3 il y a plus de 7 jours"),
        *("75 Paris", "93 Seine-Saint-Denis", "Par besoin", "Premier rapport", "En retard, la plus ancienne d'abord (10)"),
        *("Soins intensifs de cardiologie", "il y a 9 jours", "Ce rapport ne contient ni commentaire ni nom de personne"),
    ):
        assert words in shown
    assert "depuis le rapport précédent" not in shown


def test_the_units_that_never_declared_come_first_among_those_that_are_late_and_a_need_of_no_unit_has_no_line(subscribed):
    write(subscribed, CARDIAC, 3, NOW - 9 * DAY)
    run_due(subscribed, AT_TEN)
    shown = text_of_pdf(file(subscribed, archived(subscribed)[0], FileForm.PDF))
    late = shown[shown.index("En retard, la plus ancienne d'abord (11)") :]
    assert late.index("jamais renseigné") < late.index("il y a 9 jours")
    assert "Réanimation" in shown
    assert "Maternité" not in shown


def test_what_changed_since_the_last_report_is_by_position_whatever_the_clocks_said(subscribed):
    for unit, number in ((WARD, 4), (NURSING, 2), (HALT, 0), (PSYCHIATRY, 3)):
        write(subscribed, unit, number, NOW - HOUR)
    close_for_a_time(subscribed, LONG_STAY, NOW.date() + 9 * DAY, NOW - HOUR)
    run_due(subscribed, AT_TEN)
    # Recorded by a clock that is a day behind, and known after the report all the same.
    write(subscribed, WARD, 0, NOW, recorded_at=NOW - DAY)
    write(subscribed, HALT, 6, NOW + HOUR)
    write(subscribed, LONG_STAY, 0, NOW + HOUR)
    close_for_a_time(subscribed, PSYCHIATRY, NOW.date() + 9 * DAY, NOW + HOUR)
    run_due(subscribed, AT_TEN + 8 * HOUR)
    evening, morning = archived(subscribed)
    assert (evening.since, morning.since) == (AT_TEN, None)
    changed = {line["Unité"]: line for line in lines_of(subscribed, evening) if line["Changement"]}
    assert {name: line["Changement"] for name, line in changed.items()} == {
        "Médecine interne": "Tombée à zéro",
        "Lits halte": "Libérée",
        "Longue durée": "Rouverte",
        "Psychiatrie": "Fermée",
    }
    assert (changed["Médecine interne"]["Au rapport précédent"], changed["Médecine interne"]["Disponible"]) == ("4", "0")
    shown = text_of_pdf(file(subscribed, evening, FileForm.PDF))
    for words in (
        "depuis le rapport du 23/11/2026 à 10 h 00",
        "Tombées à zéro (1)",
        "Rouvertes (1)",
        "4 -> 0 lit",
        "-1 depuis le rapport",
    ):
        assert words in shown
    with subscribed.reader() as cursor:
        summary = (daily_reports.file(cursor, evening.id, FileForm.TEXT) or b"").decode()
    assert "tombée à zéro : 1, fermée : 1, libérée : 1, rouverte : 1." in summary


def test_a_unit_that_became_late_keeps_its_number(subscribed):
    write(subscribed, RESUSCITATION, 2, NOW - 17 * HOUR)
    run_due(subscribed, AT_TEN)
    run_due(subscribed, AT_TEN + 8 * HOUR)
    shown = text_of_pdf(file(subscribed, archived(subscribed)[0], FileForm.PDF))
    assert "Passées en retard (1) Réanimation 75 Hôpital fictif des Tilleuls 2 lits il y a 25 h" in shown


def test_a_report_states_that_nothing_changed_and_the_first_table_compares_nothing(subscribed):
    write(subscribed, WARD, 4, NOW - HOUR)
    run_due(subscribed, AT_TEN)
    run_due(subscribed, AT_TEN + 8 * HOUR)
    evening, morning = archived(subscribed)
    assert {line["Au rapport précédent"] for line in lines_of(subscribed, morning)} == {""}
    assert [line["Au rapport précédent"] for line in lines_of(subscribed, evening) if line["Disponible"] == "4"] == ["4"]
    with subscribed.reader() as cursor:
        assert "aucune n’a changé" in (daily_reports.file(cursor, evening.id, FileForm.TEXT) or b"").decode()


def test_a_list_is_cut_and_says_how_many_are_left(subscribed, monkeypatch):
    monkeypatch.setattr(daily_report_content, "MAX_LINES", 3)
    run_due(subscribed, AT_TEN)
    assert "... et 8 autres, dans le service et dans le tableau CSV quand il est joint." in text_of_pdf(
        file(subscribed, archived(subscribed)[0], FileForm.PDF)
    )


def test_a_country_has_no_table(subscribed, box, monkeypatch):
    monkeypatch.setattr(daily_report_content, "MAX_UNITS", 5)
    run_due(subscribed, AT_TEN)
    (report,) = archived(subscribed)
    with pytest.raises(NotFound):
        file(subscribed, report, FileForm.CSV)
    assert daily_report.report_details(subscribed, CORALIE, report.id, NOW).forms == (FileForm.PDF,)
    assert [part.get_filename() for part in received(box)["paul"].iter_attachments()] == ["rapport-2026-11-23-10h.pdf"]


def test_an_empty_region_has_a_report_too(db):
    for table in ("unit", "structure", "legal_entity"):
        with db.transaction() as transaction:
            transaction.cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - names of this test
    with db.transaction() as transaction:
        transaction.cursor.execute("INSERT INTO registry_change VALUES (?, 'tests', ?)", [transaction.next_position(), NOW])
    report, _ = daily_report.make_and_send_now(db, CORALIE, NOW)
    assert (report.beds, report.units) == (0, 0)
