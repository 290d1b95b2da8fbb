"""Accounts: sign in, administer, passwords, tokens, personal data."""
