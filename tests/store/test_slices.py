"""A declaration renews the slice of its département, and reads neither the registry nor the rest of the log again."""

import re
from contextlib import contextmanager
from pathlib import Path

import pytest

from ror.model.capacity import Counts
from ror.model.filters import Filters
from ror.services.availability import consult
from ror.services.availability.declare import DeclarationDraft, declare
from ror.store.board.board import BoardCache
from ror.store.engine.database import Database
from tests.region import (
    BLANCHE,
    CAMILLE,
    DOMINIQUE,
    HOME_CARE,
    HOSPITAL,
    NOW,
    PSYCHIATRY,
    WARD,
    change_unit,
    only_on_a_file,
    write,
)

pytestmark = pytest.mark.usefixtures("region")


class RecordingDatabase(Database):
    """A database that records the statements of its readers."""

    def __init__(self, path: Path) -> None:
        self.statements: list[str] = []
        super().__init__(path)

    @contextmanager
    def reader(self):
        """Yield a reader whose statements are recorded."""
        with super().reader() as cursor:
            yield _RecordingCursor(cursor, self.statements)

    def statements_with(self, words: str) -> list[str]:
        """Return the recorded statements that have these words."""
        return [statement for statement in self.statements if words in " ".join(statement.split())]


class _RecordingCursor:
    def __init__(self, cursor, statements):
        self._cursor, self._statements = cursor, statements

    def execute(self, statement, *parameters):
        self._statements.append(statement)
        return self._cursor.execute(statement, *parameters)

    def __getattr__(self, name):
        return getattr(self._cursor, name)


@pytest.fixture
def recording(db):
    path = only_on_a_file(db)
    db.close()
    database = RecordingDatabase(path)
    yield database
    database.close()


def renewed(before, after) -> set[str]:
    """Return the départements of which the slice is another object."""
    assert list(before.slices) == list(after.slices)
    return {code for code in after.slices if after.slices[code] is not before.slices[code]}


def test_a_declaration_renews_the_slice_of_its_departement_and_shares_the_others(db):
    boards = BoardCache(db)
    before = boards.get()
    write(db, WARD, 3)
    after = boards.get()
    assert renewed(before, after) == {"75"}
    write(db, HOME_CARE, 1)
    write(db, PSYCHIATRY, 1)
    assert renewed(after, boards.get()) == {"93", "94"}


def test_a_commit_without_a_declaration_renews_no_slice(db):
    boards = BoardCache(db)
    before = boards.get()
    with db.transaction() as transaction:
        transaction.next_position()
    after = boards.get()
    assert (after.position, renewed(before, after)) == (before.position + 1, set())


def test_a_declaration_never_reads_the_registry_again(recording):
    boards = BoardCache(recording)
    boards.get()
    assert recording.statements_with("FROM unit JOIN structure"), "the first board reads it"
    recording.statements.clear()
    write(recording, WARD, 3)
    boards.get()
    assert not recording.statements_with("JOIN structure")
    change_unit(recording, WARD, name="Médecine polyvalente")
    boards.get()
    assert recording.statements_with("FROM unit JOIN structure"), "a change of the registry does"


def test_many_declarations_later_the_board_is_still_that_of_the_whole_log(db, monkeypatch):
    monkeypatch.setattr("ror.store.board.board.MAX_RECENT_EVENTS", 1)
    boards = BoardCache(db)
    for number, unit in enumerate((WARD, HOME_CARE, WARD, PSYCHIATRY, HOME_CARE)):
        write(db, unit, number)
        board = boards.get()
    whole = BoardCache(db).get()
    assert board.units.equals(whole.units)
    assert board.latest.equals(whole.latest)


def test_new_events_are_merged_into_those_of_all_units_once_there_are_many(db, monkeypatch):
    monkeypatch.setattr("ror.store.board.board.MAX_RECENT_EVENTS", 2)
    boards = BoardCache(db)
    boards.get()
    sizes = []
    for unit in (WARD, WARD, HOME_CARE, PSYCHIATRY, WARD):
        write(db, unit, 1)
        board = boards.get()
        sizes.append((board.base.num_rows, board.recent.num_rows))
    assert sizes == [(0, 1), (0, 1), (0, 2), (3, 0), (3, 1)]


def test_no_consultation_reads_the_log_but_after_its_position_or_by_unit(recording):
    consult.current(recording, DOMINIQUE)
    recording.statements.clear()
    declare(recording, CAMILLE, DeclarationDraft(WARD, Counts(3)), NOW)
    recording.statements.clear()
    for filters in (Filters(), Filters(at_least=1)):
        view = consult.view(recording, consult.current(recording, DOMINIQUE), filters, NOW)
        assert view.structures("75")
        assert view.units_of("75").num_rows
        view.places_by_age("75")
        view.units_of_structure(HOSPITAL)
        consult.own_units(recording, BLANCHE, view)
        consult.search(recording, view, "tilleuls")
    consult.history(recording, DOMINIQUE, WARD, NOW)
    of_log = recording.statements_with("FROM declaration")
    after_a_position = [one for one in of_log if one.count("FROM declaration") == one.count("position > $after")]
    by_unit = [one for one in of_log if one.count("FROM declaration") == len(re.findall(r"unit = [?$]", one))]
    assert (len(after_a_position), len(by_unit)) == (1, 1)
    assert len(of_log) == 2
