"""The command `export`: write a whole table into a file."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from ror import control
from ror.cli.terminal import AsJson, new_file, print_result, progress
from ror.errors import Refused
from ror.exchange.printed_table import TableFormat
from ror.services.availability.export_tables import ExportTable
from ror.services.region_time import region_zone


def export(
    table: Annotated[ExportTable, typer.Argument(help="Table to export.")],
    output: Annotated[Path, typer.Option(help="File to write; an existing file is not overwritten.")],
    form: Annotated[TableFormat | None, typer.Option("--format", help="Default: from the extension of the file.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Declarations recorded from this day on (region's time)."),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite an existing file, once the new one is whole.")] = False,
    as_json: AsJson = False,
) -> None:
    """Export a whole table to a file. Example: python -m ror export availability --output availability.csv."""
    form = form or _format_of(output)
    day = since.replace(tzinfo=region_zone()).isoformat() if since else ""
    with new_file(output, replace=replace) as target, progress("Exporting") as on_progress:
        result = control.run("export", {"table": table, "form": form, "since": day}, on_progress, target=target)
    sentence = f"{result['lines']} lines written to {output}, as of position {result['position']}."
    print_result(result | {"file": str(output)}, as_json, sentence)


def _format_of(output: Path) -> TableFormat:
    ending = output.suffix.lower().removeprefix(".")
    if ending not in set(TableFormat):
        raise Refused(f"The name {output} does not give the format: end it with .csv, .json or .xlsx, or give --format.")
    return TableFormat(ending)
