"""What the tests of this folder begin with: settings of their own, two replicas of the tiny region."""

import pytest

from tests.region import own_settings
from tests.replicas.pair import Pair, prepare

__all__ = ["own_settings"]


@pytest.fixture(scope="module")
def pair(postgres):
    """Two replicas behind nginx, shared by the tests of a file."""
    address = postgres.new_database()
    prepare(address)
    with Pair(address) as running:
        yield running
