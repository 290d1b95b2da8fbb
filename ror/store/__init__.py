"""The only room that speaks SQL, and it does nothing else: no right, no rule, no screen."""
