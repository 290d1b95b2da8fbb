"""The fixtures of `tests.region`, for every test of this folder."""

from tests.region import db, own_settings, region

__all__ = ["db", "own_settings", "region"]
