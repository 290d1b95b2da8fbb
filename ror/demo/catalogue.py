"""Catalogue of the fiction, read from the files beside: every name is invented, numbers are orders of magnitude.

`categories.csv`: categories of structures (FINESS), how many a region has, the share run by a public legal entity (the rest
goes to `owner`), and their names, where `{}` stands for a plant. `units.csv`: the units (types of the ROR, R244) that a share
of these structures has, with a capacity within [low, high] beds or places. `showcase.csv`: see `SHOWCASE`. `words.json`: lists
of plants, streets, people and harmless comments, and by family how legal entities are called.
"""

import csv
import json
from pathlib import Path

Row = dict[str, str]


def read_csv(path: Path) -> list[Row]:
    """Read a file of lines separated by semicolons, by the names of its columns."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


FOLDER = Path(__file__).parent
WORDS = json.loads((FOLDER / "words.json").read_text("utf-8"))
COMMENTS = ["", *WORDS["bed_comments"], *WORDS["comments"], *WORDS["place_comments"]]
"""Beds draw from the beginning of the list, places from its end."""

ENTITY = "999400001"
SHOWCASE = {row["id"]: row for row in read_csv(FOLDER / "showcase.csv")}
"""The units of the manager's small group, the legal entity `ENTITY`, by id: written by hand, so that it always shows something.

`pace` replaces that of their type: three units declare only every 45 days, in turn, and one never does, so that at any
instant at least three are overdue. No unit of the group has spells of silence, so that few others are overdue.
"""
