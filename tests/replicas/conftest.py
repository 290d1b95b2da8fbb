"""The settings of the tests' own, for every test of this folder."""

from tests.region import own_settings

__all__ = ["own_settings"]
