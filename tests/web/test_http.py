"""The routes beside the screens: session cookie, live connection, language of the page."""

import http.client
import json
import re
import shutil
from contextlib import closing
from functools import partial

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from ror.model.rights import Account
from ror.services.accounts import devices, sign_in
from ror.settings import secret, settings
from ror.store.engine.database import Database
from ror.web.server import assets
from tests.cli.helpers import EXAMPLE, runner
from tests.harness import Screen, Server
from tests.region import CORALIE, store_account

SECRET = "secret-of-the-tests-0123456789abcdef"


COORDINATION = Account("demo-coordination", "", "", frozenset())
WITHOUT_ROLE = Account("sans-role", "sans-role", "Sans Rôle", frozenset())


@pytest.fixture(autouse=True)
def same_secret(monkeypatch):
    """Use the secret of the server in this process, to sign tickets."""
    monkeypatch.setenv("ROR_SECRET", SECRET)
    settings.cache_clear()
    secret.cache_clear()
    yield
    settings.cache_clear()
    secret.cache_clear()


@pytest.fixture
def ticket(same_secret):
    """Return a sign-in ticket for the account `coordination`, as after a correct password."""
    return sign_in.ticket_for(COORDINATION)


@pytest.fixture(scope="module")
def server(seeded, tmp_path_factory):
    path = shutil.copy(seeded, tmp_path_factory.mktemp("http") / "demonstration.duckdb")
    with closing(Database(path)) as db:
        store_account(db, WITHOUT_ROLE)
    with Server(path, demo=True, environment={"ROR_SECRET": SECRET}) as running:
        yield running


