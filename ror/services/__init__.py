"""One function per gesture of a user: rights, rule, write, notify."""
