"""The requests and messages that the guard passes, and those that it rejects."""

import contextlib
import logging
import re
import socket
import tomllib

import pytest
from starlette.requests import ClientDisconnect, HTTPConnection
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from ror.cli import serving as command
from ror.exchange.bulk_workbook import MAX_FILE_BYTES
from ror.settings import ROOT
from ror.web.server import admission, guard
from ror.web.server.guard import Guard
from tests.attacks.helpers import ROLES, cookie, send_request, serving
from tests.loops import run_coroutine
from tests.region import ADELE, CAMILLE, CORALIE, own_settings

__all__ = ["own_settings"]

REFUSED_HOSTS = [
    "ailleurs.example",
    "localhost.ailleurs.example",
    "127.0.0.1.ailleurs.example",
    "localhost@ailleurs.example",
    "[",
    "",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving(
        tmp_path_factory.mktemp("guard"), ROR_PUBLIC_URL="http://lits.example.fr:8080", ROR_ALLOWED_HOSTS="Autre.example.fr"
    ) as running:
        yield running


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:8501",
        "127.0.0.1:1",
        "[::1]:8501",
        "lits.example.fr",
        "autre.example.fr.",
        "Autre.Example.fr:443",
    ],
)
def test_the_server_answers_to_its_own_names(server, host):
    assert send_request(server, "/_stcore/health", host=host)[0] == 200


@pytest.mark.parametrize("host", REFUSED_HOSTS)
def test_the_server_answers_to_no_other_name(server, host):
    status, headers, body = send_request(server, "/_stcore/health", host=host)
    assert status in (400, 421)
    if host:
        assert status == 421
        assert "par son adresse habituelle" in body.decode()
        assert headers["content-type"] == "text/plain; charset=utf-8"


def test_a_request_that_names_two_hosts_names_none(own_settings):
    hosts = [(b"host", b"localhost"), (b"host", b"ailleurs.example")]
    assert admission.is_allowed_host(HTTPConnection({"type": "http", "headers": hosts[:1]}))
    assert not admission.is_allowed_host(HTTPConnection({"type": "http", "headers": hosts}))


def test_every_host_is_allowed_with_a_star_in_the_setting(tmp_path):
    with serving(tmp_path, ROR_ALLOWED_HOSTS="*") as running:
        assert send_request(running, "/_stcore/health", host="ailleurs.example")[0] == 200


def is_accepted(server, path, host=None, **options):
    """Return whether a websocket is accepted."""
    try:
        with connect(
            f"ws://127.0.0.1:{server.port}{path}", additional_headers={"Cookie": cookie(CORALIE)}, proxy=None, **options
        ):
            return True
    except (InvalidStatus, ConnectionClosed):
        return False


@pytest.mark.parametrize("path", ["/_stcore/stream", "/live"])
def test_only_our_own_pages_open_a_connection(server, path):
    assert is_accepted(server, path, origin=f"http://127.0.0.1:{server.port}")
    foreign = [
        None,
        "null",
        "https://ailleurs.example",
        "http://127.0.0.1:1",
        "http://localhost:3000",
        f"ftp://127.0.0.1:{server.port}",
    ]
    assert [origin for origin in foreign if is_accepted(server, path, origin=origin)] == []


@pytest.mark.parametrize("path", ["/_stcore/stream", "/live"])
def test_no_connection_is_opened_under_a_name_that_is_not_ours(server, path):
    host = f"ailleurs.example:{server.port}"
    with socket.create_connection(("127.0.0.1", server.port)) as tcp, pytest.raises((InvalidStatus, ConnectionClosed)):
        connect(f"ws://{host}{path}", sock=tcp, origin=f"http://{host}", proxy=None).close()


@pytest.fixture(scope="module")
def tls_server(tmp_path_factory):
    """Start a server behind a proxy that ends TLS."""
    with serving(tmp_path_factory.mktemp("behind"), ROR_PUBLIC_URL="https://lits.example.fr") as running:
        yield running


def is_forwarded_accepted(server, path, host, origin):
    """Return whether a websocket that a proxy forwards under this host is accepted."""
    with socket.create_connection(("127.0.0.1", server.port)) as tcp:
        try:
            with connect(
                f"ws://{host}{path}",
                sock=tcp,
                origin=origin,
                additional_headers={"Cookie": f"__Host-{cookie(CORALIE)}"},
                proxy=None,
            ) as tab:
                tab.ping().wait(10)
                return True
        except (InvalidStatus, ConnectionClosed):
            return False


