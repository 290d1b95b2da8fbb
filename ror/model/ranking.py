"""The order in which the units that answer a question are listed."""

from enum import StrEnum


class Ranking(StrEnum):
    """What units are ranked by, after the state of their number, which always comes first.

    1. State: something free, then nothing free, then a number that is not known, then a closed unit.
    2. `AVAILABLE`: the largest number first. `FRESHNESS`: the most recent band first, then the most recent number.
       `RELIABILITY`: the unit most likely to have at least one left first, units without a probability last.
       `DISTANCE`: nothing more.
    3. Distance, the nearest first, units whose structure has no position last.
    4. Band of age, the most recent first.
    5. Name of the structure, name of the unit, id of the unit.

    Without a place to be near, no unit has a distance: step 3 changes nothing.
    """

    DISTANCE = "distance"
    AVAILABLE = "disponible"
    FRESHNESS = "fraicheur"
    RELIABILITY = "fiabilite"

    @property
    def label(self) -> str:
        """The order on the screens."""
        return {
            Ranking.DISTANCE: "Distance",
            Ranking.AVAILABLE: "Disponible",
            Ranking.FRESHNESS: "Fraîcheur",
            Ranking.RELIABILITY: "Fiabilité",
        }[self]
