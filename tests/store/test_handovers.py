"""Handovers as they are stored: those that last at an instant, their end, and the managers of a legal entity."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ror.model.handover import Handover
from ror.store import accounts, handovers
from tests.region import (
    BLANCHE,
    CAMILLE,
    CARDIAC,
    CLAUDE,
    DAY_HOSPITAL,
    HALT,
    LINDENS,
    NOW,
    NURSING,
    WARD,
    WATERWAY,
    rows,
)

pytestmark = pytest.mark.usefixtures("region")

HOUR = timedelta(hours=1)


def add(db, unit=WARD, giver=CAMILLE, receiver=CLAUDE, at=NOW):
    with db.transaction() as transaction:
        handovers.add(transaction, unit, giver.id, receiver.id, at, at + HOUR)


def current(db, at=NOW, units=(WARD, CARDIAC, NURSING, HALT)):
    with db.reader() as cursor:
        return handovers.current(cursor, units, at)


def test_a_handover_is_read_with_the_names_of_both(db):
    add(db)
    stored = Handover(WARD, CAMILLE.id, CLAUDE.id, NOW + HOUR, CAMILLE.name, CLAUDE.name)
    assert current(db) == {WARD: stored}
    assert current(db, units=[CARDIAC]) == {}


@pytest.mark.parametrize(
    ("at", "lasts"), [(NOW - HOUR / 60, False), (NOW, True), (NOW + HOUR * 0.99, True), (NOW + HOUR, False)]
)
def test_it_lasts_from_when_it_was_given_to_its_end(db, at, lasts):
    add(db)
    assert bool(current(db, at)) is lasts


@pytest.mark.parametrize(
    ("unit", "giver", "receiver", "lasts"),
    [
        (WARD, CAMILLE, CLAUDE, True),
        (WARD, BLANCHE, CLAUDE, True),
        (DAY_HOSPITAL, CLAUDE, CAMILLE, True),
        (CARDIAC, BLANCHE, CLAUDE, False),
        (NURSING, BLANCHE, CLAUDE, True),
        (NURSING, BLANCHE, CAMILLE, False),
        ("990750001-99", CAMILLE, CLAUDE, False),
    ],
    ids=["legal entity", "structure", "unit", "not its giver's", "another entity", "not its receiver's", "unknown"],
)
def test_it_rests_on_the_perimeter_of_its_giver_and_on_a_receiver_of_the_legal_entity(db, unit, giver, receiver, lasts):
    add(db, unit, giver, receiver)
    with db.transaction() as transaction:
        handovers.end_no_longer_allowed(transaction, NOW)
    assert bool(current(db, units=[unit])) is lasts


def test_another_one_of_the_unit_takes_its_place(db):
    add(db)
    add(db, receiver=BLANCHE, at=NOW + HOUR / 2)
    assert current(db, NOW + HOUR / 2)[WARD].receiver == BLANCHE.id
    assert sorted(row[5] is None for row in rows(db, "handover")) == [False, True]


def test_an_account_is_read_with_the_units_that_it_receives_now(db):
    now = datetime.now(UTC)
    add(db, at=now - HOUR / 2)
    add(db, CARDIAC, at=now - HOUR)
    add(db, NURSING, BLANCHE, at=now + HOUR / 2)
    add(db, HALT, BLANCHE, CAMILLE, at=now)
    with db.reader() as cursor:
        assert accounts.by_id(cursor, CLAUDE.id).perimeter == replace(CLAUDE.perimeter, received=frozenset({WARD}))


def test_those_that_rest_on_nothing_are_ended_and_no_other(db):
    add(db)
    add(db, NURSING, BLANCHE)
    with db.transaction() as transaction:
        transaction.cursor.execute("DELETE FROM account_perimeter WHERE account = ?", [CAMILLE.id])
        handovers.end_no_longer_allowed(transaction, NOW)
    with db.transaction() as transaction:
        accounts.change(transaction, CAMILLE)
    assert set(current(db)) == {NURSING}


def test_those_by_an_account_and_to_it_are_erased(db):
    add(db)
    add(db, NURSING, BLANCHE)
    add(db, CARDIAC, CAMILLE, BLANCHE)
    with db.transaction() as transaction:
        handovers.erase(transaction, BLANCHE.id)
    assert [row[0] for row in rows(db, "handover")] == [WARD]


def test_those_that_are_over_are_deleted_after_a_time(db):
    add(db, at=NOW - 2 * HOUR)
    add(db, NURSING, BLANCHE)
    with db.transaction() as transaction:
        handovers.delete_before(transaction, NOW)
    assert [row[0] for row in rows(db, "handover")] == [NURSING]


def test_the_managers_of_a_legal_entity_hold_a_part_of_it(db):
    with db.reader() as cursor:
        people = handovers.colleagues(cursor, [LINDENS, WATERWAY, "990000199"])
    assert {entity: list(names) for entity, names in people.items()} == {
        LINDENS: [BLANCHE.id, CAMILLE.id, CLAUDE.id],
        WATERWAY: [BLANCHE.id, CLAUDE.id],
    }
    assert people[WATERWAY] == {BLANCHE.id: BLANCHE.name, CLAUDE.id: CLAUDE.name}
