"""Fixtures of this folder: the settings of the tests, and two replicas of the tiny region."""

from collections.abc import Iterator

import pytest

from tests.postgres import Postgres
from tests.region import own_settings
from tests.replicas.pair import Pair, prepare

__all__ = ["own_settings"]


@pytest.fixture(scope="module")
def pair(postgres: Postgres) -> Iterator[Pair]:
    """Start two replicas behind nginx, shared by the tests of a file."""
    address = postgres.new_database()
    prepare(address)
    with Pair(address) as running:
        yield running
