"""Signed out, nothing but the sign-in form is served: two fresh servers, whose first request differs, over a raw WebSocket."""

import shutil

import pytest

from ror.settings import PAGES
from tests.harness import Screen, Server

ADDRESSES = ["", *sorted(path.stem for path in PAGES.glob("*.py")), "mise-a-jour"]
SERVED = (
    "Consultation par",
    "Âge de la dernière mise à jour",
    "Seine-et-Marne",
    "fictif des",
    "En retard",
    "Télécharger",
    "Déconnecter",
)


def protected_words(screen):
    return [words for words in SERVED if screen.shows(words)]


def assert_sign_in_form_alone(server, address):
    with Screen(server.url) as screen:
        screen.open(address)
        assert screen.shows("Se connecter")
        assert protected_words(screen) == []
        screen.rerun()
        assert protected_words(screen) == []


@pytest.fixture(scope="module", params=["", "departements"], ids=["frame-first", "page-first"])
def server(request, seeded, tmp_path_factory):
    """Start a server whose very first request is for the frame, or for a page."""
    path = shutil.copy(seeded, tmp_path_factory.mktemp("gate") / "demonstration.duckdb")
    with Server(path, demo=True) as running:
        assert_sign_in_form_alone(running, request.param)
        yield running


@pytest.mark.parametrize("address", ADDRESSES)
def test_each_page_serves_the_sign_in_form_alone(server, address):
    assert_sign_in_form_alone(server, address)


@pytest.mark.parametrize("cookie", ["ror_session=", "ror_session=abc", f"ror_session={'x' * 3000}", "autre=1"])
def test_an_invented_cookie_opens_nothing(server, cookie):
    with Screen(server.url, cookie=cookie) as screen:
        screen.open("departements")
        assert screen.shows("Se connecter")
        assert protected_words(screen) == []


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_link_or_a_stray_parameter_on_any_page_opens_nothing(server, address):
    with Screen(server.url) as screen:
        screen.open(address, "jeton=abc")
        assert screen.shows("Demandez-en un nouveau")
        screen.rerun()
        assert protected_words(screen) == []