@pytest.mark.parametrize("path", ["/_stcore/stream", "/live"])
@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "lits.example.fr:443", "lits.example.fr", "localhost"])
def test_our_own_pages_open_a_connection_whatever_host_a_proxy_passes(tls_server, path, host):
    forwarded_host = host.format(port=tls_server.port)
    assert is_forwarded_accepted(tls_server, path, forwarded_host, "https://lits.example.fr")
    foreign = [
        None,
        "null",
        "https://ailleurs.example",
        "https://lits.example.fr.ailleurs.example",
        "https://lits.example.fr:1",
    ]
    assert [origin for origin in foreign if is_forwarded_accepted(tls_server, path, forwarded_host, origin)] == []
    assert not is_forwarded_accepted(tls_server, path, "ailleurs.example", "https://lits.example.fr")


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "HEAD"])
@pytest.mark.parametrize(
    "path",
    [
        "/_stcore/metrics",
        "/_stcore/metrics?families=cache_memory_bytes",
        "/_stcore/metrics/",
        "/_stcore/%6Detrics",
        "/_stcore/agent/interact",
        "/_stcore/agent/mcp",
        "/_stcore/agent/openapi.json",
        "/_stcore/script-health-check",
        "/_stcore/bidi-components/ror_live/index.js",
        "/_stcore/health/",
        "/auth/login",
        "/auth/logout",
        "/oauth2callback",
        "/component/x/index.html",
    ],
)
def test_the_routes_of_streamlit_that_we_do_not_use_are_closed(server, path, method):
    assert send_request(server, path, method)[0] == 404


@pytest.mark.parametrize("role", ROLES)
def test_files_are_for_those_who_are_signed_in(server, role):
    expected = 403 if role == "nobody" else 404
    assert send_request(server, "/media/abc.csv", cookie=cookie(ROLES[role]))[0] == expected


@pytest.mark.parametrize("role", ROLES)
def test_only_those_who_manage_the_registry_or_declare_send_files(server, role):
    for method in ("PUT", "DELETE"):
        status, _, body = send_request(server, "/_stcore/upload_file/session/file", method, b"x", cookie=cookie(ROLES[role]))
        # The guard let it through: this refusal, in English, is Streamlit's, which requires a token of its page.
        refused = status == 403 and "Connectez-vous au service" in body.decode()
        assert refused == (role not in ("administrator", "manager"))


@pytest.mark.parametrize("account", [ADELE, CAMILLE], ids=["who imports", "who declares"])
def test_a_file_too_large_is_refused_before_it_is_read(server, account):
    path, mine = "/_stcore/upload_file/session/file", cookie(account)
    limit = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["server"]["maxUploadSize"] * 2**20
    limit = limit if account is ADELE else MAX_FILE_BYTES
    status, _, body = send_request(server, path, "PUT", None, cookie=mine, content_length=str(limit + 2**20))
    assert (status, body.decode()) == (413, "L'envoi est trop volumineux : réduisez-le, puis recommencez.")
    assert send_request(server, path, "PUT", None, cookie=mine, content_length=str(limit))[0] != 413
    assert send_request(server, path, "PUT", None, cookie=mine, content_length="0")[0] == 403


def test_a_file_for_a_session_that_is_not_open_is_refused_though_its_length_is_not_announced(server):
    path, sent, megabyte = "/_stcore/upload_file/session/file", [], b"x" * 2**20
    status = None
    # The server may answer and close before the whole body was sent.
    with contextlib.suppress(ConnectionError):
        parts = (sent.append(part) or megabyte for part in range(100))
        status, _, _ = send_request(server, path, "PUT", parts, cookie=cookie(CAMILLE), transfer_encoding="chunked")
    assert status == 403 or (status is None and len(sent) < 100)
    assert send_request(server, "/_stcore/health")[0] == 200


@pytest.mark.parametrize("length", [str(2**20 + 1), "9" * 30, "-1", "x", "1, 2"])
def test_a_body_that_no_route_wants_is_refused(server, length):
    assert send_request(server, "/session/open", "POST", None, content_length=length)[0] in (400, 413)


def test_another_site_leads_here_and_does_no_more(server):
    lead = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate"}
    assert send_request(server, "/structures", **lead)[0] == 200
    assert send_request(server, "/session/open?ticket=x", **lead)[0] == 403
    assert send_request(server, "/session/close", **lead)[0] == 403
    assert send_request(server, "/structures", "POST", **lead)[0] == 403
    assert send_request(server, "/structures", sec_fetch_site="cross-site", sec_fetch_mode="no-cors")[0] == 403
    assert send_request(server, "/structures", sec_fetch_site="same-site", sec_fetch_mode="cors")[0] == 403
    assert send_request(server, "/session/open?ticket=x", sec_fetch_site="same-origin", sec_fetch_mode="navigate")[0] == 303


