"""The fixtures of `tests.region`, for every test of this folder."""

from tests.region import built, db, own_settings, region

__all__ = ["built", "db", "own_settings", "region"]
