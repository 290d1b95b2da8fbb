"""A request that is sent too slowly is ended; one that comes steadily, or that the server answers slowly, is not."""

import asyncio
import contextlib
import logging
import socket
import threading
import time

import pytest
import uvicorn

from ror.web.server import slow_requests
from ror.web.server.slow_requests import TimedProtocol

HEAD, BODY = 0.4, 0.4
START = b"POST / HTTP/1.1\r\nHost: localhost\r\n"


async def application(scope, receive, send):
    """Read the whole body, then answer with its length; at `/slow`, take longer than a request may."""
    if scope["type"] != "http":
        return
    length, more = 0, True
    while more:
        message = await receive()
        length, more = length + len(message.get("body", b"")), message.get("more_body", False)
    if scope["path"] == "/slow":
        await asyncio.sleep(3 * HEAD)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(str(length)))]})
    await send({"type": "http.response.body", "body": str(length).encode()})


@pytest.fixture(scope="module")
def port():
    names = {"HEAD_SECONDS": HEAD, "BODY_SECONDS": BODY, "SLOWEST_BODY": 10_000}
    usual = {name: getattr(slow_requests, name) for name in names}
    for name, value in names.items():
        setattr(slow_requests, name, value)
    config = uvicorn.Config(application, port=0, http=TimedProtocol, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()
    for name, value in usual.items():
        setattr(slow_requests, name, value)


def response_to(port, *parts, wait=0.0, patience=5.0):
    """Send these parts with a wait between them; return all bytes until the server closes, or None when it does not."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.settimeout(patience)
        received = b""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for part in parts:
                connection.sendall(part)
                time.sleep(wait)
        try:
            while data := connection.recv(4096):
                received += data
        except ConnectionResetError:
            pass
        except TimeoutError:
            return None
        return received


@pytest.mark.parametrize(
    "parts",
    [
        (b"",),
        (b"GET / HT",),
        (START,),
        (START + b"X-Half: ",),
        (START + b"Content-Length: 10\r\n\r\n",),
        (START + b"Content-Length: 10\r\n\r\n12345",),
        (START + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabc",),
    ],
    ids=["nothing", "a line", "no end", "half a header", "no body", "half a body", "half a chunk"],
)
def test_half_a_request_is_ended(port, parts):
    began = time.monotonic()
    assert response_to(port, *parts).startswith(b"HTTP/1.1 408 ")
    assert time.monotonic() - began < 4


def test_a_byte_at_a_time_does_not_make_it_last(port):
    head = [bytes([letter]) for letter in START + b"X: y\r\n"]
    assert response_to(port, *head, wait=0.05, patience=2).startswith(b"HTTP/1.1 408 ")
    body = [START + b"Content-Length: 1000\r\n\r\n", *[b"x"] * 100]
    assert response_to(port, *body, wait=0.05, patience=2).startswith(b"HTTP/1.1 408 ")


def test_the_second_request_of_a_connection_has_no_more_time_than_the_first(port):
    received = response_to(port, START + b"Content-Length: 1\r\n\r\nx", b"POST / HT", wait=0.2)
    assert received.count(b"HTTP/1.1 200 ") == 1
    assert received.count(b"HTTP/1.1 408 ") == 1


def test_a_body_that_comes_steadily_may_take_long(port):
    parts = [START + b"Connection: close\r\nContent-Length: 50000\r\n\r\n", *[b"x" * 5_000] * 10]
    received = response_to(port, *parts, wait=0.1)
    assert received.startswith(b"HTTP/1.1 200 ")
    assert received.endswith(b"50000")


def test_an_answer_that_takes_long_is_waited_for(port):
    received = response_to(port, b"GET /slow HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 200 ")


def test_nothing_is_written_to_the_log(port, caplog):
    with caplog.at_level(logging.WARNING):
        response_to(port, START)
        response_to(port, START + b"Content-Length: 10\r\n\r\n12345")
    assert caplog.records == []
