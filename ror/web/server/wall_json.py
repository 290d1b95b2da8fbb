"""The content of the wall as JSON for its page, every field listed: words in French, numbers, instants in milliseconds."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ror.drawing import geography
from ror.model.declaration import change_words
from ror.model.display import Display, Theme
from ror.model.french import count, number
from ror.model.freshness import freshness_words
from ror.model.rights import Account
from ror.model.territory import department_name
from ror.services.coordination.wall import CrisisProgress, Degraded, DepartmentNumbers, RecentUnit, Symbol, Wall
from ror.services.region_time import region_zone
from ror.settings import settings
from ror.store.board.consultation import Summary

MAP_SIZE, INSET_SIZE = (1000, 650), (500, 500)
"""Widths and heights of the drawings of the map and of its inset, in their own units."""

DENSE = ("75", "92", "93", "94")
"""Paris and its neighbours, where a fifth of the structures of the country are: drawn apart, larger."""


def to_json(wall: Wall, reader: Display | Account, now: datetime, version: str) -> dict[str, Any]:
    """Return the content for a reader; `version` is that of the page that draws it."""
    display = reader if isinstance(reader, Display) else None
    return {
        "version": version,
        "position": wall.position,
        "now": _milliseconds(now),
        "at": _milliseconds(wall.at),
        "zone": region_zone().key,
        "theme": str(display.theme if display else Theme.DARK),
        "room": display.name if display else "",
        "ends": _milliseconds(display.expires_at) if display else None,
        "bands": [band.label for band in settings().age_bands],
        "tiles": _tiles(wall.region),
        "ages": _ages(wall.region),
        "map": _map(wall),
        "departments": [_department(one) for one in wall.departments],
        "latest": [_unit(one) for one in wall.latest],
        "degraded": _degraded(wall.degraded),
        "crises": [_crisis(one) for one in wall.crises],
    }


def _milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _tiles(region: Summary) -> list[dict[str, str]]:
    limits = settings().age_bands
    return [
        {
            "title": "Lits disponibles",
            "number": number(region["beds"]),
            "words": freshness_words(region["beds_fresh"], region["beds_old"], "confirmé", limits),
        },
        {
            "title": "Places disponibles",
            "number": number(region["places"]),
            "words": freshness_words(region["places_fresh"], region["places_old"], "confirmée", limits),
        },
        {
            "title": "Unités à jour",
            "number": number(region["up_to_date"]),
            "words": f"sur {number(region['units'])}, {number(region['overdue'])} en retard",
        },
    ]


def _ages(summary: Summary) -> Sequence[int]:
    return [summary[f"band_{band}"] for band in range(5)]


def _map(wall: Wall) -> dict[str, Any]:
    """Return the map; its inset is None where no part of it is that dense."""
    inset = {"size": INSET_SIZE, "frame": geography.frame(DENSE, *INSET_SIZE)}
    return {
        "outlines": geography.address(wall.codes, wall.outlines) if wall.codes else None,
        "size": MAP_SIZE,
        "frame": geography.frame(wall.codes, *MAP_SIZE),
        "inset": inset if set(DENSE) < set(wall.codes) else None,
        "symbols": [_symbol(one) for one in wall.symbols],
    }


def _symbol(symbol: Symbol) -> tuple[float, float, int, int]:
    x, y = geography.mercator(symbol.longitude, symbol.latitude)
    return round(x, 4), round(y, 4), -1 if symbol.rank is None else symbol.rank, symbol.free


def _department(department: DepartmentNumbers) -> dict[str, Any]:
    one = department.summary
    return {
        "name": department_name(department.code),
        "beds": number(one["beds"]),
        "places": number(one["places"]),
        "late": number(one["overdue"]),
        "ages": _ages(one),
    }


def _unit(unit: RecentUnit) -> dict[str, Any]:
    changed = unit.before is not None and unit.now is not None and unit.before != unit.now
    words = change_words(unit.before, unit.now, unit.capacity) if changed else unit.capacity.of(unit.now or 0)
    return {
        "unit": unit.name,
        "structure": unit.structure,
        "number": words,
        "what": unit.kind.label if unit.kind else "",
        "rank": -1 if unit.rank is None else unit.rank,
        "at": _milliseconds(unit.at),
    }


def _degraded(degraded: Degraded) -> dict[str, Any]:
    zero = f"{'au moins ' if degraded.more_zero else ''}{number(degraded.zero)} à zéro"
    words = f"{count(degraded.late, 'unité passée', 'unités passées')} en retard, {zero}"
    return {"words": words, "units": [_unit(one) for one in degraded.units]}


def _crisis(crisis: CrisisProgress) -> dict[str, Any]:
    return {
        "name": crisis.name,
        "answered": crisis.answered,
        "expected": crisis.expected,
        "words": f"{count(crisis.answered, 'réponse')} sur {number(crisis.expected)}",
        "deadline": _milliseconds(crisis.next_deadline),
    }
