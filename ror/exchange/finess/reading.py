"""Read any FINESS file, whose format is detected from its content."""

from datetime import UTC, date, datetime
from pathlib import Path

from ror.exchange.finess.daily_json import read_json
from ror.exchange.finess.etalab_csv import read_csv
from ror.exchange.finess.finess_file import FinessFile
from ror.exchange.finess.source import Source
from ror.model.outlines import Outlines
from ror.model.progress import OnProgress


def read_finess(
    path: Path, on_progress: OnProgress | None = None, today: date | None = None, outlines: Outlines | None = None
) -> FinessFile:
    """Read a FINESS file, compressed (gzip) or not; a bad line becomes a reject and never stops the rest.

    Positions are in WGS84 degrees, rounded to 1e-6; a position that cannot be that of its structure becomes a reject.
    `today` decides which structures of the JSON file are closed. `on_progress(done, total)` is called about 150 times, with
    lines, or with bytes of a JSON file. Positions are checked against `outlines`, None for those of `data/`. Raises `BadFile`
    for any other file. Source: FINESS, data.gouv.fr.
    """
    source = Source(path)
    if source.is_json():
        return read_json(source, on_progress, today or datetime.now(UTC).date(), outlines)
    return read_csv(source, on_progress, outlines)
