"""The page « Coordination », section « Appels », and what it changes on other pages."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ror.model.call_round import CallKind
from ror.model.rights import EVERYWHERE, Account, Role
from ror.services.coordination import calls
from ror.services.coordination.calls import CallResult
from ror.store import accounts, declarations
from ror.store import journal as journal_lines
from ror.web import session, window
from tests.pages.conftest import texts
from tests.pages.widgets import field, press
from tests.region import ADELE, CAMILLE, CARDIAC, CORALIE, UNITS, WARD, store_account, write

DAY = timedelta(days=1)
GRANTED = replace(CORALIE, declares_for_others=EVERYWHERE)
PAUL = Account("paul", "paul", "Paul Repère", frozenset({Role.COORDINATOR}))


@pytest.fixture
def now():
    return datetime.now(UTC)


@pytest.fixture
def late(region, now):
    """Return the region, where two units are late."""
    for unit in UNITS:
        write(region, unit.id, 4, now - (9 * DAY if unit.id in (WARD, CARDIAC) else DAY / 24), comment="Aile nord")
    return region


def latest(db, unit=WARD):
    with db.reader() as cursor:
        return declarations.latest(cursor, [unit])[-1]


def sent(screen):
    """Return the data of the components of a page as text."""
    return str([json.loads(one.proto.json or "0") for one in screen.get("bidi_component")])


def choose_result(screen, kind):
    """Choose the result of a call, in the last row of buttons."""
    return screen.button_group[-1].set_value(kind).run()


def test_a_sentence_says_that_there_is_nothing_to_call(region, page, now):
    for unit in UNITS:
        write(region, unit.id, 4, now)
    assert "Aucune unité à appeler" in texts(page("coordination", "coralie"))


def test_the_round_counts_what_is_left_and_what_was_done(late, page, now):
    calls.record(late, CORALIE, CallResult(WARD, CallKind.UNREACHABLE, 0, latest(late).position), now)
    shown = texts(page("coordination", "coralie"))
    assert "1 unité à appeler</b>, 1 à rappeler plus tard" in shown
    assert "1 appel, 0 joint, 0 nombre corrigé" in shown


def test_a_call_is_taken_written_and_its_form_goes(late, page):
    store_account(late, GRANTED)
    screen = press(page("coordination", "coralie", appel=WARD), "J'appelle")
    assert not [button for button in screen.button if button.label == "J'appelle"]
    screen = choose_result(screen, CallKind.NUMBER)
    field(screen, "Nombre de lits").set_value("2")
    screen = press(screen, "Enregistrer l'appel")
    assert "Appel enregistré." in texts(screen)
    assert (latest(late).counts.available, latest(late).account, latest(late).comment) == (2, CORALIE.id, "Aile nord")


def test_a_coordinator_without_the_right_notes_the_call_on_a_phone_and_a_refusal_keeps_what_was_typed(late, page, monkeypatch):
    store_account(late, PAUL)
    assert "Clinique fictive des Saules" in sent(page("coordination", "paul", appel=CARDIAC))
    monkeypatch.setattr(window, "is_phone", lambda: True)
    screen = page("coordination", "paul", appel=CARDIAC)
    assert "Clinique fictive des Saules" not in sent(screen), "the panel stands in place of the list"
    screen = choose_result(press(screen, "J'appelle"), CallKind.CALL_BACK)
    field(screen, "Rappeler à").set_value("demain")
    field(screen, "Note (facultative").set_value("voir la cadre")
    screen = press(screen, "Enregistrer l'appel")
    assert "Indiquez l'heure à laquelle rappeler" in texts(screen)
    assert field(screen, "Note (facultative").value == "voir la cadre"
    screen = choose_result(screen, CallKind.NUMBER)
    field(screen, "Nombre de lits").set_value("1")
    assert "L'appel seul est noté" in texts(screen)
    screen = press(screen, "Enregistrer l'appel")
    assert "Appel enregistré." in texts(screen)
    with late.reader() as cursor:
        noted = cursor.execute("SELECT max(available) FROM round_call WHERE unit = ? AND note = 'voir la cadre'", [CARDIAC])
        assert noted.fetchall() == [(1,)]
    assert latest(late, CARDIAC).counts.available == 4


def test_a_refusal_stands_in_the_form_which_keeps_what_was_typed(late, page, now):
    store_account(late, GRANTED)
    screen = press(page("coordination", "coralie", appel=WARD), "J'appelle")
    screen = press(screen, "Enregistrer l'appel")
    assert "Choisissez ce que l'appel a donné." in texts(screen)
    screen = choose_result(screen, CallKind.NUMBER)
    assert "Choisissez ce que l'appel a donné." not in texts(screen)
    field(screen, "Nombre de lits").set_value("2")
    write(late, WARD, 7, now)
    screen = press(screen, "Enregistrer l'appel")
    assert "Entre-temps, Camille Exemple a déclaré 7 lits" in texts(screen)
    assert field(screen, "Nombre de lits").value == "2"
    screen = press(screen, "Enregistrer l'appel")
    assert latest(late).counts.available == 2


def test_an_unusual_number_needs_one_confirmation(late, page):
    store_account(late, GRANTED)
    screen = choose_result(press(page("coordination", "coralie", appel=WARD), "J'appelle"), CallKind.NUMBER)
    field(screen, "Nombre de lits").set_value("17")
    screen = press(screen, "Enregistrer l'appel")
    assert "Est-ce bien 17" in texts(screen)
    assert latest(late).counts.available == 4
    press(screen, "Oui, écrire 17")
    assert latest(late).counts.available == 17


def test_the_confirmation_of_an_unusual_number_is_not_that_of_another_one(late, page):
    store_account(late, GRANTED)
    screen = choose_result(press(page("coordination", "coralie", appel=WARD), "J'appelle"), CallKind.NUMBER)
    field(screen, "Nombre de lits").set_value("17")
    screen = press(screen, "Enregistrer l'appel")
    field(screen, "Nombre de lits").set_value("18")
    screen = press(screen, "Oui, écrire 17")
    assert "Est-ce bien 18" in texts(screen)
    assert latest(late).counts.available == 4
    field(screen, "Nombre de lits").set_value("19")
    screen = screen.run()
    screen = press(screen, "Oui, écrire 18")
    assert "Est-ce bien 19" in texts(screen)
    assert latest(late).counts.available == 4


def test_a_call_is_given_up(late, page):
    screen = press(press(page("coordination", "coralie", appel=WARD), "J'appelle"), "Abandonner")
    assert "Appel abandonné." in texts(screen)
    assert [button for button in screen.button if button.label == "J'appelle"]


def open_correction(page):
    """Open the panel of WARD with the form that corrects its past numbers."""
    screen = page("coordination", "coralie", appel=WARD)
    screen.session_state[f"correct-{WARD}"] = True
    return screen.run()


def test_a_past_number_is_corrected_and_both_stand_in_the_history(late, page, now):
    assert not [part for part in page("coordination", "coralie", appel=WARD).expander if "Corriger" in part.label]
    store_account(late, GRANTED)
    assert "Aucun nombre passé" in texts(open_correction(page))
    write(late, WARD, 5, now)
    screen = open_correction(page)
    field(screen, "Nombre juste").set_value("1")
    screen = press(screen, "Corriger ce nombre")
    assert "Nombre corrigé" in texts(screen)
    assert "4 lits, corrigé : 1" in texts(page("structures", "dominique", structure="990750001", unite=WARD))


def test_an_unknown_unit_of_the_address_is_reported(late, page):
    assert "n'existe pas ou plus" in texts(page("coordination", "coralie", appel="unknown"))


def test_the_manager_reads_first_what_was_written_by_telephone_until_it_declares(late, page, now):
    store_account(late, GRANTED)
    result = CallResult(WARD, CallKind.NUMBER, 0, latest(late).position, "2", write=True)
    calls.record(late, GRANTED, result, now)
    shown = texts(page("mise_a_jour", "camille"))
    assert "La coordination a écrit par téléphone le nombre de cette unité" in shown
    assert "par Coralie Repère" in shown
    write(late, WARD, 2, now, account=CAMILLE.id, channel="form")
    assert "La coordination a écrit" not in texts(page("mise_a_jour", "camille"))


def test_everybody_reads_by_telephone_and_no_name(late, page, now):
    store_account(late, GRANTED)
    calls.record(late, GRANTED, CallResult(WARD, CallKind.CONFIRMED, 0, latest(late).position, write=True), now)
    shown = texts(page("structures", "dominique", structure="990750001", unite=WARD))
    assert "par téléphone, coordination" in shown
    assert CORALIE.name not in shown


def test_an_administrator_grants_the_right_on_the_form_of_the_account(region, page):
    screen = page("administration", "adele", compte=CORALIE.id)
    granted = field(screen, "Écrit un nombre appris par téléphone")
    assert granted.value == []
    granted.set_value(["75", "93"])
    screen = press(screen, "Enregistrer")
    assert "Compte enregistré." in texts(screen)
    assert "écrit par téléphone pour 75 Paris, 93 Seine-Saint-Denis" in texts(screen)
    with region.reader() as cursor:
        assert accounts.by_id(cursor, CORALIE.id).declares_for_others == {"75", "93"}


def test_a_note_is_masked_in_the_section_of_comments(late, page, now):
    noted = CallResult(WARD, CallKind.UNREACHABLE, 0, latest(late).position, note="Monsieur Untel")
    calls.record(late, CORALIE, noted, now)
    screen = page("administration", "adele", volet="Commentaires")
    assert "Monsieur Untel" in texts(screen)
    key = next(button for button in screen.button if button.key == "mask-note-1")
    screen = key.click().run()
    screen = press(screen, "Oui, masquer")
    assert "La note est masquée" in texts(screen)
    assert calls.search_notes(late, ADELE, "", now)[1] == 0


def test_the_round_and_the_calls_of_the_day_are_downloaded_by_coordinators_and_journalled(late, page, now, monkeypatch):
    files, deferred_file = [], session.deferred_file
    monkeypatch.setattr(session, "deferred_file", lambda *given: files.append(deferred_file(*given)) or files[-1])
    noted = CallResult(WARD, CallKind.UNREACHABLE, 0, latest(late).position, note="=1+1")
    calls.record(late, CORALIE, noted, now)
    screen = page("coordination", "coralie")
    screen.session_state["calls-of-day"] = True
    files.clear()
    screen.run()
    of_day, of_round = (files[number]().decode("utf-8-sig") for number in (0, 2))
    assert "Médecine interne;Hôpital fictif des Tilleuls;" in of_day
    assert f"{CORALIE.name};non;'=1+1" in of_day
    assert "Soins intensifs de cardiologie;Clinique fictive des Saules;93 Seine-Saint-Denis;En retard;4;lit;" in of_round
    with late.reader() as cursor:
        subjects = [line.subject for line, _ in journal_lines.in_order(cursor) if line.act == "export"]
    assert set(subjects) == {"file:appels-du-jour", "file:tour-d-appels"}


def test_a_unit_is_given_to_another_coordinator_who_reads_it_in_the_list(late, page):
    store_account(late, PAUL)
    screen = page("coordination", "coralie", appel=WARD)
    field(screen, "Confier l'appel à").set_value("paul").run()
    assert "Unité confiée à Paul Repère." in texts(screen)
    assert "confiée à Paul Repère" in sent(screen)
    field(screen, "Confier l'appel à").set_value("").run()
    assert "Unité rendue à tous." in texts(screen)


def test_a_coordinator_reads_who_calls_and_has_no_button(late, page, now):
    store_account(late, PAUL)
    calls.take(late, CORALIE, WARD, 0, latest(late).position, now)
    screen = page("coordination", "paul", appel=WARD)
    assert "Coralie Repère appelle cette unité depuis" in texts(screen)
    assert not [button for button in screen.button if button.label == "J'appelle"]
