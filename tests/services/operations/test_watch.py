"""The counters and the measures of a server that is watched."""

from datetime import timedelta

import duckdb
import pytest

from ror import metrics
from ror.model.declaration import EventKind
from ror.services import events
from ror.services.operations import watch
from ror.settings import settings
from ror.store.engine.database import Database
from ror.store.engine.postgresql import PostgreSQL
from ror.store.engine.recovery import log_of
from tests.region import CARDIAC, HALT, NOW, NURSING, UNITS, WARD, only_on_a_file, write

UNIT = ("990750001-01", "990750001", "75")


def total(kind: EventKind) -> float:
    return metrics.REGISTRY.get_sample_value("ror_declarations_total", {"act": str(kind)})


def test_an_event_of_this_process_is_counted_under_its_kind():
    before = {kind: total(kind) for kind in EventKind}
    watch.count(events.CommitEvent(7, *UNIT, kind=EventKind.CONFIRMED))
    assert {kind: total(kind) - before[kind] for kind in EventKind} == {
        kind: float(kind is EventKind.CONFIRMED) for kind in EventKind
    }


def test_an_event_of_another_replica_is_counted_there_and_not_here():
    before = {kind: total(kind) for kind in EventKind}
    watch.count(events.CommitEvent(7, *UNIT))
    watch.count(events.CommitEvent(8))
    assert {kind: total(kind) for kind in EventKind} == before
    assert metrics.REGISTRY.get_sample_value("ror_declarations_total", {"act": ""}) is None


def test_a_service_is_ready_once_its_board_is_read(region):
    watch.ready(region)
    region.close()
    with pytest.raises(duckdb.ConnectionException):
        watch.ready(region)


def test_the_board_is_measured_by_the_ages_of_its_numbers(region):
    for unit, age in ((WARD, 0.5), (CARDIAC, 2), (HALT, 30), (NURSING, 200)):
        write(region, unit, 3, NOW - timedelta(hours=age))
    measures = watch.measure(region, NOW)
    assert (measures.newest, measures.median, measures.behind) == (1800.0, 108_000.0, 0.0), "the older of the two in the middle"
    assert measures.position == region.position
    assert list(measures.units.values()) == [1, 1, 1, 1, len(UNITS) - 4]
    assert measures.units.keys() == {band.key for band in settings().age_bands}


def test_a_clock_behind_the_newest_number_is_measured_too(region):
    write(region, WARD, 3, NOW + timedelta(minutes=10))
    measures = watch.measure(region, NOW)
    assert (measures.newest, measures.median, measures.behind) == (0.0, 0.0, 600.0)


def test_a_board_without_any_number_has_no_age(region):
    measures = watch.measure(region, NOW)
    assert (measures.newest, measures.median, measures.behind) == (None, None, 0.0)
    assert list(measures.units.values()) == [0, 0, 0, 0, len(UNITS)]


def test_the_size_on_the_disk_is_that_of_the_file_and_its_log(region):
    path = only_on_a_file(region)
    write(region, WARD, 3)
    log = log_of(path).stat().st_size
    assert log > 0
    assert watch.bytes_on_disk(region) == path.stat().st_size + log
    region.checkpoint()
    assert watch.bytes_on_disk(region) == path.stat().st_size


def test_a_store_without_a_file_has_no_size_here(postgres_address):
    database = Database(PostgreSQL(postgres_address))
    assert watch.bytes_on_disk(database) is None
    database.close()
