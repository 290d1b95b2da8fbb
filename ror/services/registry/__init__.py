"""The registry: import and edit structures and units."""
