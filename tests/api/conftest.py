"""A fixture: the tiny region in the database that the interface opens."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ror.settings import settings
from ror.store.engine.database import Database, open_database
from tests.region import built, own_settings

__all__ = ["built", "own_settings"]


@pytest.fixture
def region(built: Path) -> Iterator[Database]:
    """The database that the interface opens: the tiny region without any declaration."""
    shutil.copy(built, settings().database)
    opened = open_database()
    yield opened
    open_database.cache_clear()
    opened.close()
