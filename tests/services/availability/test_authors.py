"""Who changed the number of a unit, through which channel, from which number to which, and who may read it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ror.errors import Forbidden, NotFound
from ror.model.capacity import Counts
from ror.model.declaration import Channel, EventKind
from ror.model.filters import Filters
from ror.model.journal import Outcome
from ror.model.nomenclature import SourceType
from ror.model.rights import Perimeter, Role
from ror.services import journal
from ror.services.availability import authors, bulk, consult, declare, receive
from ror.settings import settings
from tests.region import ADELE, BLANCHE, CAMILLE, CLAUDE, CORALIE, DOMINIQUE, NOW, WARD, change_unit, store_account, write

pytestmark = pytest.mark.usefixtures("region")

MINUTE = timedelta(minutes=1)


def read(db, account=ADELE, unit=WARD, now=NOW + 60 * MINUTE):
    changes = authors.read(db, account, unit, now)
    return [(change.author, change.kind, change.channel, change.before, change.after) for change in changes]


def test_each_way_to_change_a_number_has_its_author_and_both_numbers(db):
    imported = write(db, WARD, 5, NOW - MINUTE, account="")
    first = declare.declare(db, CAMILLE, declare.DeclarationDraft(WARD, Counts(4), seen_position=imported.position), NOW)
    declare.confirm(db, BLANCHE, WARD, first.position, NOW + MINUTE)
    board = consult.view(db, consult.current(db, CAMILLE), Filters(), NOW + 2 * MINUTE)
    filled = f"identifiant;disponible\n{WARD};3\n".encode()
    lines = bulk.preview(db, CAMILLE, board, "unites.csv", filled, NOW + 2 * MINUTE)
    bulk.undo(db, CAMILLE, bulk.write(db, CAMILLE, lines, NOW + 2 * MINUTE), NOW + 3 * MINUTE)
    received = receive.Received(WARD, {"available": 6}, NOW + 5 * MINUTE, SourceType.BED_MANAGEMENT)
    receive.receive(db, CAMILLE, received, NOW + 5 * MINUTE)
    assert read(db) == [
        ("Camille Exemple", EventKind.DECLARED, Channel.API, 4, 6),
        ("Camille Exemple", EventKind.UNDONE, Channel.FILE, 3, 4),
        ("Camille Exemple", EventKind.DECLARED, Channel.FILE, 4, 3),
        ("Blanche Modèle", EventKind.CONFIRMED, Channel.FORM, 4, 4),
        ("Camille Exemple", EventKind.DECLARED, Channel.FORM, 5, 4),
        ("Un import", EventKind.DECLARED, None, None, 5),
    ]


@pytest.mark.parametrize("account", [ADELE, CAMILLE, BLANCHE], ids=["administrator", "legal entity", "structure"])
def test_administrators_and_the_managers_of_the_unit_read_the_names(db, account):
    write(db, WARD, 5)
    (row,) = [row for row in consult.current(db, account).units.to_pylist() if row["unit"] == WARD]
    assert authors.allowed(account, row)
    assert read(db, account) == [("Camille Exemple", EventKind.DECLARED, None, None, 5)]


@pytest.mark.parametrize("account", [DOMINIQUE, CORALIE, CLAUDE], ids=["professional", "coordinator", "other manager"])
def test_nobody_else_reads_a_name_and_the_refusal_is_journalled(db, account):
    write(db, WARD, 5)
    (row,) = [row for row in consult.current(db, account).units.to_pylist() if row["unit"] == WARD]
    assert not authors.allowed(account, row)
    with pytest.raises(Forbidden):
        authors.read(db, account, WARD, NOW)
    (line,) = journal.read(db, None, journal.JournalQuery(outcome=Outcome.REFUSED), NOW).to_pylist()
    assert (line["actor"], line["subject"]) == (account.id, f"unit:{WARD}")


def test_a_unit_received_for_a_shift_gives_no_name(db):
    receiver = replace(CLAUDE, perimeter=Perimeter(received=frozenset({WARD})))
    with pytest.raises(Forbidden):
        authors.read(db, receiver, WARD, NOW)


def test_an_administrator_needs_the_second_factor_of_the_journal_and_a_manager_does_not(db, monkeypatch):
    monkeypatch.setenv("ROR_ADMINISTRATOR_SECOND_FACTOR", "1")
    settings.cache_clear()
    with pytest.raises(Forbidden, match="second facteur"):
        authors.read(db, ADELE, WARD, NOW)
    assert read(db, store_account(db, replace(CAMILLE, roles=frozenset({Role.MANAGER, Role.ADMINISTRATOR})))) == []


def test_the_changes_of_ninety_days_begin_with_the_number_before_them(db):
    write(db, WARD, 7, NOW - timedelta(days=91))
    write(db, WARD, 5, NOW - timedelta(days=2))
    assert read(db, now=NOW) == [("Camille Exemple", EventKind.DECLARED, None, 7, 5)]


def test_confirmations_in_a_row_are_one_change_and_another_author_begins_a_new_one(db):
    write(db, WARD, 5, NOW - 5 * MINUTE)
    for ago, author in ((4, CAMILLE), (3, CAMILLE), (2, BLANCHE), (1, CAMILLE)):
        write(db, WARD, 5, NOW - ago * MINUTE, kind=EventKind.CONFIRMED, account=author.id)
    changes = [(one.author, one.times, one.at) for one in authors.read(db, ADELE, WARD, NOW)]
    assert changes == [
        ("Camille Exemple", 1, NOW - MINUTE),
        ("Blanche Modèle", 1, NOW - 2 * MINUTE),
        ("Camille Exemple", 2, NOW - 3 * MINUTE),
        ("Camille Exemple", 1, NOW - 5 * MINUTE),
    ]


def test_a_unit_that_counts_nothing_any_more_has_no_change(db):
    write(db, WARD, 5)
    change_unit(db, WARD, care_mode="32")
    assert authors.read(db, ADELE, WARD, NOW) == []


def test_an_unknown_unit_is_not_found(db):
    with pytest.raises(NotFound):
        authors.read(db, ADELE, "990000000-99", NOW)
