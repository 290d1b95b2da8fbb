"""Connections that send little, on the server that `serve` starts: they are ended, and others are served meanwhile."""

import socket
import sys
import time

import pytest

from tests.attacks.helpers import send_request, serving
from tests.harness import Server
from tests.region import own_settings

__all__ = ["own_settings"]

SECONDS = "slow_requests.HEAD_SECONDS = slow_requests.BODY_SECONDS = 1.0"
PARTS = [
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Half: ",
    b"POST /api/v1/declarations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\nx",
]
PATIENCE = 30.0


def are_ended(server, count, patience):
    """Open that many connections that stay at half a request; return whether all are answered that they took too long.

    `patience` in seconds, for all of them together.
    """
    connections = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(count)]
    try:
        for number, connection in enumerate(connections):
            connection.sendall(PARTS[number % len(PARTS)])
        assert send_request(server, "/_stcore/health")[0] == 200
        deadline = time.monotonic() + patience
        return all(answer(connection, deadline).startswith(b"HTTP/1.1 408 ") for connection in connections)
    finally:
        for connection in connections:
            connection.close()


def answer(connection, deadline):
    """Return the bytes that the server sends until it closes the connection. Raises `TimeoutError` when it does not."""
    connection.settimeout(max(deadline - time.monotonic(), 0.1))
    received = b""
    while data := connection.recv(4096):
        received += data
    return received


class ImpatientServer(Server):
    """`python -m ror serve` with shorter timeouts of requests."""

    def command(self):
        """Return the command that starts the server."""
        return [
            sys.executable,
            "-c",
            f"from ror.web.server import slow_requests; {SECONDS}; from ror.cli import serving; serving.serve('{self.port}')",
        ]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("slow"), ImpatientServer) as running:
        yield running


def test_half_sent_requests_do_not_stay(server):
    before = server.output()
    assert are_ended(server, 40, PATIENCE)
    assert send_request(server, "/_stcore/health")[0] == 200
    assert server.output() == before
