"""Availability of beds and places in a French region: the availability part of a ROR."""
