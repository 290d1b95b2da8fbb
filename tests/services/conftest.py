"""The fixtures of `tests.region`, for every test of this folder, and one that records published changes."""

from collections.abc import Iterator

import pytest

from ror.services import events
from tests.region import built, built_on_postgresql, db, own_settings, region

__all__ = ["built", "built_on_postgresql", "db", "own_settings", "region"]


@pytest.fixture
def heard() -> Iterator[list[events.Change]]:
    """Return the list that collects each published change."""
    changes: list[events.Change] = []
    stop = events.subscribe(changes.append)
    yield changes
    stop()
