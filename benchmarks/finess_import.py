"""Time to import a national FINESS edition, against only splitting the lines of the same file.

Run: PYTHONPATH=. python -m benchmarks.finess_import [--quick]. The edition is generated: fictitious, of the published layout.
"""

import sys
import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from ror.services.registry.imports import import_finess
from ror.store.engine.database import Database

STRUCTURES = 103_000
SOURCE = "1,ATLASANTE,100,IGN,BD_ADRESSE,V2.2,LAMBERT_93"


def write_edition(path: Path, count: int) -> None:
    """Write an edition of so many structures, each with its position."""
    lines = ["finess;etalab;93;2026-01-01"]
    for index in range(count):
        finess = f"99{index:07d}"
        fields = [
            *("structureet", finess, f"99{index // 4:07d}", f"MAISON FICTIVE {index}", f"MAISON FICTIVE {index}", "", ""),
            *("12", "R", "DES EXEMPLES", "", "", "028", "94", "VAL-DE-MARNE", "94000 CRETEIL", "0199001234", "", "500"),
            *("Etablissement fictif", "1111", "Fictif", "", "", "", "", "", "", "1990-01-01", "", "2026-01-01", ""),
        ]
        lines.append(";".join(fields))
        lines.append(f"geolocalisation;{finess};{656_000 + index % 9_000}.0;{6_849_000 + index % 7_000}.0;{SOURCE};2026-01-01")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Run some rounds of the reference and of both imports, then print the medians and their ratios."""
    structures, count = (5_000, 1) if "--quick" in sys.argv else (STRUCTURES, 3)
    rounds = []
    with TemporaryDirectory() as folder:
        path = Path(folder) / "edition.csv"
        write_edition(path, structures)
        for number in range(count):
            database = Database(Path(folder) / f"{number}.duckdb")
            times = [time.perf_counter()]
            sum(len(line.split(";")) for line in path.read_text("utf-8").splitlines())
            times.append(time.perf_counter())
            first = import_finess(database, path, datetime.now(UTC))
            times.append(time.perf_counter())
            again = import_finess(database, path, datetime.now(UTC))
            times.append(time.perf_counter())
            database.close()
            if (first.merged.created, again.merged.unchanged) != (structures, structures):
                raise SystemExit(f"wrong counts: {first.merged} then {again.merged}")
            rounds.append([after - before for before, after in pairwise(times)])
    reading, first_time, second_time = (median(column) for column in zip(*rounds, strict=True))
    print(f"{structures} structures; medians of {count} rounds")
    print(f"reading and splitting the lines (reference)  {reading:6.2f} s   1.0")
    print(f"first import                                 {first_time:6.2f} s  {first_time / reading:4.1f}")
    print(f"second import, nothing changes               {second_time:6.2f} s  {second_time / reading:4.1f}")


if __name__ == "__main__":
    main()
