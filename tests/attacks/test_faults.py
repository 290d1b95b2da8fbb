"""A real failure of the database: the user gets a French sentence, with a number that is in the log."""

import re
from datetime import UTC, datetime

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from ror.services.accounts import sign_in
from ror.settings import secret
from ror.store.engine.database import Database
from tests.attacks.helpers import cookie, download, prepare, press_state, screen, send_request, serving, text_state
from tests.region import CAMILLE, CLINIC, CORALIE, DOMINIQUE, REHABILITATION, WARD, own_settings, write

__all__ = ["own_settings"]

SENTENCE = re.compile(r"Le service a rencontré une erreur \(numéro ([0-9a-f]{8})\)\. Rechargez la page")
INNER = ("Traceback", "Error", "SELECT", "INSERT", "duckdb", "journal", "ror/", ".py", "site-packages", "inconnu")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Start a server whose database was damaged: no journal, a role that does not exist, an event that does not exist."""
    folder = tmp_path_factory.mktemp("faults")
    prepare(folder / "ror.duckdb")
    db = Database(folder / "ror.duckdb")
    write(db, REHABILITATION, 3, datetime.now(UTC), kind="inconnu")
    with db.transaction() as transaction:
        transaction.cursor.execute("DROP TABLE journal")
        transaction.cursor.execute("INSERT INTO account_role VALUES (?, 'inconnu')", [DOMINIQUE.id])
    db.close()
    with serving(folder) as running:
        yield running


def number_in(server, texts):
    """Return the number in the only sentence; assert that the log has this number with the real error."""
    (number,) = SENTENCE.findall("\n".join(texts))
    log = server.output()
    assert number in log
    assert "Traceback" in log[log.index(number) :]
    return number


def leaks(texts):
    """Return the texts that reveal internals of the service."""
    return [words for words in texts if not words.startswith("<style>") and any(inner in words for inner in INNER)]


def test_an_error_of_the_script_of_a_page(server):
    with screen(server, DOMINIQUE) as tab:
        texts = tab.texts(tab.open("aide"))
    assert number_in(server, texts)
    assert leaks(texts) == []


def test_an_error_of_a_part_of_a_page_that_runs_alone(server):
    with screen(server, CORALIE) as tab:
        first = tab.open("structures", f"structure={CLINIC}&unite={REHABILITATION}")
        # The badge of alerts is a fragment too: the one that failed is chosen by its sentence.
        failed = [one for one in first if SENTENCE.search("\n".join(tab.texts([one])))]
        (fragment,) = {one.delta.fragment_id for one in failed}
        again = tab.rerun(fragment_id=fragment)
        for messages in (first, again):
            assert number_in(server, tab.texts(messages))
            assert leaks(tab.texts(messages)) == []


def test_an_error_of_a_button(server):
    with screen(server, CAMILLE) as tab:
        tab.open("mise-a-jour", f"unite={WARD}")
        typed = [text_state(tab, "Nombre de lits disponibles", "4"), press_state(tab, "Enregistrer")]
        texts = tab.texts(tab.rerun(typed))
        assert number_in(server, texts)
        assert leaks(texts) == []
        tab.open("mise-a-jour", f"unite={WARD}")
        assert not tab.shows("4 lits, enregistré")


def test_an_error_while_a_deferred_file_is_created(server):
    with screen(server, CORALIE) as tab:
        tab.open("departements")
        address = download(tab, "Télécharger (CSV)")
        status, _, body = send_request(server, address, cookie=cookie(CORALIE))
    assert status == 200
    assert number_in(server, [body.decode()])
    assert leaks([body.decode()]) == []


def test_an_error_of_a_route(server, monkeypatch):
    secret.cache_clear()
    status, headers, body = send_request(server, f"/session/open?ticket={sign_in.ticket_for(CORALIE)}")
    assert (status, headers["content-type"]) == (500, "text/plain; charset=utf-8")
    assert "set-cookie" not in headers
    assert number_in(server, [body.decode()])
    assert leaks([body.decode()]) == []


def test_an_error_in_the_guard(server):
    status, _, body = send_request(server, "/media/abc.csv", cookie=cookie(DOMINIQUE))
    assert status == 500
    assert number_in(server, [body.decode()])


def test_an_error_of_a_live_connection_closes_it(server):
    url = f"127.0.0.1:{server.port}"
    with pytest.raises((ConnectionClosed, InvalidStatus)):
        connect(f"ws://{url}/live", origin=f"http://{url}", additional_headers={"Cookie": cookie(DOMINIQUE)}, proxy=None)


def test_no_run_shows_an_exception_of_the_framework(server):
    with screen(server, DOMINIQUE) as tab:
        messages = tab.open("departements")
    assert [one for one in messages if one.delta.new_element.WhichOneof("type") == "exception"] == []
    assert isinstance(messages[-1], ForwardMsg)
