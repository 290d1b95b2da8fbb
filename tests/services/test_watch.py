"""The counters of a server that is watched."""

from ror import metrics
from ror.model.capacity import EventKind
from ror.services import events
from ror.services.operations import watch

UNIT = ("990750001-01", "990750001", "75")


def total(kind: EventKind) -> float:
    return metrics.REGISTRY.get_sample_value("ror_declarations_total", {"act": str(kind)})


def test_an_event_of_this_process_is_counted_under_its_kind():
    before = {kind: total(kind) for kind in EventKind}
    watch.count(events.Change(7, *UNIT, kind=EventKind.CONFIRMED))
    assert {kind: total(kind) - before[kind] for kind in EventKind} == {
        kind: float(kind is EventKind.CONFIRMED) for kind in EventKind
    }


def test_an_event_of_another_replica_is_counted_there_and_not_here():
    before = {kind: total(kind) for kind in EventKind}
    watch.count(events.Change(7, *UNIT))
    watch.count(events.Change(8))
    assert {kind: total(kind) for kind in EventKind} == before
    assert metrics.REGISTRY.get_sample_value("ror_declarations_total", {"act": ""}) is None