def get(server, path, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    return answer.status, dict(answer.getheaders()), answer.read()


def test_a_ticket_opens_one_session_in_a_cookie_that_scripts_cannot_read(server, ticket):
    status, headers, _ = get(server, f"/session/open?ticket={ticket}&next=/structures%3Fq%3Dmelun")
    assert (status, headers["location"]) == (303, "/structures?q=melun")
    cookie = headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(re.split("; ", cookie))
    with Screen(server.url, cookie=cookie.split(";")[0]) as screen:
        screen.open("departements")
        assert screen.shows("Consultation par département")
    status, headers, _ = get(server, f"/session/open?ticket={ticket}&next=/")
    assert status == 303
    assert "set-cookie" not in headers


def test_the_cookie_is_secure_over_tls_and_wherever_the_public_address_is_https(server, tmp_path, ticket):
    _, headers, _ = get(server, f"/session/open?ticket={ticket}", **{"X-Forwarded-Proto": "https"})
    assert "Secure" in headers["set-cookie"]
    public = {"ROR_SECRET": SECRET, "ROR_PUBLIC_URL": "https://lits.example"}
    with closing(Database(tmp_path / "ror.duckdb")) as db:
        store_account(db, CORALIE)
    with Server(tmp_path / "ror.duckdb", environment=public) as behind:
        second = sign_in.ticket_for(CORALIE)
        _, headers, _ = get(behind, f"/session/open?ticket={second}")
        assert "Secure" in headers["set-cookie"]


def test_the_mark_of_a_browser_outlives_the_session_out_of_reach_of_scripts(server, ticket):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("GET", f"/session/open?ticket={ticket}")
    cookies = dict(one.split("=", 1) for one in connection.getresponse().headers.get_all("set-cookie"))
    assert {"HttpOnly", "SameSite=strict", "Max-Age=7776000"} <= set(cookies[devices.COOKIE].split("; "))
    assert devices.device_of(cookies[devices.COOKIE].split(";")[0], "demo-coordination")
    both = "; ".join(f"{name}={value.split(';')[0]}" for name, value in cookies.items())
    _, headers, _ = get(server, "/session/close", Cookie=both)
    assert devices.COOKIE not in headers.get("set-cookie", "")


def test_the_address_that_closes_keeps_the_cookie_of_a_session_that_is_open(server, ticket):
    cookie = get(server, f"/session/open?ticket={ticket}")[1]["set-cookie"].split(";")[0]
    status, headers, _ = get(server, "/session/close", Cookie=cookie)
    assert (status, headers["location"]) == (303, "/")
    assert "set-cookie" not in headers
    assert 'ror_session=""' in get(server, "/session/close", Cookie="ror_session=over")[1]["set-cookie"]


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_a_ticket_brought_by_another_site_or_by_a_link_opens_nothing_and_is_not_spent(server, ticket, site):
    assert "set-cookie" not in get(server, f"/session/open?ticket={ticket}", **{"sec-fetch-site": site})[1]
    assert "set-cookie" in get(server, f"/session/open?ticket={ticket}", **{"sec-fetch-site": "same-origin"})[1]


def test_a_pending_ticket_opens_nothing(server):
    pending = sign_in.accept_password(Account("demo-coordination", "", "", frozenset(), second_factor=True))
    assert pending.needs_code
    assert "set-cookie" not in get(server, f"/session/open?ticket={pending.ticket}")[1]


@pytest.mark.parametrize(
    "target", ["https://ailleurs.example", "//ailleurs.example", "/\\ailleurs.example", "javascript:alert(1)"]
)
def test_nobody_is_sent_to_another_site(server, target):
    assert get(server, f"/session/open?ticket=x&next={target}")[1]["location"] == "/?connexion=expiree"


def test_a_forged_ticket_opens_no_session(server):
    for forged in ("", "x", "WyJkZW1vLWFkbWluIiwiYSJd.aaaa.bbbb"):
        assert "set-cookie" not in get(server, f"/session/open?ticket={forged}")[1]


def test_the_language_of_the_page_is_french(server):
    status, headers, body = get(server, "/departements", accept="text/html")
    assert status == 200
    assert b'<html lang="fr">' in body
    assert b"<title>Disponibilit" in body
    assert int(headers["content-length"]) == len(body)


def live(server, cookie="", origin=None):
    headers = {"Cookie": cookie} if cookie else {}
    return connect(
        f"ws://127.0.0.1:{server.port}/live", origin=origin or f"http://127.0.0.1:{server.port}", additional_headers=headers
    )


@pytest.mark.parametrize("cookie", ["", "ror_session=abc"])
def test_the_live_connection_is_for_those_who_are_signed_in(server, cookie):
    with pytest.raises((InvalidStatus, ConnectionClosed)), live(server, cookie) as socket:
        socket.recv(5)


def test_the_live_connection_is_for_those_who_may_consult(server):
    ticket = sign_in.ticket_for(WITHOUT_ROLE)
    cookie = get(server, f"/session/open?ticket={ticket}")[1]["set-cookie"].split(";")[0]
    with pytest.raises((InvalidStatus, ConnectionClosed)), live(server, cookie) as socket:
        socket.recv(5)


def test_the_live_connection_is_for_our_own_pages(server, ticket):
    cookie = get(server, f"/session/open?ticket={ticket}")[1]["set-cookie"].split(";")[0]
    with pytest.raises((InvalidStatus, ConnectionClosed)), live(server, cookie, "https://ailleurs.example") as socket:
        socket.recv(5)
    with live(server, cookie) as socket:
        socket.send(json.dumps({"position": 0, "shows": ["*"]}))
        assert int(socket.recv(5)) > 0, "what was committed before the subscription wakes the page"
        for wild in ("", "[]", "{}", "null", '{"shows": 3, "position": "x"}'):
            socket.send(wild)
        socket.send(json.dumps({"position": 0, "shows": []}))
        assert int(socket.recv(5)) > 0


def test_the_page_brings_our_files_and_each_is_there_for_a_year(server):
    page = get(server, "/departements", accept="text/html")[2].decode()
    for name in (assets.STYLE, assets.BOARD_STYLE, assets.ICON, assets.START):
        assert assets.address(name) in page
        status, headers, _ = get(server, assets.address(name))
        assert (status, "immutable" in headers["cache-control"]) == (200, True)
    assert "favicon.png" not in page
    assert get(server, "/assets/0/app.py")[0] == 404


def test_imported_outlines_take_their_place_at_an_address_of_their_own_without_a_restart(server, tmp_path):
    ror = partial(runner(tmp_path), ROR_DATABASE=str(server.database))
    before = outlines_address(server)
    _, headers, rough = get(server, before)
    assert "immutable" in headers["cache-control"]
    assert ror("import", "outlines", EXAMPLE / "outlines.geojson").returncode == 0
    imported = outlines_address(server)
    assert imported != before
    status, headers, precise = get(server, imported)
    assert (status, "immutable" in headers["cache-control"]) == (200, True)
    assert precise != rough
    # A page that is still open requests the former address: it gets the new outlines, which no browser may cache there.
    _, headers, body = get(server, before)
    assert (headers["cache-control"], body) == ("no-store", precise)
    assert ror("import", "outlines", "--forget").returncode == 0
    assert outlines_address(server) == before
    assert get(server, before)[2] == rough


def outlines_address(server):
    """Return the address of the outlines in a page that is opened now."""
    _, headers, _ = get(server, f"/session/open?ticket={sign_in.ticket_for(COORDINATION)}&next=/")
    with Screen(server.url, cookie=headers["set-cookie"].split(";")[0]) as screen:
        screen.open("departements")
        return next(text for text in screen.texts() if text.startswith("/outlines/")).partition("#")[0]
