"""Alerts: the questions that an account saved, evaluated after each commit, and the mails of those that became true."""
