"""The commands put together, and how one ends.

Exit codes: 0 done, 1 refused or failed, 2 a word that the command does not know, 3 done but for refused lines,
4 a mark of the journal that cannot be checked any more, 130 interrupted.
"""

import os
import sys
from io import TextIOWrapper

import typer
from rich.console import Console

from ror.cli import accounts, exports, imports, journal, keeping, serving, tokens
from ror.errors import RorError

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Availability of beds and places in a French region.")
app.command()(serving.serve)
app.command()(serving.demo)
app.add_typer(imports.app, name="import")
app.command()(exports.export)
app.add_typer(accounts.app, name="account")
app.add_typer(tokens.app, name="token")
app.add_typer(journal.app, name="journal")
app.command()(keeping.backup)
app.command()(keeping.restore)
app.command()(keeping.copy)
app.command()(keeping.recover)


def main() -> None:
    """Run a command; an error of ours is one sentence on standard error and exit code 1."""
    # What a command writes is about people: files are for their owner alone, whoever holds the database meanwhile.
    os.umask(0o077)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a letter that the terminal lacks must not hide what was done
    try:
        app()
    except RorError as error:
        Console(stderr=True, highlight=False).print(error.message, soft_wrap=True, markup=False)
        raise SystemExit(1) from error
