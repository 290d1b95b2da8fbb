"""The objects that the JSON interface sends, in the words of docs/glossary.md.

The name of a class is that of its schema in the OpenAPI description: `Structure`, `Unit`, `Counts` or `JournalLine` is what
is sent of the one in `ror.model`.
"""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field

from ror.model.capacity import EventKind
from ror.model.journal import Act, Outcome
from ror.model.nomenclature import labels
from ror.model.territory import department_name

StoredRow = Mapping[str, Any]
"""A row of the store, by the names of its columns."""

_TELEPHONE = (
    "Empty, or digits as they are dialled in France (`0199000011`, `3624`; abroad `+41229000011`), "
    "with the text written beside them: `0199000011 poste 4512`, `0199000011 / 0199000012`."
)


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
    latitude: float | None = Field(description="WGS84 degrees.")
    longitude: float | None
    closed: bool


class Unit(BaseModel):
    """Offre opérationnelle: declarations are about units."""

    unit: str = Field(description="Key.")
    name: str
    structure: str = Field(description="FINESS number.")
    department: Coded
    unit_type: Coded = Field(description="typeOffre, TRE_R244.")
    activity_field: Coded = Field(description="champActivite, TRE_R227.")
    capacity_type: Coded | None = Field(
        description="natureCapacite, TRE_R329: beds or places; null: nobody has said which, and the unit declares nothing."
    )
    temporality: Coded | None = Field(description="temporaliteCapacite, TRE_R331: beds now, places over seven days.")
    installed: int | None
    telephone: str = Field(description=_TELEPHONE)
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
    capacity_type: Coded = Field(description="natureCapacite, TRE_R329: beds or places.")
    temporality: Coded = Field(description="temporaliteCapacite, TRE_R331: beds now, places over seven days.")
    counts: Counts = Field(description="A closed unit offers 0 (RG_EXP_047).")
    open: bool = Field(description="Neither closed in the registry nor for a time.")
    closed_until: date | None = Field(description="Last day of a closure for a time, past ones included.")
    comment: str
    source_type: Coded | None = Field(description="typeSourceCapacite, TRE_R335; 01 was typed by hand.")
    observed_at: datetime | None = Field(description="When the numbers were true, UTC; null: never declared.")
    due_at: datetime | None = Field(description="When the unit owes its next declaration; overdue past it.")
    position: int = Field(description="Position of the last declaration, 0 when there is none; send it as `seen`.")


class Event(BaseModel):
    """A declaration, or another event of the log, with the whole state of its unit after it."""

    position: int = Field(description="Commit order.")
    kind: EventKind = Field(description="What happened. A mask erased a comment and repeats the numbers of its unit.")
    unit: str
    temporality: Coded
    counts: Counts
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


def coded(code_list: str, code: str) -> Coded:
    """Return a code of a national list with its label."""
    return Coded(code=code, label=labels(code_list).get(code, ""))


def structure(row: StoredRow) -> Structure:
    """Build a structure from a row of `store.pages.structures`."""
    return Structure.model_validate(
        {
            **row,
            "legal_entity": Coded(code=row["legal_entity"], label=row["legal_entity_name"] or ""),
            "category": Coded(code=row["category_code"], label=row["category"]),
            "commune": Coded(code=row["commune_code"], label=row["commune"]),
            "department": department(row),
        }
    )


def department(row: StoredRow) -> Coded:
    """Return the département of a row."""
    return Coded(code=row["department"], label=department_name(row["department"]))


def kind_fields(row: StoredRow) -> dict[str, Coded | None]:
    """Return the four fields of `Unit` and `Offer` that say what a unit counts."""
    return {
        "unit_type": Coded(code=row["unit_type"], label=row["type_label"]),
        "activity_field": coded("R227", row["activity_field"]),
        "capacity_type": coded("R329", row["capacity_type"]) if row["capacity_type"] else None,
        "temporality": coded("R331", row["temporality"]) if row["temporality"] else None,
    }


def unit(row: StoredRow) -> Unit:
    """Build a unit from a row of `store.pages.units`."""
    return Unit.model_validate({**row, **kind_fields(row), "unit": row["id"], "department": department(row)})


def offer(row: StoredRow) -> Offer:
    """Build an offer from a row of `store.board.past.offers`."""
    return Offer.model_validate(
        {
            **row,
            **kind_fields(row),
            "structure": Named(finess=row["finess"], name=row["structure"]),
            "department": department(row),
            "counts": Counts.model_validate({**row, "closed": row["closed_count"]}),
            "source_type": coded("R335", row["source_type"]) if row["source_type"] else None,
        }
    )


def event(row: StoredRow) -> Event:
    """Build an event from a row of `store.pages.declarations`."""
    return Event.model_validate(
        {
            **row,
            "temporality": coded("R331", row["temporality"]),
            "counts": Counts.model_validate(row),
            "source_type": coded("R335", row["source_type"]),
        }
    )


def journal_line(row: StoredRow) -> JournalLine:
    """Build a line of the journal from a row of `store.journal.following`."""
    return JournalLine.model_validate({**row, **{name: json.loads(row[name] or "{}") for name in ("before", "after")}})
