"""The age of a number in bands, and whether a unit is overdue: what every screen shows first.

Colour means age only. "Overdue" is independent of the band: the number is older than the duty of the unit's type, which is
shown as a word beside the band.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ror.model.french import count, number
from ror.model.local_time import local_day

LATE = "⚠ En retard"
CLOSED_LABEL, CLOSED_COLOUR, CLOSED_INK = "⊘ Fermée", "#e3e6ea", "#1c2733"
"""The label, the colour and the colour of the text that a closed unit has in place of a band."""

CLOCK_TOLERANCE = timedelta(minutes=5)
"""An instant in the future by at most this counts as now, since the clocks of several machines differ. Further in the future,
a clock was wrong and the age is unknown: the number is never shown as recent."""


@dataclass(frozen=True, slots=True)
class AgeBand:
    """One line of the legend: `rank` 0 is the most recent, 4 is "never"; `ink` is the text colour that reads on `colour`."""

    rank: int
    key: str
    label: str
    colour: str
    ink: str
    shape: str

    @property
    def words(self) -> str:
        """The shape and the label of the band, so that colour is never the only sign."""
        return f"{self.shape} {self.label}"


def _under(hours: float) -> str:
    if hours == 1:
        return "moins d'1 h"
    if hours > 48:
        return f"moins de {hours / 24:g} jours".replace(".", ",")
    return f"moins de {hours:g} h".replace(".", ",")


def age_bands(limits_hours: Sequence[float] = (1, 24, 168)) -> tuple[AgeBand, AgeBand, AgeBand, AgeBand, AgeBand]:
    """Build the five bands for these upper ages in hours; the guide sets the first one, green under one hour."""
    fresh, day, week = limits_hours
    return (
        AgeBand(0, "fresh", _under(fresh), "#186d2a", "#ffffff", "●"),
        AgeBand(1, "day", _under(day), "#0e7efc", "#000000", "■"),
        AgeBand(2, "week", _under(week), "#d07e04", "#000000", "▲"),
        AgeBand(3, "old", _under(week).replace("moins", "plus", 1), "#4f1628", "#ffffff", "✕"),
        AgeBand(4, "never", "jamais renseigné", "#767676", "#ffffff", "○"),
    )


def median_of_counts(counts: Sequence[int]) -> int | None:
    """Return the band of the median unit of an aggregate, from the number of its units in each band, most recent band first.

    With two middle units it is the older one, "never" counting as oldest; None for an aggregate of no unit.
    """
    middle, passed = sum(counts) // 2, 0
    for band, units in enumerate(counts):
        passed += units
        if passed > middle:
            return band
    return None


def is_closed_for_a_time(closed_until: date | None, now: datetime, zone: ZoneInfo) -> bool:
    """Return whether a unit is closed until a day that is not over yet in the time zone of its territory."""
    return closed_until is not None and closed_until >= local_day(now, zone)


def freshness_words(fresh: int, old: int, participle: str, bands: Sequence[AgeBand]) -> str:
    """Format how much of a total is recent and how much is old.

    « dont 9 confirmés depuis moins de 24 h et 2 il y a plus de 7 jours », for 9, 2 and « confirmé ».
    """
    return f"dont {count(fresh, participle)} depuis {bands[1].label} et {number(old)} il y a {bands[3].label}"


def duty_words(hours: int) -> str:
    """Format how often a unit owes a number: « une semaine », « 72 h »."""
    return "une semaine" if hours == 168 else f"{hours} h"


def usual_duties(general: str) -> str:
    """Format the duties of most units: « en général une semaine, et un jour en soins critiques »; the region sets others."""
    return f"en général {general}, et un jour en soins critiques"


def age_words(age: timedelta | None) -> str:
    """Format an age in French: « à l'instant », « il y a 12 min », « il y a 3 h », « il y a 9 jours ».

    « heure à vérifier » stands for an instant past `CLOCK_TOLERANCE` in the future, « jamais renseigné » for None.
    """
    if age is None:
        return "jamais renseigné"
    if age < -CLOCK_TOLERANCE:
        return "heure à vérifier"
    elapsed, unit = age_parts(age)
    return f"il y a {elapsed} {unit}" if elapsed else "à l'instant"


def age_parts(age: timedelta) -> tuple[int, str]:
    """Return the number and the unit that `age_words` shows; (0, "min") under a minute."""
    minutes = max(int(age.total_seconds() // 60), 0)
    if minutes < 60:
        return minutes, "min"
    if minutes < 48 * 60:
        return minutes // 60, "h"
    return minutes // (24 * 60), "jours"
