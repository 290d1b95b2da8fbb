"""The id of another account's Streamlit session, or the address of its files, gives access to nothing."""

import contextlib
import re

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.attacks.helpers import cookie, download, press_state, screen, send_request, serving, text_state
from tests.region import CAMILLE, CORALIE, DOMINIQUE, WARD, own_settings

__all__ = ["own_settings"]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("owners")) as running:
        yield running


def session_of(tab):
    """Return the id of the Streamlit session of a tab."""
    return next(filter(None, (message.new_session.initialize.session_id for message in reversed(tab.messages))))


@contextlib.contextmanager
def claim_session(server, session, account=None, **headers):
    """Open a connection that claims a Streamlit session, as a page that reconnects does."""
    with connect(
        f"ws://127.0.0.1:{server.port}/_stcore/stream",
        origin=f"http://127.0.0.1:{server.port}",
        subprotocols=["streamlit", "PLACEHOLDER_AUTH_TOKEN", session],
        additional_headers={"Cookie": cookie(account), **headers},
        proxy=None,
        max_size=None,
    ) as socket:
        yield socket


@pytest.mark.parametrize("account", [None, DOMINIQUE], ids=["nobody", "another account"])
def test_another_browsers_session_cannot_be_resumed(server, account):
    with screen(server, CAMILLE) as tab:
        tab.open("mise-a-jour", f"unite={WARD}")
        with claim_session(server, session_of(tab), account):
            messages = tab.rerun([text_state(tab, "Nombre de lits disponibles", "3"), press_state(tab, "Enregistrer")])
            assert tab.shows("3 lits, enregistré", messages)
        # The session of the owner was neither stopped nor closed.
        assert tab.shows("Mise à jour", tab.open("mise-a-jour", f"unite={WARD}"))


def test_the_owner_header_of_a_browser_is_ignored(server):
    """The owner header that Streamlit receives is ours, whatever a browser sends under its name."""
    with screen(server, CAMILLE) as tab:
        tab.open("mise-a-jour", f"unite={WARD}")
        for forged in ("", "x", "owner"):
            with claim_session(server, session_of(tab), DOMINIQUE, **{"X-Ror-Owner": forged}):
                assert tab.shows("Mise à jour", tab.open("mise-a-jour", f"unite={WARD}"))


def test_the_owner_goes_on_with_its_own_session_after_a_cut(server):
    with screen(server, CAMILLE) as tab:
        tab.open("mise-a-jour", f"unite={WARD}")
        session_id = session_of(tab)
    tab._opening = claim_session(server, session_id, CAMILLE)
    tab._socket = tab._opening.__enter__()
    tab.open("mise-a-jour", f"unite={WARD}")
    assert session_of(tab) == session_id
    tab.close()


def test_two_visitors_before_signing_in_are_two(server):
    """The state of a two-step sign-in is in the Streamlit session: no other browser can finish it."""
    cookie_line = send_request(server, "/_stcore/health")[1]["set-cookie"]
    (token,) = re.findall(r"(_streamlit_xsrf=[^;]+)", cookie_line)
    with (
        connect(
            f"ws://127.0.0.1:{server.port}/_stcore/stream",
            origin=f"http://127.0.0.1:{server.port}",
            subprotocols=["streamlit"],
            additional_headers={"Cookie": token},
            proxy=None,
            max_size=None,
        ) as socket,
        screen(server, None) as tab,
    ):
        tab._socket, own = socket, tab._socket
        tab.open("")
        victim = session_of(tab)
        with claim_session(server, victim):
            tab.open("")
            assert session_of(tab) == victim
        own.close()


@pytest.fixture(scope="module")
def export(server):
    """Return the address of a file created for the coordinator."""
    with screen(server, CORALIE) as tab:
        tab.open("departements")
        address = download(tab, "Télécharger (CSV)")
        assert send_request(server, address, cookie=cookie(CORALIE))[0] == 200
        yield address


@pytest.mark.parametrize("account", [None, DOMINIQUE, CAMILLE], ids=["nobody", "professional", "manager"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_file_is_served_only_to_its_owner(server, export, account, method):
    for address in (export, export.partition(".")[0], f"{export}.x", export.replace(".csv", ".xlsx")):
        status, _, body = send_request(server, address, method, cookie=cookie(account))
        assert status in (403, 404)
        assert b";" not in body


def test_a_comment_that_looks_like_an_address_gives_no_file(server, export):
    with screen(server, CAMILLE) as tab:
        tab.open("mise-a-jour", f"unite={WARD}")
        tab.rerun([WidgetState(id=tab.widget("Commentaire (facultatif)"), string_value=export)])
        tab.rerun([text_state(tab, "Nombre de lits disponibles", "2"), press_state(tab, "Enregistrer")])
    assert send_request(server, export, cookie=cookie(CAMILLE))[0] == 404


def test_a_text_frame_still_ends_the_connection(server):
    with screen(server, CAMILLE) as tab:
        tab.open("aide")
        with claim_session(server, session_of(tab), CAMILLE) as socket:
            socket.send("du texte")
            with pytest.raises(ConnectionClosed):
                list(socket)
