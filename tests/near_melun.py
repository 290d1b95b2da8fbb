"""Structures around Melun and Créteil beside the test region, with the numbers that answer a coordinator's questions."""

from dataclasses import replace
from datetime import datetime, timedelta

from ror.model.registry import Structure, Unit
from ror.store import declarations, registry, registry_changes
from ror.store.engine.database import Database
from tests.region import STRUCTURES, WARD, event

MELUN, EVRY, CRETEIL, VILLEJUIF, PROVINS = "990770001", "990910001", "990940011", "990940012", "990770002"
PLACED = {
    MELUN: ("Melun", "77288", 48.5331, 2.6645),
    EVRY: ("Évry-Courcouronnes", "91228", 48.6088, 2.4720),
    CRETEIL: ("Créteil", "94028", 48.7990, 2.4530),
    VILLEJUIF: ("Villejuif", "94076", 48.7926, 2.3595),
    PROVINS: ("Provins", "77379", 48.5596, 3.3047),
}
NEED = {"r": ("Réanimation", "121"), "g": ("SMR gériatrique", "101")}
DECLARED = (
    (f"{PROVINS}-r", 5, 30),
    (f"{PROVINS}-r", 0, 2),
    (f"{MELUN}-r", 7, 2),
    (f"{EVRY}-r", 3, 3),
    (f"{CRETEIL}-g", 4, 2),
    (f"{VILLEJUIF}-g", 1, 2),
    (f"{MELUN}-g", 9, 2),
    (f"{EVRY}-g", 8, 30),
)
"""Units, their numbers and the hours since: the later ones of a unit come after."""


def structure(finess: str) -> Structure:
    """Return one of the structures."""
    commune, code, latitude, longitude = PLACED[finess]
    return replace(
        STRUCTURES[0], finess=finess, name=f"Hôpital fictif de {commune}", commune=commune, commune_code=code,
        department=code[:2], latitude=latitude, longitude=longitude, bed_telephone="0639980101" if finess == EVRY else "",
    )  # fmt: skip


def store_declared(db: Database, now: datetime) -> None:
    """Store the structures around Melun and Créteil, their units, and the number that each unit declared."""
    units = sorted({unit for unit, *_ in DECLARED})
    with db.transaction() as transaction:
        registry.merge(transaction, [structure(finess) for finess in PLACED])
        registry.merge(transaction, [Unit(unit, unit[:9], *NEED[unit[-1]], 12, "0199000300") for unit in units])
        registry_changes.record_change(transaction, "tests", now - timedelta(days=2))
    for unit, number, hours in DECLARED:
        with db.transaction() as transaction:
            declared = event(transaction, WARD, number, now - timedelta(hours=hours))
            declarations.append(transaction, replace(declared, unit=unit))
