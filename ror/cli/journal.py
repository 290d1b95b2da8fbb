"""The commands `journal ...`: verify, export, purge, confirm the clock."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from ror import control
from ror.cli.terminal import NOT_CHECKED, AsJson, new_file, print_result
from ror.services.region_time import region_zone

app = typer.Typer(no_args_is_help=True, help="The journal of who did what: verify, export, purge, confirm the clock.")


@app.command("verify")
def verify_journal(
    known: Annotated[
        str, typer.Option(help="A mark that an earlier verification printed, as NUMBER:HASH, noted elsewhere.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Verify the whole journal and print where it breaks (exit code 0: it holds, 1: it does not, 4: --known cannot be checked).

    Example: python -m ror journal verify.
    """
    result = control.run("journal verify", {"known": known})
    lines = [f"The journal holds. Lines checked: {result['checked']}.", f"Mark to keep elsewhere: {result['mark']}"]
    if result["known_purged"] is not None:
        lines.insert(
            0,
            f"Line {known.partition(':')[0]} was purged (the journal now starts after line {result['known_purged']}): this "
            "mark CANNOT BE CHECKED any more. Note the one below in its place.",
        )
    print_result(result, as_json, *lines)
    if result["known_purged"] is not None:
        raise typer.Exit(NOT_CHECKED)


@app.command("export")
def export_journal(
    file: Annotated[Path, typer.Argument(help="CSV file to write; an existing file is not overwritten.")],
    as_json: AsJson = False,
) -> None:
    """Export the whole journal as CSV, which is recorded in it. Example: python -m ror journal export journal.csv."""
    with new_file(file) as target:
        result = control.run("journal export", {}, target=target)
    print_result(result | {"file": str(file)}, as_json, f"{result['lines']} lines written to {file}")


@app.command("purge")
def purge_journal(
    before: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="Lines older than this day (region's time) are removed.")
    ],
    as_json: AsJson = False,
) -> None:
    """Remove old lines; the chain continues from a checkpoint. Example: python -m ror journal purge --before 2026-01-01."""
    result = control.run("journal purge", {"before": before.replace(tzinfo=region_zone()).isoformat()})
    print_result(result, as_json, f"{result['purged']} lines removed. Mark to keep elsewhere: {result['mark']}")


@app.command("confirm-clock")
def confirm_clock(
    today: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="The date of today, as you know it.")],
    as_json: AsJson = False,
) -> None:
    """Confirm that the clock is right when nothing is erased any more, and erase what is past its time.

    Example: python -m ror journal confirm-clock 2026-11-28.
    """
    result = control.run("journal confirm-clock", {"today": today.date().isoformat()})
    print_result(result, as_json, f"{result['purged']} lines removed. Mark to keep elsewhere: {result['mark']}")
