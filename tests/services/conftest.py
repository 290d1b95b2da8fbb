"""The fixtures of `tests.region`, for every test of this folder, and an ear for what is told."""

import pytest

from ror.services import events
from tests.region import built, built_on_postgresql, db, own_settings, region

__all__ = ["built", "built_on_postgresql", "db", "own_settings", "region"]


@pytest.fixture
def heard():
    """The changes told to those who listen."""
    changes: list[events.Change] = []
    stop = events.subscribe(changes.append)
    yield changes
    stop()
