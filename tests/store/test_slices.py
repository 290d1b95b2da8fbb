"""What a declaration renews of the board, of the ages and of the summaries, and what is never read again."""

import re
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from ror.model.board import Filters
from ror.model.capacity import Counts
from ror.services.availability import consult
from ror.services.availability.declare import DeclarationDraft, declare
from ror.store.board.aging import StandingKeeper
from ror.store.board.board import MOST_NEWS, BoardKeeper
from ror.store.board.summaries import SummaryKeeper
from ror.store.engine.database import Database
from tests.region import (
    BLANCHE,
    CAMILLE,
    DOMINIQUE,
    HOME_CARE,
    HOSPITAL,
    LIMITS,
    NOW,
    PSYCHIATRY,
    WARD,
    change_unit,
    only_on_a_file,
    write,
)

pytestmark = pytest.mark.usefixtures("region")

MINUTE = timedelta(minutes=1)


class Listening(Database):
    """A database that keeps the statements of its readers, the parts of a table's name that they hold included."""

    def __init__(self, path: Path) -> None:
        self.asked: list[str] = []
        super().__init__(path)

    @contextmanager
    def reader(self):
        """A reader whose statements are kept."""
        with super().reader() as cursor:
            yield _Kept(cursor, self.asked)

    def of(self, words: str) -> list[str]:
        """The statements kept that hold these words."""
        return [statement for statement in self.asked if words in " ".join(statement.split())]


class _Kept:
    def __init__(self, cursor, asked):
        self._cursor, self._asked = cursor, asked

    def execute(self, statement, *parameters):
        self._asked.append(statement)
        return self._cursor.execute(statement, *parameters)

    def __getattr__(self, name):
        return getattr(self._cursor, name)


@pytest.fixture
def listening(db):
    path = only_on_a_file(db)
    db.close()
    database = Listening(path)
    yield database
    database.close()


def renewed(before, after) -> set[str]:
    """The départements of which the slice is another object."""
    assert list(before.slices) == list(after.slices)
    return {code for code in after.slices if after.slices[code] is not before.slices[code]}


def test_a_declaration_renews_the_slice_of_its_departement_and_shares_the_others(db):
    keeper = BoardKeeper(db)
    before = keeper.board()
    write(db, WARD, 3)
    after = keeper.board()
    assert renewed(before, after) == {"75"}
    write(db, HOME_CARE, 1)
    write(db, PSYCHIATRY, 1)
    assert renewed(after, keeper.board()) == {"93", "94"}


def test_what_is_written_besides_declarations_renews_no_slice(db):
    keeper = BoardKeeper(db)
    before = keeper.board()
    with db.transaction() as transaction:
        transaction.next_position()
    after = keeper.board()
    assert (after.position, renewed(before, after)) == (before.position + 1, set())


def test_a_declaration_never_reads_the_registry_again(listening):
    keeper = BoardKeeper(listening)
    keeper.board()
    assert listening.of("FROM unit JOIN structure"), "the first board reads it"
    listening.asked.clear()
    write(listening, WARD, 3)
    keeper.board()
    assert not listening.of("JOIN structure")
    change_unit(listening, WARD, name="Médecine polyvalente")
    keeper.board()
    assert listening.of("FROM unit JOIN structure"), "a change of the registry does"


def test_many_declarations_later_the_board_is_still_that_of_the_whole_log(db, monkeypatch):
    monkeypatch.setattr("ror.store.board.board.MOST_NEWS", 1)
    assert MOST_NEWS > 1
    keeper = BoardKeeper(db)
    for number, unit in enumerate((WARD, HOME_CARE, WARD, PSYCHIATRY, HOME_CARE)):
        write(db, unit, number)
        kept = keeper.board()
    whole = BoardKeeper(db).board()
    assert kept.units.equals(whole.units)
    assert kept.latest.equals(whole.latest)


def test_at_the_same_instant_only_what_changed_is_aged_again(db):
    boards, standings = BoardKeeper(db), StandingKeeper(db)
    first = standings.standing(boards.board(), NOW, LIMITS)
    assert standings.standing(boards.board(), NOW, LIMITS) is first
    write(db, WARD, 3)
    second = standings.standing(boards.board(), NOW, LIMITS)
    assert renewed(first, second) == {"75"}
    later = standings.standing(boards.board(), NOW + MINUTE, LIMITS)
    assert renewed(second, later) == {"75", "93", "94"}
    other_limits = standings.standing(boards.board(), NOW + MINUTE, (2.0, 48.0, 336.0))
    assert renewed(later, other_limits) == {"75", "93", "94"}


def test_aging_shares_what_does_not_age(db):
    board = BoardKeeper(db).board()
    aged = StandingKeeper(db).standing(board, NOW, LIMITS).slices["93"]
    names = aged["name"].chunk(0).buffers()[-1].address
    assert names == board.slices["93"]["name"].chunk(0).buffers()[-1].address


def test_only_the_summaries_of_what_changed_are_counted_again(db):
    boards, standings, summaries = BoardKeeper(db), StandingKeeper(db), SummaryKeeper(db)
    for filters in (Filters(), Filters(unit_types=("16", "28"))):
        before = summaries.departments(standings.standing(boards.board(), NOW, LIMITS), filters)
        write(db, WARD, 3)
        after = summaries.departments(standings.standing(boards.board(), NOW, LIMITS), filters)
        assert {code for code in after if after[code] is not before[code]} == {"75"}
        assert after["75"]["beds"] == 3
        write(db, WARD, 0)


def test_what_was_made_for_a_standing_is_made_once_and_goes_with_it(db):
    boards, standings = BoardKeeper(db), StandingKeeper(db)
    made = []
    first = standings.standing(boards.board(), NOW, LIMITS)
    for _ in range(3):
        assert first.kept.once("key", lambda: made.append(1) or "made") == "made"
    assert made == [1]
    write(db, WARD, 3)
    assert standings.standing(boards.board(), NOW, LIMITS).kept.once("key", lambda: "again") == "again"


def test_no_consultation_reads_the_log_but_after_its_position_or_by_unit(listening):
    consult.current(listening, DOMINIQUE)
    listening.asked.clear()
    declare(listening, CAMILLE, DeclarationDraft(WARD, Counts(3)), NOW)
    listening.asked.clear()
    for filters in (Filters(), Filters(at_least=1)):
        view = consult.view(listening, consult.current(listening, DOMINIQUE), filters, NOW)
        assert view.structures("75")
        assert view.units_of("75").num_rows
        view.places_by_age("75")
        view.units_of_structure(HOSPITAL)
        consult.own_units(listening, BLANCHE, view)
        consult.search(listening, view, "tilleuls")
    consult.history(listening, DOMINIQUE, WARD, NOW)
    of_log = listening.of("FROM declaration")
    after_a_position = [one for one in of_log if one.count("FROM declaration") == one.count("position > $seen")]
    by_unit = [one for one in of_log if one.count("FROM declaration") == len(re.findall(r"unit = [?$]", one))]
    assert (len(after_a_position), len(by_unit)) == (1, 1)
    assert len(of_log) == 2
