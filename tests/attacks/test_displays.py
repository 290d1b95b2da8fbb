"""The session of a wall screen opens the wall and nothing else; its secret is accepted nowhere else."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from starlette.routing import WebSocketRoute
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from ror.model.display import Theme
from ror.services.coordination import displays
from ror.store.engine.database import Database
from ror.web.server import wall_routes
from tests.attacks.helpers import EVERYTHING, cookie, download, prepare, screen, send_request, serving
from tests.attacks.served import WritableServer
from tests.attacks.test_access import NEEDS, ROUTES, address
from tests.harness import Screen
from tests.region import ACCOUNTS, CORALIE, STRUCTURES, UNITS, own_settings

__all__ = ["own_settings"]

REVOKED_WITHIN = 60
UNOPENED = ("unopened", "to open")


@pytest.fixture(scope="module")
def secrets():
    return {}


@pytest.fixture(scope="module")
def server(tmp_path_factory, secrets):
    """Start a server with one open display, one that is revoked, one whose link was not opened, and one to revoke."""
    folder = tmp_path_factory.mktemp("displays")
    prepare(folder / "ror.duckdb")
    db, now = Database(folder / "ror.duckdb"), datetime.now(UTC)
    for name in ("open", "revoked", "to revoke", "expired", "unopened", "to open"):
        at = now - timedelta(days=2) if name == "expired" else now
        display, link = displays.create(db, CORALIE, name, Theme.LIGHT, 1 if name == "expired" else 30, at)
        secrets[name] = link.partition("#")[2]
        if name not in UNOPENED:
            secrets[name] = displays.open_session(db, secrets[name], at)[1]
            assert displays.of_session(db, secrets[name], at)
        if name == "revoked":
            displays.revoke(db, CORALIE, display.id, now)
    db.close()
    with serving(folder, WritableServer) as running:
        yield running


@pytest.fixture
def wall(server, secrets):
    """Return a function that requests a path with the session of a display, by default the open one."""
    return lambda path, name="open", method="GET", body=None, **headers: send_request(
        server, path, method, body, cookie=f"ror_display={secrets.get(name, name)}", **headers
    )


def upgrade(server):
    return {
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec_websocket_version": "13",
        "sec_websocket_key": "x" * 22 + "==",
        "origin": server.url,
    }


def live(server, name, secrets):
    address = f"ws://127.0.0.1:{server.port}/mur/direct"
    headers = {"Cookie": f"ror_display={secrets[name]}"}
    return connect(address, origin=server.url, additional_headers=headers, proxy=None)


# What it reads


def test_a_display_reads_the_wall_and_no_telephone_comment_or_name_of_a_person(wall):
    status, headers, body = wall("/mur/contenu")
    content = json.loads(body)
    assert (status, headers["cache-control"], content["theme"], content["room"]) == (200, "no-store", "light", "open")
    hidden = {"Aile nord", *(one.telephone for one in (*UNITS, *STRUCTURES)), *(account.name for account in ACCOUNTS)}
    assert [words for words in hidden if words in body.decode()] == []


@pytest.mark.parametrize("name", ["revoked", "expired", "unopened", "forged", ""])
def test_without_a_session_in_use_the_wall_is_refused_in_the_same_words(wall, server, name):
    status, headers, body = wall("/mur/contenu", name)
    assert (status, body.decode()) == (403, wall_routes.ENDED)
    assert "set-cookie" not in headers
    assert wall("/mur/direct", name, **upgrade(server))[0] == 403


def test_the_page_holds_no_data_and_has_the_strictest_policy(wall):
    status, headers, body = wall("/mur", "")
    assert status == 200
    assert not any(unit.name in body.decode() for unit in UNITS)
    policy = headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "blob:" not in policy
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy


# What it does not open


@pytest.mark.parametrize("page", NEEDS)
def test_every_page_takes_a_display_for_nobody(server, secrets, page):
    with Screen(server.url, cookie=f"ror_display={secrets['open']}") as tab:
        words = NEEDS[page][1]
        for messages in (tab.open(address(page)), tab.rerun()):
            bodies = [one for one in messages if one.HasField("delta")]
            assert "Se connecter" in tab.texts(bodies)
            assert not words or not tab.shows(words, bodies)
        assert not any(tab.shows(unit.name) for unit in UNITS)


@pytest.mark.parametrize("path", [path for path in ROUTES if not path.startswith("/mur")])
def test_every_other_route_answers_a_display_as_it_answers_nobody(server, wall, path):
    from app import app

    route = next(route for route in app._user_routes if route.path == path)
    headers = upgrade(server) if isinstance(route, WebSocketRoute) else {}
    assert wall(path, **headers)[0] == ROUTES[path][0]


@pytest.mark.parametrize(
    "path", ["/api/v1/structures", "/api/v1/units", "/api/v1/availability", "/api/v1/declarations", "/fhir/Location"]
)
@pytest.mark.parametrize("scheme", ["", "Bearer "])
def test_no_interface_takes_a_display(wall, secrets, path, scheme):
    headers = {"authorization": f"{scheme}{secrets['open']}"} if scheme else {}
    assert wall(path, **headers)[0] == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/media/0123456789abcdef.csv"),
        ("PUT", "/_stcore/upload_file/0123/4567"),
        ("DELETE", "/_stcore/upload_file/0123/4567"),
    ],
)
def test_a_display_has_neither_media_nor_upload(wall, method, path):
    assert wall(path, method=method, body=b"finess;nom" if method == "PUT" else None)[0] == 403


def test_a_display_downloads_no_file_of_somebody_else(server, wall):
    with screen(server, EVERYTHING) as tab:
        tab.open("departements", "departement=75")
        file = download(tab, "Télécharger (CSV)")
        assert file
        assert wall(file)[0] == 403
        assert send_request(server, file, cookie=cookie(EVERYTHING))[0] == 200


def test_the_secret_of_a_display_is_no_session_and_a_session_no_display(server, secrets):
    for name in ("open", "unopened"):
        with Screen(server.url, cookie=f"ror_session={secrets[name]}") as tab:
            assert "Se connecter" in tab.texts(tab.open("departements"))
        assert send_request(server, "/live", cookie=f"ror_session={secrets[name]}", **upgrade(server))[0] == 403
    session = cookie(CORALIE).partition("=")[2]
    assert send_request(server, "/mur/contenu", cookie=f"ror_display={session}")[0] == 403


# Its link


def test_a_link_is_exchanged_once_for_a_cookie_that_scripts_cannot_read(server, secrets):
    status, headers, body = send_request(server, "/mur/ouvrir", "POST", secrets["to open"])
    assert (status, body) == (204, b"")
    value, *attributes = headers["set-cookie"].split("; ")
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(attributes)
    ages = [int(one.removeprefix("Max-Age=")) for one in attributes if one.startswith("Max-Age=")]
    assert 29 * 86_400 < ages[0] <= 30 * 86_400
    assert send_request(server, "/mur/contenu", cookie=value)[0] == 200
    status, headers, body = send_request(server, "/mur/ouvrir", "POST", secrets["to open"])
    assert (status, "set-cookie" in headers) == (403, False)
    assert "ne sert qu'une fois" in body.decode()


@pytest.mark.parametrize("body", ["", "x", "x" * 5_000, b"\xff\xfe", "' OR 1=1 --"])
def test_what_is_no_link_is_refused_in_a_sentence(server, body):
    status, _, answer = send_request(server, "/mur/ouvrir", "POST", body)
    assert (status, "Ce lien n'ouvre plus d'écran" in answer.decode()) == (403, True)


def test_no_other_site_opens_a_display_and_a_link_in_an_address_opens_none(server, secrets):
    assert send_request(server, "/mur/ouvrir", "POST", secrets["unopened"], sec_fetch_site="cross-site")[0] == 403
    for path in (f"/mur?{secrets['unopened']}", f"/mur/{secrets['unopened']}"):
        assert "set-cookie" not in send_request(server, path)[1]
    with (
        pytest.raises(InvalidStatus),
        connect(
            f"ws://127.0.0.1:{server.port}/mur/direct",
            origin="http://ailleurs.example",
            additional_headers={"Cookie": f"ror_display={secrets['open']}"},
            proxy=None,
        ),
    ):
        pass
    assert send_request(server, "/mur/ouvrir", "POST", secrets["unopened"])[0] == 204


# Its live connection


def test_a_live_connection_pushes_positions_and_says_that_it_lives(server, secrets):
    with live(server, "open", secrets) as socket:
        socket.send(json.dumps({"position": 0, "shows": ["*"]}))
        assert int(socket.recv(20)) > 0
        assert socket.recv(wall_routes.CHECK_SECONDS + 10) == wall_routes.BEAT


def test_a_revoked_display_is_closed_within_a_minute(server, secrets, wall):
    with live(server, "to revoke", secrets) as socket:
        socket.send(json.dumps({"position": 10**9, "shows": ["*"]}))
        began = time.monotonic()
        # Revoked in the database, as another replica would do it.
        server.execute("UPDATE display SET revoked_at = ? WHERE name = 'to revoke'", [datetime.now(UTC)])
        with pytest.raises(ConnectionClosed) as closed:
            list(iter(lambda: socket.recv(REVOKED_WITHIN), None))
    assert time.monotonic() - began < REVOKED_WITHIN
    assert closed.value.rcvd.code == wall_routes.CLOSED
    assert wall("/mur/contenu", "to revoke")[0] == 403