def stream(server):
    return connect(
        f"ws://127.0.0.1:{server.port}/_stcore/stream",
        origin=f"http://127.0.0.1:{server.port}",
        subprotocols=["streamlit"],
        proxy=None,
    )


@pytest.mark.parametrize("frame", ["du texte", b"\x0a" + b"\xff" * (10**6 + 10), b"\xff\xff\xff"])
def test_a_message_that_no_page_sends_ends_its_connection_and_leaves_the_server_well(server, frame):
    with stream(server) as tab:
        tab.send(frame)
        # Iterating ends when the server closes, and raises when it does so for a reason.
        with pytest.raises(ConnectionClosed):
            list(tab)
    assert send_request(server, "/_stcore/health")[0] == 200
    assert "Traceback" not in server.output()


SCOPE = {
    "type": "websocket",
    "path": "/_stcore/stream",
    "query_string": b"",
    "headers": [(b"host", b"localhost:8501"), (b"origin", b"http://localhost:8501")],
    "scheme": "ws",
}


def frames_passed(frames, scope=SCOPE, answers=None):
    """Send frames as a page, and return those that reach Streamlit; `answers` collects those that the guard sends itself."""
    waiting = [{"type": "websocket.receive", "bytes": frame} for frame in frames] + [{"type": "websocket.disconnect"}]
    reached = []

    async def inner(scope, receive, send):
        while (message := await receive())["type"] == "websocket.receive":
            reached.append(message["bytes"])

    async def receive():
        return waiting.pop(0)

    async def send(message):
        if answers is not None:
            answers.append(message["bytes"])

    run_coroutine(Guard(inner)(scope, receive, send))
    return reached


def frame(**fields):
    message = BackMsg()
    for name, value in fields.items():
        if value is True:
            setattr(message, name, True)
        else:
            getattr(message, name).SetInParent()
            for inner, inner_value in value.items():
                getattr(message.backend_operation_request, inner).file_id = inner_value
    return message.SerializeToString()


def test_a_page_runs_and_stops_its_script(own_settings):
    frames = [frame(rerun_script={}), frame(stop_script=True), frame(file_urls_request={})]
    assert frames_passed(frames) == frames


def test_a_heartbeat_is_answered_before_the_run_that_follows_it(own_settings):
    # Streamlit's own answer waits in a queue that the start of a run empties.
    answers = []
    assert frames_passed([frame(app_heartbeat=True), frame(rerun_script={})], answers=answers) == [frame(rerun_script={})]
    assert [ForwardMsg.FromString(answer).heartbeat_ack for answer in answers] == [True]


@pytest.mark.parametrize(
    "kind", ["clear_cache", "set_run_on_save", "load_git_info", "debug_shutdown_runtime", "debug_disconnect_websocket"]
)
def test_no_page_empties_the_caches_or_stops_the_server(own_settings, kind):
    assert frames_passed([frame(**{kind: True})]) == []


def test_a_file_cannot_be_requested_without_a_session(own_settings):
    assert frames_passed([frame(backend_operation_request={"deferred_file": "abc"})]) == []


def response_for(inner, scope=None):
    """Return the messages that the guard sends for a request to this inner application."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"x" * 700_000, "more_body": True}

    async def send(message):
        sent.append(message)

    web = {
        "type": "http",
        "path": "/x",
        "method": "POST",
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
        "scheme": "http",
    }
    run_coroutine(Guard(inner)(web | (scope or {}), receive, send))
    return sent


def test_an_error_of_a_route_becomes_a_sentence_whose_number_is_in_the_log(own_settings, caplog):
    async def broken(scope, receive, send):
        raise ValueError("SELECT secret FROM nowhere")

    with caplog.at_level(logging.ERROR):
        start, body = response_for(broken)
    assert start["status"] == 500
    number = re.search(r"numéro ([0-9a-f]{8})", body["body"].decode())[1]
    assert b"SELECT" not in body["body"]
    assert b"content-security-policy" in dict(start["headers"])
    assert number in caplog.text
    assert "SELECT secret FROM nowhere" in caplog.text


def test_a_visitor_who_leaves_before_the_end_of_a_body_is_no_error(own_settings, caplog):
    async def reads(scope, receive, send):
        raise ClientDisconnect

    with caplog.at_level(logging.INFO):
        assert response_for(reads) == []
    assert caplog.records == []


def test_a_body_without_a_declared_length_is_counted(own_settings):
    async def reads(scope, receive, send):
        while (await receive())["more_body"]:
            pass

    start, body = response_for(reads)
    assert (start["status"], "trop volumineux" in body["body"].decode()) == (413, True)


def test_the_server_reads_no_longer_message_than_the_guard_passes():
    assert command._MAX_MESSAGE_BYTES == guard.MAX_MESSAGE_BYTES
