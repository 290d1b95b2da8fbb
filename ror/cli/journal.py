"""`journal`: who did what."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from ror import control
from ror.cli.terminal import NOT_CHECKED, AsJson, show, written
from ror.model.freshness import PARIS

app = typer.Typer(no_args_is_help=True, help="Who did what: check, take out, purge.")


@app.command("verify")
def verify_journal(
    known: Annotated[
        str, typer.Option(help="A mark that an earlier verification printed, as NUMBER:HASH, kept elsewhere.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Read the whole chain and say where it breaks (exit code 0: it holds, 1: it does not, 4: --known cannot be checked).

    Example: python -m ror journal verify.
    """
    found = control.run("journal verify", {"known": known})
    words = [f"The journal holds. Lines checked: {found['checked']}.", f"Mark to keep elsewhere: {found['mark']}"]
    if found["known_purged"] is not None:
        words.insert(
            0,
            f"Line {known.partition(':')[0]} was purged (the journal now starts after line {found['known_purged']}): this "
            "mark CANNOT BE CHECKED any more. Note the one below in its place.",
        )
    show(found, as_json, *words)
    if found["known_purged"] is not None:
        raise typer.Exit(NOT_CHECKED)


@app.command("export")
def export_journal(
    file: Annotated[Path, typer.Argument(help="CSV file to write; one that exists is not written over.")],
    as_json: AsJson = False,
) -> None:
    """Write the whole journal as CSV; that it was is a line itself. Example: python -m ror journal export journal.csv."""
    with written(file) as target:
        done = control.run("journal export", {}, target=target)
    show(done | {"file": str(file)}, as_json, f"{done['lines']} lines written to {file}")


@app.command("purge")
def purge_journal(
    before: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Lines older than this day (Paris) are removed.")],
    as_json: AsJson = False,
) -> None:
    """Remove the older lines; the chain goes on from a checkpoint. Example: python -m ror journal purge --before 2026-01-01."""
    done = control.run("journal purge", {"before": before.replace(tzinfo=PARIS).isoformat()})
    show(done, as_json, f"{done['purged']} lines removed. Mark to keep elsewhere: {done['mark']}")


@app.command("confirm-clock")
def confirm_clock(
    today: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="The date of today, as you know it.")],
    as_json: AsJson = False,
) -> None:
    """Say that the clock is right when nothing is erased any more, and erase what is past its time.

    Example: python -m ror journal confirm-clock 2026-11-28.
    """
    done = control.run("journal confirm-clock", {"today": today.date().isoformat()})
    show(done, as_json, f"{done['purged']} lines removed. Mark to keep elsewhere: {done['mark']}")
