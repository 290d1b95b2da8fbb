"""The fixtures of `tests.region`, for every test of this folder, and one that records published changes."""

from collections.abc import Iterator

import pytest

from ror.services import events
from tests.region import db, own_settings, region, region_file, region_on_postgresql

__all__ = ["db", "own_settings", "region", "region_file", "region_on_postgresql"]


@pytest.fixture
def published_changes() -> Iterator[list[events.Change]]:
    """Return the list that collects each published change."""
    changes: list[events.Change] = []
    stop = events.subscribe(changes.append)
    yield changes
    stop()
