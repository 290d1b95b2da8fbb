"""The fixtures of `tests.region`, for every test of this folder."""

from tests.region import db, own_settings, region, region_file, region_on_postgresql

__all__ = ["db", "own_settings", "region", "region_file", "region_on_postgresql"]
