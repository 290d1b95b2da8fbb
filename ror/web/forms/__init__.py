"""Forms, and the drafts that keep what is typed in them."""
