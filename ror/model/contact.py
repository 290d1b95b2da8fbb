"""Whom to call for a bed: the telephones of a unit and of its structure with their labels, bed management first."""

from dataclasses import dataclass

BED_MANAGEMENT, UNIT, SWITCHBOARD = "Gestion des lits", "Unité", "Standard"


@dataclass(frozen=True, slots=True)
class Contact:
    """A telephone as `model.telephone` stores it, and whose it is: "" for the only one, unless it is that of bed management."""

    label: str
    telephone: str


def of_unit(bed: str, own: str, structure_bed: str, switchboard: str) -> tuple[Contact, ...]:
    """Return whom to call for a unit, two at most: bed management (its own, else of its structure), then the unit.

    A unit without a telephone is reached by the switchboard of its structure.
    """
    second = Contact(UNIT, own) if own else Contact(SWITCHBOARD, switchboard)
    return _in_order(bed or structure_bed, second)


def of_structure(bed: str, switchboard: str) -> tuple[Contact, ...]:
    """Return whom to call for a structure, two at most: bed management, then the switchboard."""
    return _in_order(bed, Contact(SWITCHBOARD, switchboard))


def _in_order(bed: str, second: Contact) -> tuple[Contact, ...]:
    if not bed:
        return (Contact("", second.telephone),) if second.telephone else ()
    first = Contact(BED_MANAGEMENT, bed)
    return (first, second) if second.telephone not in ("", bed) else (first,)
