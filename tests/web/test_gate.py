"""Signed out, nothing is served: a fresh server for each address, asked over a raw WebSocket, without a browser's help."""

import pytest

from tests.harness import Screen, Server

PROTECTED = ("Consultation par", "Mise à jour", "Âge de la dernière mise à jour", "Seine-et-Marne", "fictif", "unités")


@pytest.mark.parametrize("path", ["", "mise-a-jour", "departements", "structures", "aide", "accueil", "mise_a_jour"])
def test_a_fresh_server_asked_first_for_a_page_serves_the_sign_in_form_alone(path, tmp_path):
    with Server(tmp_path / "ror.duckdb", demo=True) as server, Screen.connect(server.url, cookie=None) as screen:
        screen.open(path)
        assert screen.shows("Se connecter")
        assert not [words for words in PROTECTED if screen.shows(words)]
        screen.rerun()
        assert not [words for words in PROTECTED if screen.shows(words)]


def test_an_invented_cookie_opens_nothing(tmp_path):
    with Server(tmp_path / "ror.duckdb", demo=True) as server:
        for cookie in ("ror_session=", "ror_session=abc", f"ror_session={'é' * 300}".encode().decode("latin-1")):
            with Screen.connect(server.url, cookie=cookie) as screen:
                screen.open("departements")
                assert screen.shows("Se connecter")
                assert not [words for words in PROTECTED if screen.shows(words)]
