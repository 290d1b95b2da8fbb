"""The tables: the only package with SQL, and without any right, rule or screen."""
