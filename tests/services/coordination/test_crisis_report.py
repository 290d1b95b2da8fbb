"""Reports of a crisis: only what was known at the end of each round, nothing recorded since."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ror.errors import Forbidden, NotFound
from ror.model.capacity import Counts
from ror.model.count_parts import CountPart
from ror.model.crisis import CrisisKind, CrisisScope, ExtraCount
from ror.model.registry import Unit
from ror.services.coordination import crisis, crisis_report, tension
from ror.services.coordination.crisis import TypedEvent
from ror.store import registry, registry_changes
from tests.region import (
    BLANCHE,
    CAMILLE,
    CORALIE,
    DAY_HOSPITAL,
    DOMINIQUE,
    HOSPITAL,
    NOW,
    RESUSCITATION,
    UNITS,
    WARD,
    change_unit,
    write,
)

pytestmark = pytest.mark.usefixtures("region")

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OPENED = NOW - 10 * HOUR
ID = "event-0001"


@pytest.fixture
def event(db):
    """Open an event ten hours ago; two units of three answer its first round."""
    with db.transaction() as transaction:
        transaction.cursor.execute("UPDATE unit SET created_at = ?", [NOW - 30 * DAY])
    change_unit(db, WARD)
    for unit in UNITS:
        write(db, unit.id, 4, OPENED - HOUR)
    typed = TypedEvent(CrisisKind.PLAN_BLANC, 1, "", CrisisScope(("75",)), NOW + DAY, 4, (ExtraCount.REOPENABLE,))
    opened = crisis.open_event(db, CORALIE, ID, typed, OPENED)
    counts = Counts(3, closed=5, parts=(CountPart(ExtraCount.REOPENABLE.key, 2),))
    write(db, WARD, 3, OPENED + HOUR, counts=counts)
    write(db, RESUSCITATION, 1, OPENED + 2 * HOUR, comment="Monsieur Untel")
    tension.declare(db, BLANCHE, HOSPITAL, 1, None, 0, OPENED + 3 * HOUR)
    # The second round: one unit alone answers, with another number.
    write(db, WARD, 9, OPENED + 5 * HOUR)
    return opened


def test_a_round_is_reported_as_it_was_known_at_its_end(db, event):
    report = crisis_report.round_report(db, CORALIE, ID, 1, NOW)
    (line,) = crisis_report.structures_table(report).to_pylist()
    assert (report.title, report.at) == ("Plan blanc niveau 1, tour 1", OPENED + 4 * HOUR)
    assert (line["Demandées"], line["Répondu"], line["Lits"], line["Places"]) == (3, 2, 4, 4)
    assert (line["Fermés réactivables"], line["Sans réponse"], line["Tension"]) == (
        2,
        "Hôpital de jour",
        "tension 1, en tension",
    )
    assert line["FINESS"] == HOSPITAL
    assert "Monsieur Untel" not in str(line)
    assert CAMILLE.name not in str(line)


def test_a_later_number_is_in_the_next_round_and_one_received_late_in_none_before(db, event):
    second = crisis_report.round_report(db, CORALIE, ID, 2, NOW)
    (line,) = crisis_report.structures_table(second).to_pylist()
    assert (line["Répondu"], line["Lits"], line["Fermés réactivables"]) == (1, 10, None)
    # Recorded now, true in the first round: nobody knew it then.
    write(db, DAY_HOSPITAL, 7, OPENED + HOUR, recorded_at=NOW)
    (line,) = crisis_report.structures_table(crisis_report.round_report(db, CORALIE, ID, 1, NOW)).to_pylist()
    assert (line["Répondu"], line["Places"]) == (2, 4)


def test_the_rounds_stand_one_under_the_other_the_last_one_first(db, event):
    reports = crisis_report.last_rounds(db, CORALIE, ID, NOW)
    rows = crisis_report.rounds_table(reports).to_pylist()
    assert [(row["Tour"], row["Demandées"], row["Répondu"], row["Lits"]) for row in rows] == [
        (3, 3, 0, 10),
        (2, 3, 1, 10),
        (1, 3, 2, 4),
    ]
    for report in reports[1:]:
        own_report = crisis_report.round_report(db, CORALIE, ID, report.progress.round.number, NOW)
        assert (own_report.progress.answered, own_report.at) == (report.progress.answered, report.at)


def test_of_many_rounds_the_last_ones_are_read(db, event, monkeypatch):
    monkeypatch.setattr(crisis_report, "MAX_ROUNDS", 2)
    assert [report.progress.round.number for report in crisis_report.last_rounds(db, CORALIE, ID, NOW)] == [3, 2]


def test_a_round_keeps_the_scope_that_the_event_had_then(db, event):
    wider = TypedEvent(event.kind, 2, "", CrisisScope(), NOW + DAY, 4)
    crisis.change_event(db, CORALIE, ID, event.position, wider, OPENED + 9 * HOUR)
    counts = [report.progress.expected for report in crisis_report.last_rounds(db, CORALIE, ID, NOW)]
    assert counts == [11, 3, 3]
    assert crisis_report.round_report(db, CORALIE, ID, 1, NOW).title == "Plan blanc niveau 1, tour 1"


def test_an_event_of_a_clock_that_is_ahead_is_reported_as_it_was_opened(db, event):
    report = crisis_report.round_report(db, CORALIE, ID, 1, OPENED - HOUR)
    assert (report.progress.event.label, report.progress.round.start) == (event.label, OPENED)


def test_the_report_of_a_round_is_printed_and_journalled(db, event):
    printed = crisis_report.pdf(db, CORALIE, ID, 1, NOW)
    assert printed.startswith(b"%PDF")
    assert b"Monsieur" not in printed
    with db.reader() as cursor:
        subjects = cursor.execute("SELECT subject FROM journal WHERE act = 'export'").fetchall()
    assert subjects == [(f"file:crise-{ID}-tour-1",)]


@pytest.mark.parametrize("account", [CAMILLE, DOMINIQUE])
def test_only_coordinators_read_reports(db, event, account):
    for read in (
        lambda: crisis_report.round_report(db, account, ID, 1, NOW),
        lambda: crisis_report.last_rounds(db, account, ID, NOW),
        lambda: crisis_report.pdf(db, account, ID, 1, NOW),
    ):
        with pytest.raises(Forbidden):
            read()


def test_a_round_that_has_not_begun_and_an_event_of_nowhere_are_refused(db, event):
    with pytest.raises(NotFound, match="tour"):
        crisis_report.round_report(db, CORALIE, ID, 4, NOW)
    with pytest.raises(NotFound, match="événement"):
        crisis_report.last_rounds(db, CORALIE, "event-9999", NOW)
    assert crisis.event_rounds(db, "event-9999", NOW) == []
    assert replace(event, name="x").label == "Plan blanc niveau 1 (x)"


def test_a_round_that_a_new_rhythm_ended_is_reported_as_the_event_was_during_it(db, event):
    changed = TypedEvent(CrisisKind.PLAN_BLANC, 1, "", CrisisScope(("93",)), NOW + DAY, 2, (ExtraCount.REOPENABLE,))
    crisis.change_event(db, CORALIE, ID, event.position, changed, OPENED + 3 * HOUR)
    report = crisis_report.round_report(db, CORALIE, ID, 1, NOW)
    assert (report.progress.expected, report.progress.answered) == (3, 2)
    assert dict(crisis_report.facts(report))["Rythme"] == "toutes les 4 h"
    assert crisis_report.last_rounds(db, CORALIE, ID, NOW)[-1].progress.expected == 3


def test_a_unit_registered_since_a_round_was_not_expected_in_it(db, event):
    with db.transaction() as transaction:
        registry.merge(transaction, [Unit("new-01", HOSPITAL, "Nouvelle", "16", 5, "")], created_at=OPENED + 6 * HOUR)
        registry_changes.record_change(transaction, "edit unit:new-01", OPENED + 6 * HOUR)
    by_number = {one.progress.round.number: one.progress.expected for one in crisis_report.last_rounds(db, CORALIE, ID, NOW)}
    assert by_number == {1: 3, 2: 4, 3: 4}
    assert crisis_report.round_report(db, CORALIE, ID, 1, NOW).progress.expected == 3


def test_an_answer_after_the_end_of_an_event_is_in_no_round_of_it(db, event):
    crisis.close_event(db, CORALIE, ID, NOW)
    (closed,) = crisis.all_events(db, CORALIE, NOW + HOUR)
    write(db, DAY_HOSPITAL, 1, NOW + HOUR)
    progress = crisis.progress(db, closed, NOW + 2 * HOUR)
    last_round = crisis_report.last_rounds(db, CORALIE, ID, NOW + 2 * HOUR)[0].progress
    assert (progress.answered, progress.expected) == (last_round.answered, last_round.expected) == (0, 3)
