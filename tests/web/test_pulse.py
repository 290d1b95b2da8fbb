"""The pulse of a page: whether the server answers, and when the data of the page were last up to date."""

import re

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.attacks.helpers import serving


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("pulse")) as running:
        running.quiet = running.output()
        yield running


def pulse(server, origin=None):
    return connect(f"ws://127.0.0.1:{server.port}/pulse", origin=origin or server.url, proxy=None)


@pytest.mark.parametrize("message", ["", "x" * 10_000, b"\x00\xff"])
def test_any_message_is_answered_with_the_time_in_paris_before_anybody_signed_in(server, message):
    with pulse(server) as page:
        for _ in range(3):
            page.send(message)
            assert re.fullmatch(r"\d\d h \d\d", page.recv(10))


def test_a_page_that_leaves_in_the_middle_is_no_error(server):
    for _ in range(20):
        with pulse(server) as page:
            for _ in range(50):
                page.send("")
            page.socket.close()
    with pulse(server) as page:
        page.send("")
        assert page.recv(10)
    assert server.output() == server.quiet


def test_another_site_has_no_pulse(server):
    with pytest.raises(InvalidStatus, match="403"):
        pulse(server, "https://ailleurs.example")
