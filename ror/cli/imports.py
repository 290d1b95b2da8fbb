"""The commands `import ...`: structures, units, accounts, declarations and outlines of maps from files."""

from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import typer
from rich.table import Table

from ror import control
from ror.cli.terminal import LINES_REFUSED, AsJson, print_once, print_result, progress
from ror.errors import BadFile
from ror.exchange.import_file import Reject, refused_count, write_rejects
from ror.exchange.table_csv import to_csv
from ror.services.region_time import region_zone

app = typer.Typer(
    no_args_is_help=True,
    help="Import structures, units, decisions on their types, accounts, declarations and outlines from files.",
)

File = Annotated[Path, typer.Argument(exists=False, help="File to read.")]

_TITLES = {
    "read": "Read",
    "created": "Created",
    "changed": "Changed",
    "unchanged": "Unchanged",
    "written": "Written",
    "held": "Already stored",
    "refused": "Refused",
    "to_specify": "Nature to specify",
    "remarks": "Remarks",
}
_ONLY_IF_ANY = ("remarks", "to_specify")


@app.command("finess")
def import_finess(file: File, as_json: AsJson = False) -> None:
    """Import structures from an open FINESS file. Example: python -m ror import finess finess-structures-journalier.json.gz."""
    _import("import finess", file, as_json)


@app.command("units")
def import_units(file: File, as_json: AsJson = False) -> None:
    """Add units to structures from a CSV or XLSX file. Example: python -m ror import units units.csv."""
    _import("import units", file, as_json)


@app.command("unit-types")
def import_unit_types(file: File, as_json: AsJson = False) -> None:
    """Decide what types of units count and owe, from a file. Example: python -m ror import unit-types unit-types.csv."""
    _import("import unit-types", file, as_json)


@app.command("outlines")
def import_outlines(
    file: Annotated[Path | None, typer.Argument(exists=False, help="GeoJSON or TopoJSON file to read.")] = None,
    forget: Annotated[bool, typer.Option("--forget", help="Delete the imported outlines: maps draw their own again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Give the maps precise outlines of territories. Example: python -m ror import outlines outlines.geojson."""
    if forget == (file is not None):
        raise BadFile("Give a file of outlines, or --forget.")
    if file is None:
        result = control.run("import outlines --forget", {})
        words = "The maps draw their own outlines again." if result["forgotten"] else "No outlines had been imported."
        print_result(result, as_json, words)
        return
    result = control.run("import outlines", {}, source=file, on_wait=print_once())
    outside = result["outside"]
    report = _write_outside(file, outside) if outside else None
    table = Table("Read", "Vertices", "Kept", "Structures", "Outside")
    table.add_row(*map(str, (*(result[key] for key in ("read", "vertices", "kept", "located")), len(outside))))
    lines: list[str | Table] = [table]
    if result["passed_over"]:
        lines.append(f"Passed over: {', '.join(result['passed_over'])}")
    if report:
        lines.append(f"Structures outside the outline of their {result['kind']}: {report}")
    print_result(result | {"report": str(report) if report else None}, as_json, *lines)


def _write_outside(file: Path, outside: list[dict[str, Any]]) -> Path:
    """Write the structures outside the outline of their territory as CSV, and return the path of that file."""
    report = Path(f"{file.stem}.outside.csv")
    names = {"name": "nom", "finess": "finess", "commune": "commune", "department": "departement", "km": "distance_km"}
    try:
        report.write_bytes(
            to_csv(pa.table({title: [row[name] for row in outside] for name, title in names.items()}), region_zone())
        )
    except OSError as error:
        raise BadFile(
            f"The import is done, but {report} cannot be written ({error.strerror}): import again from a folder of yours to "
            f"read which {len(outside)} structures are outside."
        ) from error
    return report


@app.command("accounts")
def import_accounts(file: File, as_json: AsJson = False) -> None:
    """Create and change accounts from a CSV or XLSX file. Example: python -m ror import accounts accounts.csv."""
    _import("import accounts", file, as_json)


@app.command("declarations")
def import_declarations(file: File, as_json: AsJson = False) -> None:
    """Import numbers that another system observed. Example: python -m ror import declarations declarations.csv."""
    _import("import declarations", file, as_json)


def _import(name: str, file: Path, as_json: bool) -> None:
    """Import a file; print the counts, and write refused lines and remarks to a file. Exit code 3 for refused lines."""
    with progress("Reading") as on_progress:
        result = control.run(name, {}, on_progress, source=file, on_wait=print_once())
    rejects = [Reject(*reject) for reject in result.pop("rejects")]
    report = _write_report(file, rejects) if rejects else None
    lines = [_counts_table(result)] + ([f"Refused lines, remarks and reasons: {report}"] if report else [])
    if passed := result.get("passed_over"):
        lines.append("Passed over: " + ", ".join(f"{number} in {branch}" for branch, number in passed.items()))
    print_result(result | {"report": str(report) if report else None}, as_json, *lines)
    if result["refused"]:
        raise typer.Exit(LINES_REFUSED)


def _counts_table(result: dict[str, Any]) -> Table:
    counts = {
        title: result[key] for key, title in _TITLES.items() if key in result and (result[key] or key not in _ONLY_IF_ANY)
    }
    table = Table(*counts)
    table.add_row(*map(str, counts.values()))
    return table


def _write_report(file: Path, rejects: list[Reject]) -> Path:
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
