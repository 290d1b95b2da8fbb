"""The fixture of this folder: the tiny region in the database that the interfaces open."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ror.settings import settings
from ror.store.engine.database import Database, open_database
from tests.region import own_settings, region_file

__all__ = ["own_settings", "region_file"]


@pytest.fixture
def region(region_file: Path) -> Iterator[Database]:
    """Open the database of the interfaces: the tiny region without any declaration."""
    shutil.copy(region_file, settings().database)
    opened = open_database()
    yield opened
    open_database.cache_clear()
    opened.close()
