"""The messages that an open page receives: none that its browser already has in its cache."""

from datetime import UTC, datetime

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from ror.services.availability.consult import shared_instant
from tests.attacks.helpers import cookie, prepare
from tests.harness import Screen, Server
from tests.region import CORALIE
from tests.web.test_policy import send_request


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    path = tmp_path_factory.mktemp("sent") / "ror.duckdb"
    prepare(path)
    with Server(path) as running:
        yield running


def elements(messages: list[ForwardMsg]) -> list[ForwardMsg]:
    """Return the elements sent in full that are large enough for the browser's cache."""
    return [message for message in messages if message.metadata.cacheable and message.WhichOneof("type") != "ref_hash"]


def drawn_twice_at_one_instant(server: Server, signed_in: str, page: str, query: str) -> tuple[list[ForwardMsg], ...]:
    """Return the messages of a page opened, then drawn again at the same shared instant: at the next one, ages would differ."""
    while True:
        before = shared_instant(datetime.now(UTC))
        with Screen(server.url, signed_in, remembers=True) as screen:
            drawn = screen.open(page, query), screen.rerun()
        if shared_instant(datetime.now(UTC)) == before:
            return drawn


@pytest.mark.parametrize("page", ["departements", "structures", "mise-a-jour"])
def test_a_page_drawn_again_sends_references_to_what_did_not_change(server, page):
    query = {"departements": "departement=75", "structures": "structure=990750001&unite=990750001-02"}.get(page, "")
    signed_in = cookie(CORALIE) if page != "mise-a-jour" else "ror_session=token-of-the-tests-for-camille-0123456789"
    first, again = drawn_twice_at_one_instant(server, signed_in, page, query)
    assert len(elements(first)) > 2
    assert elements(again) == []


def test_a_selection_sends_neither_the_frame_nor_the_outlines_again(server):
    with Screen(server.url, cookie(CORALIE), remembers=True) as screen:
        screen.open("departements")
        lists = [message.delta for message in screen.messages if message.delta.new_element.HasField("selectbox")]
        (figures,) = {one.fragment_id for one in lists if one.new_element.selectbox.label == "Détail par structure de"}
        screen._query = "departement=93"
        selected = screen.rerun(fragment_id=figures)
        assert screen.shows("Détail par structure : Seine-Saint-Denis (93)", selected)
        assert not screen.shows("Se déconnecter", selected)
        assert not screen.shows("Champ d'activité", selected)
        assert not screen.shows('"arcs"', screen.messages)
        assert not screen.shows('"outlines":', screen.messages)


def test_the_outlines_are_cached_by_the_browser(server):
    status, headers, body = send_request(server, _address(server))
    assert (status, "immutable" in headers["cache-control"]) == (200, True)
    assert b'"outlines"' in body


def _address(server: Server) -> str:
    with Screen(server.url, cookie(CORALIE)) as screen:
        screen.open("departements")
        return next(text for text in screen.texts() if text.startswith("/outlines/")).partition("#")[0]
