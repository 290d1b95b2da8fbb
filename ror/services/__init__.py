"""One function per operation of a user: check the right and the rule, write, journal, publish."""
