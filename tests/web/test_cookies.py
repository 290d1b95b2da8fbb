"""Over TLS our cookies are read and set under their `__Host-` names alone; without TLS under their plain names alone."""

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from ror.web.server.cookies import CookiePrefixes
from tests.attacks.helpers import cookie, send_request, serving, token
from tests.harness import Screen
from tests.region import CORALIE, own_settings

__all__ = ["own_settings"]

MINE = token(CORALIE)


@pytest.fixture(scope="module")
def tls_server(tmp_path_factory):
    """Start a server behind a proxy that ends TLS."""
    with serving(tmp_path_factory.mktemp("behind"), ROR_PUBLIC_URL="https://lits.example.fr") as running:
        yield running


def opens(server, header):
    """Return whether a cookie opens the screens, the files and the live connection; assert that it opens all or none."""
    with Screen(server.url, cookie=header) as tab:
        tab.open("departements")
        inside = tab.shows("Consultation par département")
    assert (send_request(server, "/media/abc.csv", cookie=header)[0] == 404) == inside
    return inside


def test_over_tls_the_prefixed_name_opens_the_screens_and_the_plain_one_nothing(tls_server):
    assert opens(tls_server, f"__Host-ror_session={MINE}")
    assert not opens(tls_server, cookie(CORALIE))


def test_a_plain_cookie_beside_the_right_one_does_not_take_its_place(tls_server):
    assert opens(tls_server, f"ror_session=planted; __Host-ror_session={MINE}; ror_session=planted")
    assert opens(tls_server, f"__Host-ror_session={MINE}; autre=1; ror_session=planted")


def test_signing_out_over_tls_deletes_the_prefixed_cookie(tls_server):
    closed = send_request(tls_server, "/session/close", cookie="__Host-ror_session=over")[1]["set-cookie"]
    assert closed.startswith('__Host-ror_session=""')
    assert {"Secure", "Path=/"} <= set(closed.split("; "))
    assert "Domain" not in closed


async def _echo(scope, receive, send):
    request = Request(scope)
    answer = PlainTextResponse(repr(sorted(request.cookies.items())))
    for name in ("ror_session", "ror_device", "ror_oidc", "autre"):
        answer.set_cookie(name, "1", secure=True)
    await answer(scope, receive, send)


def read_and_set(scheme, cookies):
    answer = TestClient(CookiePrefixes(_echo), base_url=f"{scheme}://lits.example.fr").get("/", headers={"cookie": cookies})
    return answer.text, {one.partition("=")[0] for one in answer.headers.get_list("set-cookie")}


def test_every_cookie_of_ours_is_renamed_over_tls_and_no_other(own_settings):
    sent = "ror_session=a; __Host-ror_session=b; ror_device=c; __Host-ror_device=d; __Host-ror_oidc=e; autre=f; __Host-autre=g"
    read_cookies, set_names = read_and_set("https", sent)
    assert read_cookies == repr(
        sorted({"ror_session": "b", "ror_device": "d", "ror_oidc": "e", "autre": "f", "__Host-autre": "g"}.items())
    )
    assert set_names == {"__Host-ror_session", "__Host-ror_device", "__Host-ror_oidc", "autre"}


def test_without_tls_the_names_are_plain(own_settings):
    read_cookies, set_names = read_and_set("http", "ror_session=a; __Host-ror_session=b; __Host-ror_device=d")
    assert read_cookies == repr([("ror_session", "a")])
    assert set_names == {"ror_session", "ror_device", "ror_oidc", "autre"}


@pytest.mark.parametrize("header", ["", ";", "=", "ror_session", "; =x;;", "ror_session =a", " ror_session=a", "é=ù"])
def test_a_header_of_any_shape_is_read_and_opens_nothing_over_tls(own_settings, header):
    read_cookies, _ = read_and_set("https", header.encode("latin-1"))
    assert "ror_session" not in read_cookies
