"""The section « Écrans » of « Coordination » and of « Administration »: a link shown once, last use, revocation."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from ror.errors import NotFound
from ror.model.display import Theme
from ror.services.coordination import displays
from tests.pages.conftest import texts
from tests.pages.widgets import field, press
from tests.region import ADELE, CORALIE

DAY = timedelta(days=1)
SECTION = {"volet": "Écrans"}


@pytest.fixture
def opened(page, region):
    """Return a function that opens the section as an account."""

    def open_section(name="coordination", login="coralie"):
        screen = page(name, login, **SECTION)
        assert not screen.exception
        return screen

    return open_section


def create(db, name="Salle de crise", days=30, now=None):
    at = now or datetime.now(UTC)
    display, link = displays.create(db, CORALIE, name, Theme.DARK, days, at)
    return display, link.partition("#")[2]


def listed(db):
    return displays.list_displays(db, CORALIE, datetime.now(UTC))


def links(screen):
    return [one.value for one in screen.code]


def test_a_link_is_created_shown_once_and_opens_the_wall(opened, region):
    screen = opened()
    assert "Aucun écran n'est en service" in texts(screen)
    field(screen, "Salle").set_value("Régulation *nord*")
    field(screen, "Durée").set_value("3 mois")
    field(screen, "Couleurs").set_value(Theme.LIGHT)
    press(screen, "Créer l'écran")
    (link,) = links(screen)
    assert re.fullmatch(r"http://localhost:8501/mur#[\w-]{43}", link)
    assert "Il ne sert qu'une fois" in texts(screen)
    assert field(screen, "Salle").value == ""
    (one,) = listed(region)
    assert (one.display.name, one.display.theme) == ("Régulation *nord*", Theme.LIGHT)
    assert one.display.expires_at - one.display.created_at == 90 * DAY
    assert displays.open_session(region, link.partition("#")[2], datetime.now(UTC))
    assert links(press(screen, "C'est copié")) == []
    assert links(opened()) == []


def test_a_refusal_is_shown_and_what_was_typed_stays(opened, region):
    screen = opened()
    field(screen, "Durée").set_value("1 mois")
    press(screen, "Créer l'écran")
    assert "Nommez la salle" in screen.error[0].value
    assert field(screen, "Durée").value == "1 mois"
    assert listed(region) == []


def test_the_list_says_the_last_use_or_what_became_of_the_link(opened, region):
    now = datetime.now(UTC)
    opened_at = now - timedelta(hours=3, minutes=5)
    _, text = displays.open_session(region, create(region, "Ouverte", now=opened_at)[1], opened_at)
    assert displays.of_session(region, text, opened_at)
    create(region, "Neuve")
    create(region, "Oubliée", now=now - 8 * DAY)
    shown = texts(opened())
    assert "(il y a 3 h). Créé par Coralie Repère" in shown
    assert "Lien pas encore ouvert, valable jusqu'au" in shown
    assert "Lien expiré sans avoir été ouvert" in shown


def test_revoking_asks_for_confirmation_then_ends_the_display(opened, region):
    display, secret = create(region)
    text = displays.open_session(region, secret, datetime.now(UTC))[1]
    screen = press(opened(), "Révoquer")
    assert "en moins d'une minute" in screen.warning[0].value
    press(screen, "Non")
    assert displays.of_session(region, text, datetime.now(UTC))
    press(press(screen, "Révoquer"), "Oui, révoquer")
    assert "est révoqué" in screen.success[0].value
    assert displays.of_session(region, text, datetime.now(UTC)) is None
    _, ended = screen.expander
    assert ended.label == "1 écran terminé depuis 30 jours"
    assert display.id in ended.markdown[0].value


def test_a_new_link_asks_for_confirmation_is_shown_and_voids_the_one_before(opened, region):
    _, secret = create(region)
    screen = press(press(opened(), "Nouveau lien"), "Oui, nouveau lien")
    (link,) = links(screen)
    with pytest.raises(NotFound):
        displays.open_session(region, secret, datetime.now(UTC))
    assert displays.open_session(region, link.partition("#")[2], datetime.now(UTC))


def test_the_link_is_forgotten_when_another_section_is_opened(opened, region):
    screen = opened()
    field(screen, "Salle").set_value("Salle")
    assert links(press(screen, "Créer l'écran"))
    field(screen, "Volet").set_value("Appels").run()
    field(screen, "Volet").set_value("Écrans").run()
    assert not screen.exception
    assert links(screen) == []


def test_an_administrator_has_the_section_too(opened, region):
    create(region)
    screen = press(press(opened("administration", ADELE.login), "Révoquer"), "Oui, révoquer")
    assert "est révoqué" in screen.success[0].value
