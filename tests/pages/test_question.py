"""The question of the board: what is understood of it, the answers, and what it leaves out."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from urllib.parse import parse_qs, urlsplit

import pytest

from ror.store import registry, registry_changes
from ror.web import place_field
from tests.near_melun import PROVINS, store_declared, structure
from tests.pages.conftest import texts
from tests.pages.widgets import field, press

LEFT_OUT = "Un seul lieu à la fois ; laissé de côté : {}."


@pytest.fixture
def board(page, region):
    """Return a function that opens the board, with parameters in its address."""
    store_declared(region, datetime.now(UTC))
    return partial(page, "departements", "dominique")


def sent(screen):
    """Return the data of the components of a page."""
    return [json.loads(one.proto.json or "null") for one in screen.get("bidi_component")]


def visited(screen):
    """Return the parameters of the address that a page visits, of the present one if it visits none."""
    for data in sent(screen):
        if isinstance(data, dict) and set(data) == {"address"}:
            return parse_qs(urlsplit(data["address"]).query)
    return screen.query_params


def ask(screen, text):
    """Type a question in « Chercher », and go where it leads in the same session."""
    screen = field(screen, "Chercher").set_value(text).run()
    parameters = visited(screen)
    screen.query_params.clear()
    for name, values in parameters.items():
        screen.query_params[name] = values
    screen = screen.run()
    assert not screen.exception
    return screen


def near(screen, text):
    """Type a text in « Près de »."""
    place = field(screen, "Près de")
    place.options.append(text)
    screen = place.set_value(text).run()
    assert not screen.exception
    return screen


def rows(screen, label="Unités"):
    """Return the rows of a list: number, unit, structure, how far it is and its note."""
    (answers,) = (one for one in sent(screen) if isinstance(one, dict) and one.get("label") == label)
    return [(row["figure"], row["title"], row["place"], row["far"], row["note"]) for row in answers["rows"]]


def test_a_question_is_answered_by_the_units_that_have_what_it_asks_for(board):
    question = "SMR gériatrique à moins de 20 km de Créteil, au moins 2, moins de 24 h"
    screen = board(**visited(field(board(), "Chercher").set_value(question).run()))
    assert [row[:3] for row in rows(screen)] == [("4", "SMR gériatrique", "Hôpital fictif de Créteil")]


def test_nothing_near_is_said_and_the_nearest_ones_are_offered(board):
    screen = board(besoin="Réanimation", pres="commune:94028", rayon="5 km")
    assert "Aucune unité à moins de 5 km : voici les plus proches." in texts(screen)
    nearest = rows(screen)
    assert nearest[0][:4] == ("3", "Réanimation", "Hôpital fictif de Évry-Courcouronnes", "20 km")
    figures = [figure for figure, *_ in nearest]
    assert figures.index("0") > figures.index("7"), "those without a free bed come last"


@pytest.mark.parametrize(("requested", "chosen"), [(7, 10), (10, 10), (150, 150), (160, 200), (450, 500)])
def test_a_radius_is_never_less_than_the_requested_one(board, requested, chosen):
    screen = field(board(), "Chercher").set_value(f"réanimation à moins de {requested} km de Melun").run()
    assert visited(screen)["rayon"] == [f"{chosen} km"]


@pytest.mark.parametrize(
    ("question", "left_out", "parameter", "shown"),
    [
        ("réanimation près de Melun ou Provins", "Provins (77)", "pres", "commune:77288"),
        ("réanimation 91 ou 77", "Seine-et-Marne (77)", "departement", "91"),
    ],
)
def test_a_second_place_of_a_question_is_left_out_by_name(board, question, left_out, parameter, shown):
    screen = ask(board(), question)
    assert screen.query_params[parameter] == shown
    assert LEFT_OUT.format(left_out) in texts(screen)
    assert LEFT_OUT[:20] not in texts(press(screen, "Effacer"))


def test_what_was_left_out_is_not_repeated_once_the_address_shows_something_else(board):
    screen = ask(board(), "réanimation 91 ou 77")
    screen.query_params["departement"] = "77"
    assert LEFT_OUT[:20] not in texts(screen.run())


def test_what_was_left_out_is_not_repeated_on_another_page(board, monkeypatch):
    screen = ask(board(), "zzz")
    assert "Non compris : « zzz »" in texts(screen)
    monkeypatch.setattr(place_field, "_page", lambda: "/coordination")
    assert "Non compris" not in texts(screen.run())


def test_a_place_that_is_chosen_takes_the_message_of_the_one_left_out_away(board):
    screen = near(ask(board(), "réanimation près de Melun ou Provins"), "Provins")
    assert screen.query_params["pres"] == "commune:77379"
    assert LEFT_OUT[:20] not in texts(screen)


def test_the_place_of_a_text_is_read_and_what_it_has_besides_is_named(board):
    screen = near(board(), "Melun 91")
    assert screen.query_params["pres"] == "commune:77288"
    assert LEFT_OUT.format("Essonne (91)") in texts(screen)
    assert "posez « Melun réa » dans « Chercher »" in texts(near(screen, "Melun réa"))
    assert "Non compris : « xyzt »" in texts(near(screen, "Melun xyzt"))
    assert "Non compris : « nulle part »" in texts(near(screen, "nulle part"))
    assert "pres" not in screen.query_params


CHANGES = {"vue": "depuis-hier"}


def test_a_unit_that_fell_to_zero_since_yesterday_is_listed_as_worse(board):
    screen = board(**CHANGES)
    worse = [row for row in rows(screen, "Dégradé depuis hier") if "Provins" in row[2]]
    assert [(*row[:2], row[4]) for row in worse] == [("0", "Réanimation", "Tombée à zéro : 5 hier")]
    assert "Melun" not in str(rows(screen, "Dégradé depuis hier"))


def test_what_changed_since_yesterday_is_listed_near_the_place_of_the_question(board, region):
    screen = board(**CHANGES, pres="commune:77288")
    assert "Dégradé depuis hier, à moins de 30 km de Melun (77) : 0 unité" in texts(screen)
    assert "sans position connue" not in texts(screen)
    with region.transaction() as transaction:
        lost = replace(structure(PROVINS), latitude=None, longitude=None, commune_code="")
        registry.merge(transaction, [lost])
        registry_changes.record_change(transaction, "tests", datetime.now(UTC))
    assert "1 unité sans position connue" in texts(board(**CHANGES, pres="commune:77288"))
