"""Départements and overseas collectivities: codes and names (from `data/`), and the order in which the screens list them."""

import csv
from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from ror.model.text import bare
from ror.settings import DATA

REGIONS = {
    "01": ("971",),
    "02": ("972",),
    "03": ("973",),
    "04": ("974",),
    "06": ("976",),
    "11": ("75", "77", "78", "91", "92", "93", "94", "95"),
    "24": ("18", "28", "36", "37", "41", "45"),
    "27": ("21", "25", "39", "58", "70", "71", "89", "90"),
    "28": ("14", "27", "50", "61", "76"),
    "32": ("02", "59", "60", "62", "80"),
    "44": ("08", "10", "51", "52", "54", "55", "57", "67", "68", "88"),
    "52": ("44", "49", "53", "72", "85"),
    "53": ("22", "29", "35", "56"),
    "75": ("16", "17", "19", "23", "24", "33", "40", "47", "64", "79", "86", "87"),
    "76": ("09", "11", "12", "30", "31", "32", "34", "46", "48", "65", "66", "81", "82"),
    "84": ("01", "03", "07", "15", "26", "38", "42", "43", "63", "69", "73", "74"),
    "93": ("04", "05", "06", "13", "83", "84"),
    "94": ("2A", "2B"),
}
"""The départements of each region by its code (TRE_R30). The collectivities of `collectivites.csv` belong to none."""

_FINESS_CODES = {"9A": "971", "9B": "972", "9C": "973", "9D": "974", "9E": "975", "9F": "976", "9J": "986"}
_MOVED_COMMUNES = {"97123": "97701", "97127": "97801"}
"""Saint-Barthélemy and Saint-Martin were communes of Guadeloupe until 2007; FINESS still uses those codes."""

PARIS = ZoneInfo("Europe/Paris")

TIME_ZONES = {
    **{"971": "America/Guadeloupe", "972": "America/Martinique", "973": "America/Cayenne", "974": "Indian/Reunion"},
    **{"975": "America/Miquelon", "976": "Indian/Mayotte", "977": "America/St_Barthelemy", "978": "America/Marigot"},
    **{"986": "Pacific/Wallis", "987": "Pacific/Tahiti", "988": "Pacific/Noumea"},
}
"""The time zones of the territories whose time is not that of Paris, by their codes."""


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


def time_zone(department: str) -> ZoneInfo:
    """Return the time zone of a département or of an overseas collectivity; that of Paris for an unknown code."""
    return ZoneInfo(TIME_ZONES.get(department, PARIS.key))


def days_of_territories(at: datetime) -> tuple[date, ...]:
    """Return the date of an instant in each time zone of a territory; the result changes when the day does in one of them."""
    return tuple(at.astimezone(ZoneInfo(zone)).date() for zone in sorted({PARIS.key, *TIME_ZONES.values()}))


@cache
def time_zone_of_region(name: str) -> ZoneInfo:
    """Return the time zone of a region by its name: that of the territory of this name overseas, that of Paris for others."""
    return time_zone(next((code for code in TIME_ZONES if bare(territories()[code]) == bare(name.strip())), ""))


def zone_place(zone: ZoneInfo) -> str:
    """Return the place that names a time zone: a territory (« La Réunion »), else the city of the zone (« Paris »)."""
    code = next((code for code, key in TIME_ZONES.items() if key == zone.key), "")
    return department_name(code) if code else zone.key.rpartition("/")[2].replace("_", " ")


def zone_words(zone: ZoneInfo) -> str:
    """Return the words for a time zone: « heure de Paris », « heure de La Réunion »."""
    return f"heure de {zone_place(zone)}"


def region_of(department: str) -> str:
    """Return the code of the region of a département; "" for a collectivity, or a code that is no département."""
    return next((region for region, codes in REGIONS.items() if department in codes), "")


def department_of_finess(code: str) -> str:
    """Return the official code of a département as FINESS writes it: "9A" and "971" are both "971"."""
    return _FINESS_CODES.get(code, code)


def commune_today(insee: str) -> str:
    """Return today's INSEE code of a commune: "97127" is "97801"; any other code as it is."""
    return _MOVED_COMMUNES.get(insee, insee)


def department_of_commune(insee: str) -> str:
    """Return the département of an INSEE code of five characters, which may not exist: "2A004" is of "2A", "97801" of "978"."""
    return insee[: 3 if insee.startswith(("97", "98")) else 2]
