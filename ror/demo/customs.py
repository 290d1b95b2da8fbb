"""What tells the départements apart: how many of their units are fed by software, told every day, or left to age.

A region where everybody declares alike would show one colour on the map, and nothing to act upon.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Custom:
    """Shares of a département's units, between 0 and 1.

    `feed` is of its critical care: fed about every hour. The others are of all the rest, beds and places alike, but
    `software_beds`, which is of the beds among them and adds to `software`. What remains keeps the pace of its type.
    """

    feed: float = 0.1
    software: float = 0.0
    software_beds: float = 0.0
    daily: float = 0.0
    late: float = 0.0


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


def custom(department: str) -> Custom:
    """The custom of a département, by its code; most have the usual one."""
    return CUSTOMS.get(department, USUAL)
