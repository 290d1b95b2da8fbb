"""« M'alerter » and « Mes alertes » on screen: alerts are saved, ring, and are acknowledged, renamed and muted."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ror.model.alert import AlertKind, AlertPreference
from ror.model.filters import Filters
from ror.model.nomenclature import CapacityType
from ror.services.alerts import account_alerts
from ror.services.alerts.evaluation import Evaluator
from ror.store import alerts as stored
from tests.pages.conftest import texts
from tests.pages.widgets import field, press
from tests.region import DOMINIQUE, WARD, store_account, write
from tests.services.alerts.alert_helpers import HOUR, save

NOTHING_YET = "Aucune alerte enregistrée"


def saved_alerts(db):
    with db.reader() as cursor:
        return stored.of_account(cursor, DOMINIQUE.id)


def opened(page, name, popover, **parameters):
    """Open a page, then one of its popovers."""
    screen = page(name, "dominique", **parameters)
    screen.session_state[popover] = True
    screen = screen.run()
    assert not screen.exception
    return screen


def form(page, **parameters):
    return opened(page, "departements", "alert-popover-popover", **parameters)


@pytest.fixture
def ringing_region(region):
    """Return the region in which two alerts of Dominique rang."""
    now = datetime.now(UTC)
    for name in ("Médecine", "<b>Paris</b>"):
        save(region, account=DOMINIQUE, name=name, now=now)
    evaluator = Evaluator(region)
    evaluator.evaluate(now)
    write(region, WARD, 2, now)
    evaluator.evaluate(now)
    return region


def test_a_question_is_saved_under_a_name_in_its_words_with_its_address(page, region):
    question = {"departement": "75", "mini": "2", "nature": "Lits", "age": "■ moins de 24 h", "pres": "commune:75056"}
    screen = form(page, **question, rayon="20 km")
    assert field(screen, "Nom").value == "À moins de 20 km de Paris (75), lits, au moins 2, ■ moins de 24 h".replace("■ ", "")
    field(screen, "Nom").set_value("Paris, la nuit")
    press(screen, "Enregistrer l'alerte")
    (alert,) = saved_alerts(region)
    filters = Filters(capacity_type=CapacityType.BED, at_least=2, ranks=(1,))
    assert (alert.name, alert.by_mail, alert.condition.filters) == ("Paris, la nuit", False, filters)
    assert (alert.condition.place, alert.condition.kilometres, alert.condition.department) == ("commune:75056", 20.0, "75")
    assert alert.address.startswith("/departements?nature=Lits&mini=2&age=")


def test_a_total_is_that_of_the_beds_or_of_the_places(page, region):
    screen = form(page, departement="75")
    screen.radio(key="alert-kind").set_value(AlertKind.FALLS).run()
    field(screen, "De quoi").set_value("Places")
    screen.number_input(key="alert-threshold").set_value(7)
    press(screen, "Enregistrer l'alerte")
    (alert,) = saved_alerts(region)
    assert (alert.condition.kind, alert.condition.threshold) == (AlertKind.FALLS, 7)
    assert alert.condition.filters == Filters(capacity_type=CapacityType.PLACE)


def test_a_refusal_stands_in_the_form(page, region):
    screen = press(form(page), "Enregistrer l'alerte")
    assert "Donnez un nom à cette alerte." in texts(screen)
    field(screen, "Nom").set_value("Tout")
    screen = press(screen, "Enregistrer l'alerte")
    assert "Précisez d'abord la question" in texts(screen)
    assert saved_alerts(region) == []


def test_the_form_is_there_when_no_unit_answers_and_not_for_the_past(page, region):
    assert "Enregistrer l'alerte" in [one.label for one in form(page, mini="60").button]
    write(region, WARD, 3, datetime.now(UTC) - 3 * HOUR)
    past = form(page, au=(datetime.now(UTC) - HOUR).isoformat())
    assert "État au" in texts(past)
    assert "Enregistrer l'alerte" not in [one.label for one in past.button]


def test_without_an_address_no_mail_can_be_wanted(page, region, monkeypatch):
    assert field(form(page), "M'écrire aussi").disabled
    assert "votre compte n'a pas d'adresse" in field(form(page), "M'écrire aussi").label
    store_account(region, replace(DOMINIQUE, mail="dominique@exemple.fr"))
    assert "n'en envoie pas pour l'instant" in field(form(page), "M'écrire aussi").label


def test_the_page_says_how_to_save_a_first_alert(page, region):
    assert NOTHING_YET in texts(page("alertes", "dominique"))


def test_what_rang_is_acknowledged_one_by_one_or_at_once(page, ringing_region):
    screen = page("alertes", "dominique")
    assert "À voir : 2" in texts(screen)
    assert "1 unité, à l&#x27;instant" in texts(screen)
    screen = press(screen, "Vu")
    assert "À voir : 1" in texts(screen)
    assert NOTHING_YET not in texts(screen)
    with ringing_region.reader() as cursor:
        assert stored.unacknowledged(cursor, DOMINIQUE.id)[0] == 1
    write(ringing_region, WARD, 0, datetime.now(UTC))
    Evaluator(ringing_region).evaluate(datetime.now(UTC))
    screen = screen.run()
    assert "ce n&#x27;est plus le cas" in texts(screen)
    assert "Rien de nouveau" in texts(press(screen, "Vu"))


def test_everything_is_acknowledged_at_once(page, ringing_region):
    assert "Rien de nouveau" in texts(press(page("alertes", "dominique"), "Tout marquer vu"))


def test_an_alert_is_renamed_muted_and_deleted_where_it_stands(page, ringing_region):
    first, second = saved_alerts(ringing_region)
    screen = opened(page, "alertes", f"alert-more-{first.id}")
    field(screen, "Nom").set_value(second.name)
    screen = press(screen, "Enregistrer")
    assert "porte déjà ce nom" in texts(screen)
    assert field(screen, "Nom").value == second.name
    field(screen, "Nom").set_value("Autre nom")
    screen = press(screen, "Enregistrer")
    assert saved_alerts(ringing_region)[0].name == "Autre nom"
    screen = press(screen, "1 heure")
    assert "en sourdine jusqu&#x27;au" in texts(screen)
    screen = press(screen, "Réactiver")
    screen = press(screen, "Arrêter")
    assert "arrêtée" in texts(screen)
    screen = press(screen, "Supprimer")
    assert "Supprimer l'alerte « Autre nom » ?" in texts(screen)
    screen.button(key=f"yes-alert-delete-{first.id}").click().run()
    assert saved_alerts(ringing_region) == [second]


def test_all_are_muted_and_heard_again(page, ringing_region):
    screen = press(page("alertes", "dominique"), "Tout mettre en sourdine 1 heure")
    assert all(one.is_silent(datetime.now(UTC)) for one in saved_alerts(ringing_region))
    press(screen, "Tout réactiver")
    assert not any(one.is_silent(datetime.now(UTC)) for one in saved_alerts(ringing_region))


def test_a_sound_and_quiet_hours_are_chosen(page, ringing_region):
    screen = page("alertes", "dominique")
    field(screen, "Un son").set_value(True)
    field(screen, "Heures de silence").set_value(True)
    screen = screen.run()
    field(screen, "De").set_value(23)
    screen = press(screen, "Enregistrer ces choix")
    assert "Heures de silence : de 23 h à 7 h." in texts(screen)
    assert account_alerts.read(ringing_region, DOMINIQUE, datetime.now(UTC)).preference == AlertPreference(True, 23, 7)
    field(screen, "Heures de silence").set_value(False)
    assert "Heures de silence : aucune." in texts(press(screen.run(), "Enregistrer ces choix"))
