"""The objects that the JSON interface sends, in the words of docs/glossary.md.

The name of a class is that of its schema in the OpenAPI description: `Structure`, `Unit`, `Counts` or `JournalLine` is what
is sent of the one in `ror.model`.
"""

from datetime import date, datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field

from ror.model.declaration import EventKind
from ror.model.journal import Act, Outcome
from ror.model.patient_type import PatientType

_TELEPHONE = (
    "Empty, or digits as they are dialled in France (`0199000011`, `3624`; abroad `+41229000011`), "
    "with the text written beside them: `0199000011 poste 4512`, `0199000011 / 0199000012`."
)

_BED_TELEPHONE = "Bed management, to be called first; written likewise. Empty for a unit: that of its structure serves."


class Coded(BaseModel):
    """A code of a national list, and its label in French."""

    code: str
    label: str


class Counts(BaseModel):
    """Beds or places by status (TRE_R330); null is "not declared", which is not 0."""

    available: int | None
    installed: int | None
    occupied: int | None
    reserved: int | None
    closed: int | None
    supplementary: int | None


class Part(BaseModel):
    """A part of a count: what is of a sex, can be reopened, and so on; null for what does not tell it from the rest."""

    status: str = Field(description="Name of the count that it is a part of.")
    number: int
    gender: Coded | None = Field(description="genreCapaciteDispo, TRE_R332: 01 women, 02 men, 04 anybody.")
    closing_type: Coded | None = Field(description="typeFermetureCapacite, TRE_R333: whether closed beds can be reopened.")
    additional_bed_type: Coded | None = Field(description="typeLitsSupplementaire, TRE_R334.")
    crisis_type: Coded | None = Field(description="typeCrise, TRE_R336.")
    assignment: Coded | None = Field(description="affectationTemporaire, TRE_R337: the patients that they are reserved for.")


_PARTS = Field(description="Parts of the counts; those of a count never exceed it, and may leave a rest.")


class OtherNumbers(BaseModel):
    """The last numbers of a unit for another temporality: they change neither its own number nor its age."""

    temporality: Coded = Field(description="temporaliteCapacite, TRE_R331.")
    counts: Counts
    parts: list[Part] = _PARTS
    source_type: Coded = Field(description="typeSourceCapacite, TRE_R335.")
    observed_at: datetime
    position: int


class Structure(BaseModel):
    """Entité géographique (établissement)."""

    finess: str = Field(description="Key: nine characters.")
    name: str
    legal_entity: Coded = Field(description="FINESS number and name of the legal entity.")
    category: Coded = Field(description="FINESS category.")
    address: str
    postal_code: str
    commune: Coded = Field(description="INSEE code and name.")
    department: Coded
    telephone: str = Field(description=_TELEPHONE)
    bed_telephone: str = Field(description=_BED_TELEPHONE)
    latitude: float | None = Field(description="WGS84 degrees.")
    longitude: float | None
    closed: bool


_NEEDS = "The words in which people ask for it, of a list of this service: codes as `geriatrie`."


class Unit(BaseModel):
    """Offre opérationnelle: declarations are about units."""

    unit: str = Field(description="Key.")
    name: str
    short_name: str
    structure: str = Field(description="FINESS number.")
    department: Coded
    unit_type: Coded = Field(description="typeOffre, TRE_R244.")
    activity_field: Coded = Field(description="champActivite, TRE_R227.")
    needs: list[Coded] = Field(description=_NEEDS)
    patient_type: PatientType | None = Field(description="The patients that it takes; null: neither it nor its type says.")
    psychiatric_sector: str
    intervention_zone: str
    capacity_type: Coded | None = Field(
        description="natureCapacite, TRE_R329: beds or places; null: nobody has said which, and the unit declares nothing."
    )
    temporality: Coded | None = Field(description="temporaliteCapacite, TRE_R331: beds now, places over seven days.")
    installed: int | None
    telephone: str = Field(description=_TELEPHONE)
    bed_telephone: str = Field(description=_BED_TELEPHONE)
    closed: bool = Field(description="In the registry: the unit, or its whole structure.")
    duty_seconds: int = Field(description="How long a number may stand before the unit owes another.")


