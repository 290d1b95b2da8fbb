"""The context that is written in a downloaded file: service, instant of the data, filters, legend."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ror.model.filters import Filters
from ror.model.freshness import CLOSED_COLOUR, CLOSED_INK, CLOSED_LABEL, LATE, AgeBand, usual_duties
from ror.model.local_time import format_instant
from ror.model.needs import published_needs
from ror.model.nomenclature import CapacityType, activity_fields, unit_types
from ror.model.territory import zone_words

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
"""A label and its text."""


@dataclass(frozen=True, slots=True)
class AgeBadge:
    """The words of an age with their background colour and their text colour."""

    words: str
    colour: str
    ink: str


@dataclass(frozen=True, slots=True)
class About:
    """The context of a file: its title, service and region, the instant of its data, its filters, its legend.

    `zone` is the time zone of the region, in which its instants are written; `criteria` are the filters in words; `duty` is how
    often a unit owes a number; `fictitious` marks the demonstration.
    """

    title: str
    service: str
    region: str
    at: datetime
    zone: ZoneInfo
    criteria: tuple[LabelledText, ...]
    bands: tuple[AgeBand, ...]
    duty: str
    fictitious: bool = False

    @property
    def instant(self) -> str:
        """The instant of the data, in the time of the region."""
        return format_instant(self.at, self.zone)

    @property
    def zone_words(self) -> str:
        """The words for the time zone of the instants: « heure de Paris »."""
        return zone_words(self.zone)

    @property
    def badges(self) -> tuple[AgeBadge, ...]:
        """The badges of the legend, that of a closed unit last."""
        return (
            *(AgeBadge(band.words, band.colour, band.ink) for band in self.bands),
            AgeBadge(CLOSED_LABEL, CLOSED_COLOUR, CLOSED_INK),
        )

    @property
    def late(self) -> str:
        """The sentence that explains « En retard »."""
        return f"{LATE} : au-delà du délai du type de l'unité ({usual_duties(self.duty)})."


def filters_in_words(filters: Filters, bands: Sequence[AgeBand]) -> tuple[LabelledText, ...]:
    """Return the active filters of a consultation, in the words of the screen."""
    fields, types = activity_fields(), unit_types()
    needs = published_needs()
    words = {
        "Besoin": (" et " if filters.every_need else ", ").join(needs[code].label for code in filters.needs if code in needs),
        "Champ d'activité": ", ".join(fields.get(code, code) for code in filters.activity_fields),
        "Type de l'unité": ", ".join(types[code].label if code in types else code for code in filters.unit_types),
        "Lit ou place": f"{CapacityType(filters.capacity_type).label}s seulement" if filters.capacity_type else "",
        "Disponibles, au moins": str(filters.at_least) if filters.at_least else "",
        "Au moins une place pour": {"women": "une femme", "men": "un homme"}.get(filters.sex or "", ""),
        "Public": filters.patients.label if filters.patients else "",
        "Âge": ", ".join(band.label for band in bands if band.rank in filters.ranks),
    }
    return tuple((name, text) for name, text in words.items() if text)
