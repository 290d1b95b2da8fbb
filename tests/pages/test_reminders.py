"""Reminders on screen: the choice and the deputy in « Mon compte », the sheet on the units of a mail, the list of mails."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ror.model.reminder import DueUnit, Line, Preference, Rhythm
from ror.model.sending import MailState
from ror.services import mail
from ror.settings import settings
from ror.store import accounts, reminders
from tests.pages.conftest import texts
from tests.pages.widgets import press
from tests.region import ADELE, BLANCHE, CAMILLE, CARDIAC, CLAUDE, DOMINIQUE, WARD, rows, write

TODAY = datetime.now(UTC).date()


@pytest.fixture
def with_mail(region, monkeypatch):
    """Return the region in which Camille got a mail about two units, of which one was declared since."""
    monkeypatch.setenv("ROR_SMTP_HOST", "127.0.0.1")
    settings.cache_clear()
    assert mail.configured()
    now = datetime.now(UTC)
    lines = [
        Line(DueUnit(unit, write(region, unit, 4, now - timedelta(days=9)).position, True, False, frozenset()))
        for unit in (WARD, CARDIAC)
    ]
    with region.transaction() as transaction:
        accounts.change(transaction, replace(CAMILLE, mail="camille@exemple.fr"))
        reminders.claim(transaction, "mail-of-camille", CAMILLE.id, 0, lines, now)
        reminders.set_state(transaction, "mail-of-camille", MailState.SENT)
    write(region, WARD, 5, datetime.now(UTC))
    return region


def stored_preference(db, account=CAMILLE):
    with db.reader() as cursor:
        return reminders.preference(cursor, account.id)


def test_a_manager_chooses_when_to_be_written_to(with_mail, page):
    screen = page("mon_compte", "camille")
    assert "<b>en cas de retard</b>" in texts(screen)
    screen.radio(key="reminder-rhythm").set_value(Rhythm.WEEKLY).run()
    screen.selectbox(key="reminder-weekday").set_value(3)
    screen.selectbox(key="reminder-hour").set_value(14)
    screen = press(screen, "Enregistrer ce choix")
    assert "Votre choix est enregistré." in texts(screen)
    assert "<b>chaque jeudi à 14 h</b>" in texts(screen)
    chosen = stored_preference(with_mail)
    assert (chosen.rhythm, chosen.weekday, chosen.hour) == (Rhythm.WEEKLY, 3, 14)
    screen.radio(key="reminder-rhythm").set_value(Rhythm.OFF)
    press(screen, "Enregistrer ce choix")
    assert stored_preference(with_mail).rhythm is Rhythm.OFF


def test_a_manager_reads_of_its_last_mail_and_takes_its_link_back(with_mail, page):
    screen = page("mon_compte", "camille")
    assert "2 unités, envoyé" in texts(screen)
    screen = press(screen, "Retirer le lien de ce courriel")
    assert "Le lien de ce courriel ne sert plus." in texts(screen)
    assert "Retirer le lien de ce courriel" not in [one.label for one in screen.button]
    assert rows(with_mail, "reminder")[0][9] != "None"


def test_a_link_that_is_too_old_is_not_offered_to_be_taken_back(with_mail, page):
    with with_mail.transaction() as transaction:
        line = Line(DueUnit(WARD, 1, True, False, frozenset()))
        reminders.claim_again(transaction, "mail-of-camille", 0, [line], datetime.now(UTC) - timedelta(hours=25))
    screen = page("mon_compte", "camille")
    assert "Dernier rappel" in texts(screen)
    assert "Retirer le lien de ce courriel" not in [one.label for one in screen.button]


def test_nothing_is_promised_without_an_address_or_a_mail_server(region, page, monkeypatch):
    assert "ce service n'en envoie pas" in texts(page("mon_compte", "camille"))
    monkeypatch.setenv("ROR_SMTP_HOST", "127.0.0.1")
    settings.cache_clear()
    assert "votre compte n'a pas de courriel" in texts(page("mon_compte", "camille"))


@pytest.mark.parametrize("account", [DOMINIQUE, ADELE], ids=lambda one: one.id)
def test_who_declares_nothing_has_no_reminders(region, page, account):
    assert "Rappels" not in texts(page("mon_compte", account.login))


def test_a_deputy_is_named_and_ended(region, page):
    screen = page("mon_compte", "camille")
    screen = press(screen, "Nommer ce suppléant")
    assert "Choisissez le collègue" in texts(screen)
    screen.selectbox(key="deputy-who").set_value(BLANCHE.id)
    screen = press(screen, "Nommer ce suppléant")
    assert "Choisissez un premier et un dernier jour" in texts(screen)
    screen.date_input(key="deputy-first").set_value(TODAY)
    screen.date_input(key="deputy-last").set_value(TODAY + timedelta(days=7))
    screen = press(screen, "Nommer ce suppléant")
    shown = texts(screen)
    assert "Votre suppléant est nommé." in shown
    assert "**Blanche Modèle** reçoit vos rappels" in shown
    assert "à votre place" in shown
    assert "Vous recevez les rappels de Camille Exemple" in texts(page("mon_compte", "blanche"))
    screen = press(page("mon_compte", "camille"), "Mettre fin à cette suppléance")
    assert "Vos rappels vous reviennent." in texts(screen)
    assert "Suppléant" in [one.label for one in screen.selectbox]


def test_there_is_no_deputy_without_another_manager(region, page):
    with region.transaction() as transaction:
        for account in (BLANCHE, CLAUDE):
            accounts.change(transaction, replace(account, disabled=True))
    assert "personne ne peut recevoir vos rappels" in texts(page("mon_compte", "camille"))


def units_of_sheet(screen):
    data = [json.loads(one.proto.json or "0") for one in screen.get("bidi_component")]
    (sheet,) = [one for one in data if isinstance(one, dict) and "groups" in one]
    return {unit["unit"] for group in sheet["groups"] for unit in group["units"]}


def test_the_sheet_opens_on_the_units_of_a_mail_and_leads_to_all(with_mail, page):
    screen = page("mise_a_jour", "camille", rappel="mail-of-camille")
    assert "Ici, 2 unités du rappel" in texts(screen)
    assert units_of_sheet(screen) == {WARD, CARDIAC}
    screen = press(screen, "Toutes mes unités (5)")
    assert "unités du rappel" not in texts(screen)
    assert len(units_of_sheet(screen)) == 5
    assert screen.query_params.get("rappel", []) == []


@pytest.mark.parametrize(("login", "mail_id"), [("blanche", "mail-of-camille"), ("camille", "unknown")])
def test_a_mail_of_somebody_else_or_of_nobody_shows_all_units(with_mail, page, login, mail_id):
    assert "n'est pas celui de votre compte" in texts(page("mise_a_jour", login, rappel=mail_id))


def test_administrators_see_each_mail_and_what_became_of_it(with_mail, page):
    with with_mail.transaction() as transaction:
        reminders.set_preference(transaction, BLANCHE.id, Preference(Rhythm.OFF), datetime.now(UTC), by_link=True)
    screen = page("administration", "adele", volet="Rappels")
    mails, stopped = (table.value for table in screen.dataframe)
    assert [str(cell).strip() for cell in mails.drop(columns="Envoi").iloc[0]] == [
        "Camille Exemple",
        "envoyé",
        "2",
        "1",
        "en service",
    ]
    assert list(stopped.drop(columns="Jour").iloc[0]) == ["Blanche Modèle", "par le lien d'un courriel"]
    screen = page("administration", "adele", volet="Rappels", courriel="mail-of-camille")
    assert "2, 1 mise à jour depuis" in texts(screen)
    screen = press(screen, "Retirer ce lien")
    assert "Ce lien ne sert plus." in texts(screen)
    assert "retiré ou remplacé" in texts(screen)


def test_an_empty_list_says_so(region, page):
    shown = texts(page("administration", "adele", volet="Rappels"))
    assert "Aucun rappel n'a été envoyé depuis 90 jours." in shown
    assert "Aucun rappel ne part" in shown
    assert "Personne." in shown
