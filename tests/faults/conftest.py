from tests.region import built, db, own_settings, region

__all__ = ["built", "db", "own_settings", "region"]
