"""The words and rules of the field: pure Python, no database, no screen."""
