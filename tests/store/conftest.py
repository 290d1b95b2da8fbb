"""The fixtures of `tests.region`, for every test of this folder."""

from tests.region import built, built_on_postgresql, db, own_settings, region

__all__ = ["built", "built_on_postgresql", "db", "own_settings", "region"]
