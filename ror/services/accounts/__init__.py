"""Accounts: sign in, administer, passwords, second factor, sessions, tokens, personal data."""
