"""The sections of the page « Coordination »."""
