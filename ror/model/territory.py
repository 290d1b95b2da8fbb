"""Départements and overseas collectivities: codes and names (from `data/`), and the order in which the screens list them."""

import csv
from functools import cache

from ror.settings import DATA

INNER_PARIS = ("75", "92", "93", "94")
"""Paris and its three neighbours: too small on a map of a region, hence enlarged in an inset."""

_FINESS_CODES = {"9A": "971", "9B": "972", "9C": "973", "9D": "974", "9E": "975", "9F": "976", "9J": "986"}
_MOVED_COMMUNES = {"97123": "97701", "97127": "97801"}
"""Saint-Barthélemy and Saint-Martin were communes of Guadeloupe until 2007; FINESS still uses those codes."""


@cache
def departments() -> dict[str, str]:
    """Return the names of the 101 départements by code ("01", "2A", "971"), in the order of the codes."""
    return {row["code"]: row["name"] for row in _rows("departements.csv")}


@cache
def territories() -> dict[str, str]:
    """Return the names of the départements and of six overseas collectivities ("978") by code, in the order of the codes."""
    return {row["code"]: row["name"] for row in _all()}


@cache
def label_points() -> dict[str, tuple[float, float]]:
    """Return the points where maps label a territory: WGS84 longitude and latitude by code, well inside its outline."""
    return {row["code"]: (float(row["longitude"]), float(row["latitude"])) for row in _all()}


def _all() -> list[dict[str, str]]:
    return sorted(_rows("departements.csv") + _rows("collectivites.csv"), key=lambda row: row["code"])


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def department_name(code: str) -> str:
    """Return the name of a département or of an overseas collectivity; its code when unknown."""
    return territories().get(code, code)


def department_of_finess(code: str) -> str:
    """Return the official code of a département as FINESS writes it: "9A" and "971" are both "971"."""
    return _FINESS_CODES.get(code, code)


def commune_today(insee: str) -> str:
    """Return today's INSEE code of a commune: "97127" is "97801"; any other code as it is."""
    return _MOVED_COMMUNES.get(insee, insee)


def department_of_commune(insee: str) -> str:
    """Return the département of an INSEE code of five characters, which may not exist: "2A004" is of "2A", "97801" of "978"."""
    return insee[: 3 if insee.startswith(("97", "98")) else 2]
