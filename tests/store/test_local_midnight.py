"""A closure ends at midnight in the territory of the unit: on the board, in the past, in trends and in the catalogue."""

from datetime import UTC, date, datetime, timedelta

import pytest

from ror.model.freshness import is_closed_for_a_time
from ror.model.selection import Among, Every, Selection
from ror.model.territory import time_zone
from ror.store.board import catalogue, past, states, trends
from ror.store.board.board import BoardCache
from ror.store.board.catalogue import CatalogueQuery
from tests.region import HOSPITAL, NOW, NURSING, WARD, board_rows, close_for_a_time, move, write

pytestmark = pytest.mark.usefixtures("region")

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
LAST_DAY = date(2026, 11, 24)
MIDNIGHTS = {
    "974": datetime(2026, 11, 24, 20, tzinfo=UTC),
    "976": datetime(2026, 11, 24, 21, tzinfo=UTC),
    "75": datetime(2026, 11, 24, 23, tzinfo=UTC),
    "973": datetime(2026, 11, 25, 3, tzinfo=UTC),
    "975": datetime(2026, 11, 25, 3, tzinfo=UTC),
    "972": datetime(2026, 11, 25, 4, tzinfo=UTC),
    "988": datetime(2026, 11, 24, 13, tzinfo=UTC),
}
"""When the day after `LAST_DAY` begins in a territory."""


@pytest.mark.parametrize(("department", "midnight"), MIDNIGHTS.items())
def test_a_unit_reopens_at_midnight_in_its_territory_and_another_one_at_its_own(db, department, midnight):
    move(db, HOSPITAL, department)
    for unit in (WARD, NURSING):
        close_for_a_time(db, unit, LAST_DAY)
    board, instants = BoardCache(db).get(), (midnight - SECOND, midnight)
    with db.reader() as cursor:
        states_at = states.states(cursor, board.units, instants, board.position)
        opened_then = {
            at: {row["unit"]: row["closed_until"] for row in past.board_at(cursor, board, at).units.to_pylist()}
            for at in instants
        }
    ward = states_at.units["unit"].to_pylist().index(WARD)
    assert states_at.open[ward].tolist() == [False, True]
    for at, is_open in zip(instants, (False, True), strict=True):
        rows = board_rows(db, at)
        assert rows[WARD]["open"] is is_open
        assert rows[NURSING]["open"] is (at >= MIDNIGHTS["75"])
        assert is_closed_for_a_time(LAST_DAY, at, time_zone(department)) is not is_open
        assert opened_then[at][WARD] == LAST_DAY


def test_a_unit_is_owed_a_duty_after_midnight_in_its_territory(db):
    move(db, HOSPITAL, "974")
    close_for_a_time(db, WARD, LAST_DAY)
    due = MIDNIGHTS["974"] + 7 * DAY
    assert [board_rows(db, at)[WARD]["overdue"] for at in (due, due + SECOND)] == [False, True]


@pytest.mark.parametrize("department", ["974", "75", "972"])
def test_a_catalogue_suspends_a_unit_until_midnight_in_its_territory(db, department):
    move(db, HOSPITAL, department)
    close_for_a_time(db, WARD, LAST_DAY)
    board = BoardCache(db).get()

    def suspended(at):
        selection = Selection(Every([Among("opening", frozenset({"suspended"}))]))
        with db.reader() as cursor:
            page = catalogue.units(cursor, board.units, board.registry_position, CatalogueQuery(selection, at))
        return [board.units["unit"][line["row"]].as_py() for line in page.lines]

    assert suspended(MIDNIGHTS[department] - SECOND) == [WARD]
    assert suspended(MIDNIGHTS[department]) == []


def test_the_hours_of_declarations_are_those_of_a_time_zone(db):
    # Sunday 22 November at 22 h 30 in UTC is 23 h 30 in Paris, Monday 2 h 30 in La Réunion, 18 h 30 in Martinique.
    write(db, WARD, 3, datetime(2026, 11, 22, 22, 30, tzinfo=UTC))
    hours = {}
    for department in ("75", "974", "972"):
        with db.reader() as cursor:
            table = trends.declaring_hours(cursor, [WARD], NOW - 7 * DAY, NOW, time_zone(department))
        hours[department] = [(row["weekday"], row["hour"]) for row in table.to_pylist()]
    assert hours == {"75": [(7, 23)], "974": [(1, 2)], "972": [(7, 18)]}
