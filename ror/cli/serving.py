"""The commands `serve` and `demo`: serve the screens, write the demonstration."""

import logging
import os
import socket
from datetime import UTC, datetime
from typing import Annotated

import typer
import uvicorn

from ror import control, logs
from ror.cli.terminal import AsJson, console, print_result, progress
from ror.demo import SCALES
from ror.errors import PortError, Refused
from ror.services.operations import production, renewal
from ror.services.operations.demonstration import PASSWORD, SIGN_INS
from ror.settings import APPLICATION, settings

log = logging.getLogger(__name__)
_MAX_MESSAGE_BYTES = 10**6
"""Bytes of one WebSocket message of a page, which holds a few widgets; files are uploaded by other requests."""


def serve(port: Annotated[str, typer.Option(help="Port to listen on; default: the variable PORT, or 8501.")] = "") -> None:
    """Serve the screens. Example: python -m ror serve --port 8501."""
    number = _checked_port(settings().address, port or str(settings().port))
    # One-time links and single sign-on name the port too, when no public address is set.
    os.environ["PORT"] = str(number)
    settings.cache_clear()
    production.check()
    renewal.open_started(datetime.now(UTC))
    address = settings().public_url if settings().production else f"http://localhost:{number}"
    logs.set_up()
    if logs.structured():
        log.info("Serving %s", address)
    else:
        console.print(f"{settings().service_name}: {address}", soft_wrap=True)
    if settings().demo:
        console.print(f"Demonstration accounts: {', '.join(SIGN_INS)}; password: {PASSWORD}", soft_wrap=True)
    uvicorn.run(
        APPLICATION,
        host=settings().address,
        port=number,
        log_config=None,
        access_log=False,
        server_header=False,
        http="ror.web.server.slow_requests:TimedProtocol",
        ws_max_size=_MAX_MESSAGE_BYTES,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=3,
    )


def demo(
    scale: Annotated[str, typer.Option(help="region or national; default: that of the database, or region.")] = "",
    as_json: AsJson = False,
) -> None:
    """Write the demonstration region or country, or what it missed since. Example: python -m ror demo --scale region."""
    if scale and scale not in SCALES:
        raise Refused(f"{scale} is no scale: give {' or '.join(SCALES)}.")
    with progress("Declarations") as on_progress:
        result = control.run("demo", {"scale": scale}, on_progress)
    print_result(result, as_json, f"{result['declarations']} declarations written to {result['database']}")


def _checked_port(address: str, text: str) -> int:
    """Parse a port and check that it is free. Raises `PortError`."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise PortError(f"{text} is no port: give a number from 1 to 65535 (PORT=8502 make run).")
    port = int(text)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise PortError(
                f"Port {port} is already in use: stop the other program, or choose another port (PORT=8502 make run)."
            ) from error
    return port
