"""The places that a question can be near: communes and structures, each by a key that stands in the address."""

from dataclasses import dataclass
from enum import StrEnum

from ror.model.french import with_place


class PlaceKind(StrEnum):
    """What a place is; the first part of its key."""

    COMMUNE = "commune"
    STRUCTURE = "structure"

    def key(self, code: str) -> str:
        """Return the key of a place: `commune:77288` (INSEE code), `structure:990750001` (FINESS number)."""
        return f"{self}:{code}"


@dataclass(frozen=True, slots=True)
class Place:
    """A place. `commune` is the name of the commune of a structure; "" when the place is itself a commune."""

    key: str
    name: str
    department: str
    commune: str = ""

    @property
    def label(self) -> str:
        """The place on the screens: « Melun (77) », « Hôpital des Tilleuls, Paris (75) »."""
        return f"{with_place(self.name, self.commune)} ({self.department})"


@dataclass(frozen=True, slots=True)
class PlacePoint:
    """Where a place is: WGS84 degrees, with its key and its label."""

    key: str
    label: str
    latitude: float
    longitude: float


def split_key(key: str) -> tuple[PlaceKind, str] | None:
    """Return the kind and the code of a key; None for a text that is no key."""
    kind, _, code = key.partition(":")
    return (PlaceKind(kind), code) if kind in set(PlaceKind) and code else None
