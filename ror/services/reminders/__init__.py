"""Reminders of late units: mails to their managers, their links, their deputies, notices to another system."""
