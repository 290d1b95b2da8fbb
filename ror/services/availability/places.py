"""The places that a consultation can search near to: those of a region, with their positions."""

from collections.abc import Iterable
from functools import lru_cache

from ror.model.commune import commune_name
from ror.model.place import Place, PlaceKind, PlacePoint, split_key
from ror.model.position import commune_centre
from ror.model.search import folded
from ror.model.territory import commune_today, department_of_commune
from ror.store import registry
from ror.store.board.directory import Directory
from ror.store.engine.database import Database


def point(db: Database, key: str) -> PlacePoint | None:
    """Return the point of a place by its key; None when the place does not exist or has no known position.

    A structure without a position stands at its commune.
    """
    match split_key(key):
        case (PlaceKind.COMMUNE, code):
            return _commune_point(db, code)
        case (PlaceKind.STRUCTURE, finess):
            return _structure_point(db, finess)
    return None


def commune_position(db: Database, code: str) -> tuple[float, float] | None:
    """Return the latitude and longitude of a commune by its INSEE code; None when they are not known.

    The position is that of its centre (`model.position`), else the middle of the positions of its structures.
    """
    if centre := commune_centre(code):
        return centre
    with db.reader() as cursor:
        return registry.middle_of_commune(cursor, commune_today(code))


def _commune_point(db: Database, code: str) -> PlacePoint | None:
    position = commune_position(db, code)
    if position is None:
        return None
    name = commune_name(code)
    if not name:
        with db.reader() as cursor:
            name = registry.commune_label(cursor, commune_today(code))
    place = _commune(commune_today(code), name)
    return PlacePoint(place.key, place.label, *position)


def _structure_point(db: Database, finess: str) -> PlacePoint | None:
    with db.reader() as cursor:
        entry = registry.structure(cursor, finess)
    if entry is None:
        return None
    if entry.latitude is not None and entry.longitude is not None:
        position: tuple[float, float] | None = entry.latitude, entry.longitude
    else:
        position = commune_position(db, entry.commune_code)
    place = Place(PlaceKind.STRUCTURE.key(finess), entry.name, entry.department, entry.commune)
    return PlacePoint(place.key, place.label, *position) if position else None


@lru_cache(maxsize=4)
def communes_of(directory: Directory) -> tuple[Place, ...]:
    """Return the communes that have a structure with a unit, in alphabetical order."""
    texts = directory.structure_texts
    with_units = _with_units(directory)
    names: dict[str, str] = {}
    columns = (texts[name].to_pylist() for name in ("finess", "commune_code", "commune"))
    for finess, code, name in zip(*columns, strict=True):
        if code and finess in with_units:
            names.setdefault(commune_today(code), name)
    return _sorted(_commune(code, commune_name(code) or name) for code, name in names.items())


@lru_cache(maxsize=4)
def structures_of(directory: Directory) -> tuple[Place, ...]:
    """Return the structures that have a unit, in alphabetical order."""
    texts, with_units = directory.structure_texts, _with_units(directory)
    columns = (texts[name].to_pylist() for name in ("finess", "structure", "department", "commune"))
    return _sorted(
        Place(PlaceKind.STRUCTURE.key(finess), name, department, commune)
        for finess, name, department, commune in zip(*columns, strict=True)
        if finess in with_units
    )


def _with_units(directory: Directory) -> set[str]:
    return set(directory.unit_texts["finess"].to_pylist())


def _commune(code: str, name: str) -> Place:
    return Place(PlaceKind.COMMUNE.key(code), name, department_of_commune(code))


def _sorted(places: Iterable[Place]) -> tuple[Place, ...]:
    return tuple(sorted(places, key=lambda place: (folded(place.label), place.key)))