class StructureSheet(Structure):
    """A structure and its units."""

    units: list[Unit]


class Named(BaseModel):
    """A structure by its number and name."""

    finess: str
    name: str


class Offer(BaseModel):
    """The numbers of one unit, as it offers them."""

    unit: str = Field(description="Key.")
    name: str
    structure: Named
    department: Coded
    unit_type: Coded = Field(description="typeOffre, TRE_R244.")
    activity_field: Coded = Field(description="champActivite, TRE_R227.")
    needs: list[Coded] = Field(description=_NEEDS)
    capacity_type: Coded = Field(description="natureCapacite, TRE_R329: beds or places.")
    temporality: Coded = Field(description="temporaliteCapacite, TRE_R331: beds now, places over seven days.")
    counts: Counts = Field(description="A closed unit offers 0 (RG_EXP_047).")
    parts: list[Part] = _PARTS
    others: list[OtherNumbers] = Field(description="Numbers of other temporalities (in 24 hours...), by temporality.")
    open: bool = Field(description="Neither closed in the registry nor for a time.")
    closed_until: date | None = Field(description="Last day of a closure for a time, past ones included.")
    comment: str
    source_type: Coded | None = Field(description="typeSourceCapacite, TRE_R335; 01 was typed by hand.")
    observed_at: datetime | None = Field(description="When the numbers were true, UTC; null: never declared.")
    due_at: datetime | None = Field(description="When the unit owes its next declaration; overdue past it.")
    contradicted_by: int = Field(description="How many readers contradict these numbers, or put them in doubt, after a call.")
    contradicted_at: datetime | None = Field(description="When the last of them did; null: nobody.")
    tension: int | None = Field(description="Tension of its structure: 0 usual, 1 in tension, 2 saturated; null: not declared.")
    tension_at: datetime | None = Field(description="When that tension was declared, UTC; past ones included.")
    position: int = Field(description="Position of the last declaration, 0 when there is none; send it as `seen`.")


class Event(BaseModel):
    """A declaration, or another event of the log, with the whole state of its unit after it."""

    position: int = Field(description="Commit order.")
    kind: EventKind = Field(description="What happened. A mask erased a comment and repeats the numbers of its unit.")
    unit: str
    temporality: Coded = Field(description="TRE_R331: that of the unit, or another, whose numbers stand apart.")
    counts: Counts
    parts: list[Part] = _PARTS
    comment: str
    masked: bool = Field(description="Whether the comment was erased since.")
    closed_until: date | None
    source_type: Coded
    observed_at: datetime | None = Field(description="When the numbers were true, UTC; null: an undo left nothing declared.")
    recorded_at: datetime = Field(description="When they reached the service, UTC.")
    acts_on: int | None = Field(description="Position that a confirmation, an undo or a mask is about.")


Item = TypeVar("Item")


class Page(BaseModel, Generic[Item]):
    """One page of a list."""

    position: int = Field(description="The version that was read: grows with each commit that may change this list.")
    items: list[Item]
    next: str | None = Field(description="Address of the next page; null on the last one.")


class Structures(Page[Structure]):
    """Structures by FINESS number."""


class Units(Page[Unit]):
    """Units by id."""


class Availability(Page[Offer]):
    """Offers by id of unit."""

    at: datetime | None = Field(description="The past instant asked for; null: now.")


class Events(Page[Event]):
    """Events by position."""


class JournalLine(BaseModel):
    """One line of the journal; accounts are named by their ids."""

    number: int
    happened_at: datetime
    act: Act
    outcome: Outcome
    actor: str = Field(description="Id of an account; empty for nobody, or for the server.")
    address: str = Field(description="Network address it came from, as long as it is kept; « console » for the command line.")
    subject: str = Field(description="What it is about: unit:..., structure:..., account:...")
    before: dict[str, Any]
    after: dict[str, Any]


class JournalLines(Page[JournalLine]):
    """Lines of the journal by number; `position` is the number of the last one."""
