from tests.region import db, own_settings, region, region_file

__all__ = ["db", "own_settings", "region", "region_file"]
