"""`import`: structures, units and numbers brought in from files."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from ror import control
from ror.cli.terminal import LINES_REFUSED, AsJson, notice, progress, show
from ror.errors import BadFile
from ror.exchange.report import Reject, refused_count, write_rejects

app = typer.Typer(no_args_is_help=True, help="Bring structures, units and numbers in from files.")

File = Annotated[Path, typer.Argument(exists=False, help="File to read.")]

_TITLES = {
    "read": "Read",
    "created": "Created",
    "changed": "Changed",
    "unchanged": "Unchanged",
    "written": "Written",
    "held": "Held already",
    "refused": "Refused",
    "remarks": "Remarks",
}


@app.command("finess")
def import_finess(file: File, as_json: AsJson = False) -> None:
    """Import structures from an open FINESS file. Example: python -m ror import finess finess-structures-journalier.json.gz."""
    _import("import finess", file, as_json)


@app.command("units")
def import_units(file: File, as_json: AsJson = False) -> None:
    """Add units to structures from a CSV or XLSX file. Example: python -m ror import units units.csv."""
    _import("import units", file, as_json)


@app.command("declarations")
def import_declarations(file: File, as_json: AsJson = False) -> None:
    """Bring in numbers that another system observed. Example: python -m ror import declarations declarations.csv."""
    _import("import declarations", file, as_json)


def _import(name: str, file: Path, as_json: bool) -> None:
    """Have the file read; say what it did, and where refused lines and remarks are written. Exit code 3 for refused lines."""
    with progress("Reading") as on_progress:
        done = control.run(name, {}, on_progress, source=file, on_wait=notice())
    rejects = [Reject(*reject) for reject in done.pop("rejects")]
    report = _report(file, rejects) if rejects else None
    words = [_table(done)] + ([f"Refused lines, remarks and reasons: {report}"] if report else [])
    if passed := done.get("passed_over"):
        words.append("Passed over: " + ", ".join(f"{number} in {branch}" for branch, number in passed.items()))
    show(done | {"report": str(report) if report else None}, as_json, *words)
    if done["refused"]:
        raise typer.Exit(LINES_REFUSED)


def _table(done: dict[str, Any]) -> Table:
    told = {title: done[key] for key, title in _TITLES.items() if key in done and (done[key] or key != "remarks")}
    table = Table(*told)
    table.add_row(*map(str, told.values()))
    return table


def _report(file: Path, rejects: list[Reject]) -> Path:
    report = Path(f"{file.stem}.rejects.csv")
    try:
        write_rejects(report, rejects)
    except OSError as error:
        refused = refused_count(rejects)
        raise BadFile(
            f"The import is done, but for {refused} refused lines, and {report} cannot be written ({error.strerror}): "
            "import again from a folder of yours to read why."
        ) from error
    return report
