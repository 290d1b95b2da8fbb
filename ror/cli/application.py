"""The application of the command line: its commands, and the exit code of each.

Exit codes: 0 done, 1 refused or failed, 2 unknown option or argument, 3 done except for refused lines, 4 a mark of the
journal that cannot be checked any more, 130 interrupted.
"""

import os
import sys
from io import TextIOWrapper
from typing import Annotated

import typer
from rich.console import Console

from ror.cli import accounts, daily_reports, database, exports, imports, journal, reminders, serving, tokens, trust
from ror.errors import RorError
from ror.version import version

app = typer.Typer(no_args_is_help=True, add_completion=False)
app.command()(serving.serve)
app.command()(serving.demo)
app.add_typer(imports.app, name="import")
app.command()(exports.export)
app.add_typer(accounts.app, name="account")
app.add_typer(tokens.app, name="token")
app.add_typer(journal.app, name="journal")
app.add_typer(trust.app, name="trust")
app.command()(reminders.remind)
app.command()(daily_reports.report)
app.command()(database.backup)
app.command()(database.restore)
app.command()(database.copy)
app.command()(database.recover)


def _print_version(requested: bool) -> None:
    if requested:
        typer.echo(version())
        raise typer.Exit


@app.callback()
def options(
    _: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version of the service.")
    ] = False,
) -> None:
    """Availability of beds and places in a French region."""


def main() -> None:
    """Run a command; print a `RorError` as one sentence on standard error, with exit code 1."""
    # Files that a command writes may hold personal data: readable by their owner only, also while a server has the database.
    os.umask(0o077)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a letter that the terminal lacks must not hide the result
    try:
        app()
    except RorError as error:
        Console(stderr=True, highlight=False).print(error.user_message, soft_wrap=True, markup=False)
        raise SystemExit(1) from error
