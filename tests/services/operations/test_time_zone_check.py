"""A region whose time zone is that of none of its structures is reported to the operator and to administrators."""

import logging
from datetime import UTC, datetime

import pytest

from ror.services.operations import time_zone_check
from ror.settings import settings
from tests.region import NOW

SUMMER = datetime(2026, 7, 14, 12, tzinfo=UTC)


@pytest.fixture
def having(monkeypatch):
    """Return a function that sets the name of the region, or its time zone."""

    def set_all(**values):
        for name, value in values.items():
            monkeypatch.setenv(f"ROR_{name.upper()}", value)
        settings.cache_clear()

    return set_all


def test_a_region_at_the_time_of_one_of_its_structures_is_right(region, having, caplog):
    assert time_zone_check.other_times(region, NOW) == []
    # Another name of the same time.
    having(time_zone="Europe/Madrid")
    time_zone_check.warn(region, NOW)
    assert caplog.records == []


def test_a_region_at_the_time_of_none_is_told_whose_time_they_have(region, having, caplog):
    having(region="La Réunion")
    assert time_zone_check.other_times(region, NOW) == ["Paris"]
    with caplog.at_level(logging.WARNING):
        time_zone_check.warn(region, NOW)
    assert "(heure de La Réunion)" in caplog.text
    assert "theirs: Paris" in caplog.text


def test_a_region_without_a_structure_is_not_warned(region, having):
    having(region="La Réunion")
    with region.transaction() as transaction:
        transaction.cursor.execute("UPDATE structure SET closed = true")
    assert time_zone_check.other_times(region, SUMMER) == []
