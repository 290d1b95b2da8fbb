"""Forms and what they keep of what is typed."""
