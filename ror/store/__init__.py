"""The tables: the only package with SQL. It has no rights or screens, and of the rules those on the instant (`board.aging`)."""
