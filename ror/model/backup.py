"""The manifest of a backup, the names of its files, and the backups that rotation removes."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

FORMAT = 1
"""Version of the manifest; another one is not read."""

_SUFFIX = ".duckdb"


@dataclass(frozen=True, slots=True)
class TableContent:
    """The number of rows of a table, and a checksum over them that does not depend on their order."""

    rows: int
    checksum: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The description of a backup file: `tables` by name, `sha256` of the file, `journal` the mark of its last line.

    `engine` is the version of DuckDB that computed the checksums: another may compute others.
    """

    made_at: datetime
    engine: str
    position: int
    journal: str
    tables: Mapping[str, TableContent]
    sha256: str

    def to_json(self) -> str:
        """Return the text of the manifest file."""
        values = asdict(self) | {"format": FORMAT, "made_at": self.made_at.astimezone(UTC).isoformat()}
        return json.dumps(values, indent=1, sort_keys=True) + "\n"

    @classmethod
    def read(cls, text: str) -> "Manifest | None":
        """Parse the text of a manifest file; None for a truncated manifest or any other text."""
        try:
            values = json.loads(text)
            if values["format"] != FORMAT:
                return None
            tables = {
                str(name): TableContent(int(table["rows"]), str(table["checksum"])) for name, table in values["tables"].items()
            }
            made_at = datetime.fromisoformat(values["made_at"])
            numbers = (str(values["engine"]), int(values["position"]), str(values["journal"]))
            return cls(made_at, *numbers, tables, str(values["sha256"]))
        except (ValueError, KeyError, TypeError, AttributeError):
            return None


def stamp(at: datetime) -> str:
    """Format an instant for file names, which then sort by it: « 20261123T091500Z »."""
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def file_name(database: str, at: datetime) -> str:
    """Return the file name of a backup of a database at an instant: « ror-20261123T091500Z.duckdb »."""
    return f"{database}-{stamp(at)}{_SUFFIX}"


def manifest_name(name: str) -> str:
    """Return the file name of the manifest of a backup."""
    return f"{name}.json"


def backups_to_remove(names: Iterable[str], created: str, keep: int) -> list[str]:
    """Return the names of the backups to remove from a folder so that `keep` backups of the same database are left.

    The newest stay, and always the one just `created`, which was verified: with a wrong clock, its name might be the oldest.
    Backups dated after it come from a wrong clock and are removed first: otherwise they would stay for ever. A file with
    another name, or without a manifest, is left alone.
    """
    present = set(names)
    database = created.rpartition("-")[0]
    pattern = re.compile(rf"{re.escape(database)}-\d{{8}}T\d{{6}}Z{re.escape(_SUFFIX)}")
    complete = {name for name in present if pattern.fullmatch(name) and manifest_name(name) in present}
    others_newest_first = sorted(complete - {created}, key=lambda name: (name < created, name), reverse=True)
    return sorted(others_newest_first[max(keep - 1, 0) :])
