"""The tension of a structure, which one of its managers declares: 0 (usual), 1 (in tension) or 2 (saturated)."""

from datetime import datetime, timedelta

from ror.errors import Refused

LEVELS = {0: "habituel", 1: "en tension", 2: "saturé"}
"""The levels and their words."""

MARKS = {1: "T1", 2: "T2"}
"""The marks of the levels on a map and in a list; the usual level has none."""

MAX_DURATION = timedelta(days=31)


def words(level: int | None) -> str:
    """Return a level in words: « tension 1, en tension »; "" when none was declared or it is over."""
    return "" if level is None else f"tension {level}, {LEVELS[level]}"


def check(level: int, until: datetime | None, now: datetime) -> None:
    """Raise `Refused` for a level that does not exist, or an end that is past or too far."""
    if level not in LEVELS:
        raise Refused("Choisissez un niveau de tension : 0, 1 ou 2.")
    if until is not None and not now < until <= now + MAX_DURATION:
        raise Refused(f"La fin de la tension doit être à venir, dans {MAX_DURATION.days} jours au plus : corrigez-la.")
