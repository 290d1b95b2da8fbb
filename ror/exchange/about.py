"""What a file that leaves the service says of itself: whose, of when, through which filters, what its colours mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ror.model.board import Filters
from ror.model.freshness import CLOSED_COLOUR, LATE, SHUT, Band, instant_words
from ror.model.nomenclature import CapacityType, activity_fields, unit_types

FICTITIOUS = "Démonstration - données fictives"
NO_FILTER = "aucun"
APART = (
    "Les lits et les places ne s'additionnent jamais : un lit se compte maintenant, une place sur la semaine. La couleur dit "
    "l'âge de la dernière mise à jour, jamais le taux d'occupation."
)
MEDIAN = (
    "Un département ou une structure prend la couleur de son unité médiane : la moitié de ses unités est au moins aussi "
    "récente. Une unité jamais renseignée compte comme la plus ancienne."
)

LabelledText = tuple[str, str]
"""A name and what stands under it."""


@dataclass(frozen=True, slots=True)
class Badge:
    """Words of an age with the colour behind them and the colour of their letters."""

    words: str
    colour: str
    ink: str


@dataclass(frozen=True, slots=True)
class About:
    """What a file holds: `title`, its service and region, the instant of its data, what was asked for, the legend.

    `criteria` are the filters in words; `duty` how often a unit owes a number; `fictitious` that no such place exists.
    """

    title: str
    service: str
    region: str
    at: datetime
    criteria: tuple[LabelledText, ...]
    bands: tuple[Band, ...]
    duty: str
    fictitious: bool = False

    @property
    def instant(self) -> str:
        """The instant of the data, in Paris."""
        return instant_words(self.at)

    @property
    def badges(self) -> tuple[Badge, ...]:
        """The legend, a closed unit last."""
        return (*(Badge(band.words, band.colour, band.ink) for band in self.bands), Badge(SHUT, CLOSED_COLOUR, "#000000"))

    @property
    def late(self) -> str:
        """What being overdue means."""
        return f"{LATE} : au-delà du délai du type de l'unité ({self.duty} en général, un jour en soins critiques)."


def filters_in_words(filters: Filters, bands: Sequence[Band]) -> tuple[LabelledText, ...]:
    """The filters of a consultation that keep something out, in the words of the screen."""
    fields, kinds = activity_fields(), unit_types()
    words = {
        "Champ d'activité": ", ".join(fields.get(code, code) for code in filters.activity_fields),
        "Type de l'unité": ", ".join(kinds[code].label if code in kinds else code for code in filters.unit_types),
        "Lit ou place": f"{CapacityType(filters.capacity_type).label}s seulement" if filters.capacity_type else "",
        "Disponibles, au moins": str(filters.at_least) if filters.at_least else "",
        "Âge": ", ".join(band.label for band in bands if band.rank in filters.ranks),
    }
    return tuple((name, said) for name, said in words.items() if said)
