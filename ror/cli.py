"""Command line: `python -m ror ...`."""

import socket
import sys
from datetime import UTC, datetime
from pathlib import Path

import typer
import uvicorn
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from ror.errors import PortError, RorError
from ror.exchange.report import write_rejects
from ror.model.rights import Role
from ror.services import administer, demonstration, importing
from ror.services.demonstration import PASSWORD, SIGN_INS
from ror.services.importing import Summary
from ror.settings import settings
from ror.store.database import open_database

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Availability of beds and places in a French region.")
imports = typer.Typer(no_args_is_help=True, help="Bring structures and units in from files.")
accounts = typer.Typer(no_args_is_help=True, help="Accounts of those who sign in.")
app.add_typer(imports, name="import")
app.add_typer(accounts, name="account")

console = Console(highlight=False)
_FILE = typer.Argument(exists=False, help="File to read.")


@app.command()
def serve(port: str = typer.Option("", help="Port to listen on; default: the variable PORT, or 8501.")) -> None:
    """Serve the screens. Example: python -m ror serve --port 8501."""
    number = _checked_port(settings().address, port or str(settings().port))
    demonstration.start(open_database(), datetime.now(UTC))
    console.print(f"{settings().service_name}: http://localhost:{number}", soft_wrap=True)
    if settings().demo:
        console.print(f"Demonstration accounts: {', '.join(SIGN_INS)}; password: {PASSWORD}", soft_wrap=True)
    uvicorn.run(
        "app:app", host=settings().address, port=number, log_level="warning", access_log=False, timeout_graceful_shutdown=3
    )


def _checked_port(address: str, text: str) -> int:
    """The port as a number. Raises `PortError` when it is none, or when something listens on it already."""
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


@imports.command("finess")
def import_finess(file: Path = _FILE) -> None:
    """Import structures from the open FINESS file. Example: python -m ror import finess etalab-cs1100507.csv."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("Reading", total=None)
        summary = importing.import_finess(
            open_database(), file, datetime.now(UTC), lambda done, total: bar.update(task, completed=done, total=total)
        )
    _report(summary, file)


@imports.command("units")
def import_units(file: Path = _FILE) -> None:
    """Add units to structures from a CSV or XLSX file. Example: python -m ror import units units.csv."""
    _report(importing.import_units(open_database(), file, datetime.now(UTC)), file)


def _report(summary: Summary, file: Path) -> None:
    """The summary of an import, and where the refused lines are written."""
    table = Table("Read", "Created", "Changed", "Unchanged", "Refused")
    merged = summary.merged
    numbers = (summary.read, merged.created, merged.changed, merged.unchanged, len(summary.rejects))
    table.add_row(*map(str, numbers))
    console.print(table)
    if summary.rejects:
        report = Path(f"{file.stem}.rejects.csv")
        write_rejects(report, summary.rejects)
        console.print(f"Refused lines and reasons: {report}", soft_wrap=True)


@accounts.command("create")
def create_account(
    login: str = typer.Argument(help="What is typed to sign in."),
    name: str = typer.Option(help="What others read."),
    role: list[Role] = typer.Option(help="Role; may be given several times."),  # noqa: B008 - typer's way
    structure: list[str] = typer.Option([], help="FINESS number that a manager answers for; may be given several times."),  # noqa: B008
    password_stdin: bool = typer.Option(False, help="Read the password from standard input instead of asking."),
) -> None:
    """Open an account. Example: python -m ror account create anne --name "Anne E." --role manager --structure 990000001."""
    asked = sys.stdin.readline().rstrip("\n") if password_stdin else typer.prompt("Password", hide_input=True)
    account = administer.create_account(open_database(), login, name, role, structure, asked)
    console.print(f"Account {account.login} opened.")


def main() -> None:
    """Run a command; an error of ours is one sentence on standard error and exit code 1."""
    try:
        app()
    except RorError as error:
        Console(stderr=True, highlight=False).print(error.message, soft_wrap=True, markup=False)
        raise SystemExit(1) from error
