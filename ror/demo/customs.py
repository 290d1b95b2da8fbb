"""What tells the départements apart: how many of their units are fed by software, told every day, or left to age.

A region where everybody declares alike would show one colour on the map, and nothing to act upon.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Custom:
    """Shares of a département's units, between 0 and 1.

    `feed` is of its critical care: fed about every hour. `calm` is of its critical care, told once a day instead of several
    times, and of its wards, told some days of the week. The others are of all the rest, beds and places alike, but
    `software_beds`, which is of the beds among them and adds to `software`. What remains keeps the pace of its type.
    """

    feed: float = 0.1
    software: float = 0.0
    software_beds: float = 0.0
    daily: float = 0.0
    late: float = 0.0
    calm: float = 0.0


USUAL = Custom()
DILIGENT = Custom(software=0.2, daily=0.43)
"""With critical care, about two units in three every day of the week: the median one is under a day old at any hour."""

CUSTOMS = {
    "75": DILIGENT,
    "77": DILIGENT,
    # Enough to stay orange on the busiest afternoon, when the neighbours turn blue: the map keeps three colours.
    "78": Custom(late=0.13),
    "92": DILIGENT,
    "93": Custom(feed=0.5, software_beds=0.5),
    "95": Custom(late=0.66),
}


_COUNTRY = (
    Custom(feed=0.015, calm=0.8, daily=0.05),
    Custom(feed=0.015, calm=0.8, daily=0.38),
    Custom(feed=0.015, calm=0.9, late=0.1),
    Custom(feed=0.015, calm=0.8),
    Custom(feed=0.015, calm=0.9, late=0.6),
    Custom(feed=0.015, calm=0.8, late=0.03),
)
"""Fewer machines than in the region: a country of 150,000 units makes about 20 million declarations a year."""


def country_customs(departments: Sequence[str]) -> dict[str, Custom]:
    """The custom of each département of the country, in turn, so that the map keeps several colours."""
    return {department: _COUNTRY[rank % len(_COUNTRY)] for rank, department in enumerate(departments)}


def custom(department: str, customs: Mapping[str, Custom] = CUSTOMS) -> Custom:
    """The custom of a département, by its code; most have the usual one."""
    return customs.get(department, USUAL)
