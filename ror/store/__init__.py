"""The tables: the only package with SQL. It has no rights, rules or screens."""
