"""A backup: the manifest that says what a whole copy holds, and which copies rotation takes away."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

FORMAT = 1
"""Of the manifest; one of a later version is not read."""

_SUFFIX = ".duckdb"


@dataclass(frozen=True, slots=True)
class TableContent:
    """What a table holds: how many rows, and a sum over them that their order does not change."""

    rows: int
    checksum: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What stands beside the file of a backup: `tables` by name, `sha256` of the file, `journal` the mark of its last line.

    `engine` is the version of DuckDB that computed the checksums: another may compute others.
    """

    made_at: datetime
    engine: str
    position: int
    journal: str
    tables: Mapping[str, TableContent]
    sha256: str

    def to_json(self) -> str:
        """The text of the manifest's file."""
        values = asdict(self) | {"format": FORMAT, "made_at": self.made_at.astimezone(UTC).isoformat()}
        return json.dumps(values, indent=1, sort_keys=True) + "\n"

    @classmethod
    def read(cls, text: str) -> "Manifest | None":
        """The manifest of this text, None for a text that is none or is cut short."""
        try:
            held = json.loads(text)
            if held["format"] != FORMAT:
                return None
            tables = {str(name): TableContent(int(one["rows"]), str(one["checksum"])) for name, one in held["tables"].items()}
            made_at = datetime.fromisoformat(held["made_at"])
            numbers = (str(held["engine"]), int(held["position"]), str(held["journal"]))
            return cls(made_at, *numbers, tables, str(held["sha256"]))
        except (ValueError, KeyError, TypeError, AttributeError):
            return None


def stamp(at: datetime) -> str:
    """An instant as names of files carry it, which sort by it: « 20261123T091500Z »."""
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def file_name(database: str, at: datetime) -> str:
    """The name of a backup of a database made at an instant: « ror-20261123T091500Z.duckdb »."""
    return f"{database}-{stamp(at)}{_SUFFIX}"


def manifest_name(name: str) -> str:
    """The name of the manifest of a backup."""
    return f"{name}.json"


def backups_to_remove(names: Iterable[str], made: str, keep: int) -> list[str]:
    """The backups of the same database that go, among the names of a folder, so that `keep` of them are left.

    The newest stay, and always the one just `made`, which was read again and found whole: were the clock wrong, its name
    might be the oldest. Those dated after it are of a clock that was wrong, and go first: they would stay for ever. A name
    that is not one of ours is left alone, and so is a file without manifest.
    """
    known = set(names)
    database = made.rpartition("-")[0]
    alike = re.compile(rf"{re.escape(database)}-\d{{8}}T\d{{6}}Z{re.escape(_SUFFIX)}")
    whole = {name for name in known if alike.fullmatch(name) and manifest_name(name) in known}
    others = sorted(whole - {made}, key=lambda name: (name < made, name), reverse=True)
    return sorted(others[max(keep - 1, 0) :])
