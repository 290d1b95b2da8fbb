"""How likely each number still holds: what is learnt from the log, what follows from it, and its validation on past weeks."""
