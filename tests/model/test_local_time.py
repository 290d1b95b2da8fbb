"""Local time: every instant is read in an explicit time zone, and one table holds the zones."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ror.model import call_round, crisis
from ror.model.handover import Shift, until_words
from ror.model.local_time import format_instant, format_time, local_day, midnight
from ror.model.territory import (
    PARIS,
    TIME_ZONES,
    days_of_territories,
    territories,
    time_zone,
    time_zone_of_region,
    zone_words,
)
from ror.model.trend import daily_instants
from ror.settings import ROOT

REUNION, MARTINIQUE, MIQUELON = (time_zone(code) for code in ("974", "972", "975"))
EVENING = datetime(2026, 11, 23, 21, 5, tzinfo=UTC)


def test_an_instant_is_read_in_the_zone_that_is_given():
    assert format_instant(EVENING, PARIS) == "23/11/2026 à 22 h 05"
    assert format_instant(EVENING, REUNION) == "24/11/2026 à 01 h 05"
    assert format_time(EVENING, MARTINIQUE) == "17 h 05"
    assert (local_day(EVENING, PARIS), local_day(EVENING, REUNION)) == (date(2026, 11, 23), date(2026, 11, 24))
    assert midnight(EVENING, REUNION) == datetime(2026, 11, 23, 20, tzinfo=UTC)
    assert midnight(EVENING, MARTINIQUE) == datetime(2026, 11, 23, 4, tzinfo=UTC)


def test_saint_pierre_et_miquelon_has_summer_time_and_the_tropics_have_none():
    summer, winter = datetime(2026, 7, 1, 12, tzinfo=UTC), datetime(2026, 12, 1, 12, tzinfo=UTC)
    assert (format_time(summer, MIQUELON), format_time(winter, MIQUELON)) == ("10 h 00", "09 h 00")
    for code in TIME_ZONES.keys() - {"975"}:
        assert format_time(summer, time_zone(code)) == format_time(winter, time_zone(code)), code


@pytest.mark.parametrize(
    ("name", "key", "words"),
    [
        ("La Réunion", "Indian/Reunion", "heure de La Réunion"),
        (" la reunion ", "Indian/Reunion", "heure de La Réunion"),
        ("Guyane", "America/Cayenne", "heure de Guyane"),
        ("Nouvelle-Calédonie", "Pacific/Noumea", "heure de Nouvelle-Calédonie"),
        ("Île-de-France", "Europe/Paris", "heure de Paris"),
        ("", "Europe/Paris", "heure de Paris"),
    ],
)
def test_a_region_overseas_has_the_zone_of_the_territory_of_its_name(name, key, words):
    zone = time_zone_of_region(name)
    assert (zone.key, zone_words(zone)) == (key, words)


def test_a_zone_of_no_territory_is_named_after_its_city_and_all_others_are_territories():
    assert zone_words(ZoneInfo("America/New_York")) == "heure de New York"
    assert TIME_ZONES.keys() <= territories().keys()


def test_the_days_of_the_territories_change_at_the_midnight_of_each_of_them():
    second = timedelta(seconds=1)
    for code in ("75", *TIME_ZONES):
        at = midnight(EVENING, time_zone(code))
        assert days_of_territories(at - second) != days_of_territories(at), code


def test_the_rules_of_a_day_and_of_an_hour_are_those_of_the_zone():
    assert Shift.TOMORROW.end(EVENING, REUNION) == datetime(2026, 11, 25, 4, tzinfo=UTC)
    assert until_words(EVENING + timedelta(hours=7), EVENING, REUNION) == "jusqu'à 8 h 05"
    assert until_words(EVENING + timedelta(hours=7), EVENING, PARIS) == "jusqu'à demain 5 h 05"
    assert call_round.round_start(EVENING, MARTINIQUE) == datetime(2026, 11, 23, 4, tzinfo=UTC)
    assert call_round.checked_call_back("20 h", EVENING, MARTINIQUE) == datetime(2026, 11, 24, 0, tzinfo=UTC)
    assert crisis.deadline_words(EVENING, EVENING - timedelta(hours=2), REUNION) == "le 24/11 à 1 h 05"
    yesterday, last = daily_instants(datetime(2026, 10, 25, 12, 20, tzinfo=UTC), 1, REUNION)
    assert (yesterday, last) == (datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 25, 12, tzinfo=UTC))


SOURCES = [path for folder in ("ror", "pages") for path in (ROOT / folder).rglob("*") if path.suffix in {".py", ".js"}]


def test_one_table_names_the_zones():
    named = {path.relative_to(ROOT).as_posix() for path in SOURCES if "Europe/Paris" in path.read_text(encoding="utf-8")}
    assert named == {"ror/model/territory.py"}


def test_the_time_of_paris_is_no_rule_of_screens_services_or_interfaces():
    """Only the default of the table, a header of files and the fictitious region may be written for the time of Paris."""
    words = re.compile(r"heure de Paris(?! »)")
    assert [path for path in SOURCES if words.search(path.read_text(encoding="utf-8"))] == [], (
        "« » is an example of a docstring"
    )
    uses = {path.relative_to(ROOT).as_posix() for path in SOURCES if re.search(r"\bPARIS\b", path.read_text(encoding="utf-8"))}
    fictitious = {f"ror/demo/{name}.py" for name in ("habits", "movement", "rhythm")}
    assert uses == {"ror/model/territory.py", "ror/store/board/aging.py", "ror/exchange/table_csv.py"} | fictitious
