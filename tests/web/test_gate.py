"""Without a session no page is served by a fresh server, over a raw WebSocket and without the help of a browser."""

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


def served(screen):
    return [words for words in SERVED if screen.shows(words)]


@pytest.mark.parametrize("first", ["departements", "mise-a-jour"])
def test_a_fresh_server_serves_the_sign_in_form_alone_on_every_page(first, demonstration_database):
    with Server(demonstration_database, demo=True) as server:
        for address in (first, *ADDRESSES):
            with Screen(server.url) as screen:
                screen.open(address)
                assert screen.shows("Se connecter")
                assert served(screen) == []
                screen.rerun()
                assert served(screen) == []


def test_an_invented_cookie_gives_no_access(demonstration_database):
    with Server(demonstration_database, demo=True) as server:
        for cookie in ("ror_session=", "ror_session=abc", f"ror_session={'x' * 3000}", "autre=1"):
            with Screen(server.url, cookie=cookie) as screen:
                screen.open("departements")
                assert screen.shows("Se connecter")
                assert served(screen) == []


def test_an_invented_one_time_link_gives_no_access_on_any_page_of_a_fresh_server(demonstration_database):
    with Server(demonstration_database, demo=True) as server:
        for address in ADDRESSES:
            with Screen(server.url) as screen:
                screen.open(address, "jeton=abc")
                assert screen.shows("Demandez-en un nouveau")
                screen.rerun()
                assert served(screen) == []
