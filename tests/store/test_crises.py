"""Events of a crisis and tensions in their tables, and the board that follows them."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest

from ror.model.crisis import CrisisEvent, CrisisKind, CrisisScope, ExtraCount, duties_at
from ror.store import crises, outlines, registry_changes, tensions
from ror.store.board import aging, past, states
from ror.store.board.aging import AgingContext
from ror.store.board.board import BoardCache
from ror.store.board.offers import OfferQuery, read_offers
from tests.region import CARDIAC, CLINIC, HOSPITAL, LIMITS, NOW, RESUSCITATION, WARD, change_unit, close_for_a_time, write

pytestmark = pytest.mark.usefixtures("region")

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVENT = CrisisEvent("event-one", CrisisKind.PLAN_BLANC, 2, "", CrisisScope(("75",)), NOW, NOW + 2 * DAY, 4)


def add(db, event=EVENT, now=NOW):
    with db.transaction() as transaction:
        return crises.add(transaction, event, now)


def declare_tension(db, structure, level, until=None, now=NOW):
    with db.transaction() as transaction:
        return tensions.add(transaction, structure, level, until, now)


def backdate_units(db):
    """Date the entry of the units before `NOW`: the clock of the machine that built the region may be later."""
    with db.transaction() as transaction:
        transaction.cursor.execute("UPDATE unit SET created_at = ?", [NOW - 30 * DAY])
    change_unit(db, WARD)


def overdue(db, at):
    board = BoardCache(db).get()
    with db.reader() as cursor:
        rows = aging.aged(cursor, board.units, AgingContext(at, LIMITS, duties_at(board.crises, at))).to_pylist()
    return {row["unit"] for row in rows if row["overdue"] and row["observed_at"]}


def test_an_event_is_read_as_it_was_written_with_all_its_versions(region):
    full = replace(
        EVENT, name="réseau", scope=CrisisScope(("75", "93"), (CLINIC,), ("medecine",)), extra_counts=tuple(ExtraCount)
    )
    first = add(region, full)
    second = add(region, replace(first, until=NOW + DAY), NOW + HOUR)
    add(region, replace(EVENT, id="event-two"), NOW + HOUR)
    with region.reader() as cursor:
        assert crises.versions(cursor, "event-one") == (first, second)
        assert len(crises.versions(cursor)) == 3
    assert second.position > first.position
    assert first.rounds_from == NOW


def test_the_board_follows_an_event_at_once(region):
    cache = BoardCache(region)
    before = cache.get()
    event = add(region)
    assert before.crises == ()
    assert cache.get().crises == (event,)
    assert cache.get().position == event.position


def test_a_unit_in_scope_owes_a_number_at_the_rhythm_of_the_event_and_the_others_as_usual(region):
    for unit in (WARD, CARDIAC):
        write(region, unit, 4, NOW - HOUR)
    add(region)
    # A number is owed one rhythm after the opening, and then one rhythm after the last number.
    assert overdue(region, NOW + 4 * HOUR) == set()
    assert overdue(region, NOW + 4 * HOUR + timedelta(seconds=1)) == {WARD}
    write(region, WARD, 5, NOW + 5 * HOUR)
    assert overdue(region, NOW + 9 * HOUR) == set()
    assert overdue(region, NOW + 10 * HOUR) == {WARD}


def test_once_the_event_is_over_the_usual_duty_holds_again(region):
    write(region, WARD, 4, NOW - HOUR)
    event = add(region)
    assert overdue(region, NOW + 10 * HOUR) == {WARD}
    add(region, replace(event, until=NOW + 10 * HOUR), NOW + 10 * HOUR)
    assert overdue(region, NOW + 10 * HOUR) == set()
    assert overdue(region, NOW + 9 * HOUR) == {WARD}


def test_a_longer_rhythm_than_the_duty_of_the_type_changes_nothing(region):
    write(region, RESUSCITATION, 2, NOW - 23 * HOUR)
    add(region, replace(EVENT, rhythm_hours=24))
    assert overdue(region, NOW + 2 * HOUR) == {RESUSCITATION}


def test_a_unit_closed_for_a_time_owes_nothing_to_an_event_before_it_reopens(region):
    close_for_a_time(region, WARD, NOW.date(), NOW - HOUR)
    add(region)
    reopens = NOW.replace(hour=23)
    assert overdue(region, reopens + 3 * HOUR) == set()
    assert overdue(region, reopens + 5 * HOUR) == {WARD}


@pytest.mark.parametrize(
    "scope",
    [CrisisScope(), CrisisScope(("75",)), CrisisScope((), (HOSPITAL,)), CrisisScope(("93",), (HOSPITAL,), ("medecine",))],
)
def test_offers_trends_and_differences_agree_with_the_board(region, scope):
    backdate_units(region)
    for unit in (WARD, RESUSCITATION, CARDIAC):
        write(region, unit, 4, NOW - 2 * HOUR)
    close_for_a_time(region, RESUSCITATION, NOW.date(), NOW - HOUR)
    first = add(region, replace(EVENT, scope=scope))
    add(region, replace(first, rhythm_hours=1, rounds_from=NOW + 6 * HOUR), NOW + 6 * HOUR)
    add(region, replace(EVENT, id="event-two", rhythm_hours=2, opened_at=NOW + HOUR), NOW + HOUR)
    board = BoardCache(region).get()
    instants = [NOW + hour * HOUR for hour in range(-1, 60, 3)]
    with region.reader() as cursor:
        states_at = states.states(cursor, board.units, instants, board.position, board.crises)
        for column, at in enumerate(instants):
            duties = duties_at(board.crises, at)
            past_units = past.board_at(cursor, board, at).units
            aged = {row["unit"]: row for row in aging.aged(cursor, past_units, AgingContext(at, LIMITS, duties)).to_pylist()}
            offers = read_offers(cursor, past_units, OfferQuery(limit=50), at, duties).to_pylist()
            for line, unit in enumerate(states_at.units["unit"].to_pylist()):
                assert bool(states_at.overdue[line, column]) is aged[unit]["overdue"], (at, unit)
            for offer in offers:
                if offer["open"] and offer["due_at"] is not None:
                    assert (offer["due_at"] < at) is aged[offer["unit"]]["overdue"], (at, offer["unit"])


def test_the_board_has_the_last_tension_of_each_structure_until_its_end(region):
    backdate_units(region)
    declare_tension(region, HOSPITAL, 1)
    declare_tension(region, HOSPITAL, 2, NOW + 3 * HOUR, NOW + HOUR)
    declare_tension(region, CLINIC, 0)
    board = BoardCache(region).get()

    def levels(at):
        with region.reader() as cursor:
            past_units = past.board_at(cursor, board, at).units
            rows = aging.aged(cursor, past_units, AgingContext(at, LIMITS)).to_pylist()
            offers = read_offers(cursor, past_units, OfferQuery(limit=50), at).to_pylist()
        of_rows, of_offers = ({row["finess"]: row["tension"] for row in read} for read in (rows, offers))
        assert of_rows == of_offers
        return of_rows.get(HOSPITAL), of_rows.get(CLINIC)

    assert levels(NOW - HOUR) == (None, None)
    assert levels(NOW) == (1, 0)
    assert levels(NOW + HOUR) == (2, 0)
    assert levels(NOW + 3 * HOUR) == (None, 0)
    with region.reader() as cursor:
        assert tensions.of_structure(cursor, HOSPITAL).level == 2
        assert tensions.of_structure(cursor, "999999999") is None


def test_a_unit_entered_after_a_tension_has_it(region):
    declare_tension(region, HOSPITAL, 1)
    write(region, WARD, 3)
    rows = {row["unit"]: row["tension"] for row in BoardCache(region).get().units.to_pylist()}
    assert rows[WARD] == 1
    assert rows[CARDIAC] is None


def test_a_tension_reaches_the_board_without_the_registry_being_read_again(region):
    write(region, WARD, 3)
    cache = BoardCache(region)
    before = cache.get()
    declare_tension(region, HOSPITAL, 2, NOW + DAY)
    after = cache.get()
    assert (after.position, after.registry_position) == (before.position + 1, before.registry_position)
    assert (
        after.slices["75"]
        .drop_columns(["tension", "tension_at", "tension_until"])
        .equals(before.slices["75"].drop_columns(["tension", "tension_at", "tension_until"]))
    )
    write(region, WARD, 4)
    declare_tension(region, CLINIC, 1)
    assert cache.get().units.equals(BoardCache(region).get().units)


def test_neither_an_event_nor_a_tension_changes_an_entry_of_the_registry(region):
    with region.reader() as cursor:
        before = registry_changes.last_change(cursor)
    event = add(region)
    position = declare_tension(region, HOSPITAL, 1)
    with region.reader() as cursor:
        assert registry_changes.last_change(cursor) == before
        assert registry_changes.last_changes(cursor) == (event.position, position)
        assert outlines.newest(region) is outlines.current(region, before)


@pytest.mark.parametrize(
    "scope",
    [CrisisScope(("94",)), CrisisScope((), ("s7",)), CrisisScope(("75", "94"), ("s7",)), CrisisScope(needs=("smr",))],
)
def test_every_unit_keeps_its_own_number_while_an_event_is_open(db, scope):
    numbers = np.arange(20_000)
    whole = pa.table(
        {
            "available": pa.array(numbers, pa.int32()),
            "registry_closed": pa.repeat(False, len(numbers)),
            "closed_until": pa.nulls(len(numbers), pa.date32()),
            "observed_at": pa.repeat(pa.scalar(NOW - 5 * HOUR, pa.timestamp("us", "UTC")), len(numbers)),
            "duty_seconds": pa.repeat(7 * 24 * 3600, len(numbers)),
            "department": pa.array(np.array(["94", "75", "77"])[numbers // 50 % 3]),
            "finess": pa.array(np.char.add("s", (numbers // 10).astype(str))),
            "needs": pa.array(np.array(["smr", "medecine"])[numbers % 2]),
        }
    )
    # As in the board, a chunk a département, which threads read side by side; elsewhere the tests have one thread.
    units = pa.concat_tables([whole.slice(start, 250) for start in range(0, len(numbers), 250)])
    event = replace(EVENT, scope=scope, opened_at=NOW - 5 * HOUR, until=NOW + DAY)
    with db.reader() as cursor:
        cursor.execute("SET threads = 4")
        try:
            several = [aging.aged(cursor, units, AgingContext(NOW, LIMITS, duties_at((event,), NOW))) for _ in range(4)]
        finally:
            cursor.execute("SET threads = 1")
    assert all(np.array_equal(aged["available"].to_numpy(), numbers) for aged in several)
    rows = several[0].to_pylist()
    held = [scope.holds(row["department"], row["finess"], row["needs"]) for row in rows]
    assert any(held)
    assert [row["overdue"] for row in rows] == held
