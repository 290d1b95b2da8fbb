"""Command line: `python -m ror ...`."""

import logging
import os
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path

import typer
import uvicorn
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from ror import cli_backup, logs
from ror.demo import SCALES
from ror.errors import BadFile, JournalBroken, PortError, Refused, RorError
from ror.exchange.journal_words import to_journal_csv
from ror.exchange.report import write_rejects
from ror.model.freshness import PARIS
from ror.model.journal import Mark
from ror.model.passwords import PHRASE_WORDS, SHORTEST, SHORTEST_ADMINISTRATOR, SHORTEST_OF_ANY
from ror.model.rights import Perimeter, Role
from ror.services import administer, demonstration, importing, links, production, recovery, second_factor
from ror.services import journal as journals
from ror.services.demonstration import PASSWORD, SIGN_INS
from ror.services.importing import Summary
from ror.settings import settings
from ror.store.database import open_database

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Availability of beds and places in a French region.")
imports = typer.Typer(no_args_is_help=True, help="Bring structures and units in from files.")
accounts = typer.Typer(no_args_is_help=True, help="Accounts of those who sign in.")
journal = typer.Typer(no_args_is_help=True, help="Who did what: check, take out, purge.")
app.add_typer(imports, name="import")
app.add_typer(accounts, name="account")
app.add_typer(journal, name="journal")
for _name, _function in cli_backup.COMMANDS.items():
    app.command(_name)(_function)

log = logging.getLogger(__name__)
console = Console(highlight=False)
_LARGEST_MESSAGE = 10**6
"""Bytes that a page may send at once: a few widgets. Files go by another way, with a limit of its own."""
_FILE = typer.Argument(exists=False, help="File to read.")


@app.command()
def serve(port: str = typer.Option("", help="Port to listen on; default: the variable PORT, or 8501.")) -> None:
    """Serve the screens. Example: python -m ror serve --port 8501."""
    number = _checked_port(settings().address, port or str(settings().port))
    # One-time links and single sign-on name the port too, when no public address is set.
    os.environ["PORT"] = str(number)
    settings.cache_clear()
    production.check()
    demonstration.start(open_database(), datetime.now(UTC))
    address = settings().public_url if settings().production else f"http://localhost:{number}"
    logs.set_up()
    if logs.structured():
        log.info("Serving %s", address)
    else:
        console.print(f"{settings().service_name}: {address}", soft_wrap=True)
    if settings().demo:
        console.print(f"Demonstration accounts: {', '.join(SIGN_INS)}; password: {PASSWORD}", soft_wrap=True)
    uvicorn.run(
        "app:app",
        host=settings().address,
        port=number,
        log_config=None,
        access_log=False,
        server_header=False,
        ws_max_size=_LARGEST_MESSAGE,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=3,
    )


@app.command()
def demo(scale: str = typer.Option("", help="region or national; default: that of the database, or region.")) -> None:
    """Write the fictitious region or country, or what it missed since. Example: python -m ror demo --scale national."""
    if scale and scale not in SCALES:
        raise Refused(f"{scale} is no scale: give {' or '.join(SCALES)}.")
    db = open_database()
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("Declarations", total=None)
        count = demonstration.prepare(
            db,
            datetime.now(UTC),
            SCALES.get(scale),
            lambda done, total: bar.update(task, completed=done.total_seconds(), total=total.total_seconds()),
        )
    db.checkpoint()
    console.print(f"{count} declarations written to {db.engine.name}", soft_wrap=True, markup=False)


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
    login: str = typer.Argument("", help="What is typed to sign in; asked for when not given."),
    name: str = typer.Option("", help="What others read; asked for when not given."),
    role: list[Role] = typer.Option(help="Role; may be given several times."),  # noqa: B008 - typer's way
    legal_entity: list[str] = typer.Option([], help="FINESS number of a legal entity that a manager answers for."),  # noqa: B008
    structure: list[str] = typer.Option([], help="FINESS number that a manager answers for; may be given several times."),  # noqa: B008
    unit: list[str] = typer.Option([], help="Identifier of a single unit that a manager answers for."),  # noqa: B008
    mail: str = typer.Option("", help="Where one-time links are sent."),
    identity: str = typer.Option("", help="What single sign-on knows the account by."),
    link: bool = typer.Option(False, help="Print a one-time link to choose the password, instead of asking for it."),
    password_stdin: bool = typer.Option(False, help="Read the password from standard input instead of asking."),
) -> None:
    """Open an account. Example: python -m ror account create anne --name "Anne E." --role manager --structure 990000001.

    The first of all: python -m ror account create --role administrator.
    """
    db = open_database()
    login = login or typer.prompt("Login")
    name = name or typer.prompt("Name")
    perimeter = Perimeter(frozenset(legal_entity), frozenset(structure), frozenset(unit))
    draft = administer.Draft(login, name, frozenset(role), perimeter, mail, identity)
    administer.check_new(db, None, draft)
    password = None if link else _password(password_stdin, administrator=Role.ADMINISTRATOR in draft.roles)
    account = administer.create_account(db, None, draft, datetime.now(UTC), password)
    console.print(f"Account {account.login} opened.", markup=False)
    if link:
        _print_link(links.make(db, None, account.id, datetime.now(UTC)))


@accounts.command("link")
def link_account(login: str = typer.Argument(help="Of whom.")) -> None:
    """Print a one-time link, for who lost their password. Example: python -m ror account link anne."""
    db = open_database()
    account = administer.account_with_login(db, None, login)
    _print_link(links.make(db, None, account.id, datetime.now(UTC)))


