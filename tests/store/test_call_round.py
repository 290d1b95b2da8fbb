"""Calls, corrections and grants as they are stored."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ror.model.call_round import CALLS, Call, CallKind
from ror.model.rights import EVERYWHERE
from ror.store import accounts, call_round
from ror.store.call_round import CallCorrection
from tests.region import ADELE, CARDIAC, CORALIE, NOW, WARD, store_account

pytestmark = pytest.mark.usefixtures("region")

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def add(db, kind=CallKind.UNREACHABLE, unit=WARD, at=NOW, **others):
    with db.transaction() as transaction:
        call = Call(call_round.next_number(transaction), unit, kind, CORALIE.id, at, **others)
        call_round.add(transaction, call)
    return call


def read(db, function, *arguments):
    with db.reader() as cursor:
        return function(cursor, *arguments)


def test_calls_are_read_as_they_were_written_in_their_order(db):
    assert read(db, call_round.last_number) == 0
    written = [
        add(db, CallKind.TAKEN),
        add(db, CallKind.NUMBER, available=3, before=4, position=12, note="rappeler « le cadre »"),
        add(db, CallKind.CALL_BACK, CARDIAC, call_back_at=NOW + HOUR),
        add(db, CallKind.ASSIGNED, assignee=ADELE.id),
    ]
    assert read(db, call_round.since, NOW - HOUR, NOW) == written
    assert read(db, call_round.of_unit, CARDIAC, NOW - HOUR, NOW) == [written[2]]
    assert [call.number for call in written] == [1, 2, 3, 4]
    assert read(db, call_round.last_number) == 4


def test_calls_of_another_time_are_left_out_and_deleted_past_their_time(db):
    old, late, now = add(db, at=NOW - 2 * DAY), add(db, at=NOW + DAY), add(db)
    assert read(db, call_round.since, NOW - DAY, NOW) == [now]
    with db.transaction() as transaction:
        call_round.delete_before(transaction, NOW - DAY)
    assert read(db, call_round.since, NOW - 9 * DAY, NOW + 9 * DAY) == [late, now]
    assert add(db).number == old.number + 3


def test_the_last_correction_of_an_event_is_in_force(db):
    with db.transaction() as transaction:
        for available, acts_on in ((3, 7), (2, 7), (0, 8)):
            number = call_round.next_number(transaction)
            correction = CallCorrection(number, WARD, acts_on, available, CORALIE.id, "telephone", NOW)
            call_round.correct(transaction, correction)
    in_force = read(db, call_round.corrections, WARD)
    assert {position: correction.available for position, correction in in_force.items()} == {7: 2, 8: 0}
    assert in_force[7].recorded_at == NOW
    assert read(db, call_round.corrections, CARDIAC) == {}
    assert read(db, call_round.count_corrections, NOW, NOW + HOUR) == 3
    assert read(db, call_round.count_corrections, NOW - HOUR, NOW) == 0


def test_notes_are_searched_without_accents_and_erased(db):
    add(db)
    noted = add(db, note="Le cadre est réveillé")
    table, total = read(db, call_round.search_notes, ["REVEILLE", "medecine"], 5)
    assert (table["number"].to_pylist(), table["author"].to_pylist(), total) == ([noted.number], [CORALIE.name], 1)
    with db.transaction() as transaction:
        assert call_round.erase_note(transaction, noted.number) == WARD
        assert call_round.erase_note(transaction, noted.number) is None
        assert call_round.erase_note(transaction, 99) is None
    assert read(db, call_round.search_notes, [], 5)[1] == 0


def test_coordinators_are_listed_but_those_disabled(db):
    assert read(db, call_round.coordinators) == {CORALIE.id: CORALIE.name}
    store_account(db, replace(CORALIE, disabled=True))
    assert read(db, call_round.coordinators) == {}


def test_a_grant_is_read_with_its_account_and_replaced_with_it(db):
    granted = store_account(db, replace(CORALIE, declares_for_others=frozenset({"75", "93"})))
    assert read(db, accounts.by_id, CORALIE.id) == granted
    assert granted in read(db, accounts.people)
    store_account(db, replace(CORALIE, declares_for_others=EVERYWHERE))
    assert read(db, accounts.by_id, CORALIE.id).declares_for_others == EVERYWHERE
    store_account(db, CORALIE)
    assert read(db, accounts.by_id, CORALIE.id) == CORALIE


def test_calls_are_counted_by_unit_between_two_instants_whatever_they_came_to(db):
    for kind in CallKind:
        add(db, kind)
    add(db, CallKind.CONFIRMED, CARDIAC, NOW - HOUR)
    for at in (NOW - DAY, NOW + HOUR):
        add(db, CallKind.CONFIRMED, CARDIAC, at)
    assert read(db, call_round.demand_by_unit, NOW - DAY, NOW) == {WARD: len(CALLS), CARDIAC: 1}
