"""The database: open, migrate, write, recover, back up."""
