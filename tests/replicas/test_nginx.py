"""The nginx configuration of `deploy/`, with a real nginx before two real replicas."""

import pytest

from tests.attacks.helpers import cookie, download
from tests.nginx import CONFIGURATION, SHIPPED_PORTS, Nginx
from tests.region import CORALIE
from tests.replicas.pair import Visitor


def coralie(pair):
    name, _, value = cookie(CORALIE).partition("=")
    return Visitor(pair.url, **{name: value})


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_nginx_accepts_the_configuration(tls):
    assert "test is successful" in Nginx(20_443, SHIPPED_PORTS, tls=tls).checked()


def test_the_compose_file_and_the_nginx_file_name_the_same_replicas():
    compose = (CONFIGURATION.parent / "compose.yaml").read_text(encoding="utf-8")
    for port in SHIPPED_PORTS:
        assert f'{{PORT: "{port}"}}' in compose


def test_newcomers_are_spread_and_each_stays_where_it_was_led(pair):
    led = set()
    for _ in range(4):
        visitor = Visitor(pair.url)
        visitor.get("/")
        home = visitor.replica
        for _ in range(4):
            assert "set-cookie" not in visitor.get("/")[1]
        with visitor.tab() as tab:
            assert tab.shows("Se connecter")
        assert visitor.replica == home
        led.add(home)
    assert led == set(pair.replicas)


@pytest.mark.parametrize("invented", ["3", "1/1", "../1", "x" * 200, "1%0d%0a"])
def test_an_invented_replica_leads_to_a_real_one(pair, invented):
    visitor = Visitor(pair.url, ror_replica=invented)
    assert visitor.get("/")[0] == 200
    assert visitor.replica in pair.replicas


def test_a_file_is_fetched_from_the_replica_that_created_it(pair):
    visitor = coralie(pair)
    visitor.get("/")
    with visitor.tab("departements") as tab:
        address = download(tab, "Télécharger (CSV)")
        status, _, body = visitor.get(address)
        assert (status, body[:3]) == (200, b"\xef\xbb\xbf")
        elsewhere = coralie(pair)
        elsewhere.cookies["ror_replica"] = pair.other(visitor.replica)
        assert elsewhere.get(address)[0] == 404


def test_nginx_caches_static_files_without_a_cookie(pair):
    page = Visitor(pair.url).get("/", accept="text/html")[2].decode()
    script = next(part.split('"')[0].lstrip(".") for part in page.split('src="')[1:] if "static/js" in part)
    for expected in ("MISS", "HIT"):
        visitor = Visitor(pair.url)
        status, headers, _ = visitor.get("/" + script.lstrip("/"))
        assert (status, headers["x-cache-status"], visitor.cookies) == (200, expected, {})


def test_a_page_is_cached_nowhere(pair):
    headers = Visitor(pair.url).get("/", accept="text/html")[1]
    assert headers["cache-control"] == "no-store"
    assert "x-cache-status" not in headers


@pytest.mark.parametrize("path", ["/metrics", "/healthz", "/readyz"])
def test_monitoring_addresses_are_not_served_by_nginx(pair, path):
    assert Visitor(pair.url).get(path)[0] == 404


def test_an_address_claimed_by_the_client_is_ignored(pair, postgres):
    visitor = coralie(pair)
    visitor.get("/", x_forwarded_for="203.0.113.9")
    with visitor.tab("departements") as tab:
        visitor.get(download(tab, "Télécharger (CSV)"))
    assert postgres.run("SELECT DISTINCT address FROM origin", pair.address) == "127.0.0.1"


def test_a_body_that_is_too_large_stops_at_nginx(pair):
    visitor = coralie(pair)
    status, headers, _ = visitor.get("/session/close", "POST", b"x" * (2**21 + 1))
    assert (status, headers["server"]) == (413, "nginx")
