"""The application of the command line: its commands, and the exit code of each.

Exit codes: 0 done, 1 refused or failed, 2 unknown option or argument, 3 done except for refused lines, 4 a mark of the
journal that cannot be checked any more, 130 interrupted.
"""

import os
import sys
from io import TextIOWrapper

import typer
from rich.console import Console

from ror.cli import accounts, database, exports, imports, journal, serving, tokens
from ror.errors import RorError

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Availability of beds and places in a French region.")
app.command()(serving.serve)
app.command()(serving.demo)
app.add_typer(imports.app, name="import")
app.command()(exports.export)
app.add_typer(accounts.app, name="account")
app.add_typer(tokens.app, name="token")
app.add_typer(journal.app, name="journal")
app.command()(database.backup)
app.command()(database.restore)
app.command()(database.copy)
app.command()(database.recover)


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
