"""The terms and rules of the field: pure Python, no database, no screen."""
