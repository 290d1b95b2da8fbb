"""The section « Rapports » of « Coordination »: hours, subscription, a report made now, the archive by date."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from ror.model.daily_report import Schedule
from ror.services import mail
from ror.services.coordination import daily_report, daily_report_content
from ror.settings import settings
from ror.store import daily_reports
from tests import mailbox
from tests.pages.conftest import texts
from tests.pages.widgets import field, press
from tests.region import CAMILLE, CORALIE, WARD, store_account, write

NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch):
    """Leave the map out of reports: another process takes a second to draw it."""
    monkeypatch.setattr(daily_report_content, "pictures", lambda drawings: [None for _ in drawings])


@pytest.fixture
def reachable(region):
    """Return the region whose coordinator has a mail address."""
    store_account(region, replace(CORALIE, mail="coralie@exemple.fr"))
    return region


@pytest.fixture
def box(monkeypatch):
    with mailbox.opened() as opened:
        mailbox.use(monkeypatch, opened.port)
        yield opened


def opened(page, **parameters):
    return page("coordination", "coralie", volet="Rapports", **parameters)


def schedule(db):
    with db.reader() as cursor:
        return daily_reports.schedule(cursor)


def test_hours_are_proposed_chosen_and_given_up(region, page):
    screen = opened(page)
    assert "choisissez les heures ci-dessous, puis enregistrez-les" in texts(screen)
    assert field(screen, "Chaque jour").value == [7, 17]
    assert schedule(region) == Schedule()
    screen = press(screen, "Enregistrer ces heures")
    assert "Les heures des rapports sont enregistrées." in texts(screen)
    assert "Prochain rapport : <b>" in texts(screen)
    assert "Ce service n'envoie pas de courriel." in texts(screen)
    field(screen, "Chaque jour").set_value([])
    screen = press(screen, "Enregistrer ces heures")
    assert schedule(region).hours == ()
    assert field(opened(page), "Chaque jour").value == []


def test_too_many_hours_are_refused_and_what_was_chosen_stays(region, page):
    screen = opened(page)
    field(screen, "Chaque jour").set_value([1, 2, 3, 4, 5])
    screen = press(screen, "Enregistrer ces heures")
    assert "Choisissez au plus 4 heures" in texts(screen)
    assert field(screen, "Chaque jour").value == [1, 2, 3, 4, 5]
    assert schedule(region) == Schedule()


def test_a_coordinator_subscribes_and_stops(reachable, page, box):
    screen = press(opened(page), "Enregistrer ces heures")
    assert "que personne ne reçoit encore" in texts(screen)
    screen = press(screen, "Recevoir les rapports par courriel")
    assert "Vous recevrez le prochain rapport par courriel." in texts(screen)
    assert "envoyé à 1 compte" in texts(screen)
    screen = press(screen, "Ne plus recevoir les rapports")
    assert "Vous ne recevrez plus ces rapports." in texts(screen)


def test_without_an_address_the_refusal_says_what_to_do(region, page, box):
    screen = press(opened(page), "Recevoir les rapports par courriel")
    assert "demandez au support de l'ajouter" in texts(screen)
    screen = press(opened(page), "Établir maintenant")
    assert "archivé ci-dessous, où il se télécharge." in texts(screen)


def test_a_report_is_sent_to_oneself_once_and_archived(reachable, page, box):
    write(reachable, WARD, 4, NOW - timedelta(hours=1))
    screen = press(opened(page), "Envoyer maintenant")
    assert "envoyé à votre adresse, et archivé ci-dessous." in texts(screen)
    assert box.next()["To"] == "coralie@exemple.fr"
    screen = press(screen, "Envoyer maintenant")
    assert "il vous a déjà été envoyé" in texts(screen)
    assert box.arrived.empty()
    (table,) = [one.value for one in screen.dataframe]
    assert list(table.drop(columns=["Rapport", "Jour"]).iloc[0]) == [4, 0, 11, 10]
    (report,) = daily_report.archive(reachable, CORALIE, None, NOW)
    shown = texts(opened(page, rapport=report.id))
    assert "4 lits disponibles, dont 4 confirmés depuis moins de 24 h" in shown.replace("\\", "")
    assert "1 envoyé" in shown


def test_a_mail_server_that_refuses_is_reported(reachable, page, box):
    box.answer = "550 no such user"
    screen = press(opened(page), "Envoyer maintenant")
    assert "établi et archivé, mais le courriel n'est pas parti" in texts(screen)
    assert len(screen.dataframe) == 1


def test_reports_are_found_by_their_day_and_an_empty_day_says_which_there_are(reachable, page):
    daily_report.make_and_send_now(reachable, CORALIE, NOW)
    daily_report.make_and_send_now(reachable, CORALIE, NOW - timedelta(days=2))
    screen = opened(page)
    assert len(screen.dataframe[0].value) == 2
    first, last = daily_report.overview(reachable, CORALIE, NOW).days
    screen.date_input(key="report-day").set_value(first).run()
    assert len(screen.dataframe[0].value) == 1
    screen.date_input(key="report-day").set_value(date(2020, 1, 1)).run()
    assert f"les archives vont du {first:%d/%m/%Y} au {last:%d/%m/%Y}." in texts(screen)


def test_a_report_that_is_gone_is_reported(region, page):
    shown = texts(opened(page, rapport="unknown"))
    assert "Ce rapport n'est plus dans les archives" in shown
    assert "Aucun rapport n'est archivé." in shown


def test_reports_that_are_off_are_not_promised(region, page, monkeypatch):
    monkeypatch.setenv("ROR_REPORTS", "off")
    settings.cache_clear()
    assert "ils sont coupés dans les réglages" in texts(opened(page))
    assert not mail.configured()


def test_nobody_else_opens_the_page(region, page):
    assert "ne donne pas accès à cet écran" in texts(page("coordination", CAMILLE.login, volet="Rapports"))
