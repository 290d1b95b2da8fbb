"""The board: every unit with its latest numbers, and the queries on it."""
