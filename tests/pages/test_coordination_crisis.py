"""The section « Crise » and the banner under AppTest: what is typed stays after a refusal, past events, an empty region."""

from datetime import UTC, date, datetime, timedelta

import pytest

from ror.model.crisis import CrisisKind, CrisisScope
from ror.services.coordination import crisis, tension
from ror.services.coordination.crisis import TypedEvent
from tests.pages.conftest import texts
from tests.pages.widgets import field, press
from tests.region import BLANCHE, CORALIE, HOSPITAL, WARD, write

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def open_event_in_paris(db, hours_ago=1, **change):
    now = datetime.now(UTC)
    fields = {"kind": CrisisKind.HEAT_WAVE, "level": 0, "name": "", "scope": CrisisScope(("75",)), "until": now + DAY}
    typed = TypedEvent(**(fields | {"rhythm_hours": 4} | change))
    return crisis.open_event(db, CORALIE, "event-0001", typed, now - hours_ago * HOUR)


def test_a_coordinator_opens_an_event_of_its_choice(region, page):
    screen = page("coordination", "coralie", volet="Crise")
    assert "Aucun événement en cours" in texts(screen)
    field(screen, "Événement").set_value("Panne")
    field(screen, "Précision").set_value("réseau électrique")
    field(screen, "Départements").set_value(["93"])
    field(screen, "Rythme des mises à jour").set_value("toutes les 2 h")
    screen = press(screen, "Ouvrir l'événement")
    (event,) = crisis.open_events(region, datetime.now(UTC))
    assert (event.label, event.scope, event.rhythm_hours) == ("Panne (réseau électrique)", CrisisScope(("93",)), 2)
    assert "Panne (réseau électrique) : ouvert." in texts(screen)
    assert "0 unité sur 4" in texts(screen)


def test_a_refusal_stands_in_the_form_which_keeps_what_was_typed(region, page):
    screen = page("coordination", "coralie", volet="Crise")
    field(screen, "Précision").set_value("site nord")
    screen.date_input[0].set_value(date(2020, 1, 1))
    screen = press(screen, "Ouvrir l'événement")
    assert "La fin de l'événement est passée" in texts(screen)
    assert field(screen, "Précision").value == "site nord"
    assert crisis.open_events(region, datetime.now(UTC)) == []


def test_an_open_event_is_followed_changed_and_ended(region, page):
    open_event_in_paris(region)
    write(region, WARD, 3, datetime.now(UTC))
    tension.declare(region, BLANCHE, HOSPITAL, 2, None, 0, datetime.now(UTC))
    screen = press(page("coordination", "coralie", volet="Crise"), "Suivre")
    assert "1 unité sur 3" in texts(screen)
    assert "tension 2, saturé" in texts(screen)
    assert 'href="tel:' in texts(screen)
    field(screen, "Rythme des mises à jour").set_value("toutes les heures")
    screen = press(screen, "Enregistrer les changements")
    assert "Canicule : changements enregistrés." in texts(screen)
    assert crisis.open_events(region, datetime.now(UTC))[0].rhythm_hours == 1
    screen = press(press(screen, "Terminer l'événement"), "Oui, terminer")
    assert "Canicule : terminé." in texts(screen)
    assert crisis.open_events(region, datetime.now(UTC)) == []
    screen = press(screen, "Tous les événements")
    assert "Aucun événement en cours" in texts(screen)
    screen = press(screen, "Canicule, du")
    assert "Rapports" in texts(screen)


def test_a_change_by_a_colleague_is_shown_and_the_next_save_has_seen_it(region, page):
    event = open_event_in_paris(region)
    screen = press(page("coordination", "coralie", volet="Crise"), "Suivre")
    now = datetime.now(UTC)
    other = TypedEvent(CrisisKind.HEAT_WAVE, 0, "", CrisisScope(("75",)), now + 2 * DAY, 4)
    crisis.change_event(region, CORALIE, event.id, event.position, other, now)
    field(screen, "Rythme des mises à jour").set_value("toutes les heures")
    screen = press(screen, "Enregistrer les changements")
    assert "Entre-temps, cet événement a été modifié" in texts(screen)
    assert field(screen, "Rythme des mises à jour").value == "toutes les heures"
    screen = press(screen, "Enregistrer les changements")
    assert crisis.open_events(region, datetime.now(UTC))[0].rhythm_hours == 1


def test_an_event_of_nowhere_leads_to_the_list(region, page):
    screen = page("coordination", "coralie", volet="Crise", evenement="event-9999")
    assert "Aucun événement en cours" in texts(screen)


def test_the_sheet_of_a_manager_has_the_banner_and_is_narrowed_to_the_event(region, page):
    open_event_in_paris(region, name="<b>nord</b>")
    screen = page("mise_a_jour", "camille")
    assert "Canicule (&lt;b&gt;nord&lt;/b&gt;)</b> : votre nombre toutes les 4&nbsp;h" in texts(screen)
    assert "0 unité sur 3 à jour" in texts(screen)
    screen = press(screen, "Mettre à jour ces 3 unités")
    assert screen.query_params["crise"] == "event-0001"
    press(screen, "Toutes mes unités")
    assert "crise" not in screen.query_params


@pytest.mark.parametrize(("login", "shown"), [("blanche", True), ("claude", False), ("dominique", False), ("adele", False)])
def test_only_who_holds_the_whole_structure_is_offered_to_declare_its_tension(region, page, login, shown):
    tension.declare(region, BLANCHE, HOSPITAL, 1, None, 0, datetime.now(UTC) - 2.5 * HOUR)
    screen = page("structures", login, structure=HOSPITAL)
    assert "Tension 1, en tension, déclarée il y a 2 h" in texts(screen)
    assert ("Déclarer" in [button.label for button in screen.button]) is shown


def test_a_tension_is_declared_and_a_past_end_is_refused_beside_it(region, page):
    screen = page("structures", "blanche", structure=HOSPITAL)
    screen.date_input[0].set_value(date(2020, 1, 1))
    screen = press(screen, "Déclarer")
    assert "La fin de la tension doit être à venir" in texts(screen)
    screen.date_input[0].set_value(None)
    field(screen, "Niveau").set_value("2 - saturé")
    screen = press(screen, "Déclarer")
    assert "Tension 2, saturé : enregistrée à l'instant." in texts(screen)
    assert '<span class="ror-tension">T2</span>' in texts(screen)
