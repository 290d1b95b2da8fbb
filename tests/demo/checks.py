"""Boards of the fictitious region and country, and checks that hold of both."""

from datetime import datetime, timedelta
from functools import cache

import pyarrow as pa

from ror import demo
from ror.demo import Region
from ror.demo.habits import paces
from tests.region import counting_kind

COUNTS = {"available": "available", "declared_installed": "installed", "occupied": "occupied", "reserved": "reserved"}
COUNTS |= {"closed_count": "closed", "supplementary": "supplementary"}
LATEST = [*COUNTS, "comment", "closed_until", "observed_at"]
MAX_GAP = timedelta(days=100)
"""No unit that declares is silent longer: 84 days for a late one that a public holiday cost its turn, less for others."""


def board(region: Region) -> pa.Table:
    """Return the units of a region as the board shows them before the first declaration."""
    structures = {structure.finess: structure for structure in region.structures}
    own = [structures[unit.structure] for unit in region.units]
    kinds = [counting_kind(unit) for unit in region.units]
    units = {
        "unit": [unit.id for unit in region.units],
        "unit_type": [unit.unit_type for unit in region.units],
        "registry_installed": [unit.installed for unit in region.units],
        "registry_closed": [unit.closed for unit in region.units],
        "capacity_type": [str(kind.capacity_type) for kind in kinds],
        "temporality": [str(kind.temporality) for kind in kinds],
        "duty_seconds": [int(kind.duty.total_seconds()) for kind in kinds],
        "department": [structure.department for structure in own],
        "legal_entity": [structure.legal_entity for structure in own],
    }
    return _with_latest(pa.table(units), demo.SCHEMA.empty_table())


def after(units: pa.Table, events: pa.Table) -> pa.Table:
    """Return the units of a board without events after these events, oldest first, were written to it."""
    return _with_latest(units.drop_columns(LATEST), events)


def _with_latest(units: pa.Table, events: pa.Table) -> pa.Table:
    last = events.group_by("unit", use_threads=False).aggregate(
        [(name, "last") for name in events.schema.names if name != "unit"]
    )
    last = last.select(["unit", *(f"{COUNTS.get(name, name)}_last" for name in LATEST)]).rename_columns(["unit", *LATEST])
    return units.join(last, "unit", join_type="left outer").sort_by("unit")


REGION = demo.build_region()
UNITS = board(REGION)
OPEN = [unit for unit in REGION.units if not unit.closed]
DEPARTMENT = {structure.finess: structure.department for structure in REGION.structures}
PACE = dict(zip(UNITS["unit"].to_pylist(), paces(UNITS, demo.REGIONAL.customs).tolist(), strict=True))
"""The pace of each unit of the region."""


@cache
def last_observed(now: datetime) -> dict[str, datetime]:
    """Return when each unit of the region that ever declared was last observed, at an instant."""
    events = demo.rhythm(UNITS, now - MAX_GAP, now)
    latest = events.group_by("unit").aggregate([("observed_at", "max")])
    return dict(zip(latest["unit"].to_pylist(), latest["observed_at_max"].to_pylist(), strict=True))


def units_of_pace(pace: str) -> list[str]:
    """Return the units of the region that declare at a pace."""
    return [unit for unit, own in PACE.items() if own == pace]


def assert_consistent(region: Region) -> None:
    """Check that every reference leads to something and that every key is unique."""
    entities = {entity.finess for entity in region.legal_entities}
    structures = {structure.finess for structure in region.structures}
    assert len(entities) == len(region.legal_entities)
    assert len(structures) == len(region.structures)
    assert not entities & structures
    assert {structure.legal_entity for structure in region.structures} == entities
    assert {unit.structure for unit in region.units} == structures
    assert len({unit.id for unit in region.units}) == len(region.units)
    accounts = region.accounts
    assert len({account.id for account in accounts}) == len({account.login for account in accounts}) == len(accounts)
