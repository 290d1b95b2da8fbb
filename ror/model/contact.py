"""Whom to call for a bed: the telephones of a unit and of its structure with their labels, bed management first."""

from dataclasses import dataclass

BED_MANAGEMENT, UNIT, SWITCHBOARD = "Gestion des lits", "Unité", "Standard"


@dataclass(frozen=True, slots=True)
class Contact:
    """A telephone as `model.telephone` stores it, with its label: "" for the only telephone, unless it is bed management's."""

    label: str
    telephone: str


def of_unit(bed: str, own: str, structure_bed: str, switchboard: str) -> tuple[Contact, ...]:
    """Return at most two telephones of a unit: bed management (its own, else its structure's), then the unit itself.

    A unit without a telephone is reached by the switchboard of its structure.
    """
    second = Contact(UNIT, own) if own else Contact(SWITCHBOARD, switchboard)
    return _in_order(bed or structure_bed, second)


def of_structure(bed: str, switchboard: str) -> tuple[Contact, ...]:
    """Return at most two telephones of a structure: bed management, then the switchboard."""
    return _in_order(bed, Contact(SWITCHBOARD, switchboard))


def _in_order(bed: str, second: Contact) -> tuple[Contact, ...]:
    """Return bed management, then `second`, without empty telephones and without the same one twice."""
    if not bed:
        return (Contact("", second.telephone),) if second.telephone else ()
    first = Contact(BED_MANAGEMENT, bed)
    return (first, second) if second.telephone not in ("", bed) else (first,)