def _print_link(url: str) -> None:
    console.print(f"Link to choose a password, once, within {settings().link_minutes} minutes:")
    console.print(url, soft_wrap=True, markup=False)


@accounts.command("list")
def list_accounts() -> None:
    """Say who has an account, and when each last signed in (Paris). Example: python -m ror account list."""
    table = Table("Login", "Name", "Roles", "State", "Second factor", "Last sign-in")
    for row in administer.accounts_found(open_database(), None, "").to_pylist():
        signed_in = f"{row['signed_in_at'].astimezone(PARIS):%Y-%m-%d %H:%M}" if row["signed_in_at"] else "never"
        factor = "yes" if row["second_factor"] else "no"
        table.add_row(*map(Text, (row["login"], row["name"], ", ".join(row["roles"]), row["state"], factor, signed_in)))
    console.print(table)


@accounts.command("reset-second-factor")
def reset_second_factor(login: str = typer.Argument(help="Of whom.")) -> None:
    """Remove the second factor of who lost it; they are signed out. Example: python -m ror account reset-second-factor anne."""
    db = open_database()
    account = administer.account_with_login(db, None, login)
    second_factor.remove_by_administrator(db, None, account.id, datetime.now(UTC))
    console.print(f"{account.login} signs in with the password alone, and may choose another second factor.", markup=False)


def _password(from_stdin: bool, *, administrator: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    any_kind = f"{SHORTEST} characters of four kinds, or {SHORTEST_OF_ANY}, or {PHRASE_WORDS} words"
    shortest = f"{SHORTEST_ADMINISTRATOR} characters" if administrator else any_kind
    console.print(f"At least {shortest}; nothing common, no name of the account.", soft_wrap=True)
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


@journal.command("verify")
def verify_journal(
    known: str = typer.Option("", help="A mark that an earlier verification printed, as NUMBER:HASH, kept elsewhere."),
) -> None:
    """Read the whole chain and say where it breaks. Example: python -m ror journal verify --known 1204:9f86d081..."""
    mark = _mark(known) if known else None
    verified = journals.verify(open_database(), mark)
    if mark is not None and not verified.checkable(mark):
        console.print(
            f"Line {mark.number} was purged (the journal now starts after line {verified.start.number}): this mark cannot be "
            "checked any more. Note the one below in its place.",
            soft_wrap=True,
        )
    if verified.broken is not None:
        raise JournalBroken(f"The journal does not hold at line {verified.broken.number}: {verified.broken.why}.")
    console.print(f"The journal holds. Lines checked: {verified.head.number - verified.start.number}.")
    console.print(f"Mark to keep elsewhere: {verified.head}", soft_wrap=True)


def _mark(text: str) -> Mark:
    if (mark := Mark.read(text)) is None:
        raise Refused("A mark is a number, a colon and 64 hexadecimal digits, as `journal verify` prints it.")
    return mark


@journal.command("export")
def export_journal(file: Path = typer.Argument(help="CSV file to write; one that exists is not written over.")) -> None:  # noqa: B008
    """Write the whole journal as CSV; that it was is a line itself. Example: python -m ror journal export journal.csv."""
    db, now = open_database(), datetime.now(UTC)
    try:
        with file.open("xb") as target:
            lines = journals.export(db, None, journals.Wanted(), now)
            target.write(to_journal_csv(lines))
    except OSError as error:
        raise BadFile(f"{file} cannot be written ({error.strerror}): choose another name or folder.") from error
    console.print(f"{lines.num_rows} lines written to {file}", soft_wrap=True, markup=False)


@journal.command("purge")
def purge_journal(
    before: datetime = typer.Option(formats=["%Y-%m-%d"], help="Lines older than this day (Paris) are removed."),  # noqa: B008
) -> None:
    """Remove the older lines; the chain goes on from a checkpoint. Example: python -m ror journal purge --before 2026-01-01."""
    now, midnight = datetime.now(UTC), before.replace(tzinfo=PARIS)
    if midnight > now:
        raise Refused("That day is not past: give an earlier one.")
    db = open_database()
    purged = journals.purge(db, None, midnight, now)
    verified = journals.verify(db)
    console.print(f"{purged} lines removed. Mark to keep elsewhere: {verified.head}", soft_wrap=True)


@app.command()
def recover() -> None:
    """Go on with what can be read of a damaged database; what stood there is set aside. Example: python -m ror recover."""
    if settings().database.startswith(("postgresql://", "postgres://")):
        raise Refused("PostgreSQL recovers by itself when it starts: look at its log, or restore a backup of it.")
    path = Path(settings().database).expanduser().resolve()
    found = recovery.recover(path, datetime.now(UTC))
    console.print(f"{path} goes on from position {found.position}.", soft_wrap=True, markup=False)
    if found.acknowledged > found.position:
        console.print(
            f"LOST: what was declared at positions {found.position + 1} to {found.acknowledged}. Those units are to be "
            "declared again.",
            soft_wrap=True,
        )
    console.print(f"What stood there is in {found.aside}", soft_wrap=True, markup=False)


def main() -> None:
    """Run a command; an error of ours is one sentence on standard error and exit code 1."""
    try:
        app()
    except RorError as error:
        Console(stderr=True, highlight=False).print(error.message, soft_wrap=True, markup=False)
        raise SystemExit(1) from error
