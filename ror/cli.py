"""Command line: `python -m ror ...`."""

import socket
import sys

import typer
import uvicorn

from ror.errors import PortError, RorError
from ror.services.demonstration import PASSWORD, SIGN_INS
from ror.settings import settings
from ror.store.database import open_database

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Availability of beds and places in a French region.")


@app.callback()
def _root() -> None:
    """Availability of beds and places in a French region."""


@app.command()
def serve(port: int = typer.Option(None, help="Port to listen on; default: the variable PORT, or 8501.")) -> None:
    """Serve the screens. Example: python -m ror serve --port 8501."""
    port = port or settings().port
    _free(settings().address, port)
    open_database()
    print(f"{settings().service_name} : http://localhost:{port}", flush=True)  # noqa: T201 - what the user waits for
    if settings().demo:
        print(f"Comptes de démonstration : {', '.join(SIGN_INS)} ; mot de passe : {PASSWORD}", flush=True)  # noqa: T201
    uvicorn.run(
        "app:app", host=settings().address, port=port, log_level="warning", access_log=False, timeout_graceful_shutdown=3
    )


def _free(address: str, port: int) -> None:
    """Raise `PortError` when something listens on the port already: uvicorn would say so in a traceback's words."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise PortError(
                f"Le port {port} est déjà utilisé : arrêtez l'autre programme, ou choisissez un autre port "
                "(PORT=8502 make run)."
            ) from error


def main() -> None:
    """Run a command; an error of ours is one sentence on standard error and exit code 1."""
    try:
        app()
    except RorError as error:
        print(error.message, file=sys.stderr)  # noqa: T201 - the one place where errors are printed
        raise SystemExit(1) from error
