"""Départements: codes and names (from `data/departements.csv`), and the order in which the screens list them."""

import csv
from functools import cache

from ror.settings import DATA

INNER_PARIS = ("75", "92", "93", "94")
"""Paris and its three neighbours: too small on a map of a region, hence enlarged in an inset."""


@cache
def departments() -> dict[str, str]:
    """The 101 départements, name by code ("01", "2A", "971"), in the order of the codes."""
    return {row["code"]: row["name"] for row in _rows()}


@cache
def label_points() -> dict[str, tuple[float, float]]:
    """Where a map writes of a département: WGS84 longitude and latitude by code, well inside its outline."""
    return {row["code"]: (float(row["longitude"]), float(row["latitude"])) for row in _rows()}


def _rows() -> list[dict[str, str]]:
    with (DATA / "departements.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def department_name(code: str) -> str:
    """The name of a département or of an overseas collectivity that FINESS counts as one; its code when unknown."""
    return departments().get(code) or {"975": "Saint-Pierre-et-Miquelon"}.get(code, code)
