"""How long a national FINESS edition takes to import, against reading the same file's lines with nothing done of them.

Run: `python benchmarks/finess_import.py` (or `make bench`). The edition is made here: fictitious, of the published layout.
"""

import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from ror.services.registry.imports import import_finess
from ror.store.engine.database import Database

STRUCTURES = 103_000
SOURCE = "1,ATLASANTE,100,IGN,BD_ADRESSE,V2.2,LAMBERT_93"


def edition(path: Path) -> None:
    """Write an edition of `STRUCTURES` structures, each with its position."""
    lines = ["finess;etalab;93;2026-01-01"]
    for index in range(STRUCTURES):
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
    """Three rounds in one run: the reference and both imports, then the medians and their ratios."""
    rounds = []
    with TemporaryDirectory() as folder:
        path = Path(folder) / "edition.csv"
        edition(path)
        for number in range(3):
            database = Database(Path(folder) / f"{number}.duckdb")
            times = [time.perf_counter()]
            sum(len(line.split(";")) for line in path.read_text("utf-8").splitlines())
            times.append(time.perf_counter())
            first = import_finess(database, path, datetime.now(UTC))
            times.append(time.perf_counter())
            again = import_finess(database, path, datetime.now(UTC))
            times.append(time.perf_counter())
            database.close()
            if (first.merged.created, again.merged.unchanged) != (STRUCTURES, STRUCTURES):
                raise SystemExit(f"wrong counts: {first.merged} then {again.merged}")
            rounds.append([after - before for before, after in pairwise(times)])
    reading, first_time, second_time = (sorted(column)[1] for column in zip(*rounds, strict=True))
    print(f"{STRUCTURES} structures; medians of 3 rounds")
    print(f"reading and splitting the lines (reference)  {reading:6.2f} s   1.0")
    print(f"first import                                 {first_time:6.2f} s  {first_time / reading:4.1f}")
    print(f"second import, nothing changes               {second_time:6.2f} s  {second_time / reading:4.1f}")


if __name__ == "__main__":
    main()
