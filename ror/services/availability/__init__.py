"""Availability: declare, receive, mask, consult, export."""
