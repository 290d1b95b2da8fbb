"""Scale of the fiction, one region or the whole country, and the customs that make its départements differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle

from ror.model.territory import departments


@dataclass(frozen=True, slots=True)
class DepartmentProfile:
    """Shares of a département's units that declare otherwise than their type does, between 0 and 1.

    `feed` is the share of its critical care that software feeds about every hour. `calm` is the share of its critical care
    that declares once a day, and of its wards that declare some days of the week. The other shares are of all the rest,
    beds and places alike. Without customs a region where everybody declares alike would show one colour on the map.
    """

    feed: float = 0.06
    software: float = 0.0
    daily: float = 0.0
    late: float = 0.0
    calm: float = 0.0


USUAL = DepartmentProfile()
DILIGENT = DepartmentProfile(software=0.2, daily=0.43)
"""With critical care, about two units in three declare every day: the median number is under a day old at any hour."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The size of the fiction; `departments` must hold "94", where the showcase stands.

    `times` multiplies the structures and legal entities of the catalogue. `customs` are by département, `USUAL` for the
    others. The history is written by `window`s of time, so that none holds more than about a million declarations.
    """

    name: str
    departments: tuple[str, ...]
    times: int
    customs: Mapping[str, DepartmentProfile]
    window: timedelta


REGIONAL = Scale(
    name="region",
    departments=("75", "77", "78", "91", "92", "93", "94", "95"),
    times=1,
    # The late units of "78" keep it orange on the busiest afternoon, when its neighbours turn blue: the map has three colours.
    customs=dict.fromkeys(("75", "77", "92"), DILIGENT)
    | {"78": DepartmentProfile(late=0.13), "93": DepartmentProfile(feed=0.5, software=0.2), "95": DepartmentProfile(late=0.66)},
    window=timedelta(days=366),
)

# Fewer feeds than in the region: a country of 150,000 units makes about 20 million declarations a year.
_DAILY_AND_LATE = ((0.05, 0.0), (0.38, 0.0), (0.0, 0.1), (0.0, 0.0), (0.0, 0.6), (0.0, 0.03))
NATIONAL = Scale(
    name="national",
    departments=tuple(departments()),
    times=82,
    customs={
        department: DepartmentProfile(feed=0.015, daily=daily, late=late, calm=0.83)
        for department, (daily, late) in zip(departments(), cycle(_DAILY_AND_LATE), strict=False)
    },
    window=timedelta(days=14),
)
SCALES = {scale.name: scale for scale in (REGIONAL, NATIONAL)}
