"""The time zone of the region: a setting, else the territory that the region is named after; and that of each structure."""

from datetime import UTC, date, datetime

import pytest

from ror.errors import SettingsError
from ror.services.region_time import instant_words, local_time, local_words, region_day, region_words, region_zone
from ror.settings import settings

EVENING = datetime(2026, 11, 23, 21, 5, tzinfo=UTC)


@pytest.fixture
def having(monkeypatch):
    """Return a function that sets the settings of the test."""

    def set_all(**values):
        for name, value in values.items():
            monkeypatch.setenv(f"ROR_{name.upper()}", value)
        settings.cache_clear()

    return set_all


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({}, "Europe/Paris"),
        ({"region": "La Réunion"}, "Indian/Reunion"),
        ({"region": "Océan Indien", "time_zone": "Indian/Reunion"}, "Indian/Reunion"),
        ({"region": "La Réunion", "time_zone": "Indian/Mayotte"}, "Indian/Mayotte"),
        ({"region": "Bretagne"}, "Europe/Paris"),
    ],
)
def test_the_setting_decides_else_the_name_of_the_region(having, values, key):
    having(**values)
    assert region_zone().key == key


@pytest.mark.parametrize("name", ["Reunion", "UTC+4", "Europe", "../etc/passwd", "indian/reunion"])
def test_a_name_that_is_no_time_zone_is_refused_with_an_example(having, name):
    having(time_zone=name)
    with pytest.raises(SettingsError, match=r"ROR_TIME_ZONE cannot be used: .*Indian/Reunion"):
        settings()


def test_the_words_of_a_structure_say_whose_time_it_is_where_it_is_not_that_of_the_region(having):
    assert instant_words(EVENING) == local_words(EVENING, "75") == "23/11/2026 à 22 h 05"
    assert local_words(EVENING, "974") == "24/11/2026 à 01 h 05 (heure de La Réunion)"
    having(region="La Réunion")
    assert instant_words(EVENING) == local_words(EVENING, "974") == "24/11/2026 à 01 h 05"
    assert local_words(EVENING, "75") == "23/11/2026 à 22 h 05 (heure de Paris)"
    assert (region_day(EVENING), region_words()) == (date(2026, 11, 24), "heure de La Réunion")


def test_neighbours_that_share_an_hour_are_not_told_apart(having):
    having(region="Guadeloupe")
    assert local_words(EVENING, "978") == "23/11/2026 à 17 h 05"


def test_a_time_of_several_structures_is_theirs_when_they_share_it_else_that_of_the_region():
    assert local_time(EVENING, {"974"}) == "01 h 05 (heure de La Réunion)"
    assert local_time(EVENING, {"75", "93"}) == "22 h 05"
    assert local_time(EVENING, {"974", "75"}) == local_time(EVENING, set()) == "22 h 05"
